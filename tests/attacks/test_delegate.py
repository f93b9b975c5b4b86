"""A delegate: the lent role where, until when and by whom it was lent, and both count once."""

import pytest

from tests.acts import look
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import Organisation, change
from tests.policies import STEWARDED
from tests.roster import DAY, consented, delegate, roles_of, stewarded, stop, strip

SMALL = STEWARDED.replace("distinct_people = true", "distinct_people = false")
OTHER = "churn/production"


def holiday(**lent: object) -> Organisation:
    """zed, who holds no role, is lent bob's model-owner."""
    org = stewarded(people={"zed": [], "yan": []}, services={"robot": ("omar", [])})
    delegate(org, "bob", "zed", "model-owner", **lent)  # type: ignore[arg-type] # its keywords
    return org


def approves_in_the_lent_role() -> Outcome:
    org = holiday()
    of = org.open("frank")
    outcome = tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"))
    (given,) = look(org, of).approvals
    assert (given.signer, given.on_behalf) == ("zed", "bob")
    return outcome


def both_of_them_approve() -> Outcome:
    org = holiday()
    of = org.open("frank")
    org.approve("bob", of, "model-owner")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def lends_it_on() -> Outcome:
    org = holiday()
    return tried(org, "zed", lambda o, name: delegate(o, name, "yan", "model-owner"), may="bob")


def uses_it_on_another_alias() -> Outcome:
    org = holiday(aliases="fraud/*")
    of = org.open("frank", change(alias=OTHER))
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def uses_it_when_it_has_ended() -> Outcome:
    org = holiday()
    of = org.open("frank")
    org.now += 8 * DAY
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def uses_it_when_it_was_taken_back() -> Outcome:
    org = holiday()
    delegate(org, "bob", "zed")
    of = org.open("frank")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def uses_it_when_who_lent_it_lost_it() -> Outcome:
    org = holiday()
    strip(org, "bob", "model-owner")
    of = org.open("frank")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def uses_it_on_what_the_lender_proposed() -> Outcome:
    org = holiday()
    of = org.open("bob")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def takes_another_role_of_the_lender() -> Outcome:
    org = holiday()
    of = org.open("frank")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "data-owner"), may="dana")


def is_lent_the_power_of_the_stewards() -> Outcome:
    org = holiday()
    event = org.judged[-1].entry
    assert event is not None
    forged = event.event.model_copy(update={"to": "zed", "roles": ("steward",)})
    return tried(
        org, "sam", lambda o, name: delegate(o, name, "zed", "steward"), event=lambda: forged
    )


def program_is_lent_a_role() -> Outcome:
    org = holiday()
    event = org.judged[-1].entry
    assert event is not None
    forged = event.event.model_copy(update={"to": "robot"})
    return tried(
        org, "bob", lambda o, name: delegate(o, name, "robot", "model-owner"), event=lambda: forged
    )


def uses_it_in_a_matter_of_the_roster() -> Outcome:
    """Stewards are not lent: who borrowed another role of a steward consents to no roster."""
    org = holiday()
    delegate(org, "dana", "zed", "data-owner")
    of = org.open("frank", roles_of("erin", ["data-owner"]))
    return tried(org, "zed", lambda o, name: o.approve(name, of, "steward"), may="sam")


def enacts_in_nobodys_name() -> Outcome:
    """To carry out what has its consent takes no role, and so nothing is lent for it."""
    org = holiday()
    of = consented(org, roles_of("erin", ["data-owner"]))
    return tried(org, "zed", lambda o, name: o.enact(name, of))


def uses_it_when_the_lender_is_stopped() -> Outcome:
    org = holiday()
    twin = aside(org)
    of = org.open("frank")
    assert twin.open("frank") == of
    stop(org, "omar", "bob")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), where=twin)


ATTACKS: dict[Attack, Outcome] = {
    approves_in_the_lent_role: ALLOWED,
    both_of_them_approve: refused("already-approved"),
    lends_it_on: refused("role-not-held"),
    uses_it_on_another_alias: refused("role-not-held"),
    uses_it_when_it_has_ended: refused("role-not-held"),
    uses_it_when_it_was_taken_back: refused("role-not-held"),
    uses_it_when_who_lent_it_lost_it: refused("role-not-held"),
    uses_it_on_what_the_lender_proposed: refused("self-approval"),
    takes_another_role_of_the_lender: refused("role-not-held"),
    is_lent_the_power_of_the_stewards: refused("not-delegable"),
    program_is_lent_a_role: refused("service-delegation"),
    uses_it_in_a_matter_of_the_roster: refused("role-not-held"),
    enacts_in_nobodys_name: ALLOWED,
    uses_it_when_the_lender_is_stopped: refused("role-not-held"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_delegate(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome
