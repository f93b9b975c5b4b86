"""Answers as a page: one self-contained HTML file, readable without network or scripts.

It is read on paper, at a desk and on a phone. What a page says decides its bytes: nothing
of the day, of the machine or of chance is in it. Foreign text is escaped twice: what could
move or turn text (:func:`cli.output.safe`), then what could be markup.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.output import safe
from cli.sections import Section

TEMPLATES: Final = Path(__file__).parent / "templates"

CONTENTS: Final = 6
"""From how many titles on a page begins with a list of them."""

SIGNS: Final[Mapping[str, str]] = {
    "green": "good",
    "yellow": "open",
    "magenta": "waived",
    "red": "bad",
    "dim": "quiet",
}
"""The mark of a row at a terminal, and its class on a page: a sign as well as a colour."""

CROWDED: Final = 5
"""From how many columns on a table takes less room for each."""

LINE: Final = 60
"""The characters that the unbreakable words of a row may take in all, or the row of a phone."""

SLIM: Final = 40
"""The characters that the unbreakable words of a table may take on a phone."""

FOOT: Final = 70
"""The characters of the title at the foot of each printed sheet."""

_INSTANT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)")


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture as SVG text that this program drew, under a title, and what it shows as a table."""

    title: str
    svg: str
    table: Section


@dataclass(frozen=True, slots=True)
class Cell:
    """Text in a table; ``label`` is its column's heading, ``long`` whether its words may break."""

    text: str
    label: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Cells beside each other; ``sign`` is the class of a mark, or nothing."""

    cells: tuple[Cell, ...]
    sign: str


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one title of a page."""

    anchor: str
    title: str
    headings: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    verbatim: str = ""
    svg: str = ""

    @property
    def columns(self) -> int:
        """How many cells the widest row has."""
        return max((len(row.cells) for row in self.rows), default=len(self.headings))

    @property
    def form(self) -> str:
        """``table`` under headings, ``facts`` with labels before them, ``words`` without."""
        if not self.headings:
            return "facts" if self.columns > 1 else "words"
        if self.columns >= CROWDED:
            return "table crowded"
        return "table slim" if self._is_slim() else "table"

    def _is_slim(self) -> bool:
        """Whether all columns have room beside each other on a phone."""
        texts = [self.headings, *([cell.text for cell in row.cells] for row in self.rows)]
        columns = [[row[i] for row in texts if i < len(row)] for i in range(self.columns)]
        lines = sum(max(map(len, column)) for column in columns)
        words = sum(
            max(len(word) for text in column for word in (text.split() or [""]))
            for column in columns
        )
        return words <= SLIM and lines <= LINE


def page(title: str, lead: str, parts: Sequence[Section | Plot]) -> str:
    """The HTML of a page: a heading, a line of lead, then *parts* in their order.

    Everything but a picture is escaped: no foreign text becomes markup.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - for pages

    environment = Environment(
        autoescape=True,
        keep_trailing_newline=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["pieces"] = pieces
    told = [_part(place, part) for place, part in enumerate(parts, 1)]
    titled = [part for part in told if part.title not in ("", safe(title))]
    return environment.get_template("page.html").render(
        title=safe(title),
        foot=css_string(_cut(safe(title), FOOT)),
        lead=safe(lead),
        contents=titled if len(titled) >= CONTENTS else [],
        parts=told,
    )


def pieces(text: str) -> list[tuple[bool, str]]:
    """*text* in pieces, and of each whether it is an instant, which no line breaks."""
    return [(bool(place % 2), piece) for place, piece in enumerate(_INSTANT.split(text)) if piece]


def css_string(text: str) -> str:
    """*text* as a quoted string of CSS, with everything but letters, digits and spaces escaped."""
    escaped = (
        one if one == " " or (one.isascii() and one.isalnum()) else f"\\{ord(one):x} "
        for one in text
    )
    return f'"{"".join(escaped)}"'


def _part(place: int, part: Section | Plot) -> Part:
    section = part.table if isinstance(part, Plot) else part
    headings = tuple(safe(cell) for cell in section.headings)
    columns = max(map(len, (headings, *section.rows)))
    rows = tuple(
        Row(
            tuple(
                _cell(text, headings[i] if i < len(headings) else "", LINE // columns)
                for i, text in enumerate(row)
            ),
            SIGNS.get(section.marks[number] if number < len(section.marks) else "", ""),
        )
        for number, row in enumerate(section.rows)
    )
    return Part(
        f"part-{place}",
        safe(part.title),
        headings,
        rows,
        safe(section.verbatim, lines=True),
        part.svg if isinstance(part, Plot) else "",
    )


def _cell(text: str, label: str, room: int) -> Cell:
    # A cell has edges: lines within it cannot pass for rows, as they could at a terminal.
    told = safe(text, lines=True)
    return Cell(told, label, any(len(word) > room for word in _INSTANT.sub(" ", told).split()))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
