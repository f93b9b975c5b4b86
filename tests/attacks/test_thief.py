"""A thief with somebody's key: what it is good for, before and after the owner is warned."""

import pytest

from ledger.model.events import Event, OverrideSet, SignerAccepted
from ledger.model.terms import format_instant
from ledger.seal.envelope import seal
from ledger.service import Signer, place
from tests.acts import look, prepared, reject, reopen, revise
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.organisation import Organisation, change, stack, unsafe_key
from tests.roster import (
    DAY,
    delegate,
    enrol,
    finding,
    grant,
    lifting,
    next_key,
    rotate,
    rotation,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import disown, now_at

WITHOUT_BOB = (("alice", "root"), ("dana", "root"))
PRODUCTION = "fraud/production"


def robbed() -> tuple[Organisation, str, str]:
    """Bob's key is stolen: a proposal that waits, and one that only lacks its start."""
    org = stewarded()
    return org, org.open("frank"), prepared(org)[1]


def approves_before_anybody_knows() -> Outcome:
    org, of, _ = robbed()
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"))


def approves_once_stopped() -> Outcome:
    org, of, _ = robbed()
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def rejects_once_stopped() -> Outcome:
    org, of, _ = robbed()
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: reject(o, name, of))


def reopens_once_stopped() -> Outcome:
    org, of, _ = robbed()
    reject(org, "bob", of)
    twin = aside(org)
    stop(org, "omar", "bob")
    return tried(org, "bob", lambda o, name: reopen(o, name, of), where=twin)


def rejects_once_disowned() -> Outcome:
    org, of, _ = robbed()
    disown(org, "bob", now_at(org), votes=WITHOUT_BOB)
    return tried(org, "bob", lambda o, name: reject(o, name, of), may="alice")


def stops_their_owner_once_disowned() -> Outcome:
    org, _, _ = robbed()
    disown(org, "bob", now_at(org), votes=WITHOUT_BOB)
    return tried(org, "bob", lambda o, name: stop(o, name, "bob"))


def claims_a_time_before_the_stop() -> Outcome:
    """The position decides who may, and no clock: an old claim of time gets no old power."""
    org, of, _ = robbed()
    before = org.now
    stop(org, "omar", "bob")
    org.now = before
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def lands_late_what_was_signed_before_the_stop() -> Outcome:
    """Signed in time, held back, and put into the log behind the stop of its signer."""
    org, of, _ = robbed()
    held_back = _signed(org, "bob", of)
    stop(org, "omar", "bob")
    judged = org.smuggle(held_back)
    assert (judged.placed, judged.admitted) == (True, False)
    assert look(org, of).approvals == ()
    return Outcome("detected", finding(judged))


def lands_late_what_was_signed_before_another_revision() -> Outcome:
    org, of, _ = robbed()
    held_back = _signed(org, "bob", of)
    revise(org, "frank", of, change())
    judged = org.smuggle(held_back)
    assert not judged.placed
    assert look(org, of).approvals == ()
    return Outcome("detected", finding(judged))


def _signed(org: Organisation, name: str, of: str) -> bytes:
    """The envelope of an approval that nobody has seen yet."""
    other = aside(org)
    other.approve(name, of, "model-owner")
    return other.envelopes[-1]


def claims_to_be_years_back() -> Outcome:
    org, of, _ = robbed()
    org.now -= 365 * DAY
    entry = place(
        org.standing,
        _comment(org, of),
        Signer("bob", org.keys["bob"]),
        now=org.now,
        ledger_id=org.id,
    )
    judged = org.smuggle(seal(entry.payload(), org.keys["bob"]))
    assert entry.at < format_instant(org.standing.head.time)
    return Outcome("detected", finding(judged))


def _comment(org: Organisation, of: str) -> Event:
    entry = speak(org, "erin", of).entry
    assert entry is not None
    return entry.event


def carries_on_with_what_lost_its_consent() -> Outcome:
    org, _, of = robbed()
    twin = aside(org)
    after = org.proposal(of).opened_position
    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def proposes_again_what_lost_its_consent() -> Outcome:
    """The same stack again, which runs already: it is asked for all that it lost."""
    org = stewarded()
    after = now_at(org)
    org.release()
    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))
    of = org.open("omar", change(stack()))
    twin = aside(org)
    twin.attach("erin", of)
    for name, role in (("bob", "model-owner"), ("dana", "data-owner")):
        twin.approve(name, of, role)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def helper_who_was_enrolled_by_a_void_vote_acts() -> Outcome:
    org = stewarded()
    after = now_at(org)
    enrol(org, "puppet", ["model-owner"])
    of = org.open("frank")
    disown(org, "sam", after)
    return tried(org, "puppet", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def role_that_was_granted_by_a_void_vote_is_used() -> Outcome:
    org = stewarded()
    after = now_at(org)
    grant(org, "rita", "model-owner")
    of = org.open("frank")
    disown(org, "sam", after)
    return tried(org, "rita", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def key_that_a_thief_named_signs() -> Outcome:
    org = stewarded()
    after = now_at(org)
    rotate(org, "bob")
    disown(org, "bob", after, votes=WITHOUT_BOB)
    of = org.open("frank")
    return tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def old_key_signs_what_its_owner_may() -> Outcome:
    org = stewarded()
    old = rotate(org, "bob")
    of = org.open("frank")
    new = org.keys["bob"]
    org.keys["bob"] = old
    outcome = tried(org, "bob", lambda o, name: o.approve(name, of, "model-owner"), may="alice")
    org.keys["bob"] = new
    return outcome


def old_key_stops_its_owner() -> Outcome:
    org = stewarded()
    old = rotate(org, "bob")
    return tried(org, "bob", lambda o, name: stop(o, name, "bob", key=old))


def old_key_stops_a_colleague() -> Outcome:
    org = stewarded()
    org.keys["omar"] = rotate(org, "omar")
    stranger = org.new_id()
    event = OverrideSet(override=stranger, target="signer/erin", reason="odd")
    return tried(org, "omar", lambda o, name: stop(o, name, "erin"), event=lambda: event)


def key_that_was_named_is_taken_by_another() -> Outcome:
    """One key is one signer's: who finds the request does not accept it as their own."""
    org = stewarded()
    key = next_key("bob")
    of = org.open("bob", rotation("bob", key.public.text))
    org.approve("sam", of, "steward")
    org.enact("bob", of)
    org.keys["mallory"] = key
    pending = org.signer("bob").pending
    assert pending is not None
    entry = place(
        org.standing,
        SignerAccepted(signer="erin", named_by=pending.named_by),
        Signer("erin", key),
        now=org.now + 1,
        ledger_id=org.id,
    )
    judged = org.smuggle(seal(entry.payload(), key))
    assert not judged.placed
    return Outcome("detected", finding(judged))


def lent_role_of_who_was_stopped_is_used() -> Outcome:
    org = stewarded(people={"zed": []})
    delegate(org, "bob", "zed", "model-owner")
    stop(org, "omar", "bob")
    of = org.open("frank")
    return tried(org, "zed", lambda o, name: o.approve(name, of, "model-owner"), may="alice")


def stop_is_lifted_by_the_thief_alone() -> Outcome:
    org, _, _ = robbed()
    a_stop = stop(org, "omar", "bob")
    lift = org.open("frank", lifting(a_stop))
    twin = aside(org)
    for name in ("alice", "dana"):
        twin.approve(name, lift, "root")
    return tried(org, "omar", lambda o, name: o.enact(name, lift), may="alice", where=twin)


def unknown_key_of_the_same_name_signs() -> Outcome:
    org, of, _ = robbed()
    stranger = unsafe_key("somebody else who is called bob")
    entry = place(
        org.standing, _comment(org, of), Signer("bob", stranger), now=org.now + 1, ledger_id=org.id
    )
    judged = org.smuggle(seal(entry.payload(), stranger))
    return Outcome("detected", finding(judged))


ATTACKS: dict[Attack, Outcome] = {
    approves_before_anybody_knows: ALLOWED,
    approves_once_stopped: refused("signer-stopped"),
    rejects_once_stopped: ALLOWED,
    reopens_once_stopped: refused("signer-stopped"),
    rejects_once_disowned: refused("key-disowned"),
    stops_their_owner_once_disowned: ALLOWED,
    claims_a_time_before_the_stop: refused("signer-stopped"),
    lands_late_what_was_signed_before_the_stop: Outcome("detected", "signer-stopped"),
    lands_late_what_was_signed_before_another_revision: Outcome("detected", "out-of-place"),
    claims_to_be_years_back: Outcome("detected", "back-dated"),
    carries_on_with_what_lost_its_consent: refused("not-ready"),
    proposes_again_what_lost_its_consent: refused("not-ready"),
    helper_who_was_enrolled_by_a_void_vote_acts: refused("key-disowned"),
    role_that_was_granted_by_a_void_vote_is_used: refused("role-not-held"),
    key_that_a_thief_named_signs: refused("key-disowned"),
    old_key_signs_what_its_owner_may: refused("key-retired"),
    old_key_stops_its_owner: ALLOWED,
    old_key_stops_a_colleague: refused("key-retired"),
    key_that_was_named_is_taken_by_another: Outcome("detected", "key-owner"),
    lent_role_of_who_was_stopped_is_used: refused("role-not-held"),
    stop_is_lifted_by_the_thief_alone: refused("not-ready"),
    unknown_key_of_the_same_name_signs: Outcome("detected", "unknown-key"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_a_thief(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome
