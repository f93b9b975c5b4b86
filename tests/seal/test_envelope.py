"""The envelope: sealed once, examined without trust, respelled never."""

import pickle
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import AssentError, BadInput, Refused
from ledger.model.canonical import JsonValue, encode
from ledger.seal.envelope import (
    LIMIT,
    examine,
    examine_many,
    export,
    join,
    parts,
    peek_unverified,
    seal,
    to_sign,
)
from ledger.seal.keys import ED25519, P256
from ledger.seal.merkle import leaf_hash
from ledger.seal.private_keys import SigningKey, generate
from ledger.seal.sshsig import HASH_ALGORITHM, NAMESPACE, SshSignature, pack_strings, signed_data

ADA = generate(b"\x01" * 32)
BOB = generate(b"\x02" * 32, P256)
KEYS = {ED25519: ADA, P256: BOB}


def payload_of(key: SigningKey, **more: JsonValue) -> bytes:
    return encode({"at": "2026-11-21T07:41:26Z", "by": {"key": key.public.id}, **more})


def lines(payload: bytes, blob: bytes) -> bytes:
    return payload + b"\n" + b64encode(blob) + b"\n"


SEALED = {name: seal(payload_of(key, note="é"), key) for name, key in KEYS.items()}


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_was_sealed_is_found_sound(algorithm: str) -> None:
    raw, key = SEALED[algorithm], KEYS[algorithm]
    found = examine(raw)

    assert found.fault is None
    assert found.payload == payload_of(key, note="é") == peek_unverified(raw)
    assert found.key == key.public.id
    assert found.leaf == leaf_hash(raw)


@pytest.mark.parametrize("algorithm", KEYS)
def test_flipping_any_bit_of_an_envelope_breaks_its_seal(algorithm: str) -> None:
    raw = SEALED[algorithm]
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8

        assert examine(bytes(flipped)).fault is not None, f"bit {bit}"


@pytest.mark.parametrize("algorithm", KEYS)
def test_cutting_an_envelope_anywhere_breaks_its_seal(algorithm: str) -> None:
    raw = SEALED[algorithm]
    for size in range(len(raw)):
        assert examine(raw[:size]).fault is not None, f"the first {size} bytes"


@given(st.binary(max_size=300))
def test_examining_never_raises(raw: bytes) -> None:
    assert examine(raw).fault is not None
    assert examine(raw).leaf == leaf_hash(raw)


@given(st.binary(max_size=120), st.binary(max_size=120))
def test_examining_never_raises_on_two_lines_either(payload: bytes, blob: bytes) -> None:
    assert examine(lines(payload, blob)).fault is not None


def blob_of(raw: bytes) -> SshSignature:
    return SshSignature.parse(parts(raw)[1])


def signed_for(
    namespace: str = NAMESPACE, hash_name: str = HASH_ALGORITHM, relabelled: str | None = None
) -> bytes:
    """An envelope of Ada's, signed in a frame that is not (or claims to be) ours."""
    payload = payload_of(ADA)
    signature = ADA.sign(signed_data(payload, namespace, hash_name))
    label = namespace if relabelled is None else relabelled
    return lines(payload, SshSignature(ADA.public.blob, label, hash_name, signature).pack())


def without_frame() -> bytes:
    """A signature over the bare payload, as another protocol might ask a key to make."""
    payload = payload_of(ADA)
    made = SshSignature(ADA.public.blob, NAMESPACE, HASH_ALGORITHM, ADA.sign(payload))
    return lines(payload, made.pack())


def under_another_key() -> bytes:
    """Ada's payload and name, with a proper signature of Bob's."""
    payload = payload_of(ADA)
    blob = SshSignature(BOB.public.blob, NAMESPACE, HASH_ALGORITHM, BOB.sign(to_sign(payload)))
    return lines(payload, blob.pack())


def under_a_weak_key() -> bytes:
    """The key of order 1 and the constant that fits every message."""
    point = b"\x01" + bytes(31)
    key = pack_strings(ED25519.encode(), point)
    constant = pack_strings(ED25519.encode(), point + bytes(32))
    blob = SshSignature(key, NAMESPACE, HASH_ALGORITHM, constant).pack()
    return lines(payload_of(ADA), blob)


def under_a_type_not_taken() -> bytes:
    name = b"ssh-ed25519-cert-v01@openssh.com"
    key = pack_strings(name, bytes(32), ADA.public.blob[-32:])
    blob = SshSignature(key, NAMESPACE, HASH_ALGORITHM, pack_strings(name, bytes(64))).pack()
    return lines(payload_of(ADA), blob)


def key_swapped() -> bytes:
    """Ada's signature in a blob that names another key."""
    other = generate(b"\x03" * 32).public
    signature = blob_of(SEALED[ED25519]).signature
    return lines(
        payload_of(ADA), SshSignature(other.blob, NAMESPACE, HASH_ALGORITHM, signature).pack()
    )


RAW = SEALED[ED25519]
PAYLOAD, BLOB = parts(RAW)
ATTACKS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not-two-lines"),
    "one line": (PAYLOAD + b"\n", "not-two-lines"),
    "no last newline": (RAW[:-1], "not-two-lines"),
    "three lines": (RAW + b"\n", "not-two-lines"),
    "a third line without a newline": (RAW + b"x", "not-two-lines"),
    "carriage returns": (RAW.replace(b"\n", b"\r\n"), "signature-base64"),
    "no signature": (PAYLOAD + b"\n\n", "signature-base64"),
    "a space in the signature": (RAW[:-1] + b" \n", "signature-base64"),
    "padding that is not needed": (RAW[:-1] + b"=\n", "signature-base64"),
    "the other base64": (PAYLOAD + b"\n" + b"-_-_" * 20 + b"\n", "signature-base64"),
    "too large": (b"a" * (LIMIT + 1), "too-large"),
    "a blob that is none": (lines(PAYLOAD, b"rubbish"), "malformed-blob"),
    "a byte behind the blob": (lines(PAYLOAD, BLOB + b"\x00"), "malformed-blob"),
    "a payload that is not canonical": (RAW.replace(b'{"at"', b'{ "at"'), "not-canonical"),
    "a payload with a float": (lines(b'{"a":0.5}', BLOB), "not-an-integer"),
    "a payload with a duplicate": (lines(b'{"a":1,"a":1}', BLOB), "duplicate-key"),
    "an edited payload": (RAW.replace(b"2026", b"2027"), "bad-signature"),
    "signed for git": (signed_for("git"), "other-namespace"),
    "signed for a file": (signed_for("file"), "other-namespace"),
    "signed for no namespace": (signed_for(""), "other-namespace"),
    "signed for the next version": (signed_for("entry.v2@assent"), "other-namespace"),
    "signed for git, relabelled": (signed_for("git", relabelled=NAMESPACE), "bad-signature"),
    "signed over sha256": (signed_for(NAMESPACE, "sha256"), "other-hash"),
    "signed without a frame": (without_frame(), "bad-signature"),
    "another signer's key": (under_another_key(), "other-key"),
    "another key in the blob": (key_swapped(), "bad-signature"),
    "a weak key": (under_a_weak_key(), "weak-key"),
    "a type of key not taken": (under_a_type_not_taken(), "unsupported-key-type"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_examining_finds(attack: str) -> None:
    raw, code = ATTACKS[attack]
    fault = examine(raw).fault

    assert fault is not None
    assert fault[0] == code


@pytest.mark.parametrize("payload", [b"[]", b"null", b"{}", b'{"by":[]}', b'{"by":{"key":null}}'])
def test_a_sound_signature_over_a_payload_without_a_name_is_a_fault(payload: bytes) -> None:
    blob = SshSignature(ADA.public.blob, NAMESPACE, HASH_ALGORITHM, ADA.sign(to_sign(payload)))

    assert examine(lines(payload, blob.pack())).fault == (
        "other-key",
        f"by.key does not name {ADA.public.id}, the key that signs",
    )


def test_sealing_refuses_a_payload_that_names_another_key() -> None:
    with pytest.raises(Refused, match=r"by\.key does not name"):
        seal(payload_of(BOB), ADA)


def test_sealing_refuses_what_is_not_canonical() -> None:
    with pytest.raises(BadInput, match="canonical form"):
        seal(payload_of(ADA) + b"\n", ADA)


def test_sealing_refuses_what_would_be_too_large() -> None:
    room = LIMIT - len(seal(payload_of(ADA, note=""), ADA))

    assert len(seal(payload_of(ADA, note="a" * room), ADA)) == LIMIT
    with pytest.raises(BadInput, match=f"of {LIMIT + 1} bytes"):
        seal(payload_of(ADA, note="a" * (room + 1)), ADA)


def test_another_hand_can_sign_what_is_to_be_signed() -> None:
    """The way of an agent or a hardware key: bytes out, signature in."""
    payload = payload_of(ADA)

    assert join(payload, ADA.public, ADA.sign(to_sign(payload))) == seal(payload, ADA)


def test_peeking_says_nothing_about_truth() -> None:
    assert peek_unverified(b"anything\nat all\n") == b"anything"
    with pytest.raises(AssentError, match="two lines"):
        peek_unverified(b"anything")


def test_exported_bytes_are_the_stored_bytes() -> None:
    entry, armored = export(RAW)

    assert entry == RAW
    assert armored.startswith("-----BEGIN SSH SIGNATURE-----\n")


def test_findings_travel_between_processes() -> None:
    found = examine_many([*SEALED.values(), b""])

    assert [one.fault is None for one in found] == [True, True, False]
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
