"""Attacks by way of disowning: what the innocent lose, and what the guilty keep."""

import pytest

from ledger.decide.disowning import impact
from ledger.decide.states import ProposalState
from tests.acts import look, refused, reject, reopen, statuses
from tests.organisation import PEOPLE, POLICY, Organisation, change, stack, unsafe_key
from tests.roster import (
    DAY,
    carried,
    delegate,
    enrol,
    enrolment,
    lifting,
    next_key,
    stewarded,
    stop,
)
from tests.signer_acts import (
    ROOT_VOTES,
    by_root,
    disown,
    lift_by_root,
    now_at,
    rooting,
    staffed,
)

STAGING = POLICY + '[environments]\norder = ["staging", "production"]\n'
OTHERS = (("bob", "root"), ("dana", "root"))


def society(policy: str = POLICY) -> Organisation:
    """An organisation with somebody who does nothing, and a thief who may do anything."""
    roles = ["data-owner", "model-owner", "release-owner"]
    people = {"mo": ["model-owner"], "thief": roles, "idle": []}
    return Organisation(policy=policy, people={**PEOPLE, **people})


def released(
    org: Organisation,
    approver: str,
    alias: str = "fraud/production",
    model: str = "m1",
    data: str = "dana",
) -> str:
    """A release of the stack of *model* that *approver* has agreed to; the proposal's id."""
    of = ready(org, approver, alias, model, data)
    org.start("omar", of)
    org.complete("omar", alias)
    return of


def ready(
    org: Organisation,
    approver: str,
    alias: str = "fraud/production",
    model: str = "m1",
    data: str = "dana",
) -> str:
    """A proposal to which only the start is missing, with the consent of *approver* and *data*."""
    of = org.open("frank", change(stack(model=model), alias=alias))
    org.attach("erin", of)
    org.approve(approver, of, "model-owner")
    org.approve(data, of, "data-owner")
    return of


def is_lost(org: Organisation, of: str) -> bool:
    closure = org.proposal(of).closure
    return closure is not None and closure.lost_at is not None


def test_who_was_of_the_root_then_carried_it_out_rightly() -> None:
    org = staffed(people={"alice": [], "kim": ["data-owner"]})
    after = now_at(org)
    key = unsafe_key("nora")
    enrolled = carried(org, enrolment("nora", ["model-owner"]), enactor="alice")
    org.accept("nora", key)
    lift_by_root(org, stop(org, "omar", "mo"))
    by_root(org, rooting(2, "bob", "dana", "kim"), OTHERS)

    disown(org, "frank", after, votes=OTHERS)

    assert not is_lost(org, enrolled)
    assert org.open("nora")
    assert org.standing.head.stops == 0


def test_what_was_completed_honestly_as_well_stays_completed() -> None:
    org = society(STAGING)
    after = now_at(org)
    stolen = released(org, "thief", "fraud/staging")
    honest = released(org, "mo", "fraud/staging")
    production = released(org, "mo")

    disown(org, "thief", after)
    disown(org, "idle", after)

    assert [is_lost(org, of) for of in (stolen, honest, production)] == [True, False, False]
    digest = org.change(production).stack.digest
    assert org.standing.completed_in("fraud", digest) == ("production", "staging")


def test_what_was_completed_again_stays_completed_at_the_next_disowning() -> None:
    org = society(STAGING)
    after = now_at(org)
    released(org, "thief", "fraud/staging")
    disown(org, "thief", after)
    again = released(org, "mo", "fraud/staging")

    disown(org, "idle", after)

    assert org.standing.completed_in("fraud", org.change(again).stack.digest) == ("staging",)


def test_what_was_completed_often_since_had_been_completed_before() -> None:
    """Staging runs the same stack every night, long after production rests on it."""
    org = society(STAGING)
    after = now_at(org)
    released(org, "mo", "fraud/staging")
    production = released(org, "mo")
    for _ in range(17):
        released(org, "mo", "fraud/staging")

    disown(org, "idle", after)

    assert not is_lost(org, production)
    digest = org.change(production).stack.digest
    assert len(org.standing.completions("fraud", digest)) == 17


def test_a_loan_that_the_thief_puts_behind_an_honest_one_takes_nothing() -> None:
    org = society()
    after = now_at(org)
    delegate(org, "omar", "idle", "release-owner")
    delegate(org, "thief", "idle", "data-owner", "release-owner")
    of = ready(org, "mo")
    org.start("idle", of)

    disown(org, "thief", after)

    assert not is_lost(org, of)


def test_a_loan_long_over_was_a_loan() -> None:
    org = stewarded(people={"zed": []})
    after = now_at(org)
    of = org.open("frank")
    delegate(org, "erin", "zed", "evaluation-owner")
    org.attach("zed", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    for _ in range(70):
        delegate(org, "erin", "zed", "evaluation-owner")

    disown(org, "rita", after)

    assert not is_lost(org, of)


def test_a_start_by_a_role_that_the_thief_lent_falls_however_long_ago_the_loan_was() -> None:
    org = society()
    after = now_at(org)
    delegate(org, "thief", "idle", "release-owner")
    of = ready(org, "mo")
    org.start("idle", of)
    for _ in range(70):
        delegate(org, "thief", "idle", "release-owner")

    disown(org, "thief", after)

    assert is_lost(org, of)


@pytest.mark.parametrize("first", ["thief", "dana"])
def test_it_does_not_matter_which_of_two_is_disowned_first(first: str) -> None:
    """What changes the model only rests on the data of before, which the thief agreed to."""
    org = society()
    start = now_at(org)
    released(org, "mo", data="thief")
    between = now_at(org)
    on_top = released(org, "mo", model="m2")

    disowned = {"thief": start, "dana": between}
    for name in (first, *(disowned.keys() - {first})):
        disown(org, name, disowned[name])

    assert is_lost(org, on_top)


def test_a_party_lends_nobody_the_role_to_vouch_for_their_own() -> None:
    org = stewarded(people={"zed": [], "frank": ["evaluation-owner"]})
    of = org.open("frank")
    delegate(org, "frank", "zed", "evaluation-owner")

    org.attach("zed", of)

    assert statuses(org, of)["evaluation"] == "unsatisfied"


def test_who_answers_for_a_service_has_no_voice_in_lifting_its_stop() -> None:
    org = stewarded(services={"robot": ("rita", [])})
    of = org.open("frank", lifting(stop(org, "omar", "robot")))

    with refused("self-approval", "answer for"):
        org.approve("rita", of, "auditor")


def test_a_disowned_key_keeps_nobody_stopped_who_has_another() -> None:
    org = stewarded()
    old, new = org.keys["dana"], next_key("dana")
    disown(org, "dana", now_at(org))
    again = enrolment("dana", ["data-owner"], key=new.public.text)
    carried(org, again, approvals=ROOT_VOTES)
    org.accept("dana", new)

    with refused("key-disowned"):
        stop(org, "dana", "dana", key=old)


def test_a_key_named_again_rests_on_the_second_naming() -> None:
    """The first was sam's alone; it lapsed, and sue consented to the same key once more."""
    org = stewarded()
    after = now_at(org)
    carried(org, enrolment("nora"))
    org.now += 15 * DAY
    carried(org, enrolment("nora"), approvals=[("sue", "steward")])
    org.accept("nora", unsafe_key("nora"))

    disown(org, "sam", after)

    assert org.open("nora")


def test_nothing_that_waited_for_a_stolen_candidate_is_ready_by_the_disowning_alone() -> None:
    org = society()
    after = now_at(org)
    waiting, stolen = ready(org, "mo"), ready(org, "thief", model="m2")
    org.start("omar", stolen)

    disown(org, "thief", after)

    assert {block.code for block in look(org, waiting).blocks} == {"base-moved"}


def test_the_impact_of_one_is_not_that_of_another() -> None:
    org = society()
    after = now_at(org)
    of = org.open("frank")
    org.approve("thief", of, "model-owner")
    disown(org, "thief", after)

    def waiting(name: str) -> tuple[ProposalState, ...]:
        (key,) = org.signer(name).keys
        return impact(org.standing, name, [key.id], after).waiting

    assert [one.id for one in waiting("thief")] == [of]
    assert waiting("mo") == ()


def test_who_rejects_and_takes_it_back_for_ever_fills_no_row() -> None:
    org = stewarded()
    of = org.open("frank")
    for _ in range(40):
        reject(org, "alice", of)
        reopen(org, "alice", of)
    reject(org, "bob", of)

    assert [one.signer for one in org.proposal(of).rejections] == ["alice", "bob"]


def test_nobody_who_may_not_sign_answers_for_a_new_service() -> None:
    org = stewarded()
    enrol(org, "nora")
    stop(org, "omar", "nora")
    disown(org, "erin", now_at(org))

    for name in ("nora", "erin"):
        with refused("no-accountable"):
            org.open("frank", enrolment("robot", kind="service", accountable=name))
