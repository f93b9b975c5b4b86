"""Attacks on stops: set without power, go round one, rehearse what never was, fill the log."""

import pytest

from ledger.decide import override_drill
from ledger.model.events import OverrideDrilled, OverrideSet, ProposalOpened
from tests.acts import refused, revise
from tests.decide.rollouts import DAY, STAGING, released, soaked
from tests.exception_acts import drilled, granted, set_stop, urgent, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import (
    EXCEPTIONAL,
    EXCEPTIONAL_PEOPLE,
    STAGED_SERVICES,
    exceptional,
    numbered,
)
from tests.roster import carried, delegate, finding, lifting, roles_of, stop
from tests.signer_acts import (
    by_root,
    correction,
    disown,
    disowning,
    lift_by_root,
    now_at,
)


def drill_as(org: Organisation, name: str, target: str, id_: str) -> None:
    """Keep a drill of *target* under the id *id_*."""
    org.act(
        name,
        lambda s, by, at: override_drill.drill(
            s, by=by, at=at, override=id_, target=target, seconds=3, note=None
        ),
    )


def test_a_drill_of_a_clock_that_ran_ahead_counts_from_when_it_was() -> None:
    org = exceptional()
    right = org.now
    org.now += 80 * DAY
    drilled(org, "olga", "generation")
    by_root(org, correction(now_at(org), right + 10))
    org.now = right + 20
    due = override_drill.due_at(org.standing)
    assert due is not None
    assert due <= org.now + 90 * DAY


def test_each_drill_has_an_id_of_its_own() -> None:
    org = exceptional()
    new = org.new_id()
    drill_as(org, "olga", "generation", new)
    with refused("override-exists"):
        drill_as(org, "olga", "generation", new)


def test_who_answers_for_a_service_does_not_review_the_stop_that_it_set() -> None:
    org = exceptional()
    of = stop(org, "deployer", "deployer")
    with refused("own-review"):
        org.close_review("omar", of)


def test_who_lent_the_role_of_a_stop_does_not_review_it() -> None:
    org = exceptional()
    delegate(org, "olga", "dana", "on-call")
    of = set_stop(org, "dana", "generation")
    with refused("own-review"):
        org.close_review("olga", of)


def test_a_bot_whose_generation_is_halted_finds_no_other_door() -> None:
    org = exceptional()
    of = org.open("watchdog", change(alias=STAGING))
    shared = org.open("frank", change(stack(model="m2"), alias=STAGING, contributors=["watchdog"]))
    for one in (of, shared):
        org.attach("frank", one)
        granted(org, waiving(org, one, "evaluation", "quality"))
    set_stop(org, "olga", "generation")
    with refused("generation-halted"):
        org.start("deployer", of)
    with refused("generation-halted"):
        org.open("watchdog", change(alias=STAGING))
    for one in (of, shared):
        with refused("generation-halted"):
            revise(org, "watchdog", one, change(alias=STAGING))
    # what a person has written, though a bot had a hand in it, is not what is halted
    assert org.start("deployer", shared).admitted


def test_a_thief_who_freezes_everything_a_thousand_times_is_outvoted_by_the_root() -> None:
    org = exceptional()
    stops = [set_stop(org, "olga", "alias/fraud/staging") for _ in range(600)]
    for name in ("sam", "rosa", "mona", "stella", "alice", "bob"):
        stop(org, "olga", name)
    stop(org, "dana", "olga")
    by_root(org, disowning(org, "olga", org.standing.head.size - 1))
    with refused("key-disowned"):
        set_stop(org, "olga", "alias/fraud/staging")
    for some in (stops[:500], stops[500:]):
        lift_by_root(org, *some)
    assert org.standing.target("alias/fraud/staging") is None


def test_a_role_on_some_aliases_stops_nothing_else() -> None:
    org = Organisation(
        policy=numbered(1, text=EXCEPTIONAL),
        people={**EXCEPTIONAL_PEOPLE, "zed": []},
        services=STAGED_SERVICES,
    )
    roles = roles_of("zed", ["on-call"], aliases="fraud/*")
    carried(org, roles, approvals=(("stella", "steward"),), enactor="sam")
    assert set_stop(org, "zed", "alias/fraud/production")
    for target in ("alias/score/production", "generation", "capability/fraud", "signer/omar"):
        with refused("no-power"):
            set_stop(org, "zed", target)


def test_a_lift_by_a_stolen_key_lets_nothing_go_on() -> None:
    org = exceptional()
    of = urgent(org)
    org.approve("alice", of, "model-owner")
    frozen = [set_stop(org, name, "alias/fraud/production") for name in ("olga", "rosa")]
    lifted = org.open("frank", lifting(*frozen))
    org.approve("sam", lifted, "security-owner")
    org.approve("mona", lifted, "model-owner")
    org.enact("rosa", lifted)
    org.start("omar", of)
    disown(org, "mona", org.proposal(lifted).opened_position)
    soaked(org)
    with refused("alias-frozen"):
        org.advance("omar")
    assert org.replayed().head == org.standing.head


@pytest.mark.parametrize("taken", ["proposal", "stop", "rollback"])
def test_nobody_stops_a_stop_by_its_id(taken: str) -> None:
    org = exceptional()
    released(org)
    known = {
        "proposal": org.open("frank", change(stack(model="m2"), alias=STAGING)),
        "stop": set_stop(org, "olga", "generation"),
        "rollback": org.roll_back("omar"),
    }[taken]
    size = org.standing.head.size
    judged = org.force("olga", OverrideSet(override=known, target="generation", reason="odd"))
    assert finding(judged) == "override-exists"
    judged = org.force("olga", drill_event(known))
    assert finding(judged) == "override-exists"
    judged = org.force("frank", opening(org, known))
    assert finding(judged) == "proposal-exists"
    assert org.standing.head.size == size + 3


def drill_event(id_: str) -> OverrideDrilled:
    """A drill under the id *id_*, which nobody asked about."""
    return OverrideDrilled(override=id_, target="generation", seconds=1, note=None)


def opening(org: Organisation, id_: str) -> ProposalOpened:
    """A proposal under the id *id_*, which nobody asked about."""
    return ProposalOpened(
        proposal=id_,
        base=org.standing.alias(STAGING).changed,
        policy=org.standing.head.policy,
        effect=change(stack(model="m3"), alias=STAGING),
    )
