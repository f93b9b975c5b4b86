"""Progress of long work: at a terminal, after a second, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.progress import estimate, span
from tests.terminal import at_a_terminal

ROOT = Path(__file__).resolve().parents[2]

WORK = """
import sys, time
from cli.progress import progress, shown
fast, fails = "fast" in sys.argv, "fails" in sys.argv
told = progress if "verify" in sys.argv else shown("exporting", "rows")
for done in range(0, 2001, 200):
    told(done, 2000)
    if fails and done == 1600:
        sys.exit("it failed")
    time.sleep(0.01 if fast else 0.2)
print("done", file=sys.stderr)
"""


def work(*how: str) -> list[str]:
    return [sys.executable, "-c", WORK, *how]


def test_at_a_terminal_rate_and_time_left_are_shown_and_gone_in_the_end() -> None:
    status, shown = at_a_terminal(work(), [])
    painted = shown.split("\r")
    assert status == 0
    assert any("of 2,000 rows" in one and "/s" in one and "s left" in one for one in painted), shown
    assert painted[1].startswith("exporting  [")
    assert all(len(one) < 80 for one in painted)
    assert [one.strip() for one in painted if one.strip()][-1] == "done"
    assert painted[painted.index("done") - 1].strip() == ""


def test_verifying_is_called_by_its_name() -> None:
    _, shown = at_a_terminal(work("verify"), [])
    assert "verifying  [" in shown
    assert "of 2,000 entries" in shown


def test_short_work_shows_nothing() -> None:
    status, shown = at_a_terminal(work("fast"), [])
    assert (status, shown) == (0, "done\r\n")


def test_in_a_pipe_nothing_is_shown() -> None:
    done = subprocess.run(work(), capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "done\n")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.6, "60 s"), (99, "99 s"), (150, "2 min"), (7_300, "2 h 2 min"), (-3, "0 s")],
)
def test_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_the_rate_and_the_time_left_are_of_what_was_done() -> None:
    assert estimate(500, 2_000, 2.0) == "  250/s  6 s left"
    assert estimate(0, 2_000, 2.0) == ""
    assert estimate(10, 2_000, 0.0) == ""
