"""Private keys: OpenSSH's format, with and without a passphrase."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from ledger.errors import AssentError, BadInput, Refused, Uncheckable
from ledger.seal.keys import ED25519, P256, verify
from ledger.seal.private_keys import (
    generate,
    is_encrypted,
    load_private_key,
    public_half,
    serialize_private_key,
)
from ledger.seal.sshsig import pack_strings
from tests.seal.authenticator import PLAIN as DEVICES
from tests.seal.authenticator import UnsafeAuthenticator, handle_of

KEYS = {ED25519: generate(b"\x01" * 32), P256: generate(b"\x02" * 32, P256)}
PLAIN = serialize_private_key(KEYS[ED25519], None)
LOCKED = serialize_private_key(KEYS[ED25519], b"correct horse")


@pytest.mark.parametrize("passphrase", [None, b"correct horse", "pässwörd".encode()])
@pytest.mark.parametrize("algorithm", KEYS)
def test_a_key_is_read_as_it_was_written(algorithm: str, passphrase: bytes | None) -> None:
    key = KEYS[algorithm]
    data = serialize_private_key(key, passphrase)

    assert is_encrypted(data) == (passphrase is not None)
    assert load_private_key(data, passphrase) == key


@pytest.mark.parametrize("algorithm", KEYS)
def test_the_public_half_verifies_what_the_private_half_signs(algorithm: str) -> None:
    key = load_private_key(serialize_private_key(KEYS[algorithm], None), None)

    verify(KEYS[algorithm].public, key.sign(b"message"), b"message")
    assert key.public == KEYS[algorithm].public


def test_a_small_p256_secret_keeps_its_length() -> None:
    """Leading zeros of the scalar are part of the 32 bytes."""
    key = generate(b"\x00" * 31 + b"\x05", P256)

    assert load_private_key(serialize_private_key(key, None), None) == key


def test_a_passphrase_for_a_key_that_has_none_is_not_looked_at() -> None:
    assert load_private_key(PLAIN, b"whatever") == KEYS[ED25519]


def test_an_encrypted_key_cannot_be_read_without_a_passphrase() -> None:
    with pytest.raises(Uncheckable, match="encrypted and there is no passphrase") as refusal:
        load_private_key(LOCKED, None)

    assert refusal.value.code == "passphrase-needed"


@pytest.mark.parametrize("passphrase", [b"", b"wrong horse"])
def test_a_wrong_passphrase_opens_nothing(passphrase: bytes) -> None:
    with pytest.raises(BadInput, match="does not open this key") as refusal:
        load_private_key(LOCKED, passphrase)

    assert refusal.value.code == "wrong-passphrase"


def stating(public: bytes) -> bytes:
    """A private key file whose header states another public key, or none."""
    header = b"openssh-key-v1\0" + pack_strings(b"none", b"none", b"") + b"\0\0\0\x01"
    return framed(header + pack_strings(public, b""))


def framed(body: bytes) -> bytes:
    text = b64encode(body)
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n%b\n-----END OPENSSH PRIVATE KEY-----\n" % text


def rounds(count: int) -> bytes:
    """The encrypted key with another number of bcrypt rounds in its header."""
    body = b64decode(b"".join(LOCKED.split(b"\n")[1:-2]))
    at = body.index(b"bcrypt") + 6 + 4 + 4 + 16
    spoiled = body[:at] + count.to_bytes(4, "big") + body[at + 4 :]
    return framed(spoiled)


NO_KEYS = {
    "nothing": b"",
    "prose": b"my key",
    "a public key": KEYS[ED25519].public.text.encode(),
    "a PKCS 8 key": ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    ),
    "a frame around nothing": PLAIN.split(b"\n")[0] + b"\n" + PLAIN.split(b"\n")[-2],
    "a frame around rubbish": PLAIN.replace(b"A", b"*"),
    "another magic": PLAIN.replace(b"b3BlbnNzaC1rZXktdjE", b"b3BlbnNzaC1rZXktdjI"),
    "a key cut in its header": b"\n".join(
        [PLAIN.split(b"\n")[0], PLAIN.split(b"\n")[1][:28], b"-----END OPENSSH PRIVATE KEY-----"]
    ),
    "a key cut in its body": b"\n".join([*PLAIN.split(b"\n")[:3], *PLAIN.split(b"\n")[-2:]]),
    "a megabyte": PLAIN + b"\n" * 1_000_000,
    "a million rounds of bcrypt": rounds(1_000_000),
}


@pytest.mark.parametrize("case", NO_KEYS)
def test_what_is_no_private_key_is_refused_at_once(case: str) -> None:
    with pytest.raises(BadInput, match=r"private|rounds") as refusal:
        load_private_key(NO_KEYS[case], None)

    assert refusal.value.code == ("public-key" if case == "a public key" else "not-a-private-key")


@pytest.mark.parametrize(
    "other",
    [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)],
    ids=["P-384", "RSA"],
)
def test_a_key_of_another_type_is_refused(
    other: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
) -> None:
    data = other.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())

    with pytest.raises(Refused, match="not accepted") as refusal:
        load_private_key(data, None)

    assert refusal.value.code == "unsupported-key-type"


@pytest.mark.parametrize(
    ("secret", "algorithm"),
    [(b"short", ED25519), (bytes(33), P256), (bytes(32), P256), (b"\xff" * 32, P256)],
)
def test_no_key_is_made_of_a_secret_out_of_range(secret: bytes, algorithm: str) -> None:
    with pytest.raises(BadInput, match=r"made of 32 bytes|outside the curve"):
        generate(secret, algorithm)


def test_no_key_is_made_of_a_type_not_taken() -> None:
    with pytest.raises(AssentError, match="'ssh-rsa' are not made here"):
        generate(bytes(32), "ssh-rsa")


def test_a_key_does_not_print_its_secret() -> None:
    assert "secret" not in repr(KEYS[ED25519])
    assert repr(b"\x01" * 32) not in repr(KEYS[ED25519])


@pytest.mark.parametrize("at", range(0, len(PLAIN), 7))
def test_a_damaged_key_file_is_refused_or_holds_the_same_key(at: int) -> None:
    damaged = bytearray(PLAIN)
    damaged[at] ^= 1

    assert outcome(bytes(damaged)) in {"the same key", "not-a-private-key", "wrong-passphrase"}


def outcome(data: bytes) -> str:
    try:
        key = load_private_key(data, b"passphrase")
    except AssentError as refusal:
        return refusal.code
    return "the same key" if key == KEYS[ED25519] else "another key"


def test_a_key_whose_halves_do_not_match_is_refused() -> None:
    """Else an entry would be signed by a key nobody enrolled, and the reason would be far off."""
    body = b64decode(b"".join(PLAIN.split(b"\n")[1:-2]))
    seed = KEYS[ED25519].secret
    assert body.count(seed) == 1

    with pytest.raises(BadInput, match="two halves do not match"):
        load_private_key(framed(body.replace(seed, b"\x09" * 32)), None)


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
@pytest.mark.parametrize("algorithm", KEYS)
def test_the_public_half_is_read_without_a_passphrase(
    algorithm: str, passphrase: bytes | None
) -> None:
    data = serialize_private_key(KEYS[algorithm], passphrase)

    assert public_half(data) == KEYS[algorithm].public


@pytest.mark.parametrize("algorithm", DEVICES)
def test_the_handle_of_a_security_key_names_it_and_is_no_private_key(algorithm: str) -> None:
    device = UnsafeAuthenticator(algorithm)

    assert public_half(handle_of(device)) == device.public
    with pytest.raises(BadInput, match="handle of a security key") as no:
        load_private_key(handle_of(device), None)
    assert no.value.code == "not-a-private-key"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-a-private-key"),
        (KEYS[ED25519].public.text.encode(), "public-key"),
        (framed(b"openssh-key-v1\0" + bytes(16)), "not-a-private-key"),
        (stating(pack_strings(b"ssh-ed25519", bytes(31))), "not-a-private-key"),
    ],
)
def test_what_states_no_public_half_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(BadInput, match=r"private") as no:
        public_half(data)

    assert no.value.code == code
