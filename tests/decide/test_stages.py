"""A release passes its stages one by one, each watched by somebody else than who operates it."""

import pytest

from ledger.errors import Refused
from tests.organisation import Organisation, change, metric, stack
from tests.policies import staged

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"


def in_staging(org: Organisation, model: str = "m1") -> None:
    """Let the stack with *model* complete in the automatic environment before production."""
    of = org.open("frank", change(stack(model=model), alias=STAGING))
    org.attach("erin", of, auc="0.95")
    org.start("deployer", of)
    org.complete("deployer", STAGING)


def started(org: Organisation, model: str = "m1") -> str:
    """A release of the stack with *model* to production that was started; its proposal."""
    in_staging(org, model)
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    return of


def released(org: Organisation, model: str = "m1") -> str:
    """A release to production through all its stages; its proposal."""
    of = started(org, model)
    for _ in range(2):
        org.now += DAY
        org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"))
        org.advance("omar")
    org.complete("omar")
    return of


def test_a_stack_reaches_its_alias_through_every_stage_of_its_tier() -> None:
    org = staged()

    of = released(org)

    stable = org.standing.alias(PRODUCTION).stable
    assert stable is not None
    assert stable.proposal == of
    assert [step.stage for step in stable.steps] == ["shadow", "guarded", "general"]
    assert org.replayed().alias(PRODUCTION) == org.standing.alias(PRODUCTION)


def test_nobody_advances_before_somebody_else_has_seen_the_soak_through() -> None:
    org = staged()
    started(org)
    org.now += DAY - 60

    org.observe("watchdog", PRODUCTION)
    with pytest.raises(Refused, match="nobody but its operators has observed"):
        org.advance("omar")


def test_a_failing_observation_ends_the_release_whoever_is_stopped_since() -> None:
    org = staged()
    started(org)
    org.now += DAY
    org.observe("watchdog")
    org.advance("omar")

    org.now += DAY
    org.observe("watchdog", PRODUCTION, metric("0.06", name="retry_rate"))
    org.observe("watchdog", PRODUCTION, metric("0.01", name="retry_rate"))

    with pytest.raises(Refused, match="does not pass the stage guarded"):
        org.advance("omar")


def test_a_rollback_returns_to_the_stack_before_and_opens_a_review() -> None:
    org = staged()
    first = released(org)
    released(org, "m2")

    subject = org.roll_back("olga")

    stable = org.standing.alias(PRODUCTION).stable
    assert stable is not None
    assert stable.proposal == first
    review = org.standing.review(subject)
    assert review is not None
    assert review.due == review.at + 2 * DAY
    assert org.close_review("alice", subject).admitted


def test_a_service_rolls_back_on_a_breach_only() -> None:
    org = staged()
    released(org)

    with pytest.raises(Refused, match="breached a trigger"):
        org.roll_back("watchdog")
    breach = org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate"))
    org.roll_back("watchdog", observation=breach.position)

    assert org.standing.alias(PRODUCTION).stable is None
