"""Run every benchmark on histories of several sizes, and print one table of all ratios.

``python -m tests.benchmarks [--entries N ...] [--all] [--folder FOLDER] [--only NAME]
[--strict]``. Histories have 10,000 and 100,000 entries unless told otherwise; ``--all`` adds one
of 1,000,000, which takes an hour and more to write. ``--folder`` keeps them there, and uses those
that are there; where one history is ten times as long as the one before it, what grew is measured
as well. With ``--strict`` a missed target is a failure.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import appends, catch_up, growth, processes, reads, verification
from tests.benchmarks.histories import history_in
from tests.benchmarks.measure import Measurement
from tests.benchmarks.table import table
from tests.lifelike import History

BENCHMARKS: Mapping[str, Callable[[History], list[Measurement]]] = {
    "verification": verification.measure,
    "appends": appends.measure,
    "catch-up": catch_up.measure,
    "reads": reads.measure,
    "processes": processes.measure,
}
"""What is measured on one history, in this order: catch-up leaves the views that are read."""

GROWTH = "growth"
SIZES = (10_000, 100_000)
LONG = 1_000_000
TIMES = 10
"""How many times as long the next history is, for growth to be measured."""


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--all", action="store_true", help=f"{LONG:,} entries as well")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", action="append", choices=[*BENCHMARKS, GROWTH])
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    sizes = [*arguments.entries, *((LONG,) if arguments.all else ())]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        found = list(_told(_found(folder, sizes, arguments.only or [*BENCHMARKS, GROWTH])))
    print("\n".join(table(found)))  # noqa: T201
    return 1 if arguments.strict and not all(one.met for one in found) else 0


def _told(found: Iterable[Measurement]) -> Iterator[Measurement]:
    """Each as soon as it is *found*: of a run of hours, what was measured before it broke off."""
    for one in found:
        _say(f"  {one.what} / {one.against}: {one.ours:.4g} {one.unit}, {one.ratio:.3g}")
        yield one


def _found(folder: Path, sizes: list[int], wanted: list[str]) -> Iterator[Measurement]:
    histories = [_history(folder, entries) for entries in sizes]
    for history in histories:
        for name in [one for one in BENCHMARKS if one in wanted]:
            _say(f"measuring {name} on {history.size:,} entries")
            yield from BENCHMARKS[name](history)
    for small, large in pairwise(histories) if GROWTH in wanted else ():
        if round(large.size / small.size) == TIMES:
            _say(f"measuring growth to {large.size:,} entries")
            yield from growth.measure(small, large)


def _history(folder: Path, entries: int) -> History:
    _say(f"a history of {entries:,} entries")
    return history_in(folder / str(entries), entries)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    raise SystemExit(main())
