"""Keys: what is accepted as one, and what never is."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl import bindings as sodium

from ledger.errors import AssentError, BadInput, Refused, Unproven
from ledger.seal import keys
from ledger.seal.keys import (
    ED25519,
    P256,
    PublicKey,
    parse_public_key,
    public_key_from_blob,
    verify,
)
from ledger.seal.private_keys import generate
from ledger.seal.sshsig import pack_strings, split_strings

ADA = generate(b"\x01" * 32)
BOB = generate(b"\x02" * 32, P256)
KEYS = {ED25519: ADA, P256: BOB}
PRIME = 2**255 - 19
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# The eight points whose order divides 8, but for the first, which is of order 1.
TORSION = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def ed25519_blob(point: bytes) -> bytes:
    return pack_strings(ED25519.encode(), point)


def p256_blob(point: bytes, curve: bytes = b"nistp256") -> bytes:
    return pack_strings(P256.encode(), curve, point)


@pytest.mark.parametrize("algorithm", KEYS)
@pytest.mark.parametrize("tail", ["", "\n", " ada@host", " Ada, with two words\r\n"])
def test_a_key_reads_with_or_without_a_comment(algorithm: str, tail: str) -> None:
    public = KEYS[algorithm].public

    assert parse_public_key(public.text + tail) == public
    assert public_key_from_blob(public.blob) == public


@pytest.mark.parametrize("torsion", TORSION)
def test_a_key_of_low_order_is_refused(torsion: str) -> None:
    with pytest.raises(Refused, match="prime order") as refusal:
        PublicKey(ED25519, ed25519_blob(bytes.fromhex(torsion)))

    assert refusal.value.code == "weak-key"


def test_openssl_accepts_what_we_refuse() -> None:
    """Why one verifier: under the key of order 1 this constant fits every message."""
    constant = bytes.fromhex(TORSION[0]) + bytes(32)
    lenient = Ed25519PublicKey.from_public_bytes(bytes.fromhex(TORSION[0]))

    lenient.verify(constant, b"one message")
    lenient.verify(constant, b"and another")
    with pytest.raises(Refused, match="prime order"):
        public_key_from_blob(ed25519_blob(bytes.fromhex(TORSION[0])))


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_a_key_of_mixed_order_is_refused(torsion: str) -> None:
    """A good key plus a point of low order still verifies some of its owner's signatures."""
    mixed = sodium.crypto_core_ed25519_add(ADA.public.blob[-32:], bytes.fromhex(torsion))

    with pytest.raises(Refused, match="prime order"):
        PublicKey(ED25519, ed25519_blob(mixed))


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_mixed_order_is_seen_whatever_libsodium_says(torsion: str) -> None:
    """CVE-2025-69277: libsodium let points of twice the prime order pass."""
    good = ADA.public.blob[-32:]
    mixed = sodium.crypto_core_ed25519_add(good, bytes.fromhex(torsion))

    assert keys._has_prime_order(good)
    assert not keys._has_prime_order(mixed)


@pytest.mark.parametrize("torsion", TORSION[1:])
def test_a_libsodium_that_lets_mixed_order_pass_is_not_believed(
    torsion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = sodium.crypto_core_ed25519_add(ADA.public.blob[-32:], bytes.fromhex(torsion))
    monkeypatch.setattr(sodium, "crypto_core_ed25519_is_valid_point", lambda _: True)

    with pytest.raises(Refused, match="prime order"):
        PublicKey(ED25519, ed25519_blob(mixed))


@pytest.mark.parametrize("sign", [0, 1 << 255])
@pytest.mark.parametrize("excess", range(19))
def test_a_coordinate_beyond_the_field_is_refused(excess: int, sign: int) -> None:
    point = (PRIME + excess | sign).to_bytes(32, "little")

    with pytest.raises(Refused, match="not a canonical point"):
        PublicKey(ED25519, ed25519_blob(point))


def test_a_value_that_is_no_point_is_refused() -> None:
    with pytest.raises(Refused, match="not a canonical point"):
        PublicKey(ED25519, ed25519_blob(b"\x02" + bytes(31)))


BAD_P256 = {
    "a point off the curve": p256_blob(BOB.public.blob[-65:-1] + b"\x00"),
    "a coordinate beyond the field": p256_blob(
        b"\x04" + (P256_PRIME + 5).to_bytes(32, "big") + bytes(32)
    ),
    "zero": p256_blob(b"\x04" + bytes(64)),
}


@pytest.mark.parametrize("case", BAD_P256)
def test_a_p256_key_off_the_curve_is_refused(case: str) -> None:
    with pytest.raises(Refused, match="not a point on the curve"):
        public_key_from_blob(BAD_P256[case])


MALFORMED = {
    "a short Ed25519 key": ed25519_blob(bytes(31)),
    "a long Ed25519 key": ed25519_blob(bytes(33)),
    "bytes behind the key": ADA.public.blob + b"\x00",
    "a key cut short": ADA.public.blob[:-1],
    "a compressed point": p256_blob(b"\x02" + BOB.public.blob[-64:-32]),
    "a hybrid point": p256_blob(b"\x06" + BOB.public.blob[-64:])[:-1],
    "infinity": p256_blob(b"\x00"),
    "another curve's name": p256_blob(BOB.public.blob[-65:], b"nistp384"),
    "nothing": b"",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_key_of_another_shape_is_refused(case: str) -> None:
    with pytest.raises(BadInput, match=r"cut short|too many|32 bytes|uncompressed"):
        public_key_from_blob(MALFORMED[case])


def test_a_hybrid_point_is_refused() -> None:
    """The form 06/07 names the same point twice over, in bytes that differ."""
    odd = BOB.public.blob[-1] & 1
    hybrid = bytes([6 | odd]) + BOB.public.blob[-64:]

    with pytest.raises(AssentError, match=r"uncompressed|on the curve"):
        public_key_from_blob(p256_blob(hybrid))


def test_a_key_cannot_claim_another_type() -> None:
    with pytest.raises(BadInput, match="not of type ecdsa-sha2-nistp256"):
        PublicKey(P256, ADA.public.blob)


ED_TEXT = ADA.public.text
LAST = ED_TEXT[-1]
REFUSED_TEXTS = {
    "a private key": ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "private-key"),
    "nothing": ("", "not-a-public-key"),
    "a type without a key": ("ssh-ed25519", "not-a-public-key"),
    "two keys": (f"{ED_TEXT}\n{BOB.public.text}\n", "not-a-public-key"),
    "prose": ("please accept my key", "not-a-public-key"),
    "far too much": (f"{ED_TEXT} {'x' * 5000}", "not-a-public-key"),
    "options before the key": (f'command="rm -rf /" {ED_TEXT}', "key-options"),
    "RSA": ("ssh-rsa AAAAB3NzaC1yc2E= me", "unsupported-key-type"),
    "DSA": ("ssh-dss AAAAB3NzaC1kc3M= me", "unsupported-key-type"),
    "P-384": ("ecdsa-sha2-nistp384 AAAA me", "unsupported-key-type"),
    "a hardware key's certificate": (
        "sk-ssh-ed25519-cert-v01@openssh.com AAAA me",
        "unsupported-key-type",
    ),
    "a browser's type": (
        "webauthn-sk-ecdsa-sha2-nistp256@openssh.com AAAA me",
        "unsupported-key-type",
    ),
    "a hardware key of nothing": ("sk-ssh-ed25519@openssh.com AAAA me", "malformed-blob"),
    "a certificate": ("ssh-ed25519-cert-v01@openssh.com AAAA me", "unsupported-key-type"),
    "letters that are not base64": ("ssh-ed25519 ****", "malformed-key"),
    "letters that are not ASCII": ("ssh-ed25519 AAAAé", "malformed-key"),
    "base64 with a star in it": (ED_TEXT[:30] + "*" + ED_TEXT[30:], "malformed-key"),
    "base64 without its padding": (f"{P256} {'A' * 5}", "malformed-key"),
    "base64 with loose bits": (BOB.public.text.replace("=", "") + "==", "malformed-key"),
    "a type that is not the key's": (f"{P256} {ED_TEXT.split()[1]}", "malformed-key"),
    "bytes behind the key": (
        f"{ED25519} {b64encode(ADA.public.blob + bytes(3)).decode()}",
        "malformed-blob",
    ),
    "a weak key": (
        f"{ED25519} {b64encode(ed25519_blob(bytes.fromhex(TORSION[4]))).decode()}",
        "weak-key",
    ),
}


@pytest.mark.parametrize("case", REFUSED_TEXTS)
def test_reading_a_public_key_refuses(case: str) -> None:
    text, code = REFUSED_TEXTS[case]

    with pytest.raises(AssentError, match=r".") as refusal:
        parse_public_key(text)

    assert refusal.value.code == code


def test_the_private_half_never_shows_in_an_error() -> None:
    with pytest.raises(BadInput, match="only the public one") as refusal:
        parse_public_key("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n")

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_signature_verifies_under_its_key_only(algorithm: str) -> None:
    key = KEYS[algorithm]
    other = generate(b"\x03" * 32, algorithm)
    signature = key.sign(b"message")

    verify(key.public, signature, b"message")
    with pytest.raises(Unproven, match=f"not signed by {other.public.id[:20]}"):
        verify(other.public, signature, b"message")
    with pytest.raises(Unproven, match="not signed by"):
        verify(key.public, signature, b"massage")


@pytest.mark.parametrize("algorithm", KEYS)
def test_signing_draws_nothing(algorithm: str) -> None:
    assert KEYS[algorithm].sign(b"message") == KEYS[algorithm].sign(b"message")


@pytest.mark.parametrize("algorithm", KEYS)
def test_every_flipped_bit_breaks_a_signature(algorithm: str) -> None:
    signature = KEYS[algorithm].sign(b"message")

    for bit in range(len(signature) * 8):
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unproven, match=r"."):
            verify(KEYS[algorithm].public, bytes(flipped), b"message")


def ecdsa(r: bytes, s: bytes) -> bytes:
    return pack_strings(P256.encode(), pack_strings(r, s))


def mpint(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 8) // 8, "big")


def scalars(message: bytes) -> tuple[bytes, bytes]:
    r, s = split_strings(split_strings(BOB.sign(message), 2)[1], 2)
    return r, s


def test_other_spellings_of_one_ecdsa_signature_are_refused() -> None:
    # A short r, so that a zero before it stays within the 33 bytes an mpint may have.
    message = next(m for m in map(bytes, range(99)) if len(scalars(m)[0]) <= 32)
    r, s = scalars(message)
    inner = pack_strings(r, s)

    verify(BOB.public, ecdsa(r, s), message)
    for spelled in (
        ecdsa(b"\x00" + r, s),
        ecdsa(mpint(int.from_bytes(r, "big") + P256_ORDER), s),
        ecdsa(r, s) + b"\x00",
        pack_strings(P256.encode(), inner + b"\x00"),
    ):
        with pytest.raises(Unproven, match="not signed by"):
            verify(BOB.public, spelled, message)


@pytest.mark.parametrize(("r", "s"), [(b"", b""), (b"\x01", b""), (b"\xff", b"\x01")])
def test_an_ecdsa_signature_of_nothing_is_refused(r: bytes, s: bytes) -> None:
    with pytest.raises(Unproven, match="not signed by"):
        verify(BOB.public, ecdsa(r, s), b"message")


def test_an_ed25519_signature_with_the_order_added_is_refused() -> None:
    """The classic malleability: s and s + L satisfy the same equation."""
    proper = ADA.sign(b"message")[-64:]
    moved = int.from_bytes(proper[32:], "little") + keys._ORDER
    forged = pack_strings(ED25519.encode(), proper[:32] + moved.to_bytes(32, "little"))

    with pytest.raises(Unproven, match="not signed by"):
        verify(ADA.public, forged, b"message")


def test_the_key_id_is_the_hash_of_the_wire_form() -> None:
    assert ADA.public.id.startswith("SHA256:")
    assert b64decode(ADA.public.text.split()[1]) == ADA.public.blob
