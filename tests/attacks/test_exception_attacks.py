"""Attacks on exceptions: ship unapproved and owe nothing, keep debts for ever, or lose them."""

from contextlib import suppress

from ledger.decide.losing import is_lost
from ledger.errors import Refused
from tests.acts import look, refused, retract, statuses
from tests.decide.rollouts import (
    DAY,
    PRODUCTION,
    STAGING,
    candidate,
    in_staging,
    released,
    soaked,
    stable,
)
from tests.exception_acts import HOUR, granted, urgent, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import EXCEPTIONAL, exceptional
from tests.signer_acts import Votes, disown, now_at

OTHERS: Votes = (("bob", "root"), ("dana", "root"))
RELATIVE = EXCEPTIONAL.replace('min = "0.90", ', "")
"""What is not much worse than what runs is good enough."""

OFFLINE = {"personal_data": False, "online": False}


def urgently_started(org: Organisation, *waives: str, lasting: int = 3 * DAY) -> str:
    """A release to production under an exception that waives alice's approval, or *waives*."""
    of = urgent(org)
    granted(org, waiving(org, of, *waives, lasting=lasting))
    org.start("omar", of)
    return of


def unmeasured(org: Organisation, model: str = "m2") -> str:
    """A release to production that was started without the evaluation that is asked for."""
    in_staging(org, model)
    of = org.open("frank", change(stack(model=model), declares=OFFLINE))
    org.approve("alice", of, "model-owner")
    granted(org, waiving(org, of, "evaluation", "quality", lasting=3 * DAY))
    org.start("omar", of)
    return of


def through(org: Organisation) -> None:
    """What is under way to production passes its stages and is completed."""
    while org.standing.alias(PRODUCTION).candidate is not None:
        if candidate(org).stage == "general":
            org.complete("omar")
        else:
            soaked(org)
            org.advance("omar")


def ships_for_nothing(org: Organisation) -> bool:
    """Whether what is under way to production is completed, and nobody owes anything for it."""
    try:
        through(org)
    except Refused:
        return False
    return org.standing.alias(PRODUCTION).owing == ()


def position_of(org: Organisation, name: str, of: str) -> int:
    """Where *name* has approved the proposal *of*."""
    return next(one.position for one in org.proposal(of).approvals if one.signer == name)


def test_an_approval_that_is_taken_back_pays_no_debt() -> None:
    org = exceptional()
    of = urgently_started(org)
    org.approve("alice", of, "model-owner")
    retract(org, "alice", of)
    assert not ships_for_nothing(org)


def test_an_exception_that_was_not_used_stands_in_for_no_approval_that_is_lost() -> None:
    org = exceptional()
    of = urgent(org)
    org.approve("alice", of, "model-owner")
    granted(org, waiving(org, of, "data-lineage"))
    org.start("omar", of)
    assert candidate(org).exceptions == ()
    disown(org, "dana", position_of(org, "dana", of) - 1)
    assert candidate(org).unsupported


def test_an_exception_that_was_not_used_makes_no_disowning_somebody_elses() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, lasting=3 * DAY))
    granted(org, waiving(org, of, "quality", lasting=3 * DAY))
    org.start("omar", of)
    through(org)
    retract(org, "dana", of)
    # rita has done nothing since the founding
    disown(org, "rita", org.proposal(of).opened_position)
    assert not stable(org).unsupported


def test_a_disowning_takes_nothing_that_was_rolled_back_and_had_nothing_to_do_with_it() -> None:
    org = exceptional()
    first = org.open("frank", change(alias=STAGING))
    granted(org, waiving(org, first, "evaluation", "quality"))
    org.start("deployer", first)
    org.complete("deployer", STAGING)
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    through(org)
    org.roll_back("omar", STAGING)
    assert not is_lost(org.standing, org.proposal(first))
    # rita has done nothing since the founding
    disown(org, "rita", org.proposal(first).opened_position)
    closure = org.proposal(first).closure
    assert closure is not None
    assert closure.lost_at is None
    assert not stable(org).unsupported


def test_a_release_that_another_has_taken_the_place_of_owes_nothing_for_ever() -> None:
    org = exceptional()
    of = urgently_started(org, lasting=DAY)
    disown(org, "dana", position_of(org, "dana", of) - 1)
    assert candidate(org).unsupported
    in_staging(org, "m2")
    second = org.open("frank", change(stack(model="m2")))
    org.attach("erin", second)
    org.approve("alice", second, "model-owner")
    org.approve("bob", second, "data-owner")
    org.start("omar", second)
    through(org)
    with refused("not-released"):
        org.roll_back("omar", of=of)
    third = org.open("frank", change(stack(model="m3")))
    assert "exception-owing" not in {one.code for one in look(org, third).blocks}


def test_a_report_that_shows_less_risk_than_was_feared_stops_no_release() -> None:
    org = exceptional()
    released(org)
    of = unmeasured(org)
    assert candidate(org).tier == "medium"
    org.attach("erin", of)
    assert org.standing.alias(PRODUCTION).owing == ()
    soaked(org)
    assert org.advance("omar").admitted


def test_what_was_measured_too_late_is_the_baseline_of_what_comes_next() -> None:
    org = exceptional()
    released(org)
    in_staging(org, "m2")
    of = org.open("frank", change(stack(model="m2")))
    org.approve("alice", of, "model-owner")
    granted(org, waiving(org, of, "evaluation", "quality", lasting=3 * DAY))
    org.start("omar", of)
    org.attach("erin", of)
    through(org)
    in_staging(org, "m3")
    after = org.open("frank", change(stack(model="m3")))
    org.attach("erin", after)
    assert statuses(org, after)["quality"] == "satisfied"


def test_a_debt_that_was_paid_with_a_stolen_key_is_owed_again() -> None:
    org = exceptional()
    of = urgently_started(org)
    through(org)
    org.approve("alice", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == ()
    disown(org, "alice", now_at(org) - 1, votes=OTHERS)
    assert org.standing.alias(PRODUCTION).owing == (of,)


def test_what_was_waived_for_an_hour_long_ago_is_not_the_last_approval_left() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, lasting=HOUR))
    org.now += 2 * HOUR
    org.approve("alice", of, "model-owner")
    assert org.open("erin", waiving(org, of, "data-lineage"))


def worse_and_worse(org: Organisation, model: str, auc: str, *, waived: bool = True) -> str:
    """A release to production of *model*, as bad as *auc*, by way of an exception if *waived*."""
    in_staging(org, model)
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of, auc=auc)
    org.approve("alice", of, "model-owner")
    if waived:
        granted(org, waiving(org, of, "quality", lasting=3 * DAY))
        org.start("omar", of)
        through(org)
    return of


def test_a_release_under_an_exception_is_no_baseline_for_a_second_step_down() -> None:
    org = exceptional(text=RELATIVE)
    released(org)
    worse_and_worse(org, "m2", "0.60")
    second = worse_and_worse(org, "m3", "0.60", waived=False)
    assert statuses(org, second)["quality"] == "unsatisfied"


def test_two_releases_under_exceptions_are_no_baseline_either() -> None:
    org = exceptional(text=RELATIVE)
    released(org)
    worse_and_worse(org, "m2", "0.60")
    worse_and_worse(org, "m3", "0.60")
    third = worse_and_worse(org, "m4", "0.60", waived=False)
    assert statuses(org, third)["quality"] == "unsatisfied"


def test_nobody_holds_an_urgent_release_up_with_a_document_nobody_asked_for() -> None:
    text = EXCEPTIONAL.replace("when = \"touches.exists(c, c == 'tools')\"", 'when = "online"')
    org = exceptional(text=text)
    first = org.open("frank", change(alias=STAGING))
    of = org.open("frank", change())
    for one in (first, of):
        org.attach("erin", one)
        org.attach("frank", one, "threat-review", auc=None)
    org.start("deployer", first)
    org.complete("deployer", STAGING)
    org.approve("dana", of, "data-owner")
    granted(org, waiving(org, of, lasting=3 * DAY))
    org.start("omar", of)
    soaked(org)
    with suppress(Refused):
        org.attach("rita", of, "threat-review", auc=None, document="noise")
    assert org.advance("omar").admitted
