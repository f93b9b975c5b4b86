"""Stops, rollbacks, acceptances and acknowledgements are possible on a log that was cut."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import PRODUCTION, completed, on_disk
from tests.organisation import Organisation
from tests.shell import Result


def spoken(org: Organisation) -> None:
    """A proposal that nobody will miss: its entry is the last of the log."""
    org.open("frank")


@pytest.fixture
def cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release, whose last entry was taken out after this user had verified it."""
    ledger = on_disk(tmp_path, monkeypatch, completed, spoken)
    assert ledger.assent("status").exit == 0
    ledger.sql(
        "DELETE FROM merkle_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM merkle_leaf)",
        "DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)",
    )
    assert ledger.assent("status").exit == 4
    return ledger


def roll_back(ledger: LedgerFolder, *more: str) -> Result:
    words = ("release", "rollback", PRODUCTION, "--trigger", "losses", *more)
    return ledger.assent(*words, as_="olga")


def test_a_rollback_is_signed_on_what_a_cut_log_shows(cut: LedgerFolder) -> None:
    size = cut.size()

    result = roll_back(cut)

    assert result.exit == 0, result.err
    assert "ALARM log-shorter" in result.err
    assert result.out.startswith("release.rolled-back of #2 at position")
    assert cut.size() == size + 1


def test_what_was_verified_before_stays_as_it_is(cut: LedgerFolder) -> None:
    mark, receipts = cut.state.mark(), cut.state.receipts()

    roll_back(cut)

    assert (cut.state.mark(), cut.state.receipts()) == (mark, receipts)
    again = cut.assent("status", "--json")
    assert (again.exit, json.loads(again.err)["code"]) == (4, "log-changed")
    assert cut.assent("verify").exit == 4


def test_a_log_that_went_on_otherwise_takes_a_stop(cut: LedgerFolder) -> None:
    roll_back(cut)

    result = cut.assent("signer", "revoke", "omar", "--reason", "his laptop", as_="alice")

    assert result.exit == 0, result.err
    assert "ALARM log-changed" in result.err
    assert result.out.startswith("override.set")


def test_a_dry_run_says_what_would_be_signed_there(cut: LedgerFolder) -> None:
    size = cut.size()

    result = roll_back(cut, "--dry-run")

    assert json.loads(result.out)["seen"]["size"] == size
    assert cut.size() == size


@pytest.mark.parametrize(
    "words",
    [
        ("release", "complete", PRODUCTION),
        ("proposal", "comment", "1", "well"),
        ("signer", "delegate", "omar", "--role", "auditor", "--until", "2027-01-01"),
    ],
)
def test_nothing_else_is_signed_on_a_cut_log(words: tuple[str, ...], cut: LedgerFolder) -> None:
    size = cut.size()

    result = cut.assent(*words, as_="rita")

    assert (result.exit, result.err.split(":")[0]) == (4, "log-shorter")
    assert cut.size() == size


def test_nothing_of_it_is_left_behind(
    cut: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = tmp_path / "apart"
    apart.mkdir()
    monkeypatch.setenv("TMPDIR", str(apart))
    monkeypatch.setattr("tempfile.tempdir", None)

    roll_back(cut)

    assert list(apart.iterdir()) == []
