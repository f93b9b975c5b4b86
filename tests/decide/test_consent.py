"""Approvals and rejections: who gives them, who takes them back, who never may."""

import pytest

from tests.acts import look, prepared, refused, reject, reopen, retract, revise
from tests.organisation import PEOPLE, Organisation, change

SERVICES = {"robot": ("alice", ["model-owner"]), "clerk": ("rita", [])}


def test_a_holder_of_the_role_approves() -> None:
    org = Organisation()
    of = org.open("frank")

    org.approve("alice", of, "model-owner")

    assert [(a.signer, a.role) for a in look(org, of).approvals] == [("alice", "model-owner")]


def test_nobody_approves_in_a_role_they_do_not_hold() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("role-not-held", "alice does not hold the role data-owner"):
        org.approve("alice", of, "data-owner")


def test_nobody_approves_in_a_role_that_no_requirement_names() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("role-not-asked", "asks for release-owner"):
        org.approve("omar", of, "release-owner")


def test_a_service_never_approves() -> None:
    org = Organisation(services=SERVICES)
    of = org.open("frank")

    with refused("service-approval", "robot is a service"):
        org.approve("robot", of, "model-owner")


@pytest.mark.parametrize(
    ("opener", "contributors", "part"),
    [
        ("alice", [], "alice opened"),
        ("frank", ["alice"], "alice contributed"),
        ("robot", [], "alice answers for a service"),
        ("frank", ["robot"], "alice answers for a service"),
    ],
)
def test_no_party_approves(opener: str, contributors: list[str], part: str) -> None:
    org = Organisation(services=SERVICES)
    of = org.open(opener, change(contributors=contributors))

    with refused("self-approval", part):
        org.approve("alice", of, "model-owner")
    org.approve("bob", of, "model-owner")


def test_who_contributed_to_an_earlier_revision_does_not_approve() -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["alice"]))
    revise(org, "frank", of, change())

    with refused("self-approval", "alice contributed"):
        org.approve("alice", of, "model-owner")


def test_who_answers_for_a_service_without_a_hand_in_it_approves() -> None:
    org = Organisation(services=SERVICES)
    of = org.open("frank")

    org.approve("alice", of, "model-owner")

    assert len(look(org, of).approvals) == 1


def test_nobody_approves_twice_in_one_role() -> None:
    org = Organisation()
    of = org.open("frank")
    org.approve("alice", of, "model-owner")

    with refused("already-approved", "alice has approved #1 as model-owner"):
        org.approve("alice", of, "model-owner")


def test_an_approval_taken_back_counts_no_more_and_can_be_given_again() -> None:
    org, of = prepared()

    retract(org, "alice", of)
    assert look(org, of).verdict == "open"
    org.approve("alice", of, "model-owner")

    assert look(org, of).verdict == "ready"


@pytest.mark.parametrize("name", ["bob", "frank"])
def test_nobody_takes_the_approval_of_another_back(name: str) -> None:
    org, of = prepared()

    with refused("nothing-to-retract", f"{name} has not approved"):
        retract(org, name, of)


def test_an_approval_of_an_earlier_revision_is_not_there_to_be_retracted() -> None:
    org, of = prepared()
    revise(org, "frank", of, change())

    with refused("nothing-to-retract"):
        retract(org, "alice", of)


def test_a_rejection_needs_a_role_that_is_held_and_that_some_requirement_names() -> None:
    org, of = prepared()

    with refused("role-not-held"):
        reject(org, "frank", of)
    with refused("role-not-asked"):
        reject(org, "omar", of, "release-owner")
    reject(org, "bob", of, "data-owner")

    assert look(org, of).verdict == "blocked"


def test_a_party_may_reject() -> None:
    org = Organisation(people={**PEOPLE, "frank": ["model-owner"]})
    of = org.open("frank")

    reject(org, "frank", of)

    assert look(org, of).verdict == "blocked"


def test_nobody_rejects_one_revision_twice() -> None:
    org, of = prepared()
    reject(org, "bob", of)

    with refused("already-rejected", "bob has rejected #1"):
        reject(org, "bob", of, "data-owner")
    revise(org, "frank", of, change())
    reject(org, "bob", of)


def test_only_who_rejected_takes_it_back() -> None:
    org, of = prepared()
    reject(org, "bob", of)

    with refused("nothing-to-reopen", "alice has not rejected"):
        reopen(org, "alice", of)
    reopen(org, "bob", of)
    with refused("nothing-to-reopen"):
        reopen(org, "bob", of)


def test_what_is_completed_takes_no_veto_and_no_retraction() -> None:
    org, of = prepared()
    org.start("omar", of)
    org.complete("omar")

    with refused("closed"):
        reject(org, "bob", of)
    with refused("closed"):
        retract(org, "alice", of)
    with refused("closed"):
        reopen(org, "bob", of)


def test_nobody_approves_what_rests_on_another_stable_stack() -> None:
    org, of = prepared()
    other = org.open("frank")
    org.start("omar", of)
    org.complete("omar")

    with refused("base-moved", "revise the proposal|has changed since"):
        org.approve("alice", other, "model-owner")
