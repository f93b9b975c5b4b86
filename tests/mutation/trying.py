"""Inside the copy: make the mutants, learn which tests reach which function, try a sample.

Written against mutmut 3.8.0, whose own ``run`` knows neither a sample nor a budget.
"""

import json
import sys
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any, Final

import pytest

from tests.mutation.drawing import draw, quickest

KILLED: Final = 1
NOT_REACHED: Final = 33
WHY: Final = {0: "survived", NOT_REACHED: "no test of the package reaches it"}
"""What the others ran into is the limit of time: no proof that a test would have seen them."""


def main(package: str, count: int, seed: int) -> int:
    """Try *count* mutants of *package*; prints the score and each that no test killed."""
    mutmut: Any = import_module("mutmut.__main__")
    state: Any = import_module("mutmut.state").state
    # pytest 9 has no such attribute any more, and mutmut 3.8.0 reads it.
    if not hasattr(pytest.Item, "_nodeid"):
        pytest.Item._nodeid = property(lambda item: item.nodeid)  # type: ignore[attr-defined]
    names = _mutants(mutmut, package)
    runner = mutmut.get_mutant_runner(1)
    if not mutmut.load_stats():
        mutmut.run_stats_collection(runner)
    mutmut.set_mutant_under_test("")
    runner.startup()
    found: dict[str, int] = {}
    for name in draw(names, count, seed):
        reached = state().tests_by_mangled_function_name.get(
            mutmut.mangled_name_from_mutant_name(name), ()
        )
        tests, seconds = quickest(reached, state().duration_by_test)
        if tests:
            runner.submit(name, tests, ceil((seconds + 2) * 10), seconds)
        found[name] = runner.wait_for_result().exit_code if tests else NOT_REACHED
    runner.signal_work_complete()
    runner.shutdown()
    _tell(mutmut, package, found)
    return 0


def _mutants(mutmut: Any, package: str) -> dict[str, list[str]]:
    """The names of all mutants of *package*, by module; makes them first where there are none."""
    folder = Path("mutants")
    mutmut.set_mutant_under_test("mutant_generation")
    if not folder.exists():
        folder.mkdir()
        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.setup_source_paths()
        mutmut.store_lines_covered_by_tests()
        mutmut.create_mutants(1)
    mutmut.setup_source_paths()
    notes = sorted((folder / "ledger" / package).glob("*.meta"))
    return {note.stem: list(json.loads(note.read_text())["exit_code_by_key"]) for note in notes}


def _tell(mutmut: Any, package: str, found: dict[str, int]) -> None:
    difference = import_module("mutmut.mutation.diff_apply").get_diff_for_mutant
    for name, code in found.items():
        if code != KILLED:
            print(f"{name}: {WHY.get(code, 'out of time')}")  # noqa: T201 - the answer
            print(difference(name, path=mutmut.find_mutant(name).path))  # noqa: T201 - the same
    killed = sum(code == KILLED for code in found.values())
    print(f"{package}: {killed} of {len(found)} killed")  # noqa: T201 - the same


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
