"""The clocks of a release that exceptions make ready: each span in which it was, by itself."""

from tests.acts import look
from tests.decide.rollouts import STAGING
from tests.exception_acts import DAY, HOUR, granted, urgent, waiving
from tests.organisation import change, stack
from tests.policies import EXCEPTIONAL, exceptional

LONG = EXCEPTIONAL.replace('max_life = "72h"', 'max_life = "10d"')
"""Exceptions may last longer than a release may wait for its start (72h)."""


def test_what_is_ready_by_an_exception_says_when_it_will_have_waited_too_long() -> None:
    org = exceptional(text=LONG)
    of = urgent(org)
    granted(org, waiving(org, of, lasting=9 * DAY))
    at = org.now
    org.now += DAY
    org.approve("alice", of, "model-owner")
    found = look(org, of)
    assert found.verdict == "ready"
    assert found.until is not None
    assert found.until <= at + 3 * DAY
    assert look(org, of, found.until - 1).verdict == "ready"
    assert look(org, of, found.until).verdict == "expired"


def test_an_exception_that_ended_early_leaves_the_approvals_their_time() -> None:
    # Given a release that two exceptions had made ready for a day, the other lasting on
    org = exceptional(text=LONG)
    of = org.open("frank", change(stack(), alias="fraud/production"))
    org.approve("dana", of, "data-owner")
    granted(org, waiving(org, of, "model-owner", lasting=DAY))
    granted(org, waiving(org, of, "evaluation", "quality", lasting=9 * DAY))
    at = org.now
    # When its approval comes after three days more, then nothing of it has expired
    org.now = at + 4 * DAY
    assert look(org, of).verdict != "expired"
    org.approve("alice", of, "model-owner")
    assert look(org, of).ready_at == org.now


def test_a_second_exception_has_its_own_time_where_the_first_had_ended_before() -> None:
    org = exceptional(text=LONG)
    of = urgent(org)
    first = granted(org, waiving(org, of, lasting=HOUR))
    org.now += 4 * DAY
    org.close_review("dana", first)
    granted(org, waiving(org, of, lasting=DAY))
    assert look(org, of).verdict == "ready"
    assert look(org, of).ready_at == org.now


def test_where_nobody_approves_no_clock_runs_under_an_exception_either() -> None:
    org = exceptional(text=LONG)
    of = org.open("frank", change(stack(), alias=STAGING))
    granted(org, waiving(org, of, "evaluation", "quality", lasting=9 * DAY))
    assert look(org, of, org.now + 5 * DAY).verdict == "ready"


def test_an_exception_that_is_asked_for_says_until_when_it_can_be_granted() -> None:
    org = exceptional()
    effect = waiving(org, urgent(org))
    of = org.open("olga", effect)
    found = look(org, of)
    assert found.until is not None
    assert look(org, of, found.until - 1).blocks == ()
    assert [one.code for one in look(org, of, found.until).blocks] == ["already-over"]
