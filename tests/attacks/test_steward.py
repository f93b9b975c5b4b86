"""A steward who wants more than their part; a colleague of theirs who is stopped."""

import pytest

from ledger.model.events import SignerEnrolled
from tests.acts import look
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import Organisation, new_policy, unsafe_key
from tests.policies import OVERRIDES, STEWARDED, numbered
from tests.roster import (
    consented,
    enrolment,
    event_of,
    lifting,
    roles_of,
    rotation,
    stewarded,
    stop,
)
from tests.signer_acts import rooting

TWO = STEWARDED.replace("approvals = { steward = 1 }", "approvals = { steward = 2 }")


def enrols_a_second_self() -> Outcome:
    org = stewarded()
    of = org.open("sam", enrolment("samuel", ["steward"]))
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), may="sue")


def enrols_a_second_self_past_everybody() -> Outcome:
    org = stewarded()
    of = org.open("sam", enrolment("samuel", ["steward"]))
    twin = aside(org)
    twin.approve("sue", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def gives_themselves_a_role() -> Outcome:
    org = stewarded()
    of = org.open("frank", roles_of("sam", ["model-owner"]))
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), may="sue")


def takes_their_own_role_from_nobody_else() -> Outcome:
    org = stewarded()
    of = org.open("frank", roles_of("sam", strip=["steward"]))
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), may="sue")


def two_stewards_serve_each_other() -> Outcome:
    """What one asks for, the other consents to: that is what a quorum of one says."""
    org = stewarded()
    of = org.open("sam", roles_of("sam", ["model-owner"]))
    org.approve("sue", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of))


def two_stewards_serve_each_other_where_two_are_asked() -> Outcome:
    org = stewarded(text=TWO)
    of = org.open("sam", roles_of("sam", ["model-owner"]))
    org.approve("sue", of, "steward")
    twin = aside(org)
    assert look(org, of).verdict == "open"
    approval = event_of(twin.judged[-1])
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), event=lambda: approval)


def decides_about_the_root() -> Outcome:
    org = stewarded()
    of = org.open("frank", rooting(2, "alice", "sam", "sue"))
    roster = consented(org, roles_of("erin", ["data-owner"]), approvals=())
    approval = event_of(aside(org).approve("sam", roster, "steward"))
    forged = approval.model_copy(update={"proposal": of})
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), event=lambda: forged)


def gives_a_root_signer_another_key() -> Outcome:
    """Who keeps the roster names no key for the root."""
    org = stewarded()
    of = org.open("frank", rotation("omar", unsafe_key("omar-2").public.text))
    twin = aside(org)
    twin.approve("sam", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def colleagues_id_with_a_key_of_their_own() -> Outcome:
    """Whoever is stopped is enrolled again by a quorum, not by who asks for it."""
    org = stewarded()
    stop(org, "omar", "erin")
    of = org.open("sam", enrolment("erin", ["evaluation-owner"], key=_key("thief")))
    twin = aside(org)
    twin.approve("sue", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def root_signers_id_with_a_key_of_their_own() -> Outcome:
    org = stewarded()
    stop(org, "omar", "bob")
    of = org.open("sam", enrolment("bob", ["model-owner"], key=_key("thief")))
    roster = consented(org, roles_of("erin", ["data-owner"]), approvals=())
    approval = event_of(aside(org).approve("sue", roster, "steward"))
    forged = approval.model_copy(update={"proposal": of})
    return tried(org, "sue", lambda o, name: o.approve(name, of, "steward"), event=lambda: forged)


def _key(name: str) -> str:
    return unsafe_key(name).public.text


def key_of_somebody_else_is_enrolled() -> Outcome:
    """The same key is taken once, so nobody is two signers with one key."""
    org = stewarded()
    wanted = enrolment("nora", ["model-owner"])
    org.open("frank", wanted)
    opened = event_of(org.judged[-1])
    twice = wanted.model_copy(update={"signer": "nina", "key": _key("alice")})
    return tried(
        org,
        "sam",
        lambda o, name: o.open(name, twice),
        event=lambda: opened.model_copy(update={"proposal": org.new_id(), "effect": twice}),
    )


def enrols_without_asking() -> Outcome:
    org = stewarded()
    event = SignerEnrolled(
        proposal=org.new_id(),
        review="sha256:" + "0" * 64,
        signer="puppet",
        signer_kind="person",
        accountable=None,
        key=_key("puppet"),
        roles=("steward",),
    )
    judged = org.force("sam", event)
    assert judged.finding is not None
    assert org.standing.signer("puppet") is None
    return Outcome("detected", judged.finding.rule)


def publishes_a_looser_policy() -> Outcome:
    org = stewarded()
    of = org.open("sam", new_policy(numbered(2, OVERRIDES, text=STEWARDED)))
    twin = aside(org)
    twin.approve("sue", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def stops_those_who_would_object() -> Outcome:
    org = stewarded()
    return tried(org, "sam", lambda o, name: stop(o, name, "sue"), may="omar")


def lifts_a_stop_of_a_friend() -> Outcome:
    org = stewarded()
    a_stop = stop(org, "omar", "frank")
    of = org.open("erin", lifting(a_stop))
    roster = org.open("erin", roles_of("erin", ["data-owner"]))
    approval = event_of(aside(org).approve("sam", roster, "steward"))
    forged = approval.model_copy(update={"proposal": of})
    return tried(org, "sam", lambda o, name: o.approve(name, of, "steward"), event=lambda: forged)


ATTACKS: dict[Attack, Outcome] = {
    enrols_a_second_self: refused("self-approval"),
    enrols_a_second_self_past_everybody: refused("not-ready"),
    gives_themselves_a_role: refused("self-approval"),
    takes_their_own_role_from_nobody_else: refused("self-approval"),
    two_stewards_serve_each_other: ALLOWED,
    two_stewards_serve_each_other_where_two_are_asked: refused("self-approval"),
    decides_about_the_root: refused("role-not-asked"),
    gives_a_root_signer_another_key: refused("not-ready"),
    colleagues_id_with_a_key_of_their_own: refused("not-ready"),
    root_signers_id_with_a_key_of_their_own: refused("role-not-asked"),
    key_of_somebody_else_is_enrolled: refused("key-known"),
    enrols_without_asking: Outcome("detected", "unknown-proposal"),
    publishes_a_looser_policy: refused("not-ready"),
    stops_those_who_would_object: refused("no-power"),
    lifts_a_stop_of_a_friend: refused("role-not-asked"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_steward(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_what_two_stewards_agree_on_bears_both_their_names() -> None:
    org: Organisation = stewarded()
    of = org.open("sam", roles_of("sam", ["model-owner"]))
    org.approve("sue", of, "steward")
    org.enact("omar", of)
    state = org.proposal(of)
    assert (state.opener, [one.signer for one in state.approvals]) == ("sam", ["sue"])
