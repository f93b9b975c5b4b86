"""One's own views that another version of assent made: built beside, and swapped in one step."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from projections.rows import CODE_VERSION
from tests.cli.conftest import LedgerFolder

OLD = 0
"""The version of the code that made the views, as they say."""


@pytest.fixture
def outdated(ledger: LedgerFolder) -> LedgerFolder:
    """A ledger whose views another version made, of which one entry says so."""
    ledger.assent("views", "sync")
    with _opened(ledger.state.views) as connection:
        connection.execute("UPDATE tracking SET code_version = ?", (OLD,))
        connection.execute("UPDATE entries SET summary = 'as the old code wrote it'")
    return ledger


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def _seen(connection: sqlite3.Connection) -> tuple[int, str, int]:
    """Who made the views, the first summary in them, and how many entries they hold."""
    (version,) = connection.execute("SELECT code_version FROM tracking").fetchone()
    (summary,) = connection.execute("SELECT summary FROM entries WHERE position = 0").fetchone()
    (count,) = connection.execute("SELECT count(*) FROM entries").fetchone()
    return version, summary, count


def test_whoever_reads_the_old_ones_meanwhile_sees_all_of_them(outdated: LedgerFolder) -> None:
    with _opened(outdated.state.views) as reader:
        reader.execute("BEGIN")
        before = _seen(reader)

        said = outdated.assent("status")

        assert said.exit == 0
        assert "another version of assent made your views" in said.err
        assert _seen(reader) == before == (OLD, "as the old code wrote it", 8)
        reader.execute("COMMIT")
        version, summary, count = _seen(reader)
    assert (version, count) == (CODE_VERSION, 8)
    assert summary != "as the old code wrote it"
    assert outdated.assent("status").err == ""


def test_they_stay_as_they_were_where_the_log_was_cut(outdated: LedgerFolder) -> None:
    outdated.sql(
        "DELETE FROM merkle_leaf WHERE leaf_index = 7", "DELETE FROM stored_events WHERE rowid = 8"
    )

    said = outdated.assent("status")

    assert (said.exit, "log-shorter" in said.err) == (4, True)
    with _opened(outdated.state.views) as connection:
        assert _seen(connection) == (OLD, "as the old code wrote it", 8)
