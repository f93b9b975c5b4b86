"""The past is answered from what this client verified, not from what the file says today."""

import tempfile
from pathlib import Path

import pytest

from cli import moment
from tests.cli.conftest import LedgerFolder
from tests.cli.opened import opened, released

EDIT = (
    "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), 'a', 'b') AS BLOB)"
    " WHERE rowid = 4"
)


def test_a_prefix_that_was_changed_since_is_not_answered_from(ledger: LedgerFolder) -> None:
    released(ledger)
    assert ledger.assent("alias", "list", "--as-of", 5).exit == 0

    ledger.sql(EDIT)
    result = ledger.assent("alias", "list", "--as-of", 5)

    assert result.exit == 4
    assert "log-changed: the entry at position 3 is not" in result.err


def test_before_the_changed_entry_the_past_is_still_told(ledger: LedgerFolder) -> None:
    released(ledger)
    ledger.sql(EDIT)

    assert ledger.assent("alias", "list", "--as-of", 2).exit == 0


@pytest.mark.parametrize(
    ("time", "proposals"),
    [("2020-01-01T00:00:00Z", 0), ("2026-09-22T00:00:00Z", 1), ("2026-09-22T00:59:59Z", 1)],
)
def test_as_of_a_time_is_the_longest_prefix_not_later(
    ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch, time: str, proposals: int
) -> None:
    opened(ledger)
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T01:00:00Z")
    opened(ledger)

    result = ledger.assent("proposal", "list", "--as-of", time, "--json")

    assert len(result.json_lines) == proposals


def test_a_time_that_has_not_come_is_answered_and_pointed_out(ledger: LedgerFolder) -> None:
    opened(ledger)

    late = ledger.assent("status", "--as-of", "2026-12-24T00:00:00Z")
    early = ledger.assent("status", "--as-of", "2026-09-22T00:00:00Z")

    assert "2026-12-24T00:00:00Z has not come: this is so if nothing happens until then" in late.err
    assert early.err == ""
    assert ("1 expired" in late.out, "1 open" in early.out) == (True, True)


def test_what_was_not_there_yet_is_not_shown(ledger: LedgerFolder) -> None:
    opened(ledger)
    last = ledger.size() - 1

    result = ledger.assent("show", last, "--as-of", last - 1)

    assert result.exit == 2
    assert (
        f"no-such-position: there is no position {last}; the log ends at {last - 1}" in result.err
    )
    assert ledger.assent("show", last, "--as-of", last).exit == 0


def test_a_long_past_is_replayed_in_a_file_that_is_gone_afterwards(
    ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ledger)
    last = ledger.size() - 1
    short = ledger.assent("proposal", "list", "--as-of", last - 1, "--json").out
    files: list[Path] = []
    make = moment._file

    def noted() -> Path:
        files.append(make())
        return files[-1]

    monkeypatch.setattr(moment, "_IN_MEMORY", 3)
    monkeypatch.setattr(moment, "_file", noted)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    long = ledger.assent("proposal", "list", "--as-of", last - 1, "--json").out

    assert long == short
    assert [file.parent.parent for file in files] == [tmp_path]
    assert not files[0].parent.exists()
