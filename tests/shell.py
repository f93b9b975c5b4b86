"""The command line as tests use it: run in this process, with streams of its own.

Only the last edge differs from a real process: the exit status arrives as a value.
Transcripts also run as real processes, where ``ASSENT_REAL_PROCESSES`` says so.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.main import run


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left: its exit status, stdout and stderr."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout; on stderr where stdout is empty."""
        return json.loads(self.out or self.err)

    @property
    def json_lines(self) -> list[Any]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


class _Stream(io.TextIOWrapper):
    """A stream in memory that may pass for a terminal."""

    def __init__(self, data: bytes = b"", *, tty: bool = False) -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", newline="", write_through=True)
        self.tty = tty

    def isatty(self) -> bool:
        return self.tty

    def written(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


def run_assent(
    *arguments: str | Path | int,
    input: str | None = None,  # noqa: A002 - as subprocess says it
    tty: bool = False,
) -> Result:
    """Run ``assent`` with *arguments* in this process.

    *tty* makes stdin and stderr pass for a terminal, where a person answers with *input*.
    """
    out, err = _Stream(), _Stream(tty=tty)
    with _streams(_Stream((input or "").encode(), tty=tty), out, err):
        try:
            run([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
        else:
            code = 0
    return Result(code if isinstance(code, int) else 1, out.written(), err.written())


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Be in *folder* for a while."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _streams(stdin: _Stream, out: _Stream, err: _Stream) -> Iterator[None]:
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = stdin, out, err
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
