"""What a measurement is: a thing and its reference, timed in the same run."""

import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measurement:
    """A ratio with its target; ``sense`` says on which side of the target it should be.

    ``what`` was measured ``against`` what, on a history of ``entries``. Without a target it is
    only told.
    """

    what: str
    against: str
    entries: int
    ours: float
    reference: float
    unit: str
    target: float | None
    sense: Literal["at most", "at least"]

    @property
    def ratio(self) -> float:
        """Ours over the reference."""
        return self.ours / self.reference

    @property
    def met(self) -> bool:
        """Whether the ratio is on the right side of its target; always so without one."""
        if self.target is None:
            return True
        return self.ratio <= self.target if self.sense == "at most" else self.ratio >= self.target


def seconds(work: Callable[[], object], *, repeat: int = 1) -> float:
    """The least time of *repeat* runs of *work*, in seconds."""
    times: list[float] = []
    for _ in range(repeat):
        gc.collect()
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def percentile_95(work: Callable[[], object], *, times: int) -> float:
    """The 95th percentile of *times* runs of *work*, in seconds of the processor.

    These are what *work* costs; what else the machine does meanwhile is not in them.
    """
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.quantiles(found, n=20)[-1]


def processor_seconds(work: Callable[[], object]) -> float:
    """The seconds of the processor that *work* takes in this process."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def process_seconds(
    arguments: Sequence[str], environment: dict[str, str], expected: int, *, times: int = 9
) -> float:
    """The median of *times* runs of a whole Python process, in seconds of the processor."""
    found = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.returncode == expected, done.stderr.decode()
    return statistics.median(found)
