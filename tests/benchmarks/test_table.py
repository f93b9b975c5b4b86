"""The table of the benchmarks: a column for each size, a mark at each missed target."""

from tests.benchmarks.measure import Measurement
from tests.benchmarks.table import table

VERIFY = ("full verify", "bare signatures")


def _measured(entries: int, ours: float, what: tuple[str, str] = VERIFY) -> Measurement:
    return Measurement(*what, entries, ours, 2.0, "s", 2.0, "at most")


def test_the_sizes_stand_beside_each_other_and_what_was_missed_is_marked() -> None:
    lines = list(table([_measured(10_000, 3.0), _measured(100_000, 30.0)]))

    assert [line.split() for line in lines] == [
        ["target", "10,000", "100,000"],
        ["full", "verify", "3", "s", "30", "s"],
        ["/", "bare", "signatures", "<=", "2", "1.5", "15", "!"],
        ["1", "of", "2", "targets", "met;", "!", "was", "missed"],
    ]
    assert len({len(line) for line in lines[:3]}) == 1
    assert all(len(line) <= 80 for line in lines)


def test_what_was_not_measured_on_a_size_is_left_open() -> None:
    lines = list(table([_measured(10_000, 3.0), _measured(100_000, 4.0, ("joining", "15 s"))]))

    assert lines[1].rstrip().endswith("3 s")
    assert lines[3].endswith("4 s")
    assert len(lines[1]) == len(lines[3])
    assert lines[3].split() == ["joining", "4", "s"]


def test_what_has_no_target_is_told_and_neither_met_nor_missed() -> None:
    told = Measurement("appends", "the library", 10_000, 30.0, 10.0, "/s", None, "at least")

    lines = list(table([told]))

    assert lines[2].split() == ["/", "the", "library", "3"]
    assert lines[-1].startswith("0 of 0 targets met")
    assert told.met
