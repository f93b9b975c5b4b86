"""Run every benchmark; print its ratio, its target and whether it was met, in one table.

``python -m tests.benchmarks [--entries 10000] [--grow] [--folder FOLDER] [--only NAME]
[--strict]``. With ``--grow`` time and memory are also measured on a history ten times as long;
``--folder`` keeps the histories there, and uses those that are there; with ``--strict`` a missed
target is a failure.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.benchmarks import appends, catch_up, growth, processes, reads, verification
from tests.benchmarks.histories import history_in
from tests.benchmarks.measure import Measurement
from tests.lifelike import History

BENCHMARKS: Mapping[str, Callable[[History], list[Measurement]]] = {
    "verification": verification.measure,
    "appends": appends.measure,
    "catch-up": catch_up.measure,
    "reads": reads.measure,
    "processes": processes.measure,
}
"""What is measured on one history, in this order: catch-up leaves the views that are read."""


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--grow", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only", action="append", choices=[*BENCHMARKS, "growth"])
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        found = list(_found(folder, arguments))
    print("\n".join(_table(found)))  # noqa: T201
    missed = [one for one in found if not one.met]
    return 1 if missed and arguments.strict else 0


def _found(folder: Path, arguments: argparse.Namespace) -> Iterator[Measurement]:
    entries, only = arguments.entries, arguments.only
    history = _history(folder, entries)
    for name, measure in BENCHMARKS.items():
        if not only or name in only:
            print(f"measuring {name}", flush=True)  # noqa: T201
            yield from measure(history)
    if arguments.grow and (not only or "growth" in only):
        longer = _history(folder, 10 * entries)
        print("measuring growth", flush=True)  # noqa: T201
        yield from growth.measure(history, longer)


def _history(folder: Path, entries: int) -> History:
    print(f"a history of {entries} entries", flush=True)  # noqa: T201
    return history_in(folder / str(entries), entries)


def _table(found: list[Measurement]) -> Iterator[str]:
    """A line for each measurement, and how many targets were met."""
    aimed = [one for one in found if one.target not in (0.0, float("inf"))]
    yield "        ratio  target          what  [ours / reference]"
    for one in found:
        mark = ("met   " if one.met else "MISSED") if one in aimed else "      "
        target = f"{one.sense} {one.target:g}" if one in aimed else "no target"
        yield (
            f"{mark} {one.ratio:6.3f}  {target:<14}  {one.what}"
            f"  [{one.ours:.4g} / {one.reference:.4g} {one.unit}]"
        )
    yield f"{sum(one.met for one in aimed)} of {len(aimed)} targets met"


if __name__ == "__main__":
    raise SystemExit(main())
