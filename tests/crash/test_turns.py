"""Turns among those who write: in the order of asking, over the death of whoever has one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.store.turns import Turns

ROOT = Path(__file__).resolve().parents[2]

WAITER = """
import os, sys
from pathlib import Path
from ledger.store.turns import Turns
with Turns(Path(sys.argv[1]), patience=float(sys.argv[3])).turn():
    os.write(1, sys.argv[2].encode())
    sys.stdin.readline()
"""
"""Says its name once it has a turn, and keeps it until it is spoken to."""


def wait(log: Path, name: str, out: Path, *, patience: float = 600) -> subprocess.Popen[bytes]:
    """A process that waits for its turn and then writes its *name* to *out*."""
    with out.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-c", WAITER, str(log), name, str(patience)],
            stdin=subprocess.PIPE, stdout=file, cwd=ROOT,
        )  # fmt: skip


def until(happened: Callable[[], bool]) -> None:
    """Wait for it; what has not happened after a minute never will."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def until_drawn(log: Path, number: int) -> None:
    """Wait until so many numbers have been drawn in all."""
    queue = log.with_name(f"{log.name}-turns")
    until(lambda: queue.exists() and int.from_bytes(queue.read_bytes()[:8]) >= number)


def until_said(out: Path, text: str) -> None:
    until(lambda: out.read_text() == text)


def end(*waiters: subprocess.Popen[bytes]) -> None:
    """Let them go, and see that each ended well or was killed."""
    for waiter in waiters:
        waiter.communicate(b"\n", timeout=60)
        assert waiter.returncode in (0, -signal.SIGKILL)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    path.touch(0o640)
    return path


def test_turns_are_taken_in_the_order_of_asking_and_passed_over_the_dead(log: Path) -> None:
    """The first is killed while it has its turn, the third while it waits for its own."""
    out = log.with_name("out")
    waiters = []
    for number, name in enumerate("abcde", 1):
        waiters.append(wait(log, name, out))
        until_drawn(log, number)
    until_said(out, "a")

    os.kill(waiters[0].pid, signal.SIGKILL)
    until_said(out, "ab")
    os.kill(waiters[2].pid, signal.SIGKILL)
    waiters[2].wait()
    end(waiters[1])
    until_said(out, "abd")
    end(waiters[3])
    until_said(out, "abde")

    end(waiters[0], waiters[2], waiters[4])


def test_whoever_keeps_a_turn_for_too_long_is_waited_for_once(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = log.with_name("out")
    stuck = wait(log, "a", out)
    until_said(out, "a")
    looks, sleep = [0], time.sleep

    def counted(seconds: float) -> None:
        looks[-1] += 1
        sleep(seconds)

    monkeypatch.setattr("ledger.store.turns.time.sleep", counted)
    turns = Turns(log, patience=0.1)
    for _ in range(2):
        with turns.turn():
            looks.append(0)
    monkeypatch.undo()

    end(stuck)
    assert looks[0] > 0
    assert looks[1:] == [0, 0]


def test_the_queue_may_be_used_by_whoever_may_write_to_the_log(log: Path) -> None:
    with Turns(log).turn():
        pass

    assert Turns(log).path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("place", ["link", "folder", "pipe", "rubbish", "nowhere"])
def test_without_a_queue_one_goes_on_without_a_turn(log: Path, place: str) -> None:
    """Nor is a file of somebody else's written to, or a reader waited for."""
    turns = Turns(log if place != "nowhere" else log.parent / "none" / "log.sqlite")
    target = log.with_name("somebody-elses")
    target.write_text("precious")
    match place:
        case "link":
            turns.path.symlink_to(target)
        case "folder":
            turns.path.mkdir()
        case "pipe":
            os.mkfifo(turns.path)
        case "rubbish":
            turns.path.write_bytes(b"\xff" * 100)

    done = []
    for _ in range(2):
        with turns.turn():
            done.append(place)

    assert done == [place, place]
    assert target.read_text() == "precious"
