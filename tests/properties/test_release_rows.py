"""No row grows with how often somebody reports, starts over or rolls back."""

from ledger.decide.kept import encode_row
from tests import acts, roster
from tests.organisation import Organisation, metric
from tests.policies import staged

ALIAS = "fraud/production"
GOOD, BAD = metric("0.01", name="retry_rate"), metric("0.09", name="retry_rate")


def sizes(org: Organisation) -> dict[str, int]:
    """The size in bytes of every row, by its key."""
    return {key: len(encode_row(row)) for key, row in roster.rows(org.standing).items()}


def grown(before: dict[str, int], after: dict[str, int], slack: int = 40) -> dict[str, int]:
    """The rows that got larger by more than what longer numbers take."""
    return {
        key: now - before[key] for key, now in after.items() if now > before.get(key, now) + slack
    }


def test_a_service_that_reports_without_end_makes_no_row_larger() -> None:
    """Good and bad: of each observer the first of each kind is kept beside its own row."""
    org = staged()
    acts.started(org)
    org.now += 2 * 86_400
    for _ in range(4):
        org.observe("watchdog", ALIAS, GOOD)
        org.observe("watchdog", ALIAS, BAD)
    before = sizes(org)

    for _ in range(150):
        org.observe("watchdog", ALIAS, GOOD)
        org.observe("watchdog", ALIAS, BAD)

    after = sizes(org)
    assert len(after) >= len(before) + 300
    assert grown(before, after) == {}
    assert max(after[key] for key in after.keys() - before.keys()) < 2_000


def test_releases_that_are_begun_and_taken_back_without_end_make_no_row_larger() -> None:
    """Of completions in staging some are kept, the first ones and the last: they are there then."""
    org = staged()
    _back_and_forth(org, 18)
    before = sizes(org)

    _back_and_forth(org, 18)

    assert grown(before, sizes(org), slack=100) == {}


def _back_and_forth(org: Organisation, times: int) -> None:
    for _ in range(times):
        acts.started(org, "m1")
        org.roll_back("omar", ALIAS)
