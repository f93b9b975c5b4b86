"""Words on the command line, as the types they stand for; every complaint is one of ours."""

import unicodedata
from pathlib import Path
from typing import Final

import click

from ledger.errors import BadInput
from ledger.model.names import is_identifier, is_text
from ledger.model.terms import parse_duration

LONGEST_TEXT: Final = 8_000
"""The most characters of a reason or a comment."""

LARGEST_FILE: Final = 256 * 1024
"""The most bytes of a file of words that is read."""

LONGEST_LINE: Final = 500
"""The most characters of a line, such as the id of an incident."""

LAST_POSITION: Final = 2**53 - 1
"""The largest whole number that an entry may hold."""

SURROGATES: Final = range(0xD800, 0xE000)
"""Code points that are no characters; an argument that was not UTF-8 has them."""

FILE: Final = click.Path(path_type=Path)
"""A file; whether it is there is said by who reads it, in our own words."""


def text(value: str) -> str:
    """Free text, such as a reason: something, in normal form, and nothing that hides."""
    return require_text(value, "the text")


def line(value: str) -> str:
    """One line of free text, such as the id of an incident."""
    said = require_text(value, "the line")
    if "\n" in said or "\t" in said:
        raise BadInput("forbidden-character", "the line holds a newline or a tab")
    if len(said) > LONGEST_LINE:
        raise BadInput("too-long", f"the line has {len(said)} characters, at most {LONGEST_LINE}")
    return said


def identifier(value: str) -> str:
    """An identifier: a role, a fact, an evidence type."""
    if not is_identifier(value):
        raise BadInput(
            "bad-identifier",
            f"{value!r} is not an identifier",
            hint="up to 64 of a-z 0-9 . _ - beginning with a-z or 0-9",
        )
    return value


def duration(value: str) -> int:
    """A duration such as ``30d``, in seconds."""
    return parse_duration(value)


def alias(value: str) -> str:
    """An alias: ``<model>/<environment>``."""
    model, slash, environment = value.partition("/")
    if not (slash and is_identifier(model) and is_identifier(environment)):
        raise BadInput(
            "not-an-alias", f"{value!r} is not an alias", hint="write it as fraud/production"
        )
    return value


def require_text(said: str, what: str) -> str:
    """*said*, if it can be signed as free text.

    Raises :class:`BadInput`: ``empty-text``, ``too-long``, ``forbidden-character``, ``not-nfc``.
    """
    if not said.strip():
        raise BadInput("empty-text", f"{what} is empty")
    if len(said) > LONGEST_TEXT:
        raise BadInput("too-long", f"{what} has {len(said)} characters, at most {LONGEST_TEXT}")
    for char in said:
        if not is_text(char, lines=True) or ord(char) in SURROGATES:
            raise BadInput(
                "forbidden-character",
                f"{what} holds the character U+{ord(char):04X}, which does not show",
            )
    if not unicodedata.is_normalized("NFC", said):
        raise BadInput(
            "not-nfc", f"{what} is not in Unicode normal form C", hint="type it composed, as é"
        )
    return said


def read_text_file(path: Path) -> str:
    """The text of a file that somebody wrote.

    Raises :class:`BadInput`: ``no-such-file``, ``too-large``, ``not-utf8``.
    """
    try:
        if path.exists() and not path.is_file():
            raise BadInput("no-such-file", "not a file", file=str(path))
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput("no-such-file", str(error.strerror).lower(), file=str(path)) from None
    if len(data) > LARGEST_FILE:
        raise BadInput("too-large", f"more than {LARGEST_FILE} bytes", file=str(path))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            "not-utf8", "this is not UTF-8 text", hint="save it as UTF-8", file=str(path), line=line
        ) from None
