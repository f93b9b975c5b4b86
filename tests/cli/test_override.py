"""``assent override``: stops are set, listed, and asked about by machines that fail closed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.rosters import code, folder_of
from tests.organisation import Organisation
from tests.roster import lift, stewarded, stop
from tests.shell import run_assent


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger in which rita is stopped, and frank was."""
    org = stewarded()
    first = stop(org, "omar", "frank")
    lift(org, first)
    stop(org, "alice", "rita")
    return folder_of(tmp_path, monkeypatch, org)


def test_a_stop_is_set_and_answers_a_machine_by_the_exit_status(ledger: LedgerFolder) -> None:
    before = ledger.assent("override", "check", "signer/erin")
    dry = ledger.assent("override", "set", "signer/erin", "--reason", "x", "--dry-run", as_="omar")
    result = ledger.assent(
        "override", "set", "signer/erin", "--reason", "gone\nfor good", "--json", as_="omar"
    )
    after = ledger.assent("override", "check", "signer/erin")
    body = ledger.assent("override", "check", "signer/erin", "--json")

    assert (before.exit, before.out) == (0, "signer/erin is not stopped\n")
    assert dry.json["event"]["target"] == "signer/erin"
    assert result.json["stream"].startswith("override:")
    assert result.exit == 0
    assert after.exit == 3
    assert after.out == (
        "signer/erin is stopped, by omar at 2026-09-22T00:00:00Z: gone\\u000afor good\n"
    )
    assert (body.exit, body.json["schema"], body.json["stopped"]) == (3, "check/1", True)
    assert body.json["stops"][0]["reason"] == "gone\nfor good"
    assert ledger.assent("verify").exit == 0


def test_a_lifted_stop_is_none_and_is_listed_where_all_are_asked_for(
    ledger: LedgerFolder,
) -> None:
    held = ledger.assent("override", "list", "--json").json_lines
    everything = ledger.assent("override", "list", "--all", "--json").json_lines
    text = ledger.assent("override", "list", "--all").out.split("\n")

    assert ledger.assent("override", "check", "signer/frank").exit == 0
    assert [(one["target"], one["lifted_at"]) for one in held] == [("signer/rita", None)]
    assert [one["target"] for one in everything] == ["signer/frank", "signer/rita"]
    assert everything[0]["lifted_by_proposal"] == 1
    assert (everything[0]["schema"], everything[0]["by"]) == ("override/1", "omar")
    assert text[0].split() == "stop target set by at position reviewed why".split()
    assert " lifted by #1 at 2026-09-21T" in text[1]
    assert " holds " in text[2]
    assert len(ledger.assent("override", "list").out.strip().split("\n")) == 2


def test_stops_are_listed_as_of_a_position(ledger: LedgerFolder) -> None:
    frank = ledger.assent("override", "list", "--all", "--json").json_lines[0]

    then = ledger.assent("override", "list", "--json", "--as-of", frank["position"]).json_lines

    assert [(one["target"], one["lifted_at"]) for one in then] == [("signer/frank", None)]
    assert ledger.assent("override", "list", "--json", "--as-of", 3).out == ""


@pytest.mark.parametrize(
    ("target", "code_"),
    [
        ("signer/nobody", "unknown-signer"),
        ("signer/", "not-a-target"),
        ("rita", "not-a-target"),
        ("Generation", "not-a-target"),
        ("generation/", "not-a-target"),
        ("alias/fraud", "not-a-target"),
        ("alias/fraud/production/x", "not-a-target"),
        ("alias/fraud/*", "not-a-target"),
        ("capability/we b", "not-a-target"),
        ("capability/web\n", "not-a-target"),
        ("", "not-a-target"),
    ],
)
def test_what_cannot_be_told_is_no_yes(ledger: LedgerFolder, target: str, code_: str) -> None:
    asked = ledger.assent("override", "check", target)
    set_ = ledger.assent("override", "set", target, "--reason", "x", as_="alice")

    assert code(asked) == (5, code_)
    assert code(set_) == (2, code_)


def test_a_check_fails_closed_whatever_is_wrong(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Usage is 2 elsewhere, a rule 3, a forked log 4: none of these may pass for an answer."""
    assert ledger.assent("override", "check").exit == 5
    assert ledger.assent("override", "check", "signer/erin", "--frobnicate").exit == 5
    other = ledger.assent("override", "check", "signer/erin", "--ledger-id", "0" * 64, "--json")
    assert (other.exit, other.json["code"], other.json["exit"]) == (5, "other-ledger", 5)
    monkeypatch.setenv("ASSENT_NOW", "yesterday")
    assert code(ledger.assent("override", "check", "signer/erin")) == (5, "not-an-instant")
    monkeypatch.delenv("ASSENT_NOW")
    with closing(sqlite3.connect(ledger.log)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("DELETE FROM stored_events")
        connection.execute("DELETE FROM merkle_leaf")
        connection.commit()
    assert ledger.assent("override", "check", "signer/erin").exit == 5


def test_a_check_of_a_ledger_nobody_pinned_is_no_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    ledger = LedgerFolder(tmp_path / "ledger", Organisation(), pin=False)

    assert code(ledger.assent("override", "check", "signer/bob")) == (5, "never-pinned")


@pytest.mark.usefixtures("desk")
def test_a_check_where_no_ledger_is_is_no_yes() -> None:
    assert run_assent("override", "check", "signer/bob").exit == 5


def test_who_has_no_power_stops_only_themself(ledger: LedgerFolder) -> None:
    other = ledger.assent("override", "set", "signer/erin", "--reason", "x", as_="frank")
    oneself = ledger.assent("override", "set", "signer/frank", "--reason", "x", as_="frank")

    assert code(other) == (3, "no-power")
    assert oneself.exit == 0, oneself.err
    assert ledger.assent("override", "check", "signer/frank").exit == 3
