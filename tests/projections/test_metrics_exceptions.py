"""Metrics of exceptions and reviews, against numbers computed by hand."""

from tests.decide.rollouts import PRODUCTION, released, rollout, take_back
from tests.exception_acts import HOUR, close_exception, granted, urgent, waiving
from tests.policies import exceptional
from tests.projections.summed import DAY, comes_to, observed, told


def test_exceptions_are_granted_hold_and_end_and_the_second_is_a_repetition() -> None:
    org = exceptional()
    of = urgent(org)
    first = granted(org, waiving(org, of, lasting=DAY))
    begun = org.now
    org.now = begun + HOUR - 1
    close_exception(org, "olga", first)
    closed = org.now
    other = waiving(org, of, "data-lineage", lasting=2 * DAY)
    granted(org, other)
    again, ends = org.now, closed + 1 + 2 * DAY
    with told(org) as connection:
        found = observed(connection, "exceptions", "at", "number", "alias", "tier")
        assert found == [(begun, 3, PRODUCTION, "high"), (again, 4, PRODUCTION, "high")]
        assert comes_to(connection, "exceptions", again, again - begun) == {None: (1, 1)}

        assert observed(connection, "exceptions-in-force", "at", "until") == [
            (begun, closed),
            (again, ends),
        ]
        level = {
            end: comes_to(connection, "exceptions-in-force", end, 1)[None]
            for end in (begun - 1, begun, closed - 1, closed, again, ends - 1, ends)
        }
        assert level == {
            begun - 1: (0, None),
            begun: (1, 1),
            closed - 1: (1, 1),
            closed: (0, None),
            again: (1, 1),
            ends - 1: (1, 1),
            ends: (0, None),
        }

        assert observed(connection, "exception-time", "at", "value") == [
            (closed, HOUR),
            (ends, ends - again),
        ]
        assert comes_to(connection, "exception-time", ends - 1) == {None: (1, HOUR)}
        assert comes_to(connection, "exception-time", ends, by="tier") == {
            None: (2, HOUR),
            "high": (2, HOUR),
        }

        assert observed(connection, "repeat-exceptions", "at", "value") == [(begun, 0), (again, 1)]
        assert comes_to(connection, "repeat-exceptions", again) == {None: (2, 0.5)}


def test_a_review_is_overdue_from_when_it_is_due_until_it_is_closed() -> None:
    org = rollout()
    of = released(org)
    review = org.new_id()
    take_back(org, "omar", of, rollback_id=review)
    due = org.now + 2 * DAY
    with told(org) as connection:
        found = observed(connection, "overdue-reviews", "at", "until", "alias", "what")
        assert found == [(due, None, PRODUCTION, "rollback")]
        assert comes_to(connection, "overdue-reviews", due - 1) == {None: (0, None)}
        assert comes_to(connection, "overdue-reviews", due, 1, by="what") == {
            None: (1, 1),
            "rollback": (1, 1),
        }

    org.now = due + 99
    org.close_review("alice", review)
    with told(org) as connection:
        assert comes_to(connection, "overdue-reviews", org.now - 1, by="alias") == {
            None: (1, 1),
            PRODUCTION: (1, 1),
        }
        assert comes_to(connection, "overdue-reviews", org.now) == {None: (0, None)}


def test_a_review_closed_in_time_was_never_overdue() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    close_exception(org, "olga", exception)
    org.close_review("dana", exception)
    with told(org) as connection:
        ((due, until, what),) = observed(connection, "overdue-reviews", "at", "until", "what")
        assert what == "exception"
        assert until == org.now < due
        assert comes_to(connection, "overdue-reviews", due + 1) == {None: (0, None)}
