"""A release started under an exception owes what was waived, and what that keeps from going on."""

import pytest

from ledger.decide.waivers import owed_by
from tests.acts import add_fact, look, refused, reject, reopen, retract, take_back
from tests.decide.rollouts import PRODUCTION, STAGING, in_staging, soaked, stable
from tests.exception_acts import (
    DAY,
    HOUR,
    close_exception,
    granted,
    urgent,
    waiving,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import EXCEPTIONAL, exceptional, numbered
from tests.roster import carried, delegate, rows, stop
from tests.signer_acts import disown

LONGEST = 3 * DAY

TWO_OWNERS = EXCEPTIONAL.replace(
    'approvals = { model-owner = 1 }\nbecause = "somebody',
    'approvals = { model-owner = 2 }\nbecause = "somebody',
)
"""EXCEPTIONAL with two approvals in the role that urgent releases lack."""


def owing(org: Organisation, alias: str = PRODUCTION) -> tuple[str, ...]:
    """The proposals whose releases to *alias* owe something."""
    return org.standing.alias(alias).owing


def under_way(
    org: Organisation,
    *,
    lasting: int = LONGEST,
    data: bool = False,
    model: str = "m1",
    dataset: str = "d1",
) -> tuple[str, str]:
    """A release started under an exception, and the exception."""
    of = urgent(org, model, dataset, data=data)
    waived = "data-lineage" if data else "model-owner"
    exception = granted(org, waiving(org, of, waived, lasting=lasting))
    org.start("omar", of)
    return of, exception


def completed(org: Organisation) -> tuple[str, str]:
    """A release completed under an exception that goes on for another day, nearly."""
    of, exception = under_way(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    return of, exception


def unproven(org: Organisation) -> tuple[str, str]:
    """A release to staging started without its evaluation, under an exception."""
    of = org.open("frank", change(stack(), alias=STAGING))
    exception = granted(org, waiving(org, of, "evaluation", "quality"))
    org.start("deployer", of)
    return of, exception


def waiting(org: Organisation, *, data: str = "dana") -> str:
    """A release to production of a stack that staging has, with all consent it takes."""
    of = org.open("frank", change(stack(model="m1")))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve(data, of, "data-owner")
    return of


def end_of(org: Organisation, exception: str) -> int:
    """When the exception ends."""
    state = org.standing.exception(exception)
    assert state is not None
    return state.until


def test_a_release_under_exception_advances_and_completes_until_that_ends() -> None:
    org = exceptional()
    of, _ = completed(org)

    assert stable(org).proposal == of
    assert owing(org) == (of,)


@pytest.mark.parametrize("early", [1, 0])
def test_what_is_under_way_stops_at_the_moment_its_exception_ends(early: int) -> None:
    org = exceptional()
    of, exception = under_way(org)
    soaked(org)
    org.now = end_of(org, exception) - early - 1

    if early:
        assert org.advance("omar").admitted
        return
    with refused("exception-ended", "has ended"):
        org.advance("omar")
    org.approve("alice", of, "model-owner")
    assert org.advance("omar").admitted


def test_a_release_in_its_last_stage_is_not_completed_once_its_exception_has_ended() -> None:
    org = exceptional()
    _, exception = under_way(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.now = end_of(org, exception)

    with refused("exception-ended"):
        org.complete("omar")
    org.roll_back("omar")

    assert owing(org) == ()


def test_a_release_stops_where_its_exception_is_closed_early() -> None:
    org = exceptional()
    _, exception = under_way(org)
    soaked(org)

    close_exception(org, "olga", exception)

    with refused("exception-ended"):
        org.advance("omar")


def test_an_exception_that_was_not_used_ends_without_a_trace_on_the_release() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, lasting=HOUR))
    org.approve("alice", of, "model-owner")
    org.start("omar", of)

    soaked(org)

    assert org.advance("omar").admitted


@pytest.mark.parametrize(("early", "blocked"), [(1, False), (0, True)])
def test_the_alias_admits_no_start_from_the_moment_the_exception_ends(
    early: int, *, blocked: bool
) -> None:
    org = exceptional()
    of, exception = completed(org)
    other = waiting(org)
    org.now = end_of(org, exception) - early - 1

    if not blocked:
        org.start("omar", other)
        assert owing(org) == (of,)
        return
    with refused("exception-owing", "#2 was released under an exception that ended"):
        org.start("omar", other)
    assert look(org, other, org.now + 1).verdict == "blocked"
    org.approve("alice", of, "model-owner")
    assert look(org, other).verdict == "ready"


def test_another_alias_admits_what_one_that_owes_does_not() -> None:
    org = exceptional()
    _, exception = completed(org)
    org.now = end_of(org, exception)

    assert in_staging(org, "m2")


def test_closing_the_exception_of_a_completed_release_early_closes_its_alias() -> None:
    org = exceptional()
    _, exception = completed(org)
    other = waiting(org)

    close_exception(org, "olga", exception)

    with refused("exception-owing"):
        org.start("omar", other)


def test_a_release_on_top_does_not_settle_what_is_owed_below() -> None:
    org = exceptional()
    of, exception = completed(org)
    org.start("omar", waiting(org))
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")

    assert org.now >= end_of(org, exception)
    assert owing(org) == (of,)
    with refused("exception-owing"):
        org.start("omar", waiting(org))
    org.approve("alice", of, "model-owner")
    assert owing(org) == ()


def test_rolling_the_one_on_top_back_leaves_what_is_owed() -> None:
    org = exceptional()
    of, exception = completed(org)
    org.start("omar", waiting(org))
    org.roll_back("omar")
    assert owing(org) == (of,)
    org.now = end_of(org, exception)

    org.roll_back("omar")

    assert owing(org) == ()
    assert org.standing.alias(PRODUCTION).stable is None


def test_rolling_back_what_runs_settles_what_goes_with_it_as_well() -> None:
    org = exceptional()
    of, _ = completed(org)
    again, _ = under_way(org, model="m2", dataset="d2")
    assert owing(org) == (of, again)

    org.roll_back("omar", of=of)

    assert owing(org) == ()
    assert rows(org.replayed()) == rows(org.standing)


def test_the_first_of_several_exceptions_to_end_is_when_a_release_is_due() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(), alias=STAGING))
    first = granted(org, waiving(org, of, "evaluation", lasting=HOUR))
    granted(org, waiving(org, of, "quality", lasting=DAY))
    org.start("deployer", of)

    assert owed_by(org.standing, of).until == end_of(org, first)
    org.now = end_of(org, first)
    with refused("exception-ended"):
        org.complete("deployer", STAGING)


# What settles it


@pytest.mark.parametrize("finished", [False, True])
def test_the_approval_that_was_waived_settles_it_before_and_after_completion(
    *, finished: bool
) -> None:
    org = exceptional()
    of, _ = completed(org) if finished else under_way(org)

    org.approve("alice", of, "model-owner")

    assert owing(org) == ()
    with refused("closed"):
        org.approve("bob", of, "model-owner")
    assert rows(org.replayed()) == rows(org.standing)


def test_a_party_does_not_settle_it() -> None:
    org = exceptional()
    of, _ = under_way(org)

    with refused("role-not-held"):
        org.approve("frank", of, "model-owner")
    delegate(org, "alice", "frank", "model-owner")
    with refused("self-approval"):
        org.approve("frank", of, "model-owner")

    assert owing(org) == (of,)


def test_a_late_approval_through_a_lent_role_settles_it() -> None:
    org = exceptional()
    of, _ = under_way(org)
    delegate(org, "alice", "rita", "model-owner")

    org.approve("rita", of, "model-owner")

    assert owing(org) == ()


def test_who_is_stopped_settles_nothing() -> None:
    org = exceptional()
    of, _ = under_way(org)
    stop(org, "bob", "alice")

    with refused("signer-stopped"):
        org.approve("alice", of, "model-owner")
    assert owing(org) == (of,)


def test_a_late_approval_of_who_is_stopped_since_settles_nothing() -> None:
    org = exceptional(text=TWO_OWNERS)
    of, _ = under_way(org)
    org.approve("alice", of, "model-owner")
    stop(org, "dana", "alice")

    org.approve("bob", of, "model-owner")
    assert owing(org) == (of,)
    org.approve("mona", of, "model-owner")

    assert owing(org) == ()


def test_who_approved_before_the_start_counts_though_they_are_stopped_since() -> None:
    org = exceptional()
    of, _ = under_way(org)
    stop(org, "alice", "dana")

    org.approve("alice", of, "model-owner")

    assert owing(org) == ()


def test_each_release_settles_what_it_owes_itself() -> None:
    org = exceptional()
    of, _ = completed(org)
    again, _ = under_way(org, model="m2", dataset="d2")

    org.approve("alice", of, "model-owner")
    assert owing(org) == (again,)
    org.approve("alice", again, "model-owner")

    assert owing(org) == ()


def test_the_evidence_that_was_waived_settles_it() -> None:
    org = exceptional()
    of, _ = unproven(org)
    assert owing(org, STAGING) == (of,)

    org.attach("erin", of, auc="0.50", document="bad")
    assert owing(org, STAGING) == (of,)
    org.attach("erin", of, auc="0.95", document="good")

    assert owing(org, STAGING) == ()
    with refused("closed"):
        org.attach("erin", of, document="later")
    org.complete("deployer", STAGING)


def test_only_evidence_that_is_lacking_comes_late() -> None:
    """Another document of a type that was approved would void the approvals there are."""
    org = exceptional()
    of, _ = under_way(org)

    with refused("not-lacking", "#2 was started, and lacks no evaluation-report"):
        org.attach("erin", of, document="newer")
    with refused("not-lacking"):
        org.attach("erin", of, "threat-review", auc=None, document="of nothing")
    assert owing(org) == (of,)


def test_what_settled_a_completed_release_is_not_taken_back() -> None:
    org = exceptional()
    of, _ = completed(org)
    org.approve("alice", of, "model-owner")

    for act in (retract, reject, add_fact):
        with refused("closed"):
            act(org, "alice", of)

    assert owing(org) == ()


def test_late_evidence_is_withdrawn_while_the_release_owes() -> None:
    org = exceptional()
    of, _ = unproven(org)
    org.attach("erin", of, auc="0.50", document="bad")

    take_back(org, "erin", of, "bad")

    assert owing(org, STAGING) == (of,)


def test_late_evidence_does_not_change_what_the_assessment_of_the_start_says() -> None:
    org = exceptional()
    of, exception = unproven(org)
    before = look(org, of)
    org.attach("erin", of)

    after = look(org, of)

    assert {one.id for one in after.waived} == {one.id for one in before.waived}
    assert {one.id for one in after.waived} == {"evaluation", "quality"}
    assert [one.exception for one in after.exceptions] == [exception]
    assert after.review_digest == before.review_digest


def test_a_late_approval_does_not_change_what_the_assessment_of_the_start_says() -> None:
    org = exceptional()
    of, _ = under_way(org)
    before = look(org, of)

    org.approve("alice", of, "model-owner")

    assert [one.id for one in look(org, of).waived] == ["model-owner"]
    assert look(org, of).approvals == before.approvals


def test_a_veto_keeps_it_from_being_settled_until_it_is_taken_back() -> None:
    org = exceptional()
    of, _ = completed(org)
    reject(org, "bob", of)

    org.approve("alice", of, "model-owner")
    assert owing(org) == (of,)
    reopen(org, "bob", of)

    assert owing(org) == ()


def test_what_is_retracted_of_a_completed_release_that_owes_is_owed_as_well() -> None:
    org = exceptional()
    of, _ = completed(org)
    retract(org, "dana", of)

    org.approve("alice", of, "model-owner")
    assert owing(org) == (of,)
    org.approve("bob", of, "data-owner")

    assert owing(org) == ()


def test_a_fact_added_since_asks_for_more_before_it_is_settled() -> None:
    org = exceptional()
    of, _ = under_way(org)
    add_fact(org, "alice", of)

    org.approve("alice", of, "model-owner")

    assert owing(org) == (of,)
    soaked(org)
    with refused("consent-lost"):
        org.advance("omar")


def test_it_is_settled_by_the_policy_of_its_start() -> None:
    org = exceptional()
    of, _ = under_way(org)
    carried(org, new_policy(numbered(2, text=TWO_OWNERS)), approvals=(("stella", "steward"),))

    org.approve("alice", of, "model-owner")

    assert owing(org) == ()


def test_half_of_what_was_waived_settles_nothing() -> None:
    org = exceptional(text=TWO_OWNERS)
    of, _ = under_way(org)

    org.approve("alice", of, "model-owner")
    assert owing(org) == (of,)
    org.approve("bob", of, "model-owner")

    assert owing(org) == ()


def test_what_was_settled_goes_on_when_the_exception_has_ended() -> None:
    org = exceptional()
    of, exception = under_way(org, lasting=HOUR)
    org.approve("alice", of, "model-owner")
    close_exception(org, "olga", exception)
    soaked(org)

    assert org.advance("omar").admitted


# What undoes that again


@pytest.mark.parametrize("again", ["alice", "bob"])
def test_an_approval_that_settled_it_and_is_retracted_is_owed_again(again: str) -> None:
    """Else the exception would waive it again, and nobody would ask for it after its end."""
    org = exceptional()
    of, exception = under_way(org)
    org.approve("alice", of, "model-owner")

    retract(org, "alice", of)

    assert owing(org) == (of,)
    assert owed_by(org.standing, of).until == end_of(org, exception)
    soaked(org)
    assert org.advance("omar").admitted
    org.approve(again, of, "model-owner")
    assert owing(org) == ()
    assert rows(org.replayed()) == rows(org.standing)


def test_what_a_fact_asks_for_once_it_was_settled_is_owed_and_not_waived() -> None:
    org = exceptional()
    of, _ = under_way(org)
    org.approve("alice", of, "model-owner")

    add_fact(org, "alice", of)

    assert owing(org) == (of,)
    soaked(org)
    with refused("consent-lost"):
        org.advance("omar")


def test_the_numbers_that_settled_it_are_the_next_baseline() -> None:
    org = exceptional()
    of, _ = unproven(org)
    org.complete("deployer", STAGING)
    assert stable(org, STAGING).metrics == ()

    org.attach("erin", of, auc="0.97")

    assert [one.value for one in stable(org, STAGING).metrics] == ["0.97"]
    following = org.open("frank", change(stack(model="m2"), alias=STAGING))
    org.attach("erin", following, auc="0.95", document="of the next")
    assert look(org, following).missing() == ("auc fell from 0.97 to 0.95, more than 0.01",)


def test_what_takes_the_place_of_an_unsupported_candidate_takes_its_debt_away() -> None:
    org = exceptional()
    of, exception = under_way(org)
    disown(org, "dana", org.proposal(of).opened_position)
    assert owing(org) == (of,)

    org.start("omar", waiting(org, data="bob"))

    assert owing(org) == ()
    org.now = end_of(org, exception)
    org.roll_back("omar")
    assert look(org, waiting(org, data="bob")).verdict == "ready"


def test_what_a_void_exception_leaves_owing_keeps_its_alias_closed() -> None:
    org = exceptional()
    of, _ = under_way(org)
    disown(org, "sam", org.proposal(of).opened_position)
    assert owing(org) == (of,)
    other = waiting(org)

    with refused("exception-owing"):
        org.start("omar", other)
    org.roll_back("omar")

    assert owing(org) == ()


def test_late_evidence_that_lowers_the_tier_does_not_stop_the_release() -> None:
    """It passes the stages of the tier it was started with."""
    calm = {"personal_data": False, "online": False}
    org = exceptional()
    first = in_staging(org)
    assert first
    of = org.open("frank", change(stack(model="m1"), declares=calm, alias=STAGING))
    granted(org, waiving(org, of, "evaluation", "quality"))
    assert look(org, of).tier == "medium"
    org.start("deployer", of)

    org.attach("erin", of, document="same")

    assert org.complete("deployer", STAGING).admitted


def test_who_retracts_and_approves_again_stands_in_the_assessment_of_the_start() -> None:
    """It says why it was allowed: what came later does not rewrite that."""
    org = exceptional()
    of, _ = under_way(org)
    before = look(org, of).approvals
    assert [one.signer for one in before] == ["dana"]

    retract(org, "dana", of)
    assert look(org, of).approvals == before
    org.approve("dana", of, "data-owner")

    assert look(org, of).approvals == before


def test_a_document_withdrawn_since_stands_in_the_assessment_of_the_start() -> None:
    org = exceptional()
    of, _ = under_way(org)
    take_back(org, "erin", of)

    found = {one.id: one.status for one in look(org, of).requirements}

    assert (found["evaluation"], found["quality"]) == ("satisfied", "satisfied")
