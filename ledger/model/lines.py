"""The lines on which values of a TOML document stand; asked only to report problems.

``tomllib`` forgets lines, and ``tomlkit`` keeps the layout without counting it. So the
places are marked in a parsed copy, and the marks are looked for in what the copy writes.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ledger.model.problems import Path


def line_of(text: str, path: Path) -> int | None:
    """Return the line, counted from 1, of the key or value at *path* in the TOML *text*.

    The header's line for a table; for what cannot be found, or is not there, the line of
    what encloses it; ``None`` where that is the whole document, or it is not TOML.
    """
    return lines_of(text, [path]).get(path)


def lines_of(text: str, paths: Iterable[Path]) -> dict[Path, int]:
    """Return :func:`line_of` for each of *paths* for which there is one, in one go."""
    import tomlkit  # noqa: PLC0415 - most commands never report a problem
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - the same

    wanted = [path for path in dict.fromkeys(paths) if path]
    salt = "here"
    while salt in text:
        salt += "-"
    try:
        document = tomlkit.parse(text)
        behind = [_put(f"<{salt}{n}>", document, path) for n, path in enumerate(wanted)]
        written = tomlkit.dumps(document)
    except (TOMLKitError, ValueError, RecursionError):
        return {}
    found: dict[Path, int] = {}
    blocks, places = _blocks(text), _blocks(written)
    for line, content in enumerate(written.split("\n"), start=1):
        for mark in re.finditer(rf"<{salt}([0-9]+)>", content):
            block = next(name for name in reversed(places) if places[name] <= line)
            moved = blocks[block] - places[block]
            found.setdefault(wanted[int(mark[1])], line + moved - behind[int(mark[1])])
    lost = [path for path in wanted if path not in found and len(path) > 1]
    outer = lines_of(text, {path[:-1] for path in lost}) if lost else {}
    return found | {path: outer[path[:-1]] for path in lost if path[:-1] in outer}


def _blocks(text: str) -> dict[tuple[str, int], int]:
    """The line of each header of a table in *text*, by the header and how often it stood before.

    Tables of one array that stand apart are written side by side; those with the same
    header keep their order, and a block its lines.
    """
    found = {("", 0): 1}
    seen: Counter[str] = Counter()
    for line, content in enumerate(text.split("\n"), start=1):
        header = re.match(r"\s*(\[+[^\]]*\]+)\s*(#|$)", content)
        if header is not None:
            found[header[1], seen[header[1]]] = line
            seen[header[1]] += 1
    return found


def _put(mark: str, document: Any, path: Path) -> int:
    """Put *mark* at *path*, if there is such a place, without adding or taking out a line.

    A table gets it in its header, a value behind it; a member of a list is replaced, for
    tomlkit writes no comment there. Returns the lines from the key to the mark.
    """
    try:
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        place = parent[path[-1]]
        kind = type(place).__name__
        if kind == "AoT":
            place = place[0]
        while kind == "Table" and place.is_super_table():
            place = next(iter(place.values()))
        value = "" if kind in {"AoT", "Table"} else _text(place)
        in_list = isinstance(path[-1], int) and kind != "Table"
        if in_list or not hasattr(place, "trivia"):
            if "\n" not in value:
                parent[path[-1]] = mark
            return 0
        place.trivia.comment_ws = " "
        place.trivia.comment = f"# {mark} {place.trivia.comment}"
        return value.count("\n")
    except (LookupError, TypeError, ValueError, AttributeError):
        return 0


def _text(place: Any) -> str:
    return place.as_string() if hasattr(place, "as_string") else ""
