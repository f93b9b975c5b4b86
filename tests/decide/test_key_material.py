"""Key material is named once per ledger, however it is written and whoever had it."""

from base64 import b64encode

import pytest

from ledger.decide.naming import ACCEPT_WITHIN, plain_key
from ledger.model.effects import EnrolmentEffect
from ledger.model.events import SignerAccepted, SignerEnrolled, SignerRotated
from ledger.seal.keys import P256, SK_ED25519, SK_P256
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import pack_strings
from tests.acts import look, refused
from tests.organisation import Organisation, unsafe_key
from tests.roster import (
    carried,
    consented,
    enrol,
    enrolment,
    finding,
    next_key,
    rotate,
    rotation,
    stewarded,
    stop,
)
from tests.seal.authenticator import UnsafeAuthenticator

DEVICES = [
    UnsafeAuthenticator(SK_ED25519),
    UnsafeAuthenticator(SK_P256),
]

BOTH_CURVES = pytest.mark.parametrize("device", DEVICES, ids=("ed25519", "p256"))

IN_HARDWARE = UnsafeAuthenticator(SK_ED25519, secret=unsafe_key("frank").secret)
"""A security key that holds the very key that frank has in a file."""


def with_key(name: str, key: str) -> EnrolmentEffect:
    """A request that *name* may sign with *key*."""
    return enrolment(name, key=key)


@pytest.mark.parametrize("owner", ["sam", "frank", "robot"])
def test_a_key_in_use_is_nobody_elses(owner: str) -> None:
    org = stewarded(services={"robot": ("rita", [])})

    with refused("key-known", f"was named before: for {owner}"):
        org.open("dana", with_key("zoe", unsafe_key(owner).public.text))
    with refused("key-known"):
        org.open("dana", rotation("dana", unsafe_key(owner).public.text))


def test_a_key_in_use_does_not_take_its_own_place() -> None:
    org = stewarded()

    with refused("key-known", "for dana"):
        org.open("dana", rotation("dana", unsafe_key("dana").public.text))


def test_a_retired_key_comes_back_for_nobody() -> None:
    org = stewarded()
    old = rotate(org, "dana")

    with refused("key-known", "for dana"):
        org.open("dana", rotation("dana", old.public.text))
    with refused("key-known", "for dana"):
        org.open("frank", with_key("zoe", old.public.text))


def test_the_key_of_somebody_who_was_stopped_comes_back_for_nobody() -> None:
    org = stewarded()
    stop(org, "omar", "frank")

    with refused("key-known"):
        org.open("dana", with_key("frank", unsafe_key("frank").public.text))


def test_a_key_that_waits_to_be_accepted_is_nobody_elses() -> None:
    org = stewarded()
    carried(org, enrolment("zoe"))
    carried(org, rotation("dana", next_key("dana").public.text), by="dana", enactor="dana")

    for key, owner in ((unsafe_key("zoe"), "zoe"), (next_key("dana"), "dana")):
        with refused("key-known", f"for {owner}"):
            org.open("frank", with_key("yan", key.public.text))


def test_a_key_whose_naming_lapsed_is_free_for_whom_it_was_named_and_nobody_else() -> None:
    org = stewarded()
    carried(org, enrolment("zoe"))
    org.now += ACCEPT_WITHIN

    with refused("key-known", "for zoe"):
        org.open("frank", with_key("yan", unsafe_key("zoe").public.text))
    with refused("key-known", "for zoe"):
        org.open("dana", rotation("dana", unsafe_key("zoe").public.text))
    carried(org, enrolment("zoe"))
    org.accept("zoe", unsafe_key("zoe"))


def test_a_key_that_was_accepted_and_then_replaced_never_lapses_into_freedom() -> None:
    org = stewarded()
    enrol(org, "zoe")
    stop(org, "omar", "zoe")
    org.now += 2 * ACCEPT_WITHIN

    with refused("key-known"):
        org.open("frank", with_key("zoe", unsafe_key("zoe").public.text))


@BOTH_CURVES
def test_a_key_in_a_file_and_one_in_hardware_are_one_where_the_point_is_one(
    device: UnsafeAuthenticator,
) -> None:
    org = stewarded()
    carried(org, with_key("zoe", device.inside.public.text))

    with refused("key-known", "for zoe"):
        org.open("frank", with_key("yan", device.public.text))
    with refused("key-known", "for zoe"):
        org.open("dana", rotation("dana", device.public.text))


@BOTH_CURVES
def test_a_key_in_hardware_is_one_whatever_application_it_is_for(
    device: UnsafeAuthenticator,
) -> None:
    org = stewarded()
    other = UnsafeAuthenticator(device.algorithm, application=b"ssh:another")
    assert device.public.id != other.public.id
    carried(org, with_key("zoe", device.public.text))

    for key in (other.public, device.inside.public):
        with refused("key-known", "for zoe"):
            org.open("frank", with_key("yan", key.text))


def test_the_key_of_the_founding_comes_back_in_no_other_spelling() -> None:
    org = stewarded()

    with refused("key-known", "for frank"):
        org.open("dana", with_key("zoe", IN_HARDWARE.public.text))


def test_a_key_that_lapsed_may_come_back_in_another_spelling_for_the_same_signer() -> None:
    """Then its naming in the first spelling can be accepted no more."""
    org = stewarded()
    device = DEVICES[0]
    carried(org, with_key("zoe", device.inside.public.text))
    first = org.signer("zoe").keys[0]
    org.now += ACCEPT_WITHIN
    carried(org, with_key("zoe", device.public.text))

    late = SignerAccepted(signer="zoe", named_by=first.named_by)
    assert finding(org.force("zoe", late, key=device.inside)) == "not-the-named-key"
    with refused("key-known", "for zoe"):
        org.open("frank", with_key("yan", device.inside.public.text))


def test_two_proposals_with_one_key_in_two_spellings_enrol_once() -> None:
    org = stewarded()
    device = DEVICES[0]
    late = consented(org, with_key("yan", device.public.text))
    carried(org, with_key("zoe", device.inside.public.text))

    with refused("key-known", "for zoe"):
        org.enact("omar", late)


@pytest.mark.parametrize(
    "text",
    [
        unsafe_key("zoe").public.text + " zoe@laptop",
        " " + unsafe_key("zoe").public.text,
        unsafe_key("zoe").public.text + "\n",
    ],
    ids=["commented", "indented", "a line"],
)
def test_a_key_is_named_in_its_plain_form_only(text: str) -> None:
    with refused("key-form", "the key of zoe is not in its plain form"):
        plain_key("zoe", text)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "weak-key",
        ),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7", "unsupported-key-type"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", "malformed-blob"),
        ("ssh-ed25519 AAAAAAAAAAAAAAAAAAAA", "malformed-key"),
        ("ecdsa-sha2-nistp256 " + unsafe_key("zoe").public.text.split()[1], "malformed-key"),
    ],
    ids=["weak", "rsa", "short", "empty", "mistyped"],
)
def test_what_is_no_sound_key_is_not_even_proposed(key: str, code: str) -> None:
    org = stewarded()

    with refused(code):
        org.open("frank", with_key("zoe", key))
    with refused(code):
        org.open("dana", rotation("dana", key))


def test_a_point_of_low_order_is_weak_in_hardware_too() -> None:
    blob = pack_strings(SK_ED25519.encode(), bytes(32), b"ssh:")
    org = stewarded()

    with refused("weak-key"):
        org.open("frank", with_key("zoe", f"{SK_ED25519} {b64encode(blob).decode()}"))


@BOTH_CURVES
def test_who_signs_with_hardware_is_enrolled_and_approves(device: UnsafeAuthenticator) -> None:
    org = stewarded()
    enrol(org, "zoe", ["model-owner"], key=device)
    of = org.open("frank")

    org.approve("zoe", of, "model-owner")

    assert [one.signer for one in look(org, of).approvals] == ["zoe"]


def test_nobody_accepts_with_a_security_key_that_was_not_touched() -> None:
    org = stewarded()
    untouched = UnsafeAuthenticator(SK_ED25519, flags=0)
    carried(org, with_key("zoe", untouched.public.text))

    judged = org.accept("zoe", untouched)

    assert finding(judged) == "no-user-presence"
    assert org.signer("zoe").current is None


def test_a_p256_key_is_one_key_like_any_other() -> None:
    key = generate(bytes(range(1, 33)), P256)
    org = stewarded()
    enrol(org, "zoe", key=key)

    with refused("key-known", "for zoe"):
        org.open("dana", rotation("dana", key.public.text))


def test_a_forged_entry_that_names_a_known_key_is_a_finding() -> None:
    """Consent does not help: the key is asked for again when it is named."""
    org = Organisation()
    root = (("alice", "root"), ("bob", "root"))
    twin = UnsafeAuthenticator(SK_ED25519, secret=unsafe_key("zoe").secret)
    late = consented(org, with_key("yan", twin.public.text), approvals=root)
    turn = consented(org, rotation("erin", twin.public.text), by="erin", approvals=root)
    org.keys["zoe"] = unsafe_key("zoe")
    carried(org, enrolment("zoe"), approvals=root)

    enrolled = SignerEnrolled(
        proposal=late,
        review=look(org, late).review_digest,
        signer="yan",
        signer_kind="person",
        accountable=None,
        key=twin.public.text,
        roles=(),
    )
    rotated = SignerRotated(
        proposal=turn, review=look(org, turn).review_digest, signer="erin", key=twin.public.text
    )

    assert finding(org.force("omar", enrolled)) == "key-known"
    assert finding(org.force("erin", rotated)) == "key-known"
    assert org.standing.signer("yan") is None
    assert org.signer("erin").pending is None
