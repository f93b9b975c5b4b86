"""Public keys as OpenSSH writes them, and the one verifier of each curve.

==========  ==================  ====================  ==============================
curve       types               verified by           refused as weak
==========  ==================  ====================  ==============================
Ed25519     ``ssh-ed25519``,    libsodium (PyNaCl)    points that are not canonical,
            ``sk-ssh-ed25519``                        or not of the group's prime
                                                      order
P-256       ``ecdsa-sha2-…``,   OpenSSL               points not on the curve; only
            ``sk-ecdsa-…``      (``cryptography``)    the uncompressed form is read
==========  ==================  ====================  ==============================

A second verifier of one curve would be a second opinion, and opinions differ:
OpenSSL accepts low-order Ed25519 keys, under which one constant signature fits
every message. A :class:`PublicKey` that exists has passed these checks.

The ``sk-`` types are those of security keys (OpenSSH's ``PROTOCOL.u2f``): the same
curves, with the name of an application in the key and, behind the signature proper,
a byte of flags and a counter, which are signed. That a person touched the device is
the lowest of the flags. OpenSSH leaves it to the caller to ask for it; here it must be set.
"""

import re
from base64 import b64encode
from binascii import Error as BinasciiError
from binascii import a2b_base64
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from ledger.errors import BadInput, Refused, Unproven
from ledger.seal.sshsig import first_string, split_strings

ED25519: Final = "ssh-ed25519"
P256: Final = "ecdsa-sha2-nistp256"
SK_ED25519: Final = "sk-ssh-ed25519@openssh.com"
SK_P256: Final = "sk-ecdsa-sha2-nistp256@openssh.com"

IN_FILES: Final = (ED25519, P256)
"""The key types whose private half is in a file, and can be made here."""

IN_HARDWARE: Final = (SK_ED25519, SK_P256)
"""The key types whose private half never leaves a security key."""

SUPPORTED: Final = (*IN_FILES, *IN_HARDWARE)
"""The key types this version accepts."""

_OTHERS: Final = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "webauthn-sk-")
_CURVES: Final = {ED25519: "ed25519", P256: "p256", SK_ED25519: "ed25519", SK_P256: "p256"}
_CURVE: Final = b"nistp256"
_POINT: Final = 32
_SIGNATURE: Final = 64
_UNCOMPRESSED: Final = 65
_MAX_SCALAR: Final = 33
_TEXT_LIMIT: Final = 4096

# ssh-keygen makes no other; what has a web origin here is some browser's, not a person's.
_APPLICATION: Final = re.compile(rb"ssh:[ -~]{0,60}\Z")
_TRAILER: Final = 5
_PRESENCE: Final = 1

# The inverse of 8 modulo the order of Ed25519's group, little-endian.
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_AN_EIGHTH: Final = pow(8, -1, _ORDER).to_bytes(32, "little")


@dataclass(frozen=True)
class PublicKey:
    """A public key fit for use; ``blob`` is the SSH wire form, its type included.

    Raises :class:`BadInput` (``malformed-key``, ``malformed-blob``) and
    :class:`Refused` (``unsupported-key-type``, ``weak-key``) when made of anything else.
    """

    algorithm: str
    blob: bytes

    def __post_init__(self) -> None:
        if self.algorithm not in SUPPORTED:
            raise unsupported(self.algorithm)
        if first_string(self.blob) != self.algorithm.encode():
            raise BadInput("malformed-key", f"the key is not of type {self.algorithm}")
        if self.curve == "ed25519":
            _require_prime_order(self.point)
        else:
            _p256_key(self.point)

    @cached_property
    def id(self) -> str:
        """The fingerprint, as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
        return "SHA256:" + b64encode(sha256(self.blob).digest()).decode().rstrip("=")

    @cached_property
    def text(self) -> str:
        """The key on one line, without a comment: ``ssh-ed25519 AAAA…``."""
        return f"{self.algorithm} {b64encode(self.blob).decode()}"

    @property
    def curve(self) -> str:
        """The curve: ``ed25519`` or ``p256``."""
        return _CURVES[self.algorithm]

    @property
    def point(self) -> bytes:
        """The point on the curve, as its types write it: 32 bytes, or 65 that begin with 4."""
        return self._point_and_application[0]

    @property
    def application(self) -> bytes | None:
        """What a security key was told it signs for; ``None`` for a key in a file."""
        return self._point_and_application[1]

    @property
    def material(self) -> str:
        """What two encodings of one key have in common: its curve and point, ``p256:04…``."""
        return f"{self.curve}:{self.point.hex()}"

    @cached_property
    def _point_and_application(self) -> tuple[bytes, bytes | None]:
        return _taken_apart(self.algorithm, self.blob)


def unsupported(algorithm: str) -> Refused:
    """The refusal of a key of type *algorithm*, to be raised."""
    return Refused(
        "unsupported-key-type",
        f"keys of type {algorithm[:64]!r} are not accepted",
        hint=f"use a key of type {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}",
    )


@lru_cache(maxsize=4096)
def public_key_from_blob(blob: bytes) -> PublicKey:
    """The key whose SSH wire form is *blob*; raises what :class:`PublicKey` raises."""
    return PublicKey(first_string(blob).decode("ascii", "replace"), blob)


def parse_public_key(text: str) -> PublicKey:
    """The key on the one line *text*, as in a ``.pub`` file; a comment is dropped.

    Raises :class:`BadInput` (``not-a-public-key``, ``private-key``, ``key-options``,
    ``malformed-key``) and what :class:`PublicKey` raises.
    """
    if "PRIVATE KEY" in text:
        raise BadInput(
            "private-key",
            "this is a private key; only the public one is asked for",
            hint="name the file that ends in .pub, and never share the other",
        )
    words = text.strip(" \t\r\n").split(" ") if len(text) <= _TEXT_LIMIT else []
    if len(words) < 2 or "\n" in text.strip("\r\n"):  # noqa: PLR2004 - a type and a key
        raise BadInput(
            "not-a-public-key",
            "not one line with a key type and a key",
            hint="give the line of a .pub file, such as: ssh-ed25519 AAAA… comment",
        )
    if words[0] not in SUPPORTED:
        _refuse_type(words)
    try:
        blob = a2b_base64(words[1])
    except (BinasciiError, ValueError):
        raise BadInput("malformed-key", "the key is not base64") from None
    if b64encode(blob).decode() != words[1]:
        raise BadInput("malformed-key", "the key is not written in canonical base64")
    if first_string(blob).decode("ascii", "replace") != words[0]:
        raise BadInput("malformed-key", f"the key is not of the type {words[0]} it claims")
    return public_key_from_blob(blob)


def _refuse_type(words: list[str]) -> None:
    """Say why the first of *words* is no type of key that is accepted."""
    if words[0].startswith(_OTHERS):
        raise unsupported(words[0])
    if any(word.startswith(_OTHERS) for word in words):
        raise BadInput(
            "key-options",
            "something stands before the key type",
            hint="give the bare key: type, base64, comment",
        )
    raise BadInput("not-a-public-key", f"{words[0][:64]!r} is no type of key")


def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Prove that *key* made *signature*, an SSH signature with its type, over *message*.

    Raises :class:`Unproven`: ``no-user-presence`` where it was made by a security key that
    nobody touched, ``bad-signature`` for anything else.
    """
    trailer = b""
    if key.application is not None:
        signature, trailer = signature[:-_TRAILER], signature[-_TRAILER:]
        message = sha256(key.application).digest() + trailer + sha256(message).digest()
    try:
        algorithm, proper = split_strings(signature, 2)
        if algorithm != key.algorithm.encode():
            raise Unproven("bad-signature", f"the signature is not of type {key.algorithm}")
        if key.curve == "ed25519":
            _verify_ed25519(key.point, proper, message)
        else:
            _verify_p256(key.point, proper, message)
    except (BadInput, CryptoError, InvalidSignature, ValueError):
        raise Unproven("bad-signature", f"not signed by {key.id}") from None
    if trailer and not trailer[0] & _PRESENCE:
        raise Unproven(
            "no-user-presence",
            f"nobody touched the security key that holds {key.id}",
            hint="make the key without: -O no-touch-required",
        )


def _verify_ed25519(point: bytes, proper: bytes, message: bytes) -> None:
    if len(proper) != _SIGNATURE:
        raise Unproven("bad-signature", "an Ed25519 signature has 64 bytes")
    sodium.crypto_sign_open(proper + message, point)


def _verify_p256(point: bytes, proper: bytes, message: bytes) -> None:
    r, s = (_scalar(part) for part in split_strings(proper, 2))
    _p256_key(point).verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))


def _scalar(mpint: bytes) -> int:
    """A positive SSH mpint (RFC 4251) in its shortest form."""
    value = int.from_bytes(mpint, "big", signed=True)
    shortest = (value.bit_length() + 8) // 8
    if len(mpint) > _MAX_SCALAR or value <= 0 or len(mpint) != shortest:
        raise BadInput("malformed-blob", "not a positive mpint in its shortest form")
    return value


def _taken_apart(algorithm: str, blob: bytes) -> tuple[bytes, bytes | None]:
    """The point in *blob* and its application, if it has one: of the right shape, no more."""
    in_hardware, is_p256 = algorithm in IN_HARDWARE, _CURVES[algorithm] == "p256"
    strings = split_strings(blob, 2 + is_p256 + in_hardware)
    application = strings.pop() if in_hardware else None
    point = strings.pop()
    if is_p256 and (strings[1] != _CURVE or len(point) != _UNCOMPRESSED):
        raise BadInput("malformed-key", "not an uncompressed point of curve nistp256")
    if not is_p256 and len(point) != _POINT:
        raise BadInput("malformed-key", "an Ed25519 key has 32 bytes")
    if application is not None and not _APPLICATION.match(application):
        raise BadInput("malformed-key", "the application of a security key begins with ssh:")
    return point, application


def _require_prime_order(point: bytes) -> None:
    """Refuse a *point* that is not canonical and of prime order."""
    if not (sodium.crypto_core_ed25519_is_valid_point(point) and _has_prime_order(point)):
        raise Refused(
            "weak-key",
            "this Ed25519 key is not a canonical point of prime order",
            hint="make a new key: assent key new",
        )


def _has_prime_order(point: bytes) -> bool:
    """Whether an eighth of eight times *point* is the point again.

    libsodium's own test let points of twice the prime order through until the end of
    2025 (CVE-2025-69277), and which libsodium PyNaCl was built with is not ours to say.
    """
    eightfold = point
    for _ in range(3):
        eightfold = sodium.crypto_core_ed25519_add(eightfold, eightfold)
    return sodium.crypto_scalarmult_ed25519_noclamp(_AN_EIGHTH, eightfold) == point


@lru_cache(maxsize=4096)
def _p256_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """The P-256 key at *point*, which is in uncompressed form, if it is on the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Refused("weak-key", "this P-256 key is not a point on the curve") from None
