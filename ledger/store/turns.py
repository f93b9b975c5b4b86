"""Turns: those who write to one log come one after another, in the order in which they asked.

A courtesy and no lock. What keeps a log right is that an append names the size it was judged
on; without turns, though, whoever is slower loses to those who are quicker, again and again. So
nothing here ever fails: where there is no queue, or somebody stands in it for too long, one
goes on without.

``<log>-turns`` holds the number drawn last (8 bytes, big-endian). Who draws number n locks
byte n behind them, and has the turn when nobody holds a byte before it. The system drops the
locks of a process that ends, however it ends: there is nothing to mend after a kill.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

PATIENCE: Final = 5.0
"""Seconds one waits for a turn before going on without."""

_LOOK: Final = 0.002
_NUMBER: Final = 8
_NUMBERS: Final = 2**31


class Turns:
    """The queue of those who write to the log *path*, in a file beside it.

    Locks of this kind belong to processes: threads of one process do not wait for one another.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path.with_name(f"{path.name}-turns")
        self._log = path
        self._patience = patience

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and keep it for the block; the block runs in any case.

        Whoever waited in vain once does not wait again: the queue is held by something that is
        stuck, or that means harm.
        """
        with ExitStack() as stack:
            with suppress(OSError):
                descriptor = self._open()
                stack.callback(os.close, descriptor)
                if not self._wait(descriptor, time.monotonic() + self._patience):
                    self._patience = 0.0
            yield

    def _open(self) -> int:
        """The queue, made for whoever may write to the log."""
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            return os.open(self.path, flags)
        except FileNotFoundError:
            descriptor = os.open(self.path, flags | os.O_CREAT, 0o600)
            with suppress(OSError):
                os.fchmod(descriptor, self._log.stat().st_mode & 0o666)
            return descriptor

    def _wait(self, descriptor: int, deadline: float) -> bool:
        """Draw a number and wait until nobody is before it; whether that came in time."""
        if not _lock(descriptor, 0, _NUMBER, deadline):
            return False
        number = (int.from_bytes(os.pread(descriptor, _NUMBER, 0)) + 1) % _NUMBERS
        os.pwrite(descriptor, number.to_bytes(_NUMBER), 0)
        drawn = _lock(descriptor, _NUMBER + number, 1, deadline)
        fcntl.lockf(descriptor, fcntl.LOCK_UN, _NUMBER)
        return drawn and _lock(descriptor, _NUMBER, number + 1, deadline)


def _lock(descriptor: int, start: int, length: int, deadline: float) -> bool:
    """Lock these bytes as soon as nobody else holds any of them; whether that came in time.

    Looked for again and again: a call that waits cannot be told for how long.
    """
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except (BlockingIOError, PermissionError):
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK)
        else:
            return True
