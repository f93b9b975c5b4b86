"""Run every benchmark and print its ratio, its target and whether it was met.

``python -m tests.benchmarks [--entries 10000] [--strict]``; with ``--strict`` a missed
target is a failure.
"""

import argparse
import tempfile
from pathlib import Path

from tests.benchmarks import appends, catch_up, reads, verification
from tests.benchmarks.history import write_history
from tests.benchmarks.measure import Measurement


def main() -> int:
    """Measure, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"writing a history of {arguments.entries} entries", flush=True)  # noqa: T201
        history = write_history(Path(folder), arguments.entries)
        found = [
            *_told(verification.measure(history)),
            *_told(appends.measure(Path(folder))),
            *_told(catch_up.measure(history)),
            *_told(reads.measure_in_process(history)),
            *_told(reads.measure_processes(history)),
        ]
    missed = [one for one in found if not one.met]
    print(f"{len(found) - len(missed)} of {len(found)} targets met")  # noqa: T201
    return 1 if missed and arguments.strict else 0


def _told(measurements: list[Measurement]) -> list[Measurement]:
    for one in measurements:
        mark = "met   " if one.met else "MISSED"
        print(  # noqa: T201
            f"{mark} {one.ratio:7.3f} ({one.sense} {one.target})  {one.what}"
            f"  [{one.ours:.6g} / {one.reference:.6g} {one.unit}]",
            flush=True,
        )
    return measurements


if __name__ == "__main__":
    raise SystemExit(main())
