"""A stop is made whatever is wrong with the views, the log, or the consent to the policy."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder
from tests.cli.exceptional_ledgers import exceptional_on_disk
from tests.cli.staged_ledgers import PRODUCTION, completed
from tests.organisation import Organisation
from tests.shell import Result

FROZEN = f"alias/{PRODUCTION}"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger with a release, which this user has read."""
    made = exceptional_on_disk(tmp_path, monkeypatch, completed, spoken)
    assert made.assent("status").exit == 0
    return made


def spoken(org: Organisation) -> None:
    """A proposal whose entry is the last of the log."""
    org.open("frank")


def freeze(ledger: LedgerFolder, *more: str) -> Result:
    return ledger.assent("override", "set", FROZEN, "--reason", "INC-9", *more, as_="sam")


def damage(ledger: LedgerFolder, rubbish: bytes) -> None:
    views = ledger.state.views
    views.write_bytes(rubbish)
    for part in ("-wal", "-shm"):
        views.with_name(views.name + part).unlink(missing_ok=True)


def test_views_that_are_missing_hinder_no_stop(ledger: LedgerFolder) -> None:
    ledger.state.views.unlink()

    assert freeze(ledger).exit == 0
    assert ledger.assent("override", "check", FROZEN).exit == 3


@pytest.mark.parametrize("rubbish", [b"rubbish" * 1000, b"", b"SQLite format 3\0" + b"\0" * 84])
def test_views_that_are_damaged_hinder_no_stop(ledger: LedgerFolder, rubbish: bytes) -> None:
    size = ledger.size()
    damage(ledger, rubbish)

    result = freeze(ledger)

    assert result.exit == 0, result.err
    assert ledger.size() == size + 1
    assert "fraud/production is frozen" in result.err
    assert "held by it: 1" in result.err
    ledger.assent("views", "rebuild")
    assert ledger.assent("override", "check", FROZEN).exit == 3


def test_the_damage_is_said_and_the_file_is_left_as_it_is(ledger: LedgerFolder) -> None:
    damage(ledger, b"rubbish" * 1000)

    result = freeze(ledger)

    assert "views-damaged: " in result.err
    assert "assent views rebuild" in result.err
    assert ledger.state.views.read_bytes().startswith(b"rubbish")
    assert ledger.assent("status").exit == 5


def test_a_row_that_is_damaged_hinders_no_stop_and_makes_no_second(ledger: LedgerFolder) -> None:
    size = ledger.size()
    with closing(sqlite3.connect(ledger.state.views)) as connection:
        connection.execute("UPDATE standing SET checksum = 1 WHERE key = 'signer:sam'")
        connection.commit()

    result = freeze(ledger)

    assert result.exit == 0, result.err
    assert ledger.size() == size + 1


def test_a_table_that_is_gone_hinders_no_stop_and_makes_no_second(ledger: LedgerFolder) -> None:
    """The views are written once the stop stands already: it is made once all the same."""
    size = ledger.size()
    with closing(sqlite3.connect(ledger.state.views)) as connection:
        connection.execute("DROP TABLE overrides")
        connection.commit()

    result = freeze(ledger)

    assert result.exit == 0, result.err
    assert ledger.size() == size + 1
    assert result.out == f"override.set at position {size}\n"


def test_a_log_that_was_cut_takes_a_stop_though_the_views_are_damaged(
    ledger: LedgerFolder,
) -> None:
    damage(ledger, b"rubbish" * 1000)
    ledger.sql(
        "DELETE FROM merkle_leaf WHERE leaf_index = (SELECT max(leaf_index) FROM merkle_leaf)",
        "DELETE FROM stored_events WHERE rowid = (SELECT max(rowid) FROM stored_events)",
    )

    result = freeze(ledger)

    assert result.exit == 0, result.err
    assert "ALARM log-shorter" in result.err


def test_other_verbs_are_hindered_by_damaged_views(ledger: LedgerFolder) -> None:
    damage(ledger, b"rubbish" * 1000)

    drill = ledger.assent("override", "drill", FROZEN, as_="sam")

    assert (drill.exit, drill.err.split(":")[0]) == (5, "views-damaged")
