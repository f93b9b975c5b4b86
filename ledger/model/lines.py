"""The line on which a value of a TOML document stands; asked only to report a problem.

``tomllib`` forgets lines, and ``tomlkit`` keeps the layout without counting it. So the
place is marked in a parsed copy, and the mark is looked for in what the copy writes.
"""

from typing import Any

from ledger.model.problems import Path


def line_of(text: str, path: Path) -> int | None:
    """Return the line, counted from 1, of the key or value at *path* in the TOML *text*.

    The header's line for a table; for what cannot be found, or is not there, the line of
    what encloses it; ``None`` where that is the whole document, or it is not TOML.
    """
    import tomlkit  # noqa: PLC0415 - most commands never report a problem
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - the same

    mark = "<here>"
    while mark in text:
        mark = f"<{mark}>"
    while path:
        try:
            document = tomlkit.parse(text)
            _put(mark, document, path)
            before, found, _ = tomlkit.dumps(document).partition(mark)
        except (TOMLKitError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
            found = before = ""
        if found:
            return before.count("\n") + 1
        path = path[:-1]
    return None


def _put(mark: str, document: Any, path: Path) -> None:
    """Put *mark* at *path*: on a table's header, or in the place of a value."""
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    place = parent[path[-1]]
    kind = type(place).__name__
    if kind == "AoT":
        place = place[0]
    if kind in {"Table", "AoT"}:
        place.trivia.comment_ws = " "
        place.trivia.comment = f"# {mark}"
    else:
        parent[path[-1]] = mark
