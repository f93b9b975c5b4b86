"""Many write to one ledger at once: nobody loses twice in a row, and nothing is lost or doubled."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def contended(*words: str) -> Any:
    """What ``contention`` tells."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.contention", *words],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def require_progress(told: Any, acts: int) -> None:
    """The person came through while services hammered, and nobody lost two races in a row."""
    assert told.pop("faults") == []
    del told["rate"]
    assert told["frank"]["acts"] + told["frank"]["told"] == acts
    for name, one in told.items():
        assert one["tried"] <= 2 * (one["acts"] + one["told"]), name
    assert sum(one["tried"] for one in told.values()) > sum(one["acts"] for one in told.values())


def test_a_person_is_not_starved_by_services(store: str | None) -> None:
    """Each act takes two attempts at most, however many others there are and however quick."""
    told = contended("--acts", "4", "--robots", "3", *([store] if store else []))

    assert told["frank"]["told"] == 0
    require_progress(told, acts=4)


def test_on_one_stream_somebody_is_told_and_nothing_is_lost() -> None:
    told = contended("--acts", "4", "--robots", "3", "--same")

    assert sum(one["told"] for name, one in told.items() if name not in ("rate", "faults")) > 0
    require_progress(told, acts=4)
