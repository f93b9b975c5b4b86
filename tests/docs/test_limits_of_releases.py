"""What ``docs/explanation/limits.md`` says of releases, shown to be so, as ``test_limits`` does."""

import pytest

from ledger.decide import review
from ledger.decide.judgement import MISSING_OBSERVATION
from ledger.errors import Refused
from ledger.model.events import ObservationRecorded
from ledger.model.stack import Stack
from ledger.model.terms import parse_instant
from tests.acts import prepared, reject, retract
from tests.decide.rollouts import (
    BREACH,
    DAY,
    GOOD,
    PRODUCTION,
    ROOT_VOTES,
    STAGING,
    candidate,
    consented,
    released,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import Organisation, change, metric, new_policy, stack
from tests.policies import STAGED, numbered
from tests.roster import carried, event_of, stewarded, stop
from tests.signer_acts import disown


def test_an_observation_that_lies_passes_a_stage() -> None:
    """No traffic reaches the ledger: a number too good to be true is a number."""
    org = rollout()
    started(org)

    soaked(org, "watchdog", metric("0", name="retry_rate"))

    assert org.advance("omar").admitted


def test_on_a_quiet_ledger_a_start_is_dated_back_by_as_long_as_it_was_quiet() -> None:
    """A day after the last entry omar starts, and says that it was then."""
    org = rollout()
    of = consented(org)
    last, today = org.standing.head.time, org.now + DAY

    org.start("omar", of)

    assert candidate(org).stage_at - last <= 1
    org.now = today
    org.observe("watchdog", PRODUCTION, *GOOD)
    assert org.advance("omar").admitted


def test_an_observation_of_its_last_minute_passes_a_soak() -> None:
    org = rollout()
    started(org)
    org.now += DAY

    seen = event_of(org.observe("watchdog", PRODUCTION, *GOOD, lasting=60))

    assert isinstance(seen, ObservationRecorded)
    assert parse_instant(seen.until) - parse_instant(seen.start) == 60
    assert org.advance("omar").admitted


def test_consent_that_is_lost_on_the_way_leaves_nothing_but_the_way_back() -> None:
    org = rollout()
    of = started(org)
    reject(org, "dana", of, role="data-owner")
    soaked(org)

    with pytest.raises(Refused, match="has lost its consent"):
        org.advance("omar")
    assert org.roll_back("olga")
    assert org.standing.alias(PRODUCTION).candidate is None


def test_an_approval_retracted_after_the_start_cannot_be_given_again() -> None:
    org, of = prepared()
    org.start("omar", of)
    retract(org, "dana", of)

    with pytest.raises(Refused, match="is closed"):
        org.approve("dana", of, "data-owner")


def test_a_thiefs_rejection_of_a_release_under_way_ends_it() -> None:
    org, of = prepared(stewarded())
    org.start("omar", of)
    after = org.judged[-1].position
    stop(org, "omar", "bob")
    reject(org, "bob", of)
    disown(org, "bob", after, votes=(("alice", "root"), ("dana", "root")))

    with pytest.raises(Refused, match="has lost its consent"):
        org.complete("omar")
    assert org.roll_back("omar")
    _, other = prepared(org, change(stack(model="m2")))
    assert org.start("omar", other).admitted


def test_who_rolls_back_takes_an_alias_to_nothing_and_no_stop_keeps_them() -> None:
    org = rollout()
    released(org)
    released(org, "m2")
    org.roll_back("olga")
    stop(org, "alice", "olga")

    org.roll_back("olga")

    assert org.standing.alias(PRODUCTION).stable is None


def test_a_program_that_watches_and_rolls_back_takes_an_alias_to_nothing() -> None:
    """Whoever has its key says that a trigger is breached, and acts on it."""
    org = rollout()
    released(org)
    released(org, "m2")

    for _ in range(2):
        seen = org.observe("watchdog", PRODUCTION, *BREACH)
        org.roll_back("watchdog", observation=seen.position)

    assert org.standing.alias(PRODUCTION).stable is None


def test_what_comes_back_is_not_judged_again() -> None:
    org = rollout()
    _released(org, stack(("network",)))
    first = stable(org).proposal
    released(org, "m2")
    prohibited = '\n[limits]\nprohibited_permissions = ["network"]\n'
    policy = new_policy(numbered(2, prohibited, text=STAGED))
    carried(org, policy, by="frank", approvals=ROOT_VOTES, enactor="alice")

    org.roll_back("olga")

    assert stable(org).proposal == first
    assert stable(org).stack.permissions == ("network",)


def _released(org: Organisation, what: Stack) -> None:
    """Release *what* to staging, and to production through all stages."""
    of = org.open("frank", change(what, alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", STAGING)
    _, of = prepared(org, change(what))
    org.start("omar", of)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")


def test_a_missing_result_and_an_overdue_review_hold_nothing_up() -> None:
    org = rollout()
    released(org)
    completed = stable(org).completed_position
    assert completed is not None
    started(org, "m2")
    opened = org.standing.review(org.roll_back("olga"))
    assert opened is not None

    org.now += 30 * DAY
    of = started(org, "m3")

    assert candidate(org).proposal == of
    assert review.is_overdue(org.standing, opened, org.now)
    noted = org.standing.finding(completed)
    assert noted is not None
    assert noted.rules == (MISSING_OBSERVATION,)
