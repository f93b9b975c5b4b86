"""What an act is told while its files are held, in the way or too small; and nothing is lost."""

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.errors import Uncheckable
from ledger.store.log import EventLog, Placed
from ledger.store.sqlite import SqliteStore
from tests.cli.conftest import LedgerFolder
from tests.crash.told import COMMENT, NOW, require_goes_on, stored, told
from tests.organisation import Organisation


@pytest.fixture(scope="module")
def org() -> Organisation:
    made = Organisation()
    made.open("frank")
    return made


@pytest.fixture
def ledger(tmp_path: Path, org: Organisation, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A ledger that this user has read."""
    monkeypatch.setenv("ASSENT_NOW", NOW)
    made = LedgerFolder(tmp_path / "ledger", org)
    assert made.assent("status").exit == 0
    return made


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a database as another program that writes does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def test_a_log_that_another_program_holds_is_said_to_be_held(ledger: LedgerFolder) -> None:
    with EventLog(SqliteStore(ledger.log, patience=0.05)) as log:
        size = log.size()
        comment = Placed("talk:1", 1, "comment.made", b"raw")
        with held(ledger.log), pytest.raises(Uncheckable, match="database is locked") as caught:
            log.append([comment], size=size)

        assert caught.value.code == "store-unavailable"
        assert "another program holds it" in (caught.value.hint or "")
        assert log.append([comment], size=size).size == size + 1


def test_views_that_another_program_holds_do_not_undo_the_entry(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.engine.BUSY", 0.05)
    before = stored(ledger)

    with held(ledger.state.views):
        result = ledger.assent(*COMMENT, as_="frank")

    assert told(result) == "stored-then-failed"
    assert "views-unavailable" in result.json["message"]
    assert "no other program holds the file" in result.json["hint"]
    assert stored(ledger) == before + 1
    require_goes_on(ledger)


def test_a_receipt_that_cannot_be_written_is_said_after_the_entry_is_stored(
    ledger: LedgerFolder,
) -> None:
    """A folder stands where the receipts go: everything else can be written."""
    receipts = ledger.state.folder / "receipts.jsonl"
    receipts.mkdir()
    before = stored(ledger)

    result = ledger.assent(*COMMENT, as_="frank")

    assert told(result) == "stored-then-failed"
    assert f"the entry is stored, at position {before}: do not write it again." in result.err
    assert f"state-unavailable: {receipts}" in result.json["message"]
    assert stored(ledger) == before + 1
    receipts.rmdir()
    require_goes_on(ledger)


def test_a_mark_that_was_not_written_is_written_by_the_next_command(ledger: LedgerFolder) -> None:
    """Else views that are made anew would let an end be cut off that this user has seen."""
    place = ledger.state.folder / "mark.new"
    place.mkdir()
    before = stored(ledger)

    result = ledger.assent(*COMMENT, as_="frank")

    assert told(result) == "stored-then-failed"
    assert "mark.new" in result.json["message"]
    place.rmdir()
    assert ledger.assent("status").exit == 0
    mark = ledger.state.mark()
    assert mark is not None
    assert mark.size == before + 1


@pytest.mark.parametrize(
    ("largest", "code"), [(4_096, "store-unavailable"), (40_960, "stored-then-failed")]
)
def test_files_that_may_not_grow_are_a_full_disk(
    ledger: LedgerFolder, largest: int, code: str
) -> None:
    """For those who may not mount one; a limit on the size of files says the same to a program."""
    before = stored(ledger)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, usual[1]))
    try:
        result = ledger.assent(*COMMENT, as_="frank")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    assert told(result) == code
    assert stored(ledger) == before + (code == "stored-then-failed")
    require_goes_on(ledger)


@pytest.mark.needs("nobody")
def test_a_folder_that_may_not_be_written_to_is_said_to_be_so(ledger: LedgerFolder) -> None:
    before = stored(ledger)
    ledger.log.parent.chmod(0o500)
    try:
        result = ledger.assent(*COMMENT, as_="frank")
    finally:
        ledger.log.parent.chmod(0o700)

    assert told(result) == "store-unavailable"
    assert str(os.fspath(ledger.log)) in result.err
    assert stored(ledger) == before
    require_goes_on(ledger)
