"""Every row of the threat model has an attack here, and every table of attacks is in the model."""

import re
from pathlib import Path

import pytest

from tests.docs.test_threat_model import ATTACKERS

HERE = Path(__file__).parent
CITED = re.compile(r"`tests/attacks/(\w+\.py)::test_\w+`")


@pytest.mark.parametrize("row", ATTACKERS, ids=lambda row: row[0].replace("*", ""))
def test_an_attack_of_each_attacker_is_run_against_every_store(row: list[str]) -> None:
    assert CITED.search(row[-1])


def test_every_table_of_attacks_stands_in_the_threat_model() -> None:
    tables = {path.name for path in HERE.glob("test_*.py") if "ATTACKS:" in path.read_text()}
    cited = {name for row in ATTACKERS for name in CITED.findall(row[-1])}

    assert tables - {Path(__file__).name} <= cited
    assert len(tables) > len(HERE.name)
