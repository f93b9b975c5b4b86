"""Answers as a page: one self-contained HTML file, readable without network or scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.output import safe
from cli.sections import Section

TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture as SVG text that this program drew, under a title."""

    title: str
    svg: str


def page(title: str, lead: str, parts: Sequence[Section | Plot]) -> str:
    """The HTML of a page: a heading, a line of lead, then *parts* in their order.

    Everything but a picture is escaped: no foreign text becomes markup.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - for pages
    from markupsafe import Markup  # noqa: PLC0415 - the same

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    told = [
        {
            "title": safe(part.title),
            "headings": [],
            "rows": [],
            "verbatim": "",
            "svg": Markup(part.svg),  # noqa: S704 - drawn by this program, with its text escaped
        }
        if isinstance(part, Plot)
        else {
            "title": safe(part.title),
            "headings": [safe(cell) for cell in part.headings],
            "rows": [[safe(cell) for cell in row] for row in part.rows],
            "verbatim": safe(part.verbatim, lines=True),
            "svg": "",
        }
        for part in parts
    ]
    return environment.get_template("page.html").render(
        title=safe(title), lead=safe(lead), parts=told
    )
