"""Exactly once through kill -9: whoever builds views may be killed at any moment."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import database

ROOT = Path(__file__).resolve().parents[2]


def killed(rounds: int, target: str | Path) -> Any:
    """What ``view_kills`` tells of so many kills of builders of the views at *target*."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.properties.view_kills", str(rounds), str(target)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kills", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_kills_leave_the_views_that_a_rebuild_makes(kills: int, tmp_path: Path) -> None:
    told = killed(kills, tmp_path / "views.sqlite")

    assert told["differences"] == []
    assert told["kills"] == kills
    assert told["within"] >= kills // 5, "the kills missed the transactions"
    assert told["positions"] >= 8, "the kills hit one place"


@pytest.mark.needs("postgres")
def test_kills_of_a_client_leave_on_a_server_what_a_rebuild_makes() -> None:
    with database() as url:
        told = killed(20, url)

    assert told["differences"] == []
    assert told["kills"] == 20
    assert told["within"] >= 3, "the kills missed the transactions"
    assert told["positions"] >= 4, "the kills hit one place"
