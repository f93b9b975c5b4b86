"""Attacks on what comes after a start under an exception: by whom, in which role, for what."""

from contextlib import suppress

import pytest

from ledger.errors import Refused
from tests.acts import refused, reject, reopen
from tests.decide.rollouts import DAY, PRODUCTION, candidate, in_staging, soaked
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, new_policy
from tests.policies import (
    EXCEPTIONAL,
    EXCEPTIONAL_PEOPLE,
    STAGED_SERVICES,
    duty,
    exceptional,
    numbered,
)
from tests.roster import carried, roles_of, stop
from tests.signer_acts import disown

STEWARD = (("stella", "steward"),)


def urgently_started(org: Organisation) -> str:
    """A release to production under an exception that waives alice's approval."""
    of = urgent(org)
    granted(org, waiving(org, of, lasting=3 * DAY))
    org.start("omar", of)
    return of


def test_a_new_policy_frees_nobody_of_the_duty_under_which_a_release_was_started() -> None:
    when = "effect == 'release' && requirement == 'model-owner'"
    org = exceptional(duty("data-owner", "approve", when))
    of = urgently_started(org)
    with pytest.raises(Refused, match="must not approve this"):
        org.approve("bob", of, "model-owner")
    policy = new_policy(numbered(2, text=EXCEPTIONAL))
    carried(org, policy, approvals=STEWARD, enactor="sam")
    org.approve("bob", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == (of,)


def test_a_duty_binds_who_came_to_their_role_after_the_start_as_well() -> None:
    org = Organisation(
        policy=numbered(1, duty("steward", "approve", "effect == 'release'"), text=EXCEPTIONAL),
        people={**EXCEPTIONAL_PEOPLE, "zed": []},
        services=STAGED_SERVICES,
    )
    of = urgently_started(org)
    roles = roles_of("zed", ["model-owner", "steward"])
    carried(org, roles, approvals=STEWARD, enactor="sam")
    with suppress(Refused):
        org.approve("zed", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == (of,)
    org.now += 3 * DAY
    soaked(org)
    with refused("exception-ended"):
        org.advance("omar")


def test_what_a_stopped_signer_approved_late_carries_nothing_past_the_end_of_an_exception() -> None:
    org = exceptional()
    in_staging(org)
    of = org.open("frank")
    org.approve("dana", of, "data-owner")
    granted(org, waiving(org, of, "model-owner", "evaluation", "quality"))
    org.start("omar", of)
    org.approve("alice", of, "model-owner")
    stop(org, "bob", "alice")
    org.attach("erin", of)
    assert org.standing.alias(PRODUCTION).owing == (of,)
    org.now += DAY
    soaked(org)
    with refused("exception-ended"):
        org.advance("omar")


def test_no_stop_takes_away_what_was_settled_whatever_is_said_after() -> None:
    org = exceptional()
    of = urgently_started(org)
    org.approve("alice", of, "model-owner")
    stop(org, "bob", "alice")
    reject(org, "mona", of)
    reopen(org, "mona", of)
    assert org.standing.alias(PRODUCTION).owing == ()


def test_a_role_that_came_after_a_late_approval_takes_nothing_from_it() -> None:
    org = exceptional(duty("steward", "approve", "effect == 'release'"))
    of = urgently_started(org)
    org.approve("alice", of, "model-owner")
    carried(org, roles_of("alice", ["steward"]), approvals=STEWARD, enactor="sam")
    # rita has done nothing since the founding
    disown(org, "rita", org.proposal(of).opened_position)
    assert not candidate(org).unsupported
    assert org.standing.alias(PRODUCTION).owing == ()


def test_what_was_settled_goes_on_though_its_approver_is_stopped_since() -> None:
    org = exceptional()
    of = urgently_started(org)
    org.approve("alice", of, "model-owner")
    stop(org, "bob", "alice")
    soaked(org)
    assert org.advance("omar").admitted


def test_a_veto_makes_no_disowning_somebody_elses() -> None:
    org = exceptional()
    of = urgently_started(org)
    org.approve("alice", of, "model-owner")
    reject(org, "mona", of)
    # rita has done nothing since the founding
    disown(org, "rita", org.proposal(of).opened_position)
    assert not candidate(org).unsupported
