"""Every link, test and code that the documentation points to is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_FILE = re.compile(r"`((?:ledger|projections|cli|tests|docs)/[\w/.-]+)`")
_PLACES = re.compile(r"/work/|/home/|/Users/|/shared/|pypi\.org|pythonhosted|artifactory|devpi")


def anchors(text: str) -> set[str]:
    """The anchors that a page offers, as GitHub makes them of its headings."""
    found = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def broken_links(page: Path) -> list[str]:
    """The links of *page* that lead nowhere in this repository."""
    broken = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(f"{link}: no such file")
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            broken.append(f"{link}: no such heading")
    return broken


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    for path, name in _TEST.findall(page.read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in found, f"{path} has no {name}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = _FILE.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    missing = [
        path for path in named if not any(map(Path.exists, (ROOT / path, ROOT / f"{path}.py")))
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_no_page_names_a_machine_or_an_index(page: Path) -> None:
    assert _PLACES.findall(page.read_text(encoding="utf-8")) == []


def test_every_page_is_reached_from_the_index() -> None:
    """From the front page of the documentation, by links, to each of its pages."""
    waiting = [ROOT / "docs" / "index.md"]
    reached: set[Path] = set()
    while waiting:
        page = waiting.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        for link in _LINK.findall(page.read_text(encoding="utf-8")):
            path = link.partition("#")[0]
            if path.endswith(".md") and "://" not in path:
                waiting.append((page.parent / path).resolve())
    alone = [page for page in PAGES if "docs" in page.parts and page not in reached]
    assert [page.relative_to(ROOT).as_posix() for page in alone] == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b` c!\n[x](#a-b-c) [y](#d) [z](gone.md)\n", encoding="utf-8")

    assert broken_links(page) == ["#d: no such heading", "gone.md: no such file"]
