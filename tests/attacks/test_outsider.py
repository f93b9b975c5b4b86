"""An outsider with the log and keys of their own: whatever they sign, it places nothing.

Weak keys, schemes confused with one another, and signatures made for something else.
"""

from base64 import b64encode
from functools import cache

import pytest
from nacl import bindings as sodium

from ledger.model.canonical import encode
from ledger.seal.envelope import parts, seal, to_sign
from ledger.seal.keys import ED25519, P256, SK_ED25519
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import (
    HASH_ALGORITHM,
    NAMESPACE,
    SshSignature,
    pack_strings,
    signed_data,
    split_strings,
)
from tests.acts import prepared
from tests.attacks.forging import (
    Forgery,
    erin,
    forged,
    honest,
    payload_of,
    put,
    sign,
    stopped_at,
    with_blob,
)
from tests.attacks.trying import aside
from tests.organisation import Organisation, unsafe_key
from tests.roster import enrolment, finding, stewarded
from tests.seal.authenticator import UnsafeAuthenticator

LOW_ORDER = bytes([1]) + bytes(31)
TWO_TORSION = bytes.fromhex("ec" + "ff" * 30 + "7f")
EIGHT_TORSION = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


@cache
def _made() -> Organisation:
    return prepared()[0]


@pytest.fixture
def org() -> Organisation:
    """A ledger to which only a start is missing, signed once for all of these."""
    return aside(_made())


# Keys that the ledger does not know, or that nobody should ever know


def key_of_nobody(org: Organisation) -> bytes:
    stranger = unsafe_key("stranger")
    payload = honest(org)
    put("by", "key", value=stranger.public.id)(payload)
    return seal(encode(payload), stranger)


def key_of_nobody_in_the_name_of_erin(org: Organisation) -> bytes:
    stranger = unsafe_key("stranger")
    payload = payload_of(org)
    made = SshSignature(
        stranger.public.blob, NAMESPACE, HASH_ALGORITHM, stranger.sign(to_sign(payload))
    )
    return with_blob(payload, made.pack())


def _under_point(org: Organisation, point: bytes, signature: bytes) -> bytes:
    key = pack_strings(ED25519.encode(), point)
    proper = pack_strings(ED25519.encode(), signature)
    made = SshSignature(key, NAMESPACE, HASH_ALGORITHM, proper)
    return with_blob(payload_of(org), made.pack())


def key_of_low_order_whose_signature_fits_everything(org: Organisation) -> bytes:
    return _under_point(org, LOW_ORDER, LOW_ORDER + bytes(32))


def key_that_is_not_canonical(org: Organisation) -> bytes:
    return _under_point(org, (2**255 - 19 + 1).to_bytes(32, "little"), LOW_ORDER + bytes(32))


def key_of_mixed_order(org: Organisation) -> bytes:
    """Erin's key plus a point of order two: half of her own signatures would fit it."""
    mixed = sodium.crypto_core_ed25519_add(erin(org)[-32:], TWO_TORSION)
    return _under_point(org, mixed, split_strings(sign(org, to_sign(payload_of(org))), 2)[1])


def key_of_order_eight_times_the_prime(org: Organisation) -> bytes:
    mixed = sodium.crypto_core_ed25519_add(erin(org)[-32:], EIGHT_TORSION)
    return _under_point(org, mixed, split_strings(sign(org, to_sign(payload_of(org))), 2)[1])


# Schemes confused with one another


def signature_of_another_scheme(org: Organisation) -> bytes:
    other = generate(b"\x07" * 32, P256)
    payload = payload_of(org)
    made = SshSignature(erin(org), NAMESPACE, HASH_ALGORITHM, other.sign(to_sign(payload)))
    return with_blob(payload, made.pack())


def signature_that_says_another_scheme(org: Organisation) -> bytes:
    payload = payload_of(org)
    proper = split_strings(sign(org, to_sign(payload)), 2)[1]
    relabelled = pack_strings(P256.encode(), proper)
    return with_blob(payload, SshSignature(erin(org), NAMESPACE, HASH_ALGORITHM, relabelled).pack())


def key_that_says_another_scheme(org: Organisation) -> bytes:
    payload = payload_of(org)
    key = pack_strings(P256.encode(), erin(org)[-32:])
    proper = split_strings(sign(org, to_sign(payload)), 2)[1]
    relabelled = pack_strings(P256.encode(), proper)
    return with_blob(payload, SshSignature(key, NAMESPACE, HASH_ALGORITHM, relabelled).pack())


def plain_key_that_says_it_is_hardware(org: Organisation) -> bytes:
    """The curve is the same; what is signed is not."""
    payload = payload_of(org)
    key = pack_strings(SK_ED25519.encode(), erin(org)[-32:], b"ssh:")
    proper = split_strings(sign(org, to_sign(payload)), 2)[1]
    relabelled = pack_strings(SK_ED25519.encode(), proper) + b"\x01" + bytes(4)
    return with_blob(payload, SshSignature(key, NAMESPACE, HASH_ALGORITHM, relabelled).pack())


def token_that_nobody_touched(org: Organisation) -> bytes:
    device = UnsafeAuthenticator(flags=0)
    payload = honest(org)
    put("by", "key", value=device.public.id)(payload)
    line = encode(payload)
    made = SshSignature(device.public.blob, NAMESPACE, HASH_ALGORITHM, device.sign(to_sign(line)))
    return with_blob(line, made.pack())


def type_of_key_that_is_not_taken(org: Organisation) -> bytes:
    payload = payload_of(org)
    key = pack_strings(b"ssh-rsa", b"\x03", b"\x00" + b"\xff" * 256)
    proper = pack_strings(b"ssh-rsa", b"\x01" * 256)
    return with_blob(payload, SshSignature(key, NAMESPACE, HASH_ALGORITHM, proper).pack())


# Signatures that their owner made for something else


def _made_for(
    org: Organisation, namespace: str, label: str | None = None, hashed: str = HASH_ALGORITHM
) -> bytes:
    payload = payload_of(org)
    signature = sign(org, signed_data(payload, namespace, hashed))
    label = namespace if label is None else label
    return with_blob(payload, SshSignature(erin(org), label, hashed, signature).pack())


def made_for_a_file(org: Organisation) -> bytes:
    return _made_for(org, "file")


def made_for_git(org: Organisation) -> bytes:
    return _made_for(org, "git")


def made_for_a_checkpoint(org: Organisation) -> bytes:
    return _made_for(org, "checkpoint.v1@assent")


def made_for_git_and_relabelled(org: Organisation) -> bytes:
    return _made_for(org, "git", NAMESPACE)


def made_for_a_checkpoint_and_relabelled(org: Organisation) -> bytes:
    return _made_for(org, "checkpoint.v1@assent", NAMESPACE)


def made_for_no_purpose(org: Organisation) -> bytes:
    return _made_for(org, "")


def made_over_a_shorter_hash(org: Organisation) -> bytes:
    return _made_for(org, NAMESPACE, hashed="sha256")


def made_over_the_bare_line(org: Organisation) -> bytes:
    """As a protocol without a frame would have a key sign it."""
    payload = payload_of(org)
    made = SshSignature(erin(org), NAMESPACE, HASH_ALGORITHM, sign(org, payload))
    return with_blob(payload, made.pack())


def made_over_another_entry(org: Organisation) -> bytes:
    other = forged(org, put("event", "text", value="another"))
    return with_blob(payload_of(org), parts(other)[1])


FORGERIES: dict[Forgery, str] = {
    key_of_nobody: "unknown-key",
    key_of_nobody_in_the_name_of_erin: "other-key",
    key_of_low_order_whose_signature_fits_everything: "weak-key",
    key_that_is_not_canonical: "weak-key",
    key_of_mixed_order: "weak-key",
    key_of_order_eight_times_the_prime: "weak-key",
    signature_of_another_scheme: "algorithm-mismatch",
    signature_that_says_another_scheme: "algorithm-mismatch",
    key_that_says_another_scheme: "malformed-blob",
    plain_key_that_says_it_is_hardware: "bad-signature",
    token_that_nobody_touched: "no-user-presence",
    type_of_key_that_is_not_taken: "unsupported-key-type",
    made_for_a_file: "other-namespace",
    made_for_git: "other-namespace",
    made_for_a_checkpoint: "other-namespace",
    made_for_git_and_relabelled: "bad-signature",
    made_for_a_checkpoint_and_relabelled: "bad-signature",
    made_for_no_purpose: "other-namespace",
    made_over_a_shorter_hash: "other-hash",
    made_over_the_bare_line: "bad-signature",
    made_over_another_entry: "bad-signature",
}


@pytest.mark.parametrize(
    ("forgery", "rule"), FORGERIES.items(), ids=[one.__name__ for one in FORGERIES]
)
def test_what_an_outsider_puts_in_places_nothing(
    org: Organisation, forgery: Forgery, rule: str
) -> None:
    assert stopped_at(org, forgery(org)) == rule


@pytest.mark.parametrize("point", [LOW_ORDER, TWO_TORSION, EIGHT_TORSION], ids=bytes.hex)
def test_a_weak_key_is_not_even_asked_for(point: bytes) -> None:
    """Whoever has one signed for everything at once: it is refused before anybody consents."""
    org = stewarded()
    twin = aside(org)
    twin.open("frank", enrolment("nora"))
    line = parts(twin.envelopes[-1])[0]
    known, weak = unsafe_key("nora").public.blob, pack_strings(ED25519.encode(), point)
    asked = line.replace(b64encode(known), b64encode(weak))
    assert asked != line

    judged = org.smuggle(seal(asked, org.keys["frank"]))

    assert finding(judged) == "weak-key"
    assert not judged.admitted
