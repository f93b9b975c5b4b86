"""Several processes and the kill -9: nothing acknowledged is lost, doubled or out of the tree."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.errors import Conflict
from ledger.seal.merkle import leaf_hash, push, root
from ledger.store.log import EventLog, Head, Placed, create_log, open_log


def require_sound(log: EventLog) -> list[bytes]:
    """Rows, leaves and head agree with the tree computed anew; returns the envelopes."""
    frontier: tuple[bytes, ...] = ()
    envelopes: list[bytes] = []
    for row in log.scan():
        assert row.raw is not None
        assert row.position == len(envelopes)
        assert row.indexed_leaf == leaf_hash(row.raw)
        frontier = push(row.position, frontier, row.indexed_leaf)
        envelopes.append(row.raw)
    assert log.head() == Head(len(envelopes), root(frontier), frontier)
    assert log.strays() == []
    return envelopes


def race(path: Path, name: str, count: int) -> None:
    """Append *count* entries to one stream that everybody wants, reading again on a conflict."""
    with open_log(path) as log:
        for number in range(count):
            while True:
                size = log.size()
                placed = Placed("proposal:1", size + 1, "comment.made", f"{name}-{number}".encode())
                try:
                    head = log.append([placed], size=size)
                except Conflict:
                    continue
                assert head.size == size + 1
                break


def test_processes_that_race_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    create_log(tmp_path / "log.sqlite").close()
    spawn = get_context("spawn")
    racers = [
        spawn.Process(target=race, args=(tmp_path / "log.sqlite", name, 60)) for name in "abcd"
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert [racer.exitcode for racer in racers] == [0] * 4
    with open_log(tmp_path / "log.sqlite") as log:
        envelopes = require_sound(log)
        versions = [row.version for row in log.scan()]
    assert Counter(envelopes) == Counter(
        f"{name}-{n}".encode() for name in "abcd" for n in range(60)
    )
    assert versions == list(range(1, 241))


def same_bytes(path: Path) -> None:
    with open_log(path) as log:
        for number in range(40):
            placed = Placed("proposal:1", number + 1, "comment.made", str(number).encode())
            assert log.append([placed], size=number).size == number + 1


def test_processes_that_append_the_same_bytes_store_them_once(tmp_path: Path) -> None:
    """Whoever is second is answered as the first was, with the same position."""
    create_log(tmp_path / "log.sqlite").close()
    spawn = get_context("spawn")
    twins = [spawn.Process(target=same_bytes, args=(tmp_path / "log.sqlite",)) for _ in range(3)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join()

    assert [twin.exitcode for twin in twins] == [0] * 3
    with open_log(tmp_path / "log.sqlite") as log:
        assert require_sound(log) == [str(number).encode() for number in range(40)]


WRITER = """
import sys
from pathlib import Path
from ledger.store.log import Placed, open_log
log, size = open_log(Path(sys.argv[1])), -1
size = log.size()
while True:
    batch = [Placed(f"proposal:{size}", n + 1, "comment.made", f"{sys.argv[2]} {size} {n}".encode())
             for n in range(1 + size % 3)]
    size = log.append(batch, size=size).size
    print(size - len(batch), len(batch), flush=True)
"""


def write_and_be_killed(path: Path, name: str, after: float) -> dict[int, bytes]:
    """Append until killed; returns what was acknowledged, by position."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(after)
        os.kill(writer.pid, signal.SIGKILL)
        lines = [first, *writer.stdout.readlines()]
    acknowledged = {}
    for line in lines:
        if line.endswith(b"\n"):
            position, count = map(int, line.split())
            for n in range(count):
                acknowledged[position + n] = f"{name} {position} {n}".encode()
    return acknowledged


def kill(path: Path, rounds: int) -> None:
    create_log(path).close()
    acknowledged: dict[int, bytes] = {}
    for number in range(rounds):
        acknowledged |= write_and_be_killed(path, f"round{number}", 0.02 + number % 7 / 50)
        with open_log(path) as log:
            envelopes = require_sound(log)
        assert {position: envelopes[position] for position in acknowledged} == acknowledged
    assert len(acknowledged) > rounds


FILLER = """
import resource, sys
from pathlib import Path
from ledger.errors import Uncheckable
from ledger.store.log import Placed, open_log
log = open_log(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
size = 0
try:
    while True:
        batch = [Placed("proposal:1", size + n, "comment.made", b"%d %d" % (size, n) * 2000)
                 for n in (1, 2)]
        size = log.append(batch, size=size).size
except Uncheckable as error:
    print(size, error.code, log.size())
"""


def test_a_disk_that_is_full_stores_the_whole_batch_or_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: SQLite is told the same."""
    create_log(tmp_path / "log.sqlite").close()
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(tmp_path / "log.sqlite")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    acknowledged, code, size = done.stdout.split()
    assert code == "store-unavailable", done.stderr
    assert int(acknowledged) == int(size) > 0
    with open_log(tmp_path / "log.sqlite") as log:
        assert len(require_sound(log)) == int(size)
        log.append([Placed("proposal:2", 1, "comment.made", b"on")], size=int(size))


def test_a_kill_during_appends_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill(tmp_path / "log.sqlite", rounds=3)


@pytest.mark.slow
def test_many_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill(tmp_path / "log.sqlite", rounds=25)
