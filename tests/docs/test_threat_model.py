"""Every attacker of the threat model has been tried: their row names a test or a transcript.

That the tests it names exist is asked of every page, by ``tests/docs/test_links.py``.
"""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "threat-model.md"
HEAD = ["who", "what they can do", "what stops or shows it", "tried by"]

_TRIED = re.compile(r"`tests/[\w/]+\.py::test_\w+`|`tests/scripts/[\w-]+\.txt`")


def rows(page: str) -> list[list[str]]:
    """The cells of every line of every table, but for the lines under the heads."""
    lines = (line for line in page.splitlines() if line.startswith("|"))
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [row for row in cells if set("".join(row)) != {"-"}]


TABLE = rows(PAGE.read_text(encoding="utf-8"))
ATTACKERS = [row for row in TABLE if row != HEAD]


def test_every_table_has_the_same_four_columns() -> None:
    assert TABLE[0] == HEAD
    assert {len(row) for row in TABLE} == {len(HEAD)}
    assert len(ATTACKERS) > len(HEAD)


@pytest.mark.parametrize("row", ATTACKERS, ids=lambda row: row[0].replace("*", ""))
def test_whoever_attacks_has_been_tried(row: list[str]) -> None:
    assert all(row)
    assert re.fullmatch(rf"({_TRIED.pattern})(, ({_TRIED.pattern}))*", row[-1])


def test_a_row_that_names_nothing_is_found() -> None:
    table = "| who | tried by |\n|---|---|\n| a thief | they say |\nno table\n| x | `a` |"

    assert rows(table) == [["who", "tried by"], ["a thief", "they say"], ["x", "`a`"]]
    assert not any(_TRIED.fullmatch(row[-1]) for row in rows(table))
