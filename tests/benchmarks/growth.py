"""How time and memory grow from one size to ten times that."""

from tests.benchmarks.measure import Measurement
from tests.benchmarks.works import WORKS, spent
from tests.lifelike import History


def measure(small: History, large: History) -> list[Measurement]:
    """Each work on both histories: the time and the memory of the larger over the smaller."""
    times = large.size / small.size
    found = []
    for work in WORKS:
        less = spent(small.folder, work, str(small.log))
        more = spent(large.folder, work, str(large.log))
        found += [
            Measurement(
                f"{work}: time", f"{times:.0f} x that of {times:.0f} times fewer entries",
                large.size, more.seconds, less.seconds * times, "s", 1.05, "at most",
            ),
            Measurement(
                f"{work}: memory", f"that of {times:.0f} times fewer entries",
                large.size, more.peak, less.peak, "MiB", 1.2, "at most",
            ),
            Measurement(
                f"{work}: memory at most", "300 MiB",
                large.size, more.peak, 300.0, "MiB", 1.0, "at most",
            ),
        ]  # fmt: skip
    return found
