"""Attacks on the reviews and the clocks of exceptions: none, too early, or by those concerned."""

from ledger.decide.review import is_closed
from ledger.decide.waivers import owed_by
from ledger.model.effects import ExceptionEffect
from tests.acts import comment, refused
from tests.decide.rollouts import DAY
from tests.exception_acts import close_exception, granted, urgent, waiving
from tests.policies import exceptional
from tests.signer_acts import by_root, correction, now_at


def test_a_clock_that_ran_ahead_closes_no_review_of_what_is_in_force() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    right = org.now
    org.now += 10 * DAY
    comment(org, "dana", of)
    ahead = now_at(org)
    org.close_review("dana", exception)
    by_root(org, correction(ahead, right + 10))
    org.now = right + 20
    org.start("omar", of)
    review = org.standing.review(exception)
    assert review is not None
    assert not is_closed(org.standing, review)


def test_what_was_closed_while_a_clock_ran_ahead_has_ended_once_that_is_set_right() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=2 * DAY))
    org.start("omar", of)
    right = org.now
    org.now += DAY
    close_exception(org, "olga", exception)
    by_root(org, correction(now_at(org), right + 10))
    org.now = right + 20
    assert owed_by(org.standing, of).until <= org.now


def test_an_exception_names_an_incident_that_can_be_read() -> None:
    org = exceptional()
    effect = waiving(org, urgent(org))
    blank = ExceptionEffect.model_validate(effect.model_dump() | {"incident": " "})
    with refused("no-incident"):
        org.open("olga", blank)
