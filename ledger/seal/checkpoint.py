r"""Checkpoints: one line of text for a whole log, with the signatures of those who saw it.

The text is a C2SP tlog-checkpoint in a C2SP signed-note, each line with its newline::

    assent/<ledger id, 64 hex>
    <size, decimal>
    <root, base64 of 32 bytes>
    refused <count> <sha256, 64 hex>
    <empty line>
    — <name> <base64( key id ‖ what the key made )>

The line ``refused`` may be missing: how many entries were not admitted, and the digest of
their list (:mod:`ledger.audit.refusals`). Signatures are made by SSH keys, so that agents,
hardware keys and ``ssh-keygen -Y verify -n checkpoint.v1@assent`` serve; the first
signer's and a later witness's are the same. Each has 4 bytes of key id, the seconds since
1970 in 8 bytes, big-endian, and an SSHSIG blob (hash sha512) over
``cosignature/v1\ntime <seconds>\n`` and the text above the empty line. The key id is the
beginning of SHA-256( name ‖ 0x0A ‖ 0xFF ‖ ``sshsig/checkpoint.v1@assent`` ‖ SSH public key ).

A note is canonical or refused; lines of keys one does not know prove nothing, and are kept.
"""

import re
from base64 import b64encode
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, Self

from ledger.errors import AssentError, BadInput, Unproven
from ledger.seal.envelope import KeyHolder, to_sign
from ledger.seal.keys import PublicKey, public_key_from_blob, verify
from ledger.seal.sshsig import HASH_ALGORITHM, SshSignature

NAMESPACE: Final = "checkpoint.v1@assent"
"""The namespace of every signature over a checkpoint."""

LIMIT: Final = 65_536
"""Bytes of the largest note."""

MOST_SIGNATURES: Final = 32
"""How many signature lines a note may have."""

ORIGIN: Final = "assent/"
"""What the first line of a checkpoint begins with; the ledger's id follows."""

LAST_INSTANT: Final = 253_402_300_799
"""The last second of the year 9999."""

_KEY_TYPE: Final = b"\xffsshsig/" + NAMESPACE.encode()
_ID: Final = 4
_TIME: Final = 8
_HEX: Final = "[0-9a-f]{64}"
_SIZE: Final = "(0|[1-9][0-9]{0,15})"
_TEXT: Final = re.compile(
    rf"{ORIGIN}({_HEX})\n{_SIZE}\n([A-Za-z0-9+/]{{43}}=)\n(?:refused {_SIZE} ({_HEX})\n)?\Z"
)
# As a signed-note has names, and ASCII: what does not show could pass for another name.
_LINE: Final = re.compile("— ([!-*,-~]{1,128}) ([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many entries of a log were not admitted, and the digest of their list in hex."""

    count: int
    digest: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed: that the ledger of this id had ``size`` entries under ``root`` (32 bytes)."""

    ledger: str
    size: int
    root: bytes
    refusals: Refusals | None

    @property
    def text(self) -> str:
        """The text of its note, which :func:`parse_note` reads."""
        lines = [f"{ORIGIN}{self.ledger}", str(self.size), b64encode(self.root).decode()]
        if self.refusals is not None:
            lines.append(f"refused {self.refusals.count} {self.refusals.digest}")
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: a claimed name, the key id of 4 bytes, and what the key made."""

    name: str
    key_id: bytes
    made: bytes

    @property
    def line(self) -> str:
        """The line, without its newline."""
        return f"— {self.name} {b64encode(self.key_id + self.made).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with signatures; nothing about them is proven by that."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        """The whole note, which :func:`parse_note` reads."""
        return "\n".join([self.checkpoint.text, *(f"{one.line}" for one in self.signatures), ""])

    def joined(self, signatures: Iterable[Signature]) -> Self:
        """The note with *signatures* too, each in the place of an earlier one by its key.

        Raises :class:`BadInput` (``malformed-checkpoint``) where they are too many.
        """
        found = {(one.name, one.key_id): one for one in (*self.signatures, *signatures)}
        if len(found) > MOST_SIGNATURES:
            raise malformed(f"it would have more than {MOST_SIGNATURES} signatures")
        return replace(self, signatures=tuple(found.values()))


@dataclass(frozen=True, slots=True)
class Witness:
    """Whose signatures count: a name and the key that goes with it."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Cosigned:
    """That *name* signed with *key*, and when, in seconds since 1970, as they say."""

    name: str
    key: PublicKey
    at: int


def parse_note(data: bytes) -> Note:
    """The note in *data*. Raises :class:`BadInput` (``malformed-checkpoint``)."""
    if len(data) > LIMIT:
        raise malformed(f"more than {LIMIT} bytes")
    try:
        text, _, lines = data.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise malformed("it is not UTF-8") from None
    *signed, end = lines.split("\n")
    if end or not 1 <= len(signed) <= MOST_SIGNATURES:
        raise malformed(f"no text, empty line and 1 to {MOST_SIGNATURES} signature lines")
    signatures = tuple(_signature(line) for line in signed)
    if len({(one.name, one.key_id) for one in signatures}) < len(signatures):
        raise malformed("two signatures of one key")
    return Note(_checkpoint(text + "\n"), signatures)


def key_id(name: str, key: PublicKey) -> bytes:
    """The 4 bytes by which a signature line says which key of *name* made it."""
    return sha256(name.encode() + b"\n" + _KEY_TYPE + key.blob).digest()[:_ID]


def to_cosign(checkpoint: Checkpoint, at: int) -> bytes:
    """What is signed, as the message of an SSH signature, for having seen *checkpoint* at *at*."""
    return f"cosignature/v1\ntime {at}\n{checkpoint.text}".encode()


def cosign(checkpoint: Checkpoint, name: str, key: KeyHolder, at: int) -> Signature:
    """The signature of *name* over *checkpoint* at the time *at*, made with *key*.

    Raises what keeps the holder of the key from signing.
    """
    made = key.sign_payload(to_cosign(checkpoint, at), NAMESPACE)
    blob = SshSignature(key.public.blob, NAMESPACE, HASH_ALGORITHM, made).pack()
    return Signature(name, key_id(name, key.public), at.to_bytes(_TIME, "big") + blob)


def blob_of(signature: Signature) -> bytes:
    """The SSHSIG blob in *signature*, for ``ssh-keygen -Y verify``; nothing is proven."""
    return signature.made[_TIME:]


def cosigned(note: Note, witnesses: Iterable[Witness]) -> tuple[Cosigned, ...]:
    """Which of *witnesses* signed *note*, and when; lines of keys not among them are ignored.

    Raises :class:`Unproven` (``bad-checkpoint``) where a line claims to be of one of them,
    and is not.
    """
    known = {(one.name, key_id(one.name, one.key)): one for one in witnesses}
    found = []
    for signature in note.signatures:
        witness = known.get((signature.name, signature.key_id))
        if witness is not None:
            at = _prove(note.checkpoint, signature, witness)
            found.append(Cosigned(witness.name, witness.key, at))
    return tuple(found)


def self_cosigned(note: Note) -> tuple[Cosigned, ...]:
    """Which lines of *note* hold with the key that they carry: the names are only claimed."""
    found: list[Cosigned] = []
    for signature in note.signatures:
        try:
            key = public_key_from_blob(SshSignature.parse(blob_of(signature)).public_key)
            found += cosigned(note, [Witness(signature.name, key)])
        except AssentError:
            continue
    return tuple(found)


def malformed(why: str) -> BadInput:
    """The error about a note that is none, to be raised."""
    return BadInput(
        "malformed-checkpoint",
        f"this is no checkpoint: {why}",
        hint="it is handed on as it was printed, to the last newline",
    )


def _prove(checkpoint: Checkpoint, signature: Signature, witness: Witness) -> int:
    """When *witness* made *signature*."""
    at = int.from_bytes(signature.made[:_TIME], "big")
    expected = witness.key.blob, NAMESPACE, HASH_ALGORITHM
    if at > LAST_INSTANT:
        raise _unproven(witness, "its time is no time")
    try:
        made = SshSignature.parse(blob_of(signature))
        verify(witness.key, made.signature, to_sign(to_cosign(checkpoint, at), NAMESPACE))
    except AssentError as error:
        raise _unproven(witness, error.message) from None
    if (made.public_key, made.namespace, made.hash_algorithm) != expected:
        raise _unproven(witness, "it is another key's, or was made for another purpose")
    return at


def _unproven(witness: Witness, why: str) -> Unproven:
    return Unproven("bad-checkpoint", f"this checkpoint was not signed by {witness.name}: {why}")


def _checkpoint(text: str) -> Checkpoint:
    match = _TEXT.match(text)
    if match is None:
        raise malformed("the text is not ledger, size, root and refused entries of a ledger")
    ledger, size, root64, count, digest = match.groups()
    root = a2b_base64(root64)
    if b64encode(root).decode() != root64:
        raise malformed("the root is not 32 bytes in canonical base64")
    refusals = None if count is None else Refusals(int(count), digest)
    if refusals is not None and refusals.count > int(size):
        raise malformed("more entries were refused than there are")
    return Checkpoint(ledger, int(size), root, refusals)


def _signature(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise malformed("a signature line is not a dash, a name and base64")
    try:
        made = a2b_base64(match[2])
    except (BinasciiError, ValueError):
        made = b""
    if len(made) <= _ID or b64encode(made).decode() != match[2]:
        raise malformed("what a key made is not in canonical base64")
    return Signature(match[1], made[:_ID], made[_ID:])
