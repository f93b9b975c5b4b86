"""kill -9 at random moments: what was acknowledged is there, and the next command just works."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def killed(program: str, kills: int, *words: str) -> Any:
    """What *program* tells of so many kills."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.crash.{program}", str(kills), *words],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def require_nothing_lost(told: Any, kills: int) -> None:
    """Nothing acknowledged is lost, and the kills were spread over what a writer does."""
    assert told["faults"] == []
    assert told["kills"] == kills
    assert told["acknowledged"] >= kills / 3
    assert len(told["during"]) >= 3, "the kills hit one place"


def test_writers_that_are_killed_lose_nothing_that_was_acknowledged(store: str | None) -> None:
    require_nothing_lost(killed("kills", 24, *([store] if store else [])), 24)


@pytest.mark.slow
def test_hundreds_of_kills_lose_nothing_that_was_acknowledged(store: str | None) -> None:
    told = killed("kills", 300, *([store] if store else []))

    require_nothing_lost(told, 300)
    assert {"append", "views", "mark", "receipt", "deciding"} <= told["during"].keys()


def require_server_survives(told: Any, kills: int) -> None:
    assert told["faults"] == []
    assert told["kills"] == kills
    assert told["acknowledged"] >= 3 * kills
    assert told["told"].keys() <= {"store-unavailable", "outcome-unknown", "stored-then-failed"}


@pytest.mark.slow
@pytest.mark.needs("postgres")
def test_a_server_that_is_killed_loses_nothing_that_was_acknowledged() -> None:
    require_server_survives(killed("server_kills", 1), 1)


@pytest.mark.slow
@pytest.mark.needs("postgres")
def test_a_server_that_is_killed_again_and_again_loses_nothing() -> None:
    require_server_survives(killed("server_kills", 20), 20)
