"""What matplotlib writes, made fit to stand within a page.

Colours become those of the page, light or dark; text takes its font; only ids that something
refers to stay, under a name that no other picture has; a title and a text stand for the
picture where it is not seen.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Final

COLOURS: Final[Mapping[str, str]] = {
    "ink": "#010101",
    "quiet": "#020202",
    "rule": "#030303",
    "plot": "#040404",
}
"""A stand-in for each colour of a page, which no picture has otherwise."""

_DRAWN: Final = {stand_in: f"var(--{name})" for name, stand_in in COLOURS.items()}
_COLOUR: Final = re.compile("|".join(_DRAWN))
_FONT: Final = re.compile(r" *font-family: [^;]*;")
_REFERENCE: Final = re.compile(r"(?<=^#)[\w-]+$|(?<=url\(#)[\w-]+(?=\))")

_LEFT_OUT: Final = frozenset({"metadata", "style"})
"""What names its maker, and what would be a style of the whole page."""


def tidy(svg: str, anchor: str, title: str, description: str) -> str:
    """*svg* of matplotlib as an element of HTML, every id in it beginning with *anchor*."""
    root = ET.fromstring(svg)  # noqa: S314 - what was drawn just now, not a foreign file
    used = {name for one in root.iter() for value in one.attrib.values() for name in _names(value)}
    _prune(root)
    for one in root.iter():
        one.tag = _plain(one.tag)
        one.attrib = _attributes(one, used, anchor)
    box = root.attrib["viewBox"]
    named = {"aria-labelledby": f"{anchor}-title {anchor}-text"}
    root.attrib = {"viewBox": box, "role": "img", **named}
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(tag, {"id": f"{anchor}-{'text' if place else 'title'}"})
        element.text = text
        root.insert(place, element)
    return ET.tostring(root, encoding="unicode")


def _prune(element: ET.Element) -> None:
    """Take out of *element* what shows nothing: style, metadata, space and empty groups."""
    for child in list(element):
        _prune(child)
        tag = _plain(child.tag)
        if tag in _LEFT_OUT or (tag in ("g", "defs") and not len(child)):
            element.remove(child)
    element.text = element.text if (element.text or "").strip() else None
    element.tail = None


def _plain(name: str) -> str:
    """*name* without its namespace, which HTML supplies."""
    return name.rpartition("}")[2]


def _names(value: str) -> list[str]:
    return _REFERENCE.findall(value)


def _attributes(element: ET.Element, used: set[str], anchor: str) -> dict[str, str]:
    found = {_plain(name): value for name, value in element.attrib.items()}
    if found.get("id") not in used:
        found.pop("id", None)
    else:
        found["id"] = f"{anchor}-{found['id']}"
    return {name: _value(value, anchor) for name, value in found.items()}


def _value(value: str, anchor: str) -> str:
    named = _REFERENCE.sub(lambda found: f"{anchor}-{found[0]}", value)
    coloured = _COLOUR.sub(lambda found: _DRAWN[found[0]], named)
    return _FONT.sub("", coloured)
