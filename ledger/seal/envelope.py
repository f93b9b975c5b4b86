r"""The envelope: the exact stored bytes of a signed entry, two lines of text.

::

    <payload: canonical JSON, one line>\n
    <signature: base64 of an SSHSIG blob over the payload line without its newline>\n

These bytes, both newlines included, are the leaf of the tree, so nothing about
an envelope can be respelled: the payload is its own canonical form, the base64
the only one of its blob, the blob the only one of its parts. Signatures follow
OpenSSH's PROTOCOL.sshsig, namespace ``entry.v1@assent``, hash ``sha512``; the
key inside the blob proves itself, and ``by.key`` in the payload must name it.
Whether that key may act is for the standing to say, not for this module.
"""

from base64 import b64encode
from binascii import Error as BinasciiError
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.errors import AssentError, BadInput, Refused, Unproven
from ledger.model.canonical import JsonValue, decode
from ledger.seal.keys import PublicKey, public_key_from_blob, verify
from ledger.seal.merkle import leaf_hash
from ledger.seal.sshsig import HASH_ALGORITHM, NAMESPACE, SshSignature, armor, signed_data

LIMIT: Final = 65_535
"""Bytes of the largest envelope, both newlines included."""

_LINES: Final = 2


class KeyHolder(Protocol):
    """Whatever holds a private key and signs with it: a file, an agent, OpenSSH.

    It is handed the payload and not the bytes that are signed, for ``ssh-keygen`` makes
    these itself and takes nothing else.
    """

    @property
    def public(self) -> PublicKey:
        """The public half of the key."""

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        """The SSH signature, its type included, over :func:`to_sign` of both."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What one envelope turned out to be.

    ``leaf`` is the leaf hash of the bytes as they are. ``payload`` is set once it is
    known to be canonical JSON, ``key`` (the id of the key inside the signature) once
    that key is known to be fit; with a ``fault`` (code and sentence) neither proves
    anything. Without one, ``key`` signed ``payload`` and is named in it.
    """

    leaf: bytes
    payload: bytes | None
    key: str | None
    fault: tuple[str, str] | None


def examine(raw: bytes) -> Examined:
    """Everything that can be said of *raw* without a ledger; never raises."""
    payload = key = None
    try:
        payload_line, blob = parts(raw)
        value = decode(payload_line)
        payload = payload_line
        signature = _signature(blob)
        public = public_key_from_blob(signature.public_key)
        key = public.id
        verify(public, signature.signature, signed_data(payload))
        _require_named(value, public)
    except AssentError as error:
        return Examined(leaf_hash(raw), payload, key, (error.code, error.message))
    return Examined(leaf_hash(raw), payload, key, None)


def examine_many(envelopes: Iterable[bytes]) -> list[Examined]:
    """:func:`examine` each of *envelopes*: the unit of work of one process."""
    return [examine(raw) for raw in envelopes]


def parts(raw: bytes) -> tuple[bytes, bytes]:
    """The payload line without its newline, and the signature blob; nothing is proven.

    Raises :class:`BadInput`: ``too-large``, ``not-two-lines``, ``signature-base64``.
    """
    payload, line = _two_lines(raw)
    try:
        blob = a2b_base64(line)
    except (BinasciiError, ValueError):
        blob = b""
    # Base64 has several spellings of one blob; the only safe test is to write it again.
    if not blob or b2a_base64(blob, newline=False) != line:
        raise BadInput("signature-base64", "the signature line is not canonical base64")
    return payload, blob


def peek_unverified(raw: bytes) -> bytes:
    """The payload line of anything with two lines. It may say whatever its author liked.

    Raises :class:`BadInput`: ``too-large``, ``not-two-lines``.
    """
    return _two_lines(raw)[0]


def to_sign(payload: bytes, namespace: str = NAMESPACE) -> bytes:
    """The bytes that a key signs for *payload*, whoever holds it; *namespace* says what for."""
    return signed_data(payload, namespace, HASH_ALGORITHM)


def seal(payload: bytes, key: KeyHolder) -> bytes:
    """The envelope of *payload*, a canonical line without newline, signed with *key*.

    Raises what :func:`join` raises, and what keeps the holder of the key from signing.
    """
    return join(payload, key.public, key.sign_payload(payload))


def join(payload: bytes, public: PublicKey, signature: bytes) -> bytes:
    """The envelope of *payload* and the SSH *signature* that *public* made over it.

    The signature is not verified here; the caller examines what it will append.
    Raises :class:`BadInput` (``too-large`` and what canonical reading raises) and
    :class:`Refused` (``other-key``) where the payload names another key.
    """
    _require_named(decode(payload), public)
    blob = SshSignature(public.blob, NAMESPACE, HASH_ALGORITHM, signature).pack()
    raw = payload + b"\n" + b64encode(blob) + b"\n"
    _require_size(raw)
    return raw


def export(raw: bytes) -> tuple[bytes, str]:
    """What ``ssh-keygen -Y verify`` needs: the entry's two lines, the armored signature.

    Raises what :func:`parts` raises.
    """
    return raw, armor(parts(raw)[1])


def _two_lines(raw: bytes) -> tuple[bytes, bytes]:
    _require_size(raw)
    lines = raw.split(b"\n")
    if len(lines) != _LINES + 1 or lines[_LINES]:
        raise BadInput("not-two-lines", "an envelope is two lines, each with its newline")
    return lines[0], lines[1]


def _require_size(raw: bytes) -> None:
    if len(raw) > LIMIT:
        raise BadInput("too-large", f"an envelope of {len(raw)} bytes; at most {LIMIT} are taken")


def _signature(blob: bytes) -> SshSignature:
    """The parts of *blob*, made for an entry and for nothing else."""
    signature = SshSignature.parse(blob)
    if signature.namespace != NAMESPACE:
        raise Unproven(
            "other-namespace",
            f"signed for {signature.namespace[:64]!r}, not for {NAMESPACE!r}",
        )
    if signature.hash_algorithm != HASH_ALGORITHM:
        raise Unproven(
            "other-hash",
            f"signed over a {signature.hash_algorithm[:64]!r} hash, not {HASH_ALGORITHM}",
        )
    return signature


def _require_named(value: JsonValue, key: PublicKey) -> None:
    by = value.get("by") if isinstance(value, dict) else None
    if not isinstance(by, dict) or by.get("key") != key.id:
        raise Refused("other-key", f"by.key does not name {key.id}, the key that signs")
