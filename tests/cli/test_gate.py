"""``assent gate``: one line and an exit status, the short way and the long way alike."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cli.gate_quickly import answer_quickly
from cli.options import Options
from tests.change_files import CHANGE, write_change
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import approved, attached, opened, released
from tests.shell import inside


@pytest.fixture
def now(ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """The ledger with the real clock, on which the short way is open."""
    monkeypatch.delenv("ASSENT_NOW")
    return ledger


def quick(ledger: LedgerFolder, proposal: str = "1", **options: str) -> bool:
    """Whether the short way has an answer."""
    with inside(ledger.path):
        return answer_quickly(Options(**options), proposal, None) is not None  # type: ignore[arg-type]


def test_an_open_proposal_is_pending_and_says_what_is_missing(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    result = ledger.assent("gate", number)

    assert result.exit == 8
    assert result.out.startswith("#1 fraud/production: open; missing: approval of 1 model-owner; ")
    assert result.out.count("\n") == 1


def test_a_ready_proposal_passes(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number)

    result = ledger.assent("gate", number)

    assert (result.exit, result.out) == (0, "#1 fraud/production: ready\n")


def test_a_released_proposal_is_closed(ledger: LedgerFolder) -> None:
    number = released(ledger)

    result = ledger.assent("gate", number)

    assert (result.exit, result.out) == (3, "#1 fraud/production: closed\n")


def test_a_rejected_proposal_is_blocked_and_says_by_whom(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    ledger.assent(
        "proposal", "reject", number, "--role", "data-owner", "--reason", "no", as_="dana"
    )

    result = ledger.assent("gate", number)

    assert result.exit == 3
    assert "blocked; dana rejected it as data-owner: no" in result.out


def test_a_proposal_that_waited_too_long_is_expired(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = opened(ledger)
    monkeypatch.setenv("ASSENT_NOW", "2026-12-22T00:00:00Z")

    result = ledger.assent("gate", number)

    assert result.exit == 3
    assert result.out == (
        "#1 fraud/production: expired;"
        " it waited longer than the policy allows; revise the proposal\n"
    )


def test_the_newest_open_proposal_with_a_stack_is_found(ledger: LedgerFolder) -> None:
    opened(ledger)
    number = opened(ledger)
    path = write_change(ledger.path)

    result = ledger.assent("gate", "--alias", "fraud/production", "--stack", path, "--json")

    assert (result.exit, result.json["proposal"]) == (8, number)


def test_a_stack_that_nobody_proposed_has_no_proposal(ledger: LedgerFolder) -> None:
    opened(ledger)
    path = write_change(ledger.path, CHANGE.replace('"v1"', '"v9"'))

    result = ledger.assent("gate", "--alias", "fraud/production", "--stack", path)

    assert (result.exit, result.err.split(":")[0]) == (3, "no-proposal")


@pytest.mark.parametrize(
    "arguments", [(), ("--alias", "a/b"), ("1", "--alias", "a/b"), ("--stack", "x")]
)
def test_half_a_question_is_bad_input(ledger: LedgerFolder, arguments: tuple[str, ...]) -> None:
    assert ledger.assent("gate", *arguments).exit == 2


def test_as_json_it_carries_the_assessment(ledger: LedgerFolder) -> None:
    number = opened(ledger)

    answer = ledger.assent("gate", number, "--json").json

    found = answer["assessment"]
    shown = ledger.assent("proposal", "show", number, "--json").json["assessment"]
    assert found == shown
    assert found["schema"] == "assessment/1"
    assert (answer["schema"], answer["verdict"]) == ("gate/1", found["verdict"])


def test_the_gate_answers_for_the_past(ledger: LedgerFolder) -> None:
    number = opened(ledger)
    attached(ledger, number)
    approved(ledger, number)
    end = ledger.size() - 1

    assert ledger.assent("gate", number, "--as-of", end).exit == 0
    assert ledger.assent("gate", number, "--as-of", end - 1).exit == 8


def test_a_ledger_that_was_never_pinned_opens_no_gate(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened(ledger)
    monkeypatch.setenv("ASSENT_STATE", str(tmp_path / "another-user"))

    result = ledger.assent("gate", 1)

    assert (result.exit, result.err.split(":")[0]) == (5, "never-pinned")


def test_the_short_way_gives_the_answer_of_the_long_way(now: LedgerFolder) -> None:
    number = opened(now)
    attached(now, number)

    assert quick(now)
    short = now.assent("gate", number, "--json").json["assessment"]
    long = now.assent("gate", number, "--as-of", now.size() - 1, "--json").json["assessment"]
    assert {**short, "at": None} == {**long, "at": None}


def test_an_entry_this_client_has_not_read_closes_the_short_way(now: LedgerFolder) -> None:
    opened(now)
    assert quick(now)
    now.sql("UPDATE merkle_head SET size = size + 1")
    assert not quick(now)


def test_a_last_entry_that_was_changed_closes_the_short_way(now: LedgerFolder) -> None:
    opened(now)
    now.sql("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 9")

    assert not quick(now)
    assert now.assent("gate", "1").exit == 4


def test_views_that_are_gone_or_damaged_close_the_short_way(now: LedgerFolder) -> None:
    opened(now)
    views = now.state.views
    views.write_bytes(b"rubbish" * 1000)
    for part in ("-wal", "-shm"):
        views.with_name(views.name + part).unlink(missing_ok=True)
    assert not quick(now)
    assert now.assent("gate", "1").exit == 5
    views.unlink()
    assert not quick(now)
    assert now.assent("gate", "1").exit == 8


@pytest.mark.parametrize("kept", ["ready", "[]", "1"])
def test_a_kept_assessment_that_cannot_be_read_closes_the_short_way(
    now: LedgerFolder, kept: str
) -> None:
    opened(now)
    with closing(sqlite3.connect(now.state.views)) as connection:
        connection.execute("UPDATE proposals SET assessment = ?", (kept,))
        connection.commit()

    assert not quick(now)
    assert now.assent("gate", "1").exit == 8


def test_the_short_way_imports_neither_sqlalchemy_nor_the_library_of_the_log(
    now: LedgerFolder,
) -> None:
    opened(now)
    code = (
        "import sys, cli.main\n"
        "try: cli.main.run(['gate', '1'])\n"
        "except SystemExit as left: print(left.code)\n"
        "print(sorted({'sqlalchemy', 'eventsourcing', 'rich', 'tomlkit'} & set(sys.modules)))\n"
    )
    root = Path(__file__).parents[2]

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=now.path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[1:] == ["8", "[]"]
