"""Several keys in wrong hands, and people who collude: what rules of two or more are worth."""

import pytest

from tests.acts import look, prepared
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.exception_acts import granted, urgent, waiving
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import OVERRIDES, STEWARDED, exceptional, numbered
from tests.roster import (
    carried,
    delegate,
    enrol,
    enrolment,
    lifting,
    roles_of,
    rotate,
    stewarded,
    stop,
)
from tests.signer_acts import disown, lift_by_root, now_at, rooting

PRODUCTION = "fraud/production"
LOOSE = numbered(2, OVERRIDES, text=STEWARDED.replace('min = "0.90", ', ""))


def robbers_publish_a_policy() -> Outcome:
    """With the stewards' own quorum they do; the root finds it and affirms another."""
    org = stewarded()
    of = org.open("frank", new_policy(LOOSE))
    org.approve("sam", of, "steward")
    return tried(org, "omar", lambda o, name: o.enact(name, of))


def policy_of_robbers_lets_something_through() -> Outcome:
    org = stewarded()
    before = now_at(org)
    carried(org, new_policy(LOOSE))
    _, of = prepared(org)
    twin = aside(org)
    disown(org, "sam", before)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def robbers_change_the_root() -> Outcome:
    """One root key of two, and every steward's: the root is the root's."""
    org = stewarded()
    of = org.open("frank", rooting(2, "dana", "sam", "sue"))
    org.approve("dana", of, "root")
    twin = aside(org)
    twin.approve("alice", of, "root")
    return tried(org, "omar", lambda o, name: o.enact(name, of), where=twin)


def accomplice_of_robbers_approves() -> Outcome:
    org = stewarded()
    before = now_at(org)
    enrol(org, "puppet", ["model-owner"])
    of = org.open("frank")
    disown(org, "sam", before)
    return tried(org, "puppet", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def accomplice_of_an_accomplice_approves() -> Outcome:
    org = stewarded()
    before = now_at(org)
    enrol(org, "puppet", ["steward"])
    carried(org, roles_of("rita", ["model-owner"]), approvals=[("puppet", "steward")])
    of = org.open("frank")
    disown(org, "sam", before)
    return tried(org, "rita", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def release_of_an_accomplice_goes_on() -> Outcome:
    org = stewarded()
    before = now_at(org)
    enrol(org, "puppet", ["model-owner"])
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("puppet", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)
    twin = aside(org)
    disown(org, "sam", before)
    return tried(org, "omar", lambda o, name: o.complete(name), where=twin)


def everybody_is_stopped_by_robbers() -> Outcome:
    org = stewarded()
    stops = [stop(org, "omar", name) for name in ("alice", "bob", "dana", "sam", "sue", "erin")]
    outcome = tried(org, "omar", lambda o, name: stop(o, name, "frank"))
    lift_by_root(org, *stops)
    assert org.approve("alice", org.open("erin"), "model-owner").admitted
    return outcome


def robbers_keep_the_root_from_lifting() -> Outcome:
    org = stewarded()
    stops = [stop(org, "omar", name) for name in ("alice", "bob", "dana")]
    lift = org.open("alice", lifting(*stops))
    for name in ("alice", "bob"):
        org.approve(name, lift, "root")
    return tried(org, "alice", lambda o, name: o.enact(name, lift))


def stolen_keys_grant_an_exception() -> Outcome:
    org = exceptional()
    of = urgent(org)
    return tried(org, "olga", lambda o, _: granted(o, waiving(o, of)))


def exception_of_stolen_keys_is_used() -> Outcome:
    org = exceptional()
    of = urgent(org)
    before = now_at(org)
    granted(org, waiving(org, of))
    twin = aside(org)
    disown(org, "sam", before)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def two_collude_where_two_are_asked() -> Outcome:
    """It is what the rule says two may do; their names stand on it."""
    org = Organisation()
    of = org.open("frank", change(stack(["everything"])))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return tried(org, "omar", lambda o, name: o.start(name, of))


def two_collude_where_three_are_asked() -> Outcome:
    org = Organisation()
    of = org.open("frank", change(stack(["everything"])))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    twin = aside(org)
    twin.approve("dana", of, "data-owner")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def two_keys_of_one_person_are_two_people() -> Outcome:
    """A founder who invents colleagues rules alone, in several names."""
    org = Organisation(
        people={
            "mallory": ["release-owner"],
            "x1": ["model-owner"],
            "x2": ["evaluation-owner"],
            "x3": ["data-owner"],
        }
    )
    of = org.open("mallory")
    org.attach("x2", of)
    return tried(org, "x1", lambda o, name: o.approve(name, of, "model-owner"))


def one_key_is_two_people() -> Outcome:
    """The same key is taken once, whoever's it is said to be."""
    org = stewarded()
    twin = aside(org)
    twin.open("frank", enrolment("nora"))
    opened = twin.judged[-1].entry
    assert opened is not None
    wanted = enrolment("nora", key=org.keys["erin"].public.text)
    event = opened.event.model_copy(update={"effect": wanted})
    return tried(org, "frank", lambda o, name: o.open(name, wanted), event=lambda: event)


def old_and_new_key_are_two_votes() -> Outcome:
    org = stewarded()
    of = org.open("frank", rooting(2, "alice", "bob", "frank"))
    org.approve("bob", of, "root")
    rotate(org, "bob")
    return tried(org, "bob", lambda o, name: o.approve(name, of, "root"), may="alice")


def lender_and_borrower_are_two_votes() -> Outcome:
    org = stewarded(people={"zed": []})
    delegate(org, "bob", "zed", "model-owner")
    of = org.open("frank")
    org.approve("zed", of, "model-owner")
    assert look(org, of).approvals
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


ATTACKS: dict[Attack, Outcome] = {
    robbers_publish_a_policy: ALLOWED,
    policy_of_robbers_lets_something_through: refused("policy-unsupported"),
    robbers_change_the_root: refused("not-ready"),
    accomplice_of_robbers_approves: refused("key-disowned"),
    accomplice_of_an_accomplice_approves: refused("role-not-held"),
    release_of_an_accomplice_goes_on: refused("unsupported"),
    everybody_is_stopped_by_robbers: ALLOWED,
    robbers_keep_the_root_from_lifting: ALLOWED,
    stolen_keys_grant_an_exception: ALLOWED,
    exception_of_stolen_keys_is_used: refused("not-ready"),
    two_collude_where_two_are_asked: ALLOWED,
    two_collude_where_three_are_asked: refused("not-ready"),
    two_keys_of_one_person_are_two_people: ALLOWED,
    one_key_is_two_people: refused("key-known"),
    old_and_new_key_are_two_votes: refused("already-approved"),
    lender_and_borrower_are_two_votes: refused("already-approved"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_with_several_keys(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_after_a_robbery_the_root_affirms_a_policy_and_releases_go_on() -> None:
    org = stewarded()
    before = now_at(org)
    carried(org, new_policy(LOOSE))
    disown(org, "sam", before)
    sound = new_policy(numbered(3, OVERRIDES, text=STEWARDED))
    carried(org, sound, approvals=(("alice", "root"), ("bob", "root")))
    org.release()
    assert org.standing.alias(PRODUCTION).stable is not None
