"""Rollbacks rehearsed: what a drill says of a proposal before it is released."""

from uuid import UUID

import pytest

from ledger.decide.drill import Rehearsal, rehearse
from ledger.model.effects import Rollback
from tests.acts import refused, withdraw
from tests.decide.rollouts import (
    DAY,
    PRODUCTION,
    STAGING,
    in_staging,
    released,
    rollout,
    started,
    take_back,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import STAGED, STEWARDSHIP
from tests.roster import carried, delegate, roles_of, rows, stop
from tests.signer_acts import disown, now_at


def rehearsed(org: Organisation, of: str, at: int | None = None) -> Rehearsal:
    """What a drill of the proposal *of* says."""
    return rehearse(org.standing, org.proposal(of), org.now if at is None else at)


def opened(org: Organisation, owner: str | None = "omar", alias: str = PRODUCTION) -> str:
    """A proposal whose rollback *owner* owns."""
    wanted = change(stack(model="m2"), alias=alias)
    plan = Rollback(plan="alias back", trigger="losses", owner=owner, within=600)
    return org.open("frank", wanted.model_copy(update={"rollback": plan}))


def test_a_drill_says_to_which_stack_it_would_go_back_and_who_could() -> None:
    org = rollout()
    first = released(org)
    of = opened(org)

    found = rehearsed(org, of)

    assert found.target is not None
    assert found.target.id == first
    assert found == Rehearsal(PRODUCTION, found.target, ("olga", "omar"), ("watchdog",), ())


def test_a_drill_of_a_first_release_goes_back_to_nothing() -> None:
    org = rollout()

    found = rehearsed(org, opened(org))

    assert (found.target, found.faults) == (None, ())
    assert found.people == ("olga", "omar")


def test_a_drill_changes_nothing() -> None:
    org = rollout()
    released(org)
    of = opened(org)
    before = rows(org.standing)

    rehearsed(org, of)

    assert rows(org.standing) == before


def test_nobody_takes_the_id_of_a_drill_from_it() -> None:
    org = rollout()
    of = started(org)
    take_back(org, "olga", of, rollback_id=str(UUID(int=0)))
    again = UUID(of).int
    assert all(org.standing.proposal(str(UUID(int=one))) for one in range(1, again + 1))

    assert rehearsed(org, opened(org)).people == ("olga", "omar")


def test_a_drill_asks_for_no_consent_first() -> None:
    org = rollout()

    assert rehearsed(org, opened(org)).faults == ()


def test_a_drill_in_an_environment_before_the_last_goes_back_as_well() -> None:
    org = rollout()
    first = in_staging(org)

    found = rehearsed(org, opened(org, alias=STAGING))

    assert found.target is not None
    assert found.target.id == first


def test_a_rollback_that_nobody_owns_is_a_fault() -> None:
    org = rollout()

    found = rehearsed(org, opened(org, None))

    assert found.faults == ("#1 names no owner of its rollback",)


@pytest.mark.parametrize("owner", ["alice", "watchdog"])
def test_an_owner_who_may_not_roll_back_is_a_fault(owner: str) -> None:
    org = rollout()

    found = rehearsed(org, opened(org, owner))

    assert found.faults == (
        f"{owner} owns the rollback, and may not roll back on fraud/production",
    )


def test_nobody_who_could_roll_back_is_a_fault() -> None:
    org = rollout(STEWARDSHIP, people={"omar": ["release-owner"]})
    of = opened(org)
    for name in ("olga", "omar"):
        disown(org, name, now_at(org))

    found = rehearsed(org, of)

    assert found.people == ()
    assert found.faults == (
        "nobody may roll back on fraud/production: no holder of release-owner or on-call",
    )


def test_who_is_stopped_could_all_the_same_and_whose_key_was_disowned_could_not() -> None:
    org = rollout()
    of = opened(org)
    stop(org, "alice", "olga")
    assert rehearsed(org, of).people == ("olga", "omar")

    disown(org, "olga", now_at(org))

    assert rehearsed(org, of).people == ("omar",)


def test_who_holds_the_role_elsewhere_only_could_not() -> None:
    org = rollout(STEWARDSHIP)
    votes = [("rita", "auditor")]
    carried(org, roles_of("frank", ["on-call"], aliases="churn/*"), by="alice", approvals=votes)
    carried(org, roles_of("bob", ["on-call"], aliases="fraud/*"), by="alice", approvals=votes)

    assert rehearsed(org, opened(org)).people == ("bob", "olga", "omar")


def test_who_is_lent_the_role_could_as_long_as_it_is_lent() -> None:
    org = rollout()
    delegate(org, "olga", "rita", "on-call", until=org.now + DAY)
    of = opened(org)

    assert rehearsed(org, of).people == ("olga", "omar", "rita")
    assert rehearsed(org, of, org.now + DAY).people == ("olga", "omar")


def test_without_a_block_about_it_those_could_who_operate() -> None:
    org = Organisation()

    found = rehearsed(org, org.open("frank"))

    assert (found.people, found.services, found.faults) == (("omar",), (), ())


def test_there_is_no_drill_while_another_release_is_under_way() -> None:
    org = rollout()
    of = opened(org)
    running = started(org)

    with refused("candidate-running", f"#{org.proposal(running).number} is under way to fraud"):
        rehearsed(org, of)
    org.roll_back("olga")

    assert rehearsed(org, of).faults == ()


def test_there_is_no_drill_of_what_was_closed() -> None:
    org = rollout()
    of = opened(org)
    withdraw(org, "frank", of)

    with refused("closed", "withdrawn"):
        rehearsed(org, of)


def test_there_is_no_drill_of_what_releases_nothing() -> None:
    org = rollout()
    of = org.open("frank", new_policy(STAGED.replace("number = 1\n", "number = 2\n")))

    with refused("not-a-release"):
        rehearsed(org, of)
