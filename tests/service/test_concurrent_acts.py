"""Real processes act on one ledger at once, and are killed: nothing is lost, doubled or invented.

Each user has a state directory of their own, as on machines of their own; what was
acknowledged with a receipt stands in the log at the end, and whoever was second is told so.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ledger.seal.merkle import leaf_hash
from ledger.store.log import open_log
from ledger.store.state import State
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, digest

ROOT = Path(__file__).parents[2]

WORKER = """
import json, sys
from tests.shell import run_assent
name, words, count = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    for attempt in range(100):
        spoken = [word.replace("NUMBER", str(number)) for word in words]
        done = run_assent(*spoken, "--as", name, "--yes", "--json")
        print(json.dumps([done.exit, done.out, done.err]), flush=True)
        if done.exit != 6:
            break
"""
"""Acts again and again, and again after each conflict; a line for each attempt."""

COMMENT = ("proposal", "comment", "1")
Attempt = tuple[int, dict[str, Any]]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A proposal with its evidence, waiting for two approvals."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    org = Organisation()
    org.attach("erin", org.open("frank"))
    org.open("frank")
    made = LedgerFolder(tmp_path / "ledger", org)
    report = made.evidence / digest("report")[7:9] / digest("report")[9:]
    report.parent.mkdir()
    report.write_text("report")
    return made


def user(ledger: LedgerFolder, name: str) -> Path:
    """The state directory of a user who has pinned the ledger."""
    folder = ledger.path / f"state-of-{name}"
    State(folder, ledger.id).pin()
    return folder


def begin(
    ledger: LedgerFolder, name: str, state: Path, *words: str, count: int = 1
) -> subprocess.Popen[str]:
    """A process that waits for the word to act *count* times as *name*."""
    environment = {**os.environ, "ASSENT_STATE": str(state), "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, name, json.dumps(words), str(count)],
        cwd=ledger.path, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


def race(*workers: subprocess.Popen[str]) -> list[list[Attempt]]:
    """Let them all go at once; what each attempt of each led to."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    results = [attempts(worker.communicate(timeout=120)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * len(workers)
    return results


def attempts(printed: str) -> list[Attempt]:
    """Exit status and answer of each attempt whose line is whole."""
    lines = [json.loads(line) for line in printed.splitlines(keepends=True) if line[-1] == "\n"]
    return [(code, json.loads(out or err)) for code, out, err in lines]


def require_all_there(ledger: LedgerFolder, done: list[Attempt], before: int) -> list[str]:
    """Every receipt is true, nothing else was appended; the comments in the log."""
    with open_log(ledger.log) as log:
        rows = {row.position: row.raw or b"" for row in log.scan()}
        assert log.strays() == []
    receipts = [answer for code, answer in done if code == 0]
    for one in receipts:
        assert leaf_hash(rows[one["position"]]).hex() == one["entry"]
    assert {code for code, _ in done} <= {0, 6}, done
    assert sorted(one["position"] for one in receipts) == list(range(before, len(rows)))
    return said(rows)


def said(rows: dict[int, bytes]) -> list[str]:
    """The text of every comment, in the order of the log."""
    events = [json.loads(raw.split(b"\n")[0])["event"] for _, raw in sorted(rows.items())]
    return [event["text"] for event in events if event["kind"] == "comment.made"]


def require_verified(ledger: LedgerFolder, *states: Path) -> None:
    """Every user's own client says so."""
    for state in states:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ASSENT_STATE", str(state))
            result = ledger.assent("verify", "--json")
            assert (result.exit, result.json["verdict"]) == (0, "verified"), result


def test_users_who_comment_at_once_lose_nothing(ledger: LedgerFolder) -> None:
    names, before = ("alice", "dana", "erin", "frank"), ledger.size()
    states = [user(ledger, name) for name in names]
    results = race(
        *(
            begin(ledger, name, state, *COMMENT, f"{name} NUMBER", count=5)
            for name, state in zip(names, states, strict=True)
        )
    )

    comments = require_all_there(ledger, [one for done in results for one in done], before)

    assert Counter(comments) == Counter(f"{name} {n}" for name in names for n in range(5))
    for name in names:
        mine = [text for text in comments if text.startswith(name)]
        assert mine == [f"{name} {n}" for n in range(5)]
    require_verified(ledger, *states)


def test_those_who_approve_at_once_are_both_counted(ledger: LedgerFolder) -> None:
    before, roles = ledger.size(), {"alice": "model-owner", "dana": "data-owner"}
    shown = ledger.assent("proposal", "show", 1, "--json").json["assessment"]
    states = {name: user(ledger, name) for name in roles}
    workers = [
        begin(
            ledger, name, states[name],
            "proposal", "approve", "1", "--role", role, "--expect", shown["review_digest"],
        )
        for name, role in roles.items()
    ]  # fmt: skip
    workers.append(begin(ledger, "frank", user(ledger, "frank"), *COMMENT, "meanwhile", count=1))

    results = race(*workers)

    require_all_there(ledger, [one for done in results for one in done], before)
    assert ledger.assent("gate", 1).exit == 0
    require_verified(ledger, *states.values())


def test_of_two_who_start_the_same_release_one_is_told_why_not(ledger: LedgerFolder) -> None:
    for name, role in (("alice", "model-owner"), ("dana", "data-owner")):
        shown = ledger.assent("proposal", "show", 1, "--json").json["assessment"]
        words = ("--role", role, "--expect", shown["review_digest"])
        assert ledger.assent("proposal", "approve", 1, *words, as_=name).exit == 0
    before = ledger.size()
    states = [user(ledger, "here"), user(ledger, "there")]

    results = race(*(begin(ledger, "omar", state, "release", "start", "1") for state in states))

    done = [one for attempts in results for one in attempts]
    # Signed within the same second it is the same entry, byte for byte: both are told of it then.
    assert len({answer["entry"] for code, answer in done if code == 0}) == 1
    assert {code for code, _ in done} <= {0, 3, 6}
    assert ledger.size() == before + 1
    require_verified(ledger, *states)


def test_two_processes_of_one_user_share_a_state_and_lose_nothing(ledger: LedgerFolder) -> None:
    before, state = ledger.size(), user(ledger, "erin")
    results = race(
        begin(ledger, "erin", state, "proposal", "comment", "1", "one NUMBER", count=6),
        begin(ledger, "erin", state, "proposal", "comment", "2", "two NUMBER", count=6),
    )

    comments = require_all_there(ledger, [one for done in results for one in done], before)

    assert sorted(comments) == sorted(f"{name} {n}" for name in ("one", "two") for n in range(6))
    receipts = {one.position for one in State(state, ledger.id).receipts()}
    assert receipts == set(range(before, ledger.size()))
    require_verified(ledger, state)


def kill_in_the_middle(ledger: LedgerFolder, rounds: int) -> None:
    """Kill a process that acts, after ever another while; the next command just works."""
    state = user(ledger, "erin")
    acknowledged: list[Attempt] = []
    for number in range(rounds):
        worker = begin(ledger, "erin", state, *COMMENT, f"{number} NUMBER", count=1_000)
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
        assert worker.stdout is not None
        first = worker.stdout.readline()  # of many: by now it acts without importing anything
        time.sleep(0.01 + number % 11 / 37)
        os.kill(worker.pid, signal.SIGKILL)
        acknowledged += attempts(first + worker.communicate(timeout=60)[0])
        after = race(begin(ledger, "erin", state, *COMMENT, f"after {number}"))[0]
        assert [code for code, _ in after] == [0], after
        acknowledged += after
        require_verified(ledger, state)
    assert len(acknowledged) >= 2 * rounds
    with open_log(ledger.log) as log:
        rows = {row.position: row.raw or b"" for row in log.scan()}
    for code, answer in acknowledged:
        assert code == 0, answer
        assert leaf_hash(rows[answer["position"]]).hex() == answer["entry"]
    comments = said(rows)
    assert len(comments) == len(set(comments))


def test_the_next_command_works_after_a_kill(ledger: LedgerFolder) -> None:
    kill_in_the_middle(ledger, rounds=3)


@pytest.mark.slow
def test_the_next_command_works_after_many_kills(ledger: LedgerFolder) -> None:
    kill_in_the_middle(ledger, rounds=25)
