"""Vectors, malleable signatures and weak keys: both verifiers draw the line in one place."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import pytest

from ledger.model.canonical import encode
from ledger.seal.envelope import examine, join, parts, to_sign
from ledger.seal.keys import SK_ED25519, SK_P256, public_key_from_blob
from ledger.seal.sshsig import pack_strings, split_strings
from tests.organisation import unsafe_key
from tests.reference import verifier
from tests.reference.compared import JSON_CODES, code_of, plain, rule_of
from tests.reference.second_payload import read_json
from tests.reference.second_signature import ORDER, check_key, on_25519, plus, times
from tests.seal.authenticator import UnsafeAuthenticator

VECTORS = Path(__file__).parents[1] / "vectors"

pytestmark = pytest.mark.needs("ssh-keygen")


def vectors(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).glob("*.json"))
    return [pytest.param(json.loads(file.read_bytes()), id=file.stem) for file in files]


@pytest.mark.parametrize("probe", vectors("canonical"))
def test_canonical_vectors_give_what_they_state_here_too(probe: dict[str, Any]) -> None:
    rule = rule_of(lambda: read_json(b64decode(probe["input"])))

    assert (rule is None) == (probe["want_error"] is None)
    assert rule is None or rule in JSON_CODES


@pytest.mark.parametrize("probe", vectors("envelope"))
def test_envelope_vectors_give_what_they_state_here_too(probe: dict[str, Any]) -> None:
    """The sound ones hold no entry: only their last check, that of the fields, fails."""
    rule = rule_of(lambda: verifier.parse(b64decode(probe["envelope"])))

    assert plain(rule) == plain(probe["want_error"] or "malformed")


def both(raw: bytes) -> tuple[str | None, str | None]:
    """What the second verifier and :func:`examine` say of an envelope that holds no entry."""
    fault = examine(raw).fault
    return rule_of(lambda: verifier.parse(raw)), "malformed" if fault is None else fault[0]


def with_numbers(raw: bytes, change_numbers: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """An envelope with the numbers r and s of its P-256 signature changed."""
    payload, blob = parts(raw)
    key, namespace, reserved, hashed, signature = split_strings(blob[10:], 5)
    kind, proper = split_strings(signature, 2)
    proper = pack_strings(*change_numbers(split_strings(proper, 2)))
    signature = pack_strings(kind, proper)
    blob = blob[:10] + pack_strings(key, namespace, reserved, hashed, signature)
    return payload + b"\n" + b64encode(blob) + b"\n"


@pytest.mark.parametrize(
    "kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256"]
)
def test_a_blob_with_any_one_byte_changed_added_or_left_out_is_read_alike(kind: str) -> None:
    probe = json.loads((VECTORS / "envelope" / f"sound-{kind}.json").read_bytes())
    payload, blob = parts(b64decode(probe["envelope"]))
    blobs = [
        variant
        for at, byte in enumerate(blob)
        for variant in (
            blob[:at] + bytes([byte ^ (0x80 if at % 2 else 1)]) + blob[at + 1 :],
            blob[:at] + blob[at + 1 :],
        )
    ]
    blobs += [blob + b"\0", blob[:-1], blob.replace(b"entry.v1", b"entry.v2"), b"SSHSIG"]

    said = [both(payload + b"\n" + b64encode(variant) + b"\n") for variant in blobs]

    assert [pair for pair in said if pair[0] != pair[1]] == []
    assert {"malformed-blob", "algorithm-mismatch", "bad-signature"} <= {ours for ours, _ in said}


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def mpint(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def less(number: bytes) -> bytes:
    return mpint(P256_ORDER - int.from_bytes(number, "big"))


@pytest.mark.parametrize(
    ("numbers", "rule"),
    [
        (lambda rs: [rs[0], less(rs[1])], "malformed"),
        (lambda rs: [less(rs[0]), rs[1]], "bad-signature"),
        (lambda rs: [b"\0" + rs[0], rs[1]], "bad-signature"),
        (lambda rs: [b"", rs[1]], "bad-signature"),
        (lambda rs: [rs[0], b"\xff"], "bad-signature"),
        (lambda rs: [rs[0], mpint(int.from_bytes(rs[1], "big") + P256_ORDER)], "bad-signature"),
        (lambda rs: [*rs, b""], "bad-signature"),
    ],
    ids=["n - s", "n - r", "a zero in front", "no r", "negative", "s + n", "a third"],
)
def test_p256_signatures_are_read_alike(
    numbers: Callable[[list[bytes]], list[bytes]], rule: str
) -> None:
    probe = json.loads((VECTORS / "envelope" / "sound-ecdsa-sha2-nistp256.json").read_bytes())

    assert both(with_numbers(b64decode(probe["envelope"]), numbers)) == (rule, rule)


def test_a_signature_with_an_r_of_low_order_is_refused_by_both() -> None:
    """The equation holds and OpenSSH 9.2 takes it, so the page asks for more than that."""
    key = unsafe_key("alice")
    payload = encode({"by": {"key": key.public.id}})
    seed = sha512(sha256(b"unsafe test key of alice").digest()).digest()
    secret = int.from_bytes(seed[:32], "little") & ~7 & (2**254 - 1) | 2**254
    neutral = (1).to_bytes(32, "little")
    point = split_strings(key.public.blob, 2)[1]
    challenge = int.from_bytes(sha512(neutral + point + to_sign(payload)).digest(), "little")
    s = challenge * secret % ORDER
    assert times(s, on_25519(b"\x58" + b"\x66" * 31)) == times(challenge, on_25519(point))
    signature = pack_strings(b"ssh-ed25519", neutral + s.to_bytes(32, "little"))

    assert both(join(payload, key.public, signature)) == ("bad-signature", "bad-signature")


@pytest.mark.parametrize("order", [1, 2, 4, 8])
@pytest.mark.parametrize("mixed", [False, True])
def test_weak_keys_are_refused_alike(order: int, mixed: bool) -> None:  # noqa: FBT001 - a case
    """All multiples of a point of order 8, alone and added to an honest key."""
    honest = split_strings(unsafe_key("alice").public.blob, 2)[1]
    point = times(8 // order, point_of_order_8())
    if mixed:
        found = on_25519(honest)
        assert found is not None
        point = plus(point, found)
    encoded = (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")
    blob = pack_strings(b"ssh-ed25519", encoded)
    expected = None if mixed and order == 1 else "weak-key"

    assert rule_of(lambda: check_key(blob)) == expected
    assert code_of(lambda: public_key_from_blob(blob)) == expected


APPLICATIONS = [b"ssh:", b"ssh:desk", b"", b"ssh", b"https://example.org", b"ssh:\xff", b"ssh:\n"]
APPLICATIONS += [b"ssh:" + b"a" * size for size in (60, 61)]


@pytest.mark.parametrize("algorithm", [SK_ED25519, SK_P256])
@pytest.mark.parametrize("application", APPLICATIONS)
def test_keys_of_security_keys_are_read_alike(algorithm: str, application: bytes) -> None:
    device = UnsafeAuthenticator(algorithm, application=application)
    good = application in APPLICATIONS[:2] or application == APPLICATIONS[-2]
    blob = device.blob
    kind, *rest = split_strings(blob, 3 if algorithm == SK_ED25519 else 4)
    off = bytes([rest[-2][0]]) + bytes(len(rest[-2]) - 1)
    cases = [blob, blob + b"\0", pack_strings(kind, *rest[:-1]), pack_strings(kind, *rest, b"")]
    cases += [pack_strings(kind, *rest[:-2], off, rest[-1]), pack_strings(kind, *rest[::-1])]

    said = [
        (rule_of(partial(check_key, one)), code_of(partial(public_key_from_blob, one)))
        for one in cases
    ]

    assert [pair for pair in said if pair[0] != pair[1]] == []
    assert (said[0][0] is None) is good
    assert None not in {pair[0] for pair in said[1:]}


def point_of_order_8() -> tuple[int, int]:
    for y in range(2, 100):
        found = on_25519(y.to_bytes(32, "little"))
        small = times(ORDER, found)
        if times(4, small) != (0, 1):
            return small
    raise LookupError
