"""What stands on a page, part by part: text made safe, and the room that each column needs.

Every word may break where there is no room for it, and no column is made narrower than its
longest word as long as there is: so nothing is ever cut off, and little is broken.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cli.output import safe
from cli.sections import Section

SIGNS: Final[Mapping[str, str]] = {
    "green": "good",
    "yellow": "open",
    "magenta": "waived",
    "red": "bad",
    "dim": "quiet",
}
"""The mark of a row at a terminal, and its class on a page: a sign as well as a colour."""

LINE: Final = 60
"""The characters for which the columns of a table have room beside each other on any desk."""

SLIM: Final = 36
"""The characters for which they have on a phone."""

SIGN: Final = 3
"""The characters that a sign takes before the first column."""

INSTANT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)")


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture as SVG text that this program drew, under a title, and what it shows as a table."""

    title: str
    svg: str
    table: Section


@dataclass(frozen=True, slots=True)
class Row:
    """Cells beside each other; ``sign`` is the class of a mark, or nothing."""

    cells: tuple[str, ...]
    sign: str


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one title of a page.

    ``form`` is the class of its rows: a ``table`` under headings, ``facts`` with labels before
    them, ``words`` without. ``rooms`` are the characters that each column has room for.
    """

    anchor: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    form: str
    rooms: tuple[int, ...]
    verbatim: str
    svg: str


def part_of(place: int, part: Section | Plot) -> Part:
    """*part* as it stands at that *place* of a page, the first being 1."""
    section = part.table if isinstance(part, Plot) else part
    headings = tuple(safe(cell) for cell in section.headings)
    # A cell has edges: lines within it cannot pass for rows, as they could at a terminal.
    texts = [tuple(safe(cell, lines=True) for cell in row) for row in section.rows]
    columns = _columns([headings, *texts])
    marks = (*section.marks, *("" for _ in texts))
    rooms = _rooms(columns, SIGN if any(section.marks) else 0)
    return Part(
        f"part-{place}",
        safe(part.title),
        headings,
        tuple(Row(cells, SIGNS.get(mark, "")) for cells, mark in zip(texts, marks, strict=False)),
        _form(columns, rooms, titled=bool(headings)),
        rooms,
        safe(section.verbatim, lines=True),
        part.svg if isinstance(part, Plot) else "",
    )


def _columns(rows: Sequence[tuple[str, ...]]) -> list[list[str]]:
    count = max(map(len, rows))
    return [[row[i] for row in rows if i < len(row)] for i in range(count)]


def _form(columns: Sequence[Sequence[str]], rooms: tuple[int, ...], *, titled: bool) -> str:
    if len(columns) < 2:  # noqa: PLR2004 - no column has another beside it
        return "table" if titled else "words"
    form = "table" if titled else "facts"
    if titled and sum(rooms) <= SLIM and sum(max(map(len, one)) for one in columns) <= LINE:
        form += " slim"
    narrow = any(
        room < len(found[0])
        for texts, room in zip(columns, rooms, strict=True)
        for text in texts
        if (found := INSTANT.search(text)) is not None
    )
    return f"{form} narrow" if narrow else form


def _rooms(columns: Sequence[Sequence[str]], sign: int) -> tuple[int, ...]:
    """The characters of each column's longest word; the longest give way until all have room."""
    needs = [max(len(word) for text in texts for word in [*text.split(), ""]) for texts in columns]
    needs = [one if place else one + sign for place, one in enumerate(needs)]
    fitting = (cap for cap in range(LINE, 0, -1) if sum(min(one, cap) for one in needs) <= LINE)
    cap = next(fitting, 1)
    return tuple(min(one, cap) for one in needs)
