r"""What people and programs get to see: safe text, tables that fit, and JSON.

Data goes to stdout. Nothing foreign reaches a terminal unescaped: control and
bidirectional characters are shown as ``\u…``.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import click

_ESCAPED: Final = (
    *range(0x20),
    *range(0x7F, 0xA0),
    0x61C,
    0x200E,
    0x200F,
    0x2028,
    0x2029,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0xFEFF,
    *range(0xD800, 0xE000),
)
_TABLE: Final = {code: f"\\u{code:04x}" for code in _ESCAPED}
_LINES: Final = {code: text for code, text in _TABLE.items() if code not in (0x09, 0x0A)}

PLAIN_WIDTH: Final = 100


def safe(text: object, *, lines: bool = False) -> str:
    """*text* with everything that could move a cursor escaped; *lines* keeps newlines and tabs."""
    return str(text).translate(_LINES if lines else _TABLE)


def emit(text: str = "") -> None:
    """One line of data."""
    click.echo(text)


def note(text: str) -> None:
    """One line beside the data, on stderr."""
    click.echo(text, err=True)


def emit_json(body: Mapping[str, object]) -> None:
    """One JSON object on one line."""
    click.echo(json.dumps(body, ensure_ascii=False, sort_keys=False))


def emit_json_lines(bodies: Iterable[Mapping[str, object]]) -> None:
    """JSON objects, one on each line."""
    for body in bodies:
        emit_json(body)


def width() -> int:
    """The columns a line may take."""
    return shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns if sys.stdout.isatty() else 10**6


def emit_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns under headings; at a terminal the widest gives way until a line fits."""
    cells = [[safe("" if cell is None else cell) for cell in row] for row in rows]
    widths = [
        max([len(heading), *(len(row[i]) for row in cells)]) for i, heading in enumerate(headings)
    ]
    excess = sum(widths) + 2 * (len(widths) - 1) - width()
    if excess > 0:
        widest = widths.index(max(widths))
        widths[widest] = max(len(headings[widest]), 8, widths[widest] - excess)
    for row in [list(headings), *cells]:
        emit("  ".join(_fit(cell, widths[i]) for i, cell in enumerate(row)).rstrip())


def _fit(cell: str, size: int) -> str:
    return cut(cell, size).ljust(size)


def cut(text: str, room: int) -> str:
    """*text*, or as much of it as fits into *room* with a sign that there is more."""
    return text if len(text) <= room else f"{text[: room - 1]}…"
