"""Titles and headings of sections are text like all else: nothing in them moves a cursor."""

import io
import sys

import pytest

from cli.sections import Section, plain_lines, show_sections

TURNED = Section("a\u202eb\x1b[31m", (("x\x1b[0m", "y"),), ("one\x07", "two"), verbatim="v\x1b")


class Terminal(io.StringIO):
    """A stream that passes for a terminal."""

    def isatty(self) -> bool:
        return True


def test_no_part_of_a_section_reaches_a_pipe_unescaped() -> None:
    assert plain_lines(TURNED) == [
        "a\\u202eb\\u001b[31m",
        "  one\\u0007   two",
        "  x\\u001b[0m  y",
        "  v\\u001b",
    ]


def test_no_part_of_a_section_reaches_a_terminal_unescaped(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "dumb")

    show_sections([TURNED], err=True)

    told = stream.getvalue()
    assert not {"\u202e", "\x1b", "\x07"} & set(told)
    for part in ("a\\u202eb\\u001b[31m", "one\\u0007", "x\\u001b[0m", "v\\u001b"):
        assert part in told
