"""``verify.py`` reads bytes, keys, signatures and places as the page says: vectors and lies."""

import json
from base64 import b64decode
from collections.abc import Callable
from functools import partial
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any

import pytest

from cli.bundled import verify
from ledger.model.canonical import encode
from ledger.seal.envelope import join, parts, to_sign
from ledger.seal.keys import SK_ED25519, SK_P256, public_key_from_blob
from ledger.seal.sshsig import pack_strings, split_strings
from tests.organisation import PEOPLE, Organisation, unsafe_key
from tests.reference.bundles import refused_of, write_bundle
from tests.reference.compared import TAMPERS, code_of, resigned, seen
from tests.reference.lives import lived
from tests.reference.second_opinion import openssh, opinion, plain
from tests.seal.authenticator import UnsafeAuthenticator

pytestmark = pytest.mark.needs("ssh-keygen")
VECTORS = Path(__file__).parents[1] / "vectors"


def vectors(kind: str) -> list[Any]:
    files = sorted((VECTORS / kind).glob("*.json"))
    return [pytest.param(json.loads(file.read_bytes()), id=file.stem) for file in files]


def fault_of(check: Callable[[], object]) -> str | None:
    try:
        check()
    except verify.FaultError as fault:
        return str(fault)
    return None


@pytest.mark.parametrize("probe", vectors("canonical"))
def test_canonical_vectors_are_read_as_they_state(probe: dict[str, Any]) -> None:
    code = fault_of(lambda: verify.read_json(b64decode(probe["input"])))

    assert (code is None) == (probe["want_error"] is None)
    assert code is None or code in verify.JSON_CODES


@pytest.mark.parametrize("probe", vectors("envelope"))
def test_envelope_vectors_are_read_as_they_state(probe: dict[str, Any]) -> None:
    """The sound ones hold no entry: only their last check, that of the fields, fails."""
    read = verify.read_entry(b64decode(probe["envelope"]), openssh())

    assert isinstance(read, str)
    assert plain(read) == plain(probe["want_error"] or "malformed")


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def mpint(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        (lambda r, s: [r, mpint(P256_ORDER - int.from_bytes(s, "big"))], "malformed"),
        (lambda r, s: [b"\0" + r, s], "bad-signature"),
        (lambda _, s: [b"", s], "bad-signature"),
        (lambda r, _: [r, b"\xff"], "bad-signature"),
        (lambda r, s: [r, mpint(int.from_bytes(s, "big") + P256_ORDER)], "bad-signature"),
        (lambda r, s: [r, s, b""], "bad-signature"),
    ],
    ids=["n - s", "a zero in front", "no r", "negative", "s + n", "a third"],
)
def test_numbers_of_p256_signatures_are_the_shortest(
    numbers: Callable[[bytes, bytes], list[bytes]], said: str
) -> None:
    """A signature with n - s is as good, as the page says; then the fields are what is wrong."""
    probe = json.loads((VECTORS / "envelope" / "sound-ecdsa-sha2-nistp256.json").read_bytes())
    payload, blob = parts(b64decode(probe["envelope"]))
    *rest, signature = split_strings(blob[10:], 5)
    kind, proper = split_strings(signature, 2)
    signature = pack_strings(kind, pack_strings(*numbers(*split_strings(proper, 2))))
    blob = blob[:10] + pack_strings(*rest, signature)

    assert fault_of(lambda: openssh().check(payload, blob, verify.ENTRY)) == (
        None if said == "malformed" else said
    )


def test_an_r_of_low_order_is_refused_though_openssh_takes_it() -> None:
    key = unsafe_key("alice")
    payload = encode({"by": {"key": key.public.id}})
    seed = sha512(sha256(b"unsafe test key of alice").digest()).digest()
    secret = int.from_bytes(seed[:32], "little") & ~7 & (2**254 - 1) | 2**254
    neutral = (1).to_bytes(32, "little")
    point = split_strings(key.public.blob, 2)[1]
    challenge = int.from_bytes(sha512(neutral + point + to_sign(payload)).digest(), "little")
    s = challenge * secret % verify.ORDER
    signature = pack_strings(b"ssh-ed25519", neutral + s.to_bytes(32, "little"))

    read = verify.read_entry(join(payload, key.public, signature), openssh())

    assert read == "bad-signature"


@pytest.mark.parametrize("order", [1, 2, 4, 8])
@pytest.mark.parametrize("mixed", [False, True])
def test_keys_of_low_and_mixed_order_are_weak(order: int, mixed: bool) -> None:  # noqa: FBT001 - a case
    """All multiples of a point of order 8, alone and added to an honest key."""
    small = verify.decode_point(bytes.fromhex(ORDER_8))
    point = verify.multiple(8 // order, small)
    if mixed:
        honest = verify.decode_point(split_strings(unsafe_key("alice").public.blob, 2)[1])
        assert honest is not None
        point = verify.add(point, honest)
    encoded = (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")
    blob = pack_strings(b"ssh-ed25519", encoded)

    said = fault_of(lambda: verify.check_key(blob))

    assert said == (None if mixed and order == 1 else "weak-key")
    assert said == code_of(lambda: public_key_from_blob(blob))


ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
"""A point of order 8, as it is encoded (RFC 7748 and every library's list of weak keys)."""


@pytest.mark.parametrize(
    ("encoded", "why"),
    [
        ((2**255 - 18).to_bytes(32, "little"), "y is not below the prime"),
        (b"\x01" + bytes(30) + b"\x80", "x is zero and its sign is not"),
        ((2).to_bytes(32, "little"), "on the twist"),
    ],
)
def test_points_that_are_no_points_are_weak_keys(encoded: bytes, why: str) -> None:
    blob = pack_strings(b"ssh-ed25519", encoded)

    assert fault_of(lambda: verify.check_key(blob)) == "weak-key", why
    assert code_of(lambda: public_key_from_blob(blob)) == "weak-key"


@pytest.mark.parametrize("algorithm", [SK_ED25519, SK_P256])
@pytest.mark.parametrize(
    "application",
    [b"ssh:", b"ssh:desk", b"", b"https://example.org", b"ssh:\n", b"ssh:" + b"a" * 61],
)
def test_keys_of_security_keys_are_read_as_the_product_reads_them(
    algorithm: str, application: bytes
) -> None:
    blob = UnsafeAuthenticator(algorithm, application=application).blob
    kind, *rest = split_strings(blob, 3 if algorithm == SK_ED25519 else 4)
    off = bytes([rest[-2][0]]) + bytes(len(rest[-2]) - 1)
    cases = [blob, blob + b"\0", pack_strings(kind, *rest[:-1]), pack_strings(kind, *rest[::-1])]
    cases.append(pack_strings(kind, *rest[:-2], off, rest[-1]))

    said = [fault_of(partial(verify.check_key, one)) for one in cases]

    assert said == [code_of(partial(public_key_from_blob, one)) for one in cases]
    assert (said[0] is None) is (application in {b"ssh:", b"ssh:desk"})


def test_every_way_of_tampering_is_judged_as_replay_judges_it(tmp_path: Path) -> None:
    """Before the founding is complete, and amid the lives of keys: every rule of steps 1 to 6."""
    young = Organisation(accept=False)
    young.smuggle(TAMPERS["honest"](young, "frank", 0))
    for name in sorted(PEOPLE):
        if name != "rita":
            young.accept(name)
    young.smuggle(TAMPERS["honest"](young, "rita", 0))
    for way in TAMPERS.values():
        young.smuggle(way(young, "frank", 9))
    old = lived()
    for name in ("frank", "erin"):
        for way in TAMPERS.values():
            old.smuggle(way(old, name, 9))
    for number in range(5):
        old.smuggle(TAMPERS["back-dated"](old, "frank", number))
    for name in ("rita", "zed", "nora"):
        for lie in ("honest", "a stop of oneself", "a key not accepted yet", "an acceptance"):
            old.smuggle(TAMPERS[lie](old, name, 4))

    found = set()
    for number, org in enumerate((young, old)):
        refused = refused_of(org)
        write_bundle(tmp_path / str(number), org.id, org.envelopes, refused)
        told = opinion(tmp_path / str(number), org.id)
        assert told.found == {(at, plain(rule)) for at, rule in refused}
        found |= {rule for _, rule in refused}
    reached = {
        "unknown-key", "key-owner", "wrong-ledger", "out-of-place", "wrong-stream",
        "seen-mismatch", "seen-stale", "back-dated", "founding-incomplete", "not-accepted",
        "key-retired", "not-two-lines", "malformed",
    }  # fmt: skip
    assert found >= reached


def test_who_looked_4096_entries_ago_is_taken_and_who_looked_before_that_is_not(
    tmp_path: Path,
) -> None:
    org = Organisation()
    org.open("frank")
    for _ in range(verify.BEHIND):
        org.smuggle(b"rubbish")
    taken = org.smuggle(resigned(org, "frank", {"seen": seen(org, -verify.BEHIND)}))
    stale = org.smuggle(resigned(org, "erin", {"seen": seen(org, -verify.BEHIND - 1)}))
    refused = refused_of(org)
    write_bundle(tmp_path, org.id, org.envelopes, refused)

    told = opinion(tmp_path, org.id)

    assert taken.admitted
    assert (stale.position, "seen-stale") == refused[-1]
    assert told.found == {(at, plain(rule)) for at, rule in refused}
