"""Where the story is told: headings, sentences, and commands with what they really answer."""

import io
import json
import os
import re
import shlex
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Final

from cli.main import run
from ledger.errors import Drift

WIDTH: Final = 88
ROW: Final = 118
_DIGEST: Final = re.compile(r"(--expect sha256:[0-9a-f]{12})[0-9a-f]{52}")
_BOLD, _GREEN, _DIM, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


class Stage:
    """Tells the story on stdout and holds every command to the end it expects."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour
        self._step = 0

    def title(self, text: str) -> None:
        """The first line."""
        _write(self._in(_BOLD, text))

    def step(self, text: str) -> None:
        """The heading of the next numbered step."""
        self._step += 1
        _write(f"\n{self._in(_BOLD, f'{self._step}. {text}')}")

    def say(self, text: str) -> None:
        """A sentence or two before what they explain."""
        _write(f"\n{textwrap.fill(' '.join(text.split()), WIDTH)}")

    def table(self, rows: list[tuple[str, ...]]) -> None:
        """Columns under their headings, the first row."""
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        _write("")
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            _write(f"  {'  '.join(cells).rstrip()}")

    def typed(self, prompt: str, line: str, *, gap: bool = False) -> None:
        """A line somebody types, which the caller carries out or leaves to the reader.

        *gap* leaves a line free before it.
        """
        if gap:
            _write("")
        _write(f"  {self._in(_GREEN, prompt + line)}")

    def assent(
        self, line: str, *, expect: int = 0, told: str = "", lines: int | None = None
    ) -> str:
        """Type ``assent`` *line*, show the first *lines* that it answers, and return them all.

        Raises :class:`Drift` (``story-differs``) where it does not end with the exit status
        *expect*, or its answer lacks the words *told*.
        """
        shown = _DIGEST.sub(r"\1…", line)
        _write(f"\n  {self._in(_GREEN, f'$ assent {shown}')}")
        out, err, status = _run(line)
        answer = (out + err).splitlines()
        for told_line in answer[:lines]:
            _write(_fitted(told_line))
        if lines is not None and len(answer) > lines:
            _write(self._in(_DIM, f"  … and {len(answer) - lines} more lines"))
        if status:
            _write(self._in(_DIM, f"  (exit status {status})"))
        self._require(shown, status, expect, out + err, told)
        return out + err

    def quietly(self, line: str, *, expect: tuple[int, ...] = (0,)) -> str:
        """Run ``assent`` *line* without showing it; its stdout. Raises as :meth:`assent`."""
        out, err, status = _run(line)
        if status not in expect:
            self._require(line, status, expect[0], out + err, "")
        return out

    def review_digest(self, number: int) -> str:
        """The digest of what there is to approve of proposal *number*."""
        text = self.quietly(f"gate {number} --json", expect=(0, 8))
        return str(json.loads(text)["assessment"]["review_digest"])

    def _require(self, line: str, status: int, expect: int, answer: str, told: str) -> None:
        if status == expect and told in answer:
            return
        wanted = f"exit status {expect}{f' and the words {told!r}' if told else ''}"
        raise Drift(
            "story-differs",
            f"step {self._step}: `assent {line}` ended with exit status {status},"
            f" not with {wanted}",
            hint=f"it said: {answer.strip()}",
        )

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colour else text


def at_a_terminal() -> bool:
    """Whether the story is read at a terminal that takes colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _fitted(line: str) -> str:
    """*line* of an answer, indented; a long sentence is broken, a long row of a table cut."""
    if "  " in line.strip():
        return f"  {line if len(line) <= ROW else line[: ROW - 1] + '…'}"
    if len(line) <= WIDTH:
        return f"  {line}".rstrip()
    margin = " " * (2 + len(line) - len(line.lstrip()))
    return textwrap.fill(
        line.strip(),
        WIDTH,
        initial_indent=margin,
        subsequent_indent=f"{margin}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _run(line: str) -> tuple[str, str, int]:
    """What ``assent`` *line* writes to stdout and stderr, and its exit status.

    It is the command line itself, called in this process: starting an interpreter for each of
    sixty commands would take most of a minute and show nothing else.
    """
    status = 0
    with _captured() as (out, err):
        try:
            run(shlex.split(line))
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
    return out.getvalue(), err.getvalue(), status


@contextmanager
def _captured() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """No terminal on any side, as in a script."""
    out, err, before = io.StringIO(), io.StringIO(), sys.stdin
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - a device, not a path
        sys.stdin = nothing
        try:
            with redirect_stdout(out), redirect_stderr(err):
                yield out, err
        finally:
            sys.stdin = before
