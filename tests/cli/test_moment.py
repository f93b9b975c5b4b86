"""The past is answered from what this client verified, not from what the file says today."""

import pytest

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
