// What is wrong with how this page is laid out: {faults: [sentence], text, height}.
(() => {
  const faults = [];
  const width = document.documentElement.clientWidth;
  const told = (element) => {
    const words = (element.textContent || "").trim().slice(0, 40);
    return `<${element.localName} class="${element.getAttribute("class") || ""}"> ${words}`;
  };
  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
  for (const element of document.body.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (box.left < -0.5 || box.right > width + 0.5) faults.push(`leaves the window: ${told(element)}`);
    const drawing = element.ownerSVGElement;
    if (drawing) {
      const frame = drawing.getBoundingClientRect();
      const outside = box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
      if (outside && element.localName === "text") faults.push(`leaves its picture: ${told(element)}`);
      continue;
    }
    const style = getComputedStyle(element);
    if (style.overflowX !== "visible" && element.scrollWidth > element.clientWidth) {
      faults.push(`is cut: ${told(element)}`);
    }
  }
  const foreign = "script, iframe, object, embed, form, base, img, video, audio, foreignObject";
  for (const element of document.querySelectorAll(`${foreign}, svg style`)) {
    faults.push(`has no place here: ${element.outerHTML.slice(0, 80)}`);
  }
  const names = new Set();
  for (const element of document.querySelectorAll("*")) {
    if (element.id && names.has(element.id)) faults.push(`stands twice: ${element.id}`);
    names.add(element.id);
    for (const { name, value } of element.attributes) {
      const inside = value.startsWith("#") || value === "data:,";
      if (name.startsWith("on") || (/^(href|src)$/.test(name) && !inside)) {
        faults.push(`leads elsewhere: ${name}=${value.slice(0, 40)}`);
      }
      const target = name === "href" && value.startsWith("#") ? value.slice(1) : "";
      if (target && !document.getElementById(target)) faults.push(`leads nowhere: ${value}`);
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const block = node.parentElement.closest("td, th, li, p, pre, h1, h2");
    if (!block || !node.data.trim()) continue;
    const frame = block.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.right > frame.right + 1 || box.left < frame.left - 1) {
        faults.push(`text leaves its cell: ${told(block)}`);
        break;
      }
    }
  }
  const shown = [...document.querySelectorAll("th, td, li, p, pre, h1, h2, svg text")].filter(
    (element) => element.textContent.trim() && !element.closest("thead"));
  for (const element of shown) {
    if (!element.getClientRects().length) faults.push(`is not shown: ${told(element)}`);
  }
  const light = (colour) => {
    const parts = colour.match(/[\d.]+/g).slice(0, 3).map((part) => {
      const share = Number(part) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  for (const element of shown) {
    const style = getComputedStyle(element);
    const ink = light(element.ownerSVGElement ? style.fill : style.color);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < 4.5) faults.push(`is too faint, ${contrast.toFixed(1)}: ${told(element)}`);
  }
  return { faults, text: document.body.innerText, height: document.documentElement.scrollHeight };
})()
