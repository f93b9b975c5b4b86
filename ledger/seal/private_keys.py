"""Private keys in OpenSSH's format (``PROTOCOL.key``), and signing with them.

Nothing is drawn here: a new key is made of 32 secret bytes that the caller drew,
and both kinds of signature are deterministic (RFC 8032 and RFC 6979). The file of a
security key holds a handle and no secret; :func:`public_half` tells which key it is.
"""

from base64 import b64decode
from binascii import Error as BinasciiError
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl import bindings as sodium

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.seal.keys import (
    ED25519,
    IN_FILES,
    P256,
    PublicKey,
    public_key_from_blob,
)
from ledger.seal.sshsig import NAMESPACE, pack_strings, signed_data

SECRET_SIZE: Final = 32
"""Bytes of secret in a key of either type."""

LIMIT: Final = 65_535
"""Bytes of a private key file that are read."""

_BEGIN: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_END: Final = b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC: Final = b"openssh-key-v1\x00"
_MAX_ROUNDS: Final = 1024
_COUNT: Final = 4
_IN_HARDWARE: Final = (b"sk-ssh-", b"sk-ecdsa-")
_PUBLIC: Final = (b"ssh-", b"ecdsa-", b"sk-")


@dataclass(frozen=True)
class SigningKey:
    """A private key: an Ed25519 seed, or a P-256 scalar of 32 big-endian bytes."""

    public: PublicKey
    secret: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """The SSH signature over *message*, its type included, that ``keys.verify`` reads."""
        if self.public.algorithm == ED25519:
            _, full = sodium.crypto_sign_seed_keypair(self.secret)
            proper = sodium.crypto_sign(message, full)[: sodium.crypto_sign_BYTES]
        else:
            key = ec.derive_private_key(int.from_bytes(self.secret, "big"), ec.SECP256R1())
            scheme = ec.ECDSA(SHA256(), deterministic_signing=True)
            r, s = decode_dss_signature(key.sign(message, scheme))
            proper = pack_strings(_mpint(r), _mpint(s))
        return pack_strings(self.public.algorithm.encode(), proper)

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSH signature over *payload*, an entry's where nothing else is named."""
        return self.sign(signed_data(payload, namespace))


def generate(secret: bytes, algorithm: str = ED25519) -> SigningKey:
    """The key of type *algorithm* made of the 32 bytes *secret*.

    Raises :class:`BadInput` (``bad-secret``) for a secret no key is made of and
    :class:`Refused` (``unsupported-key-type``).
    """
    if len(secret) != SECRET_SIZE:
        raise BadInput("bad-secret", f"a key is made of {SECRET_SIZE} bytes, not {len(secret)}")
    if algorithm == ED25519:
        point, _ = sodium.crypto_sign_seed_keypair(secret)
        return SigningKey(PublicKey(ED25519, pack_strings(b"ssh-ed25519", point)), secret)
    if algorithm != P256:
        raise Refused(
            "unsupported-key-type",
            f"keys of type {algorithm[:64]!r} are not made here",
            hint=f"use a key of type {' or '.join(IN_FILES)}",
        )
    try:
        key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    except ValueError:
        raise BadInput("bad-secret", "the secret is outside the curve's range") from None
    encoded = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return SigningKey(PublicKey(P256, pack_strings(P256.encode(), b"nistp256", encoded)), secret)


def load_private_key(data: bytes, passphrase: bytes | None) -> SigningKey:
    """The key in the file *data*; *passphrase* is not looked at where none is needed.

    Raises :class:`BadInput` (``public-key``, ``not-a-private-key``, ``wrong-passphrase``),
    :class:`Refused` (``unsupported-key-type``) and :class:`Uncheckable` (``passphrase-needed``).
    """
    encrypted, public = _header(data)
    if public[4:].startswith(_IN_HARDWARE):
        raise _not_a_key("this is the handle of a security key, which holds the private key")
    if encrypted and passphrase is None:
        raise Uncheckable(
            "passphrase-needed",
            "the private key is encrypted and there is no passphrase",
            hint="run at a terminal, where the passphrase can be asked for",
        )
    try:
        loaded = serialization.load_ssh_private_key(data, passphrase if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if encrypted:
            raise BadInput(
                "wrong-passphrase", "the passphrase does not open this key, or the key is damaged"
            ) from None
        raise _not_a_key("the private key is damaged or of an unknown type") from None
    key = _signing_key(loaded)
    if key.public.blob != public:
        raise _not_a_key("the private key is damaged: its two halves do not match")
    return key


def public_half(data: bytes) -> PublicKey:
    """The public key that the private key file *data* states in clear, proven by nothing.

    Raises :class:`BadInput` (``public-key``, ``not-a-private-key``) and :class:`Refused`
    (``unsupported-key-type``, ``weak-key``).
    """
    blob = _header(data)[1]
    try:
        return public_key_from_blob(blob)
    except BadInput as error:
        raise _not_a_key(f"the private key states no public one: {error.message}") from None


def is_encrypted(data: bytes) -> bool:
    """Whether the private key file *data* asks for a passphrase.

    Raises :class:`BadInput` (``public-key``, ``not-a-private-key``).
    """
    return _header(data)[0]


def _signing_key(loaded: object) -> SigningKey:
    match loaded:
        case ed25519.Ed25519PrivateKey():
            return generate(loaded.private_bytes_raw())
        case ec.EllipticCurvePrivateKey() if isinstance(loaded.curve, ec.SECP256R1):
            number = loaded.private_numbers().private_value
            return generate(number.to_bytes(SECRET_SIZE, "big"), P256)
        case _:
            raise Refused(
                "unsupported-key-type",
                "private keys of this type are not accepted",
                hint=f"use a key of type {' or '.join(IN_FILES)}",
            )


def _header(data: bytes) -> tuple[bool, bytes]:
    """Whether the file *data* is encrypted, and the public key it states in clear."""
    text = data.strip() if len(data) <= LIMIT else b""
    if text.startswith(_PUBLIC):
        raise BadInput(
            "public-key",
            "this is a public key; signing needs the private one",
            hint="name the file without .pub",
        )
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise _not_a_key("not a private key in OpenSSH's format")
    try:
        blob = b64decode(b"".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    except (BinasciiError, ValueError):
        raise _not_a_key("the private key is not base64") from None
    if not blob.startswith(_MAGIC):
        raise _not_a_key("not a private key in OpenSSH's format, version 1")
    cipher, rest = _string(blob[len(_MAGIC) :])
    _, rest = _string(rest)
    options, rest = _string(rest)
    public, _ = _string(rest[_COUNT:])
    if options and int.from_bytes(_string(options)[1][:4], "big") > _MAX_ROUNDS:
        raise _not_a_key(f"the key asks for more than {_MAX_ROUNDS} rounds of bcrypt")
    return cipher != b"none", public


def serialize_private_key(key: SigningKey, passphrase: bytes | None) -> bytes:
    """The file of *key*, encrypted where there is a *passphrase*; its comment is empty."""
    private: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if key.public.algorithm == ED25519:
        private = ed25519.Ed25519PrivateKey.from_private_bytes(key.secret)
    else:
        private = ec.derive_private_key(int.from_bytes(key.secret, "big"), ec.SECP256R1())
    protection: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, protection
    )


def _mpint(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 8) // 8, "big")


def _string(data: bytes) -> tuple[bytes, bytes]:
    """The first SSH string of a key file's header, and what follows it."""
    end = 4 + int.from_bytes(data[:4], "big")
    if end > len(data):
        raise _not_a_key("the private key is cut short")
    return data[4:end], data[end:]


def _not_a_key(why: str) -> BadInput:
    return BadInput(
        "not-a-private-key",
        why,
        hint="make a key with: assent key new, or ssh-keygen -t ed25519",
    )
