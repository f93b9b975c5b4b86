"""A proposer who wants their own change through: no party approves, by whatever way round."""

import pytest

from tests.acts import add_fact, look, prepared, revise, statuses, take_back, withdraw
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import Organisation, change, stack
from tests.policies import under
from tests.roster import delegate, stewarded

ROBOT = {"robot": ("alice", ["model-owner"])}


def opener_approves() -> Outcome:
    org = Organisation()
    of = org.open("alice")
    return tried(org, "alice", lambda o, name: o.approve(name, of, "model-owner"), may="bob")


def contributor_approves() -> Outcome:
    org = Organisation()
    of = org.open("frank", change(contributors=["alice"]))
    return tried(org, "alice", lambda o, name: o.approve(name, of, "model-owner"), may="bob")


def contributor_of_an_earlier_revision_approves() -> Outcome:
    org = Organisation()
    of = org.open("frank", change(contributors=["alice"]))
    revise(org, "frank", of, change())
    return tried(org, "alice", lambda o, name: o.approve(name, of, "model-owner"), may="bob")


def program_of_the_approver_opens() -> Outcome:
    org = Organisation(services=ROBOT)
    of = org.open("robot")
    return tried(org, "alice", lambda o, name: o.approve(name, of, "model-owner"), may="bob")


def program_approves() -> Outcome:
    org = Organisation(services=ROBOT)
    of = org.open("frank")
    return tried(org, "robot", lambda o, name: o.approve(name, of, "model-owner"), may="bob")


def colleague_approves_in_the_proposers_name() -> Outcome:
    org = stewarded()
    delegate(org, "bob", "frank", "model-owner")
    of = org.open("bob")
    return tried(org, "frank", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def carries_their_own_out_unasked() -> Outcome:
    org = Organisation()
    other = org.open("omar", change(alias="churn/production"))
    twin = aside(org)
    for name, role in (("alice", "model-owner"), ("dana", "data-owner")):
        twin.approve(name, other, role)
    twin.attach("erin", other)
    assert look(twin, other).verdict == "ready"
    return tried(org, "omar", lambda o, name: o.start(name, other), where=twin)


def changes_what_was_approved() -> Outcome:
    """The alias gets the stack that was consented to, or none."""
    org, of = prepared()
    twin = aside(org)
    revise(org, "frank", of, change(stack(["everything"])))
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def consent_is_used_twice() -> Outcome:
    org, of = prepared()
    twin = aside(org)
    org.start("omar", of)
    org.complete("omar")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def base_comes_back() -> Outcome:
    """A, B, and A again: consent to change A does not fit the A that came back."""
    org = Organisation()
    org.release(change(stack(model="m0")))
    _, of = prepared(org, change(stack(model="m2")))
    twin = aside(org)
    other = org.open("frank", change(stack(model="m1")))
    org.attach("erin", other, components=["model"])
    org.approve("alice", other, "model-owner")
    org.start("omar", other)
    org.complete("omar")
    org.roll_back("omar")
    assert org.standing.alias("fraud/production").stable is not None
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def evidence_is_swapped() -> Outcome:
    """What was approved with one report does not start with another of the same kind."""
    org, of = prepared()
    twin = aside(org)
    org.attach("erin", of, auc="0.91", document="another report")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def evidence_is_taken_away() -> Outcome:
    org, of = prepared()
    twin = aside(org)
    take_back(org, "erin", of)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def withdrawn_and_started() -> Outcome:
    org, of = prepared()
    twin = aside(org)
    withdraw(org, "frank", of)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def fact_is_hidden_until_the_start() -> Outcome:
    """Personal data that somebody names asks for more, whenever they name it."""
    org, of = prepared()
    twin = aside(org)
    add_fact(org, "alice", of)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def attaches_their_own_report() -> Outcome:
    """It may be attached; a requirement that asks for independence is not met by it."""
    org = under(people={"frank": ["evaluation-owner"]})
    of = org.open("frank")
    outcome = tried(org, "frank", lambda o, name: o.attach(name, of))
    assert statuses(org, of)["evaluation"] == "unsatisfied"
    return outcome


ATTACKS: dict[Attack, Outcome] = {
    opener_approves: refused("self-approval"),
    contributor_approves: refused("self-approval"),
    contributor_of_an_earlier_revision_approves: refused("self-approval"),
    program_of_the_approver_opens: refused("self-approval"),
    program_approves: refused("service-approval"),
    colleague_approves_in_the_proposers_name: refused("self-approval"),
    carries_their_own_out_unasked: refused("not-ready"),
    changes_what_was_approved: refused("not-ready"),
    consent_is_used_twice: refused("closed"),
    base_comes_back: refused("base-moved"),
    evidence_is_swapped: refused("not-ready"),
    evidence_is_taken_away: refused("not-ready"),
    withdrawn_and_started: refused("closed"),
    fact_is_hidden_until_the_start: refused("not-ready"),
    attaches_their_own_report: ALLOWED,
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_proposer(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome
