"""Answers as a page: one self-contained HTML file, readable without network or scripts.

It is read on paper, at a desk and on a phone. What a page says decides its bytes: nothing
of the day, of the machine or of chance is in it. Foreign text is escaped twice: what could
move or turn text (:func:`cli.output.safe`), then what could be markup.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cli.output import cut, safe
from cli.page_parts import INSTANT, Plot, part_of
from cli.sections import Section

TEMPLATES: Final = Path(__file__).parent / "templates"

CONTENTS: Final = 6
"""From how many titles on a page begins with a list of them."""

FOOT: Final = 70
"""The characters of the title at the foot of each printed sheet."""


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
    told = [part_of(place, part) for place, part in enumerate(parts, 1)]
    titled = [part for part in told if part.title not in ("", safe(title))]
    return environment.get_template("page.html").render(
        title=safe(title),
        foot=css_string(cut(safe(title), FOOT)),
        lead=safe(lead),
        contents=titled if len(titled) >= CONTENTS else [],
        parts=told,
    )


def pieces(text: str) -> list[tuple[bool, str]]:
    """*text* in pieces, and of each whether it is an instant, which no line breaks."""
    return [(bool(place % 2), piece) for place, piece in enumerate(INSTANT.split(text)) if piece]


def css_string(text: str) -> str:
    """*text* as a quoted string of CSS, with everything but letters, digits and spaces escaped."""
    escaped = (
        one if one == " " or (one.isascii() and one.isalnum()) else f"\\{ord(one):x} "
        for one in text
    )
    return f'"{"".join(escaped)}"'
