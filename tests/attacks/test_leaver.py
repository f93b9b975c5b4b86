"""Somebody who leaves in anger: what they said and left behind, once they are stopped."""

import pytest

from tests.acts import look, prepared, reject, reopen, revise, withdraw
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import Organisation
from tests.roster import delegate, stewarded, stop

BOT = {"robot": ("bob", ["evaluation-owner"])}


def approves_everything_on_the_last_day() -> Outcome:
    org = stewarded()
    of = org.open("frank")
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"))


def approval_of_the_last_day_is_used() -> Outcome:
    """What has not happened yet when they are stopped does not happen on their word."""
    org = stewarded()
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("bob", of, "model-owner")
    org.approve("dana", of, "data-owner")
    twin = aside(org)
    stop(org, "omar", "bob")
    assert look(org, of).verdict == "open"
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def report_of_the_last_day_is_used() -> Outcome:
    org, of = prepared(stewarded())
    twin = aside(org)
    stop(org, "omar", "erin")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def veto_of_the_last_day_stands() -> Outcome:
    org, of = prepared(stewarded())
    twin = aside(org)
    reject(org, "bob", of)
    stop(org, "omar", "bob")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def veto_is_taken_back_from_home() -> Outcome:
    org, of = prepared(stewarded())
    reject(org, "bob", of)
    twin = aside(org)
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: reopen(o, name, of), where=twin)


def withdraws_their_proposals_from_home() -> Outcome:
    """Nothing is permitted by it, and somebody else proposes the same again."""
    org = stewarded()
    of = org.open("bob")
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: withdraw(o, name, of))


def revises_their_proposals_from_home() -> Outcome:
    org = stewarded()
    of = org.open("bob")
    twin = aside(org)
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: revise(o, name, of, o.change(of)), where=twin)


def lends_their_roles_from_home() -> Outcome:
    org = stewarded(people={"zed": []})
    twin = aside(org)
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: delegate(o, name, "zed", "model-owner"), where=twin)


def program_they_answer_for_goes_on() -> Outcome:
    org = stewarded(services=BOT)
    of = org.open("frank")
    stop(org, "omar", "bob")
    return tried(org, "robot", lambda o, name: o.attach(name, of))


def program_they_answer_for_is_stopped() -> Outcome:
    org = stewarded(services=BOT)
    of = org.open("frank")
    stop(org, "omar", "robot")
    return tried(org, "robot", lambda o, name: o.attach(name, of), may="erin")


ATTACKS: dict[Attack, Outcome] = {
    approves_everything_on_the_last_day: ALLOWED,
    approval_of_the_last_day_is_used: refused("not-ready"),
    report_of_the_last_day_is_used: refused("not-ready"),
    veto_of_the_last_day_stands: refused("rejected"),
    veto_is_taken_back_from_home: refused("signer-stopped"),
    withdraws_their_proposals_from_home: ALLOWED,
    revises_their_proposals_from_home: refused("signer-stopped"),
    lends_their_roles_from_home: refused("signer-stopped"),
    program_they_answer_for_goes_on: ALLOWED,
    program_they_answer_for_is_stopped: refused("signer-stopped"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_leaver(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_a_leaver_who_said_nothing_leaves_nothing() -> None:
    org = Organisation()
    before = len(org.envelopes)
    stop(org, "alice", "frank")
    assert [one.admitted for one in org.judged[before:]] == [True]
