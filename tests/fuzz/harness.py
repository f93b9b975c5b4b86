"""What every reader of foreign bytes promises, checked for any of them.

A reader answers with a value or with one of our typed errors. What it takes is its own
canonical form, or else reads the same when printed; memory and steps grow with the input.
"""

import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import FrameType
from typing import Any

from ledger.errors import AssentError


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: good examples, how it reads bytes, and how what it read is printed.

    With ``canonical`` printing gives back the very bytes; without, bytes that read the same.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], Any]
    print: Callable[[Any], bytes] | None = None
    canonical: bool = False


def outcome(target: Target, data: bytes) -> object:
    """What *target* makes of *data*: a value, or the typed error. Anything else escapes."""
    try:
        return target.read(data)
    except AssentError as error:
        return error


def check(target: Target, data: bytes) -> object:
    """Hold *target* to its promise for *data*; what it made of it."""
    found = outcome(target, data)
    if isinstance(found, AssentError):
        assert found.code, "an error without a code"
        assert found.message, "an error without a sentence"
    elif target.print is not None:
        printed = target.print(found)
        if target.canonical:
            assert printed == data, f"{printed!r} is printed for what was read from {data!r}"
        else:
            assert target.read(printed) == found, f"{printed!r} reads other than {data!r}"
    return found


@dataclass(frozen=True, slots=True)
class Cost:
    """What one reading took: bytes at the most, calls of functions, seconds of the processor."""

    peak: int
    calls: int
    seconds: float


def cost(target: Target, data: bytes) -> Cost:
    """What *target* takes to read *data*.

    Each is measured in a run of its own, as counting slows what is timed.
    """
    began = process_time()
    outcome(target, data)
    seconds = process_time() - began
    tracemalloc.start()
    outcome(target, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(peak, _calls(target, data), seconds)


def _calls(target: Target, data: bytes) -> int:
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        outcome(target, data)
    finally:
        sys.setprofile(before)
    return calls


def from_file(read: Callable[[Path], Any], name: str) -> Callable[[bytes], Any]:
    """*read*, which takes a path, for bytes; the file is called *name* in a folder of its own."""

    def read_bytes(data: bytes) -> Any:
        with TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            return read(path)

    return read_bytes


_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder made there is one's own


def from_text(read: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """*read*, which takes text, for bytes: decoded as Python decodes the words of a command."""
    return lambda data: read(data.decode(errors="surrogateescape"))
