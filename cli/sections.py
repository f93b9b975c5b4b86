"""Titled tables of text: drawn with rich at a terminal, plain everywhere else."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click

from cli.output import safe

FIRST: Final = 24
"""Up to how many characters the first column is never folded."""


@dataclass(frozen=True, slots=True)
class Section:
    """A title over rows of equal length; ``marks`` colours rows where colour is possible.

    ``verbatim`` is text that follows as it was written, such as that of a policy.
    """

    title: str
    rows: tuple[tuple[str, ...], ...]
    headings: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    verbatim: str = ""


def show_sections(sections: Sequence[Section], *, err: bool = False) -> None:
    """Write *sections* to stdout, or to stderr where *err* says so."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        _draw(sections, err=err)
        return
    for number, section in enumerate(sections):
        if number:
            click.echo("", err=err)
        for line in plain_lines(section):
            click.echo(line, err=err)


def plain_lines(section: Section) -> list[str]:
    """The lines of *section* as text: a title, then columns of equal width."""
    rows = [tuple(safe(cell) for cell in row) for row in (section.headings, *section.rows) if row]
    columns = max((len(row) for row in rows), default=0)
    widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(columns)]
    lines = [safe(section.title)] if section.title else []
    indent = "  " if section.title else ""
    for row in rows:
        cells = (cell.ljust(widths[i]) for i, cell in enumerate(row))
        lines.append((indent + "  ".join(cells)).rstrip())
    told = safe(section.verbatim, lines=True).splitlines()
    return lines + [(indent + line).rstrip() for line in told]


def _draw(sections: Sequence[Section], *, err: bool) -> None:
    from rich.console import Console  # noqa: PLC0415 - only at a terminal
    from rich.padding import Padding  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=err, highlight=False)
    for number, section in enumerate(sections):
        if number:
            console.print()
        if section.title:
            console.print(Text(safe(section.title), style="bold"))
        table = Table(
            box=None, show_header=bool(section.headings), padding=(0, 2, 0, 0), pad_edge=False
        )
        columns = len(section.headings) or max((len(row) for row in section.rows), default=0)
        for i in range(columns):
            heading = section.headings[i] if section.headings else ""
            longest = max((len(row[i]) for row in section.rows if i < len(row)), default=0)
            whole = i == 0 and longest <= FIRST
            table.add_column(Text(safe(heading), style="dim"), overflow="fold", no_wrap=whole)
        for i, row in enumerate(section.rows):
            style = section.marks[i] if i < len(section.marks) else ""
            table.add_row(*(Text(safe(cell)) for cell in row), style=style)
        indent = (0, 0, 0, 2 if section.title else 0)
        if section.rows or not section.verbatim:
            console.print(Padding(table, indent))
        if section.verbatim:
            console.print(Padding(Text(safe(section.verbatim, lines=True)), indent))
