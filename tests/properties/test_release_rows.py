"""No row grows with how often somebody reports, starts over, rolls back or stops."""

from ledger.decide.kept import encode_row
from tests import acts, exception_acts, roster
from tests.organisation import Organisation, metric
from tests.policies import exceptional, staged

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


def test_stops_and_drills_without_end_make_no_row_larger() -> None:
    """Each is a row of its own; of a target it is counted how many stops hold."""
    org = exceptional()
    acts.started(org)
    _stopped_and_drilled(org, 20)
    before = sizes(org)

    _stopped_and_drilled(org, 60)

    assert grown(before, sizes(org), slack=100) == {}


def _stopped_and_drilled(org: Organisation, times: int) -> None:
    for _ in range(times):
        for target in ("generation", "capability/net", f"alias/{ALIAS}", "signer/omar"):
            exception_acts.set_stop(org, "alice", target)
            exception_acts.drilled(org, "alice", target)


def test_an_exception_makes_no_row_larger_but_the_lists_that_name_it() -> None:
    """Those of its alias and its owner, by its id; each of them took the consent of two."""
    org = exceptional()
    for number in range(3):
        _taken_back(org, number)
    before = sizes(org)

    for number in range(3, 13):
        _taken_back(org, number)

    lists = {f"exceptions:alias/{ALIAS}", "exceptions:owner/olga"}
    larger = grown(before, sizes(org), slack=100)
    assert larger.keys() == lists
    assert max(larger.values()) <= 10 * 40


def _taken_back(org: Organisation, number: int) -> None:
    """A release under an exception, which is taken back, ended and reviewed."""
    of = exception_acts.urgent(org, f"m{number}")
    stewards = (("stella", "steward"),) if number > 1 else ()
    approvals = (*exception_acts.GRANTING, *stewards)
    asked = exception_acts.waiving(org, of)
    granted = exception_acts.granted(org, asked, approvals=approvals)
    org.start("omar", of)
    org.roll_back("omar", ALIAS)
    exception_acts.close_exception(org, "olga", granted)
    org.close_review("dana", granted)


def _back_and_forth(org: Organisation, times: int) -> None:
    for _ in range(times):
        acts.started(org, "m1")
        org.roll_back("omar", ALIAS)
