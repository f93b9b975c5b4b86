"""Clocks that are wrong or jump: time is a claim, and the order of the log is what counts."""

import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.crash.founding import INIT, prepare
from tests.organisation import unsafe_key
from tests.shell import inside, run_assent

MINUTE, YEAR = 60, 365 * 86_400

ENROLMENT = f"""\
effect = "enrolment"
summary = "one more"
[signer.bob]
kind = "person"
key = "{unsafe_key("bob").public.text}"
"""
OPEN = ("proposal", "open", "bob.toml", "--as", "alice", "--yes", "--json")
COMMENT = ("proposal", "comment", 1, "hello", "--as", "alice", "--yes", "--json")
STOP = ("override", "set", "generation", "--reason", "stop", "--as", "alice", "--yes", "--json")

Clock = Callable[..., None]


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A ledger of one, founded just now, with a proposal; and a clock to be set wrong.

    The seconds by which it is wrong are given for one look at it after another.
    """

    def set_wrong(*by: int) -> None:
        offsets = cycle(by)
        wrong = SimpleNamespace(**vars(time) | {"time": lambda: time.time() + next(offsets)})
        for module in ("cli.context", "cli.gate_quickly"):
            monkeypatch.setattr(f"{module}.time", wrong)

    with inside(tmp_path):
        prepare(tmp_path)
        (tmp_path / "bob.toml").write_text(ENROLMENT)
        for words in (INIT, OPEN):
            assert run_assent(*words).exit == 0
        yield set_wrong


def test_a_clock_that_is_behind_is_said_to_be_so_and_stops_nobody_from_stopping(
    clock: Clock,
) -> None:
    for number, behind in enumerate((6 * MINUTE, 5 * YEAR)):
        clock(-behind)
        result = run_assent(*COMMENT)
        assert (result.exit, result.json["code"]) == (3, "back-dated"), result
        assert "set your clock right" in result.json["hint"]
        assert run_assent(*STOP).json["position"] == 3 + number

    assert run_assent("status").exit == 0
    clock(-4 * MINUTE)
    assert run_assent(*COMMENT).json["position"] == 5
    assert run_assent("verify").exit == 0


def test_a_clock_that_jumps_during_a_command_is_a_claim_like_any_other(clock: Clock) -> None:
    """Each entry is stored with one time, or refused for it; nothing in between."""
    seen = set()
    for by in ((0, -5 * YEAR), (-5 * YEAR, 0), (-MINUTE, 0, MINUTE)):
        clock(*by)
        for words in (COMMENT, STOP, COMMENT):
            result = run_assent(*words)
            seen.add((result.exit, result.json.get("code")))

    assert seen == {(0, None), (3, "back-dated")}
    clock(0)
    assert run_assent(*COMMENT).exit == 0
    assert run_assent("verify").exit == 0
