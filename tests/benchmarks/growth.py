"""How time and memory grow from one size to ten times that, each measured in a process of its own.

``python -m tests.benchmarks.growth FOLDER WORK`` is that process: it does WORK on the history
in FOLDER and prints its seconds and the most memory that it, or one of its workers, had.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.histories import history_in
from tests.benchmarks.measure import Measurement, seconds
from tests.benchmarks.verification import full_verify, join
from tests.lifelike import History

MIB = 1024
"""KiB, in which Linux tells of memory, to a MiB."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of a work, and the MiB that the largest of its processes had at most."""

    seconds: float
    peak: float


def measure(small: History, large: History) -> list[Measurement]:
    """Each work on both histories: the time and the memory of the larger over the smaller."""
    times = large.size / small.size
    found = []
    for name in WORKS:
        less, more = _spent(small, name), _spent(large, name)
        grown = f"{name}, {small.size} to {large.size} entries"
        found += [
            Measurement(
                f"{grown}: time / {times:.1f} times the time",
                more.seconds, less.seconds * times, "s", 1.05, "at most",
            ),
            Measurement(f"{grown}: memory", more.peak, less.peak, "MiB", 1.2, "at most"),
            Measurement(f"{name}: memory / 300 MiB", more.peak, 300.0, "MiB", 1.0, "at most"),
        ]  # fmt: skip
    return found


def _spent(history: History, work: str) -> Spent:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.growth", str(history.folder), work],
        capture_output=True,
        check=True,
        text=True,
    )
    return Spent(**json.loads(done.stdout))


def _join(history: History) -> None:
    with TemporaryDirectory(dir=history.folder) as folder:
        join(history, Path(folder) / "views.sqlite")


WORKS: Mapping[str, Callable[[History], None]] = {
    "full verify": full_verify,
    "a new machine joining, with views": _join,
}
"""What is done to a history, by name."""


def main() -> None:
    """Do one work and say what it took."""
    folder, work = Path(sys.argv[1]), WORKS[sys.argv[2]]
    history = history_in(folder, 0)
    spent = seconds(lambda: work(history))
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whose) / MIB
    json.dump({"seconds": spent, "peak": peak}, sys.stdout)


if __name__ == "__main__":
    main()
