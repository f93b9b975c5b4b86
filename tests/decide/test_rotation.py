"""Rotation: the old key names the new one, a steward consents, the new key accepts."""

import pytest

from ledger.decide import approval
from ledger.decide.naming import ACCEPT_WITHIN
from ledger.model.events import SignerAccepted, SignerRotated
from tests.acts import look, refused, revise
from tests.organisation import Organisation, change, unsafe_key
from tests.policies import STEWARDED, under
from tests.roster import (
    carried,
    consented,
    enrolment,
    event_of,
    finding,
    next_key,
    rotate,
    rotation,
    rows,
    speak,
    stewarded,
    stop,
)


def asked(org: Organisation, name: str = "dana", by: str | None = None) -> str:
    """A rotation of *name* to which sam has consented."""
    return consented(org, rotation(name, next_key(name).public.text), by=by or name)


def named(org: Organisation, name: str = "dana") -> str:
    """A rotation of *name* whose new key has not accepted yet."""
    of = asked(org, name)
    org.enact(name, of)
    return of


def test_the_new_key_signs_once_it_has_accepted_and_the_old_one_no_more() -> None:
    org = stewarded()

    old = rotate(org, "dana")

    of = org.open("frank")
    org.approve("dana", of, "data-owner")
    with refused("key-retired", "dana signs with another key now"):
        speak(org, "dana", of, key=old)
    current = org.signer("dana").current
    assert current is not None
    assert current.id == next_key("dana").public.id
    assert rows(org.replayed()) == rows(org.standing)


def test_until_the_new_key_has_accepted_the_old_one_signs() -> None:
    org = stewarded()
    named(org)
    of = org.open("frank")

    with refused("key-retired"):
        speak(org, "dana", of, key=next_key("dana"))
    speak(org, "dana", of)
    with refused("not-the-named-key", "dana accepts with the key that was named"):
        org.accept("dana")
    org.accept("dana", next_key("dana"))
    speak(org, "dana", of)


def test_roles_and_root_stay_when_a_key_is_rotated() -> None:
    org = stewarded()
    before = org.signer("dana")

    rotate(org, "dana")

    after = org.signer("dana")
    assert (after.grants, after.root, after.enrolled_at) == (
        before.grants,
        before.root,
        before.enrolled_at,
    )


def test_a_rotation_takes_one_steward_or_the_root() -> None:
    two = STEWARDED.replace("{ steward = 1 }", "{ steward = 2 }")
    org = under(text=two, people={name: ["steward"] for name in ("sam", "sue", "sol")})
    of = org.open("dana", rotation("dana", next_key("dana").public.text))
    roles = org.open("frank", enrolment("zoe"))

    assert look(org, of).missing() == ("approval of 1 steward, or of 2 root instead",)
    assert look(org, roles).missing() == ("approval of 2 steward, or of 2 root instead",)
    org.approve("sam", of, "steward")

    assert look(org, of).verdict == "ready"


def test_without_stewards_the_root_consents_to_a_rotation() -> None:
    org = Organisation()
    of = org.open("erin", rotation("erin", next_key("erin").public.text))

    assert look(org, of).missing() == ("approval of 2 root",)


@pytest.mark.parametrize("opener", ["sam", "frank"])
def test_no_steward_consents_to_a_rotation_of_their_own_key(opener: str) -> None:
    org = stewarded()
    of = org.open(opener, rotation("sam", next_key("sam").public.text))

    with refused("self-approval", "sam opened|is about sam"):
        org.approve("sam", of, "steward")
    org.approve("sue", of, "steward")
    org.enact("sam", of)


def test_who_opened_the_rotation_of_another_does_not_consent_to_it() -> None:
    org = stewarded()
    of = org.open("sam", rotation("dana", next_key("dana").public.text))

    with refused("self-approval", "sam opened"):
        org.approve("sam", of, "steward")


@pytest.mark.parametrize("name", ["sam", "alice", "omar"])
def test_nobody_else_names_the_next_key_of_a_signer(name: str) -> None:
    org = stewarded()
    of = asked(org)

    with refused("not-your-key", "dana names their next key with the present one"):
        org.enact(name, of)


def test_whoever_asked_for_it_the_signer_names_the_key_with_the_present_one() -> None:
    """Else two stewards could put a key of theirs in the place of anybody's."""
    org = stewarded()
    of = asked(org, by="frank")

    with refused("not-your-key"):
        org.enact("frank", of)
    org.enact("dana", of)

    assert org.signer("dana").pending is not None


def test_the_entry_that_names_the_next_key_is_signed_with_the_present_one() -> None:
    org = stewarded()
    of = asked(org)
    event = SignerRotated(
        proposal=of,
        review=look(org, of).review_digest,
        signer="dana",
        key=next_key("dana").public.text,
    )

    assert finding(org.force("dana", event, key=next_key("dana"))) == "unknown-key"
    assert finding(org.force("dana", event, key=unsafe_key("sam"))) == "key-owner"
    assert finding(org.force("sam", event)) == "not-your-key"
    assert org.signer("dana").pending is None


def test_a_service_rotates_its_key_itself() -> None:
    org = stewarded(services={"robot": ("rita", ["evaluation-owner"])})

    old = rotate(org, "robot")

    of = org.open("frank")
    org.attach("robot", of)
    with refused("key-retired"):
        speak(org, "robot", of, key=old)


def test_who_answers_for_a_service_does_not_consent_to_its_rotation() -> None:
    org = stewarded(services={"robot": ("sam", [])})
    of = org.open("robot", rotation("robot", next_key("robot").public.text))

    with refused("self-approval", "sam answers for a service"):
        org.approve("sam", of, "steward")


def test_who_is_stopped_rotates_nothing() -> None:
    org = stewarded()
    of = asked(org)
    stop(org, "omar", "dana")

    with refused("signer-stopped"):
        org.enact("dana", of)


def test_the_key_of_before_only_stops_its_owner() -> None:
    org = stewarded()
    old = rotate(org, "dana")
    of = org.open("frank")

    with refused("key-retired"):
        org.act(
            "dana",
            lambda s, by, at: approval.reject(
                s, by=by, at=at, proposal=of, role="data-owner", reason="no"
            ),
            key=old,
        )
    with refused("key-retired"):
        stop(org, "dana", "omar", key=old)
    stop(org, "dana", "dana", key=old)

    with refused("signer-stopped", "dana is stopped"):
        org.approve("dana", of, "data-owner")


def test_a_retired_key_forces_nothing_into_the_ledger() -> None:
    org = stewarded()
    of = org.open("frank")
    org.approve("dana", of, "data-owner")
    approved = event_of(org.judged[-1])
    old = rotate(org, "dana")
    revise(org, "frank", of, change())

    assert finding(org.force("dana", approved, key=old)) == "key-retired"
    assert look(org, of).approvals == ()


def test_approvals_given_with_the_old_key_stand() -> None:
    org = stewarded()
    of = org.open("frank")
    org.approve("dana", of, "data-owner")

    rotate(org, "dana")

    assert [one.signer for one in look(org, of).approvals] == ["dana"]
    with refused("already-approved", "dana has approved #1"):
        org.approve("dana", of, "data-owner")


def test_one_key_waits_at_a_time() -> None:
    org = stewarded()
    named(org)

    with refused("key-pending", "another key of dana waits to be accepted"):
        org.open("dana", rotation("dana", next_key("dana", 3).public.text))


def test_of_two_rotations_the_second_is_not_enacted() -> None:
    org = stewarded()
    late = consented(org, rotation("dana", next_key("dana", 3).public.text), by="dana")
    named(org)

    with refused("key-pending"):
        org.enact("dana", late)
    org.accept("dana", next_key("dana"))
    with refused("base-moved", "the signer dana has changed"):
        org.enact("dana", late)


def test_a_key_that_was_not_accepted_in_time_makes_room_and_the_present_one_stays() -> None:
    org = stewarded()
    named(org)
    pending = org.signer("dana").pending
    assert pending is not None

    org.now = pending.named_time + ACCEPT_WITHIN - 1
    with refused("naming-lapsed"):
        org.accept("dana", next_key("dana"))
    org.keys["dana"] = unsafe_key("dana")
    rotate(org, "dana", 3)

    late = SignerAccepted(signer="dana", named_by=pending.named_by)
    assert finding(org.force("dana", late, key=next_key("dana"))) == "already-accepted"
    current = org.signer("dana").current
    assert current is not None
    assert current.id == next_key("dana", 3).public.id


def test_a_key_that_lapsed_is_named_again_for_the_same_signer() -> None:
    org = stewarded()
    named(org)
    org.now += ACCEPT_WITHIN

    named(org)
    org.accept("dana", next_key("dana"))

    current = org.signer("dana").current
    assert current is not None
    assert current.id == next_key("dana").public.id
    assert rows(org.replayed()) == rows(org.standing)


def test_who_has_not_accepted_yet_has_no_key_to_rotate() -> None:
    org = stewarded()
    carried(org, enrolment("zoe"))

    with refused("no-current-key", "zoe has no accepted key"):
        org.open("frank", rotation("zoe", next_key("zoe").public.text))


def test_nobody_rotates_a_signer_who_is_not() -> None:
    org = stewarded()

    with refused("unknown-signer", "nobody is not a signer"):
        org.open("frank", rotation("nobody", next_key("nobody").public.text))


def test_a_key_may_be_rotated_again_and_again() -> None:
    org = stewarded()
    keys = [rotate(org, "dana", number) for number in (2, 3, 4)]

    state = org.signer("dana")
    assert [key.id for key in state.keys[:-1]] == [key.public.id for key in keys]
    assert [key.ended_at for key in state.keys[:-1]] == [key.accepted_at for key in state.keys[1:]]
    assert org.standing.owner_of(keys[0].public.id) == state


def test_a_rotation_to_another_key_than_was_approved_is_a_finding() -> None:
    org = stewarded()
    of = asked(org)
    event = SignerRotated(
        proposal=of,
        review=look(org, of).review_digest,
        signer="dana",
        key=unsafe_key("thief").public.text,
    )

    assert finding(org.force("dana", event)) == "event-differs"
    assert org.signer("dana").pending is None


def test_a_rotation_without_consent_is_a_finding() -> None:
    org = stewarded()
    of = org.open("dana", rotation("dana", next_key("dana").public.text))
    event = SignerRotated(
        proposal=of,
        review=look(org, of).review_digest,
        signer="dana",
        key=next_key("dana").public.text,
    )

    assert finding(org.force("dana", event)) == "not-ready"
    assert org.signer("dana").pending is None
