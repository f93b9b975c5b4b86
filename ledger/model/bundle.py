"""The names in a bundle, a log in one folder, and what its ``bundle.json`` claims.

::

    bundle.json                {"ledger":"<id>","root":"<hex>","schema":"bundle/1","size":N}
    tile/<L>/<N>[.p/<W>]       hash tiles           (ledger.seal.tiles)
    tile/entries/<N>[.p/<W>]   entry tiles
    oversize/<position>        what is kept of an entry that is too long for its tile
    refused                    the entries that were not admitted
    checkpoints/<size>-<first 16 hex of root>
    checkpoint                 the largest of these
    evidence/ab/cdef…          documents, as beside a log
    allowed_signers, README.md, verify.py

``bundle.json`` is canonical JSON and a newline. Nothing in a bundle is believed: who verifies
one brings the ledger's id, a mark and the keys of witnesses.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import BadInput, Uncheckable
from ledger.model.canonical import decode, encode

CLAIM: Final = "bundle.json"
REFUSED: Final = "refused"
CHECKPOINT: Final = "checkpoint"
CHECKPOINTS: Final = "checkpoints"
EVIDENCE: Final = "evidence"
ALLOWED_SIGNERS: Final = "allowed_signers"

SCHEMA: Final = "bundle/1"

CLAIM_LIMIT: Final = 4_096
"""Bytes of the largest ``bundle.json`` that is read."""

REFUSED_LIMIT: Final = 2**26
"""Bytes of the longest list of refused entries that is read."""

DOCUMENT_LIMIT: Final = 2**31
"""Bytes of the largest document that is read."""

_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Claim:
    """Which ledger a bundle says to hold, how many entries of it, and under which root."""

    ledger: str
    size: int
    root: str

    @property
    def name(self) -> str:
        """The name of a folder that holds the bundle: the same for the same log."""
        return f"assent-{self.ledger[:12]}-{self.size}"


def print_claim(claim: Claim) -> bytes:
    """The bytes of ``bundle.json``."""
    claimed = {"ledger": claim.ledger, "root": claim.root}
    return encode({**claimed, "schema": SCHEMA, "size": claim.size}) + b"\n"


def parse_claim(data: bytes) -> Claim:
    """What a ``bundle.json`` claims. Raises :class:`Uncheckable` (``bundle-damaged``)."""
    if not data.endswith(b"\n"):
        raise damaged(f"{CLAIM} does not end with its line")
    try:
        value = decode(data[:-1])
    except BadInput as error:
        raise damaged(f"{CLAIM} is not canonical JSON: {error.message}") from None
    if not isinstance(value, dict) or value.keys() != {"ledger", "root", "schema", "size"}:
        raise damaged(f"{CLAIM} does not hold just ledger, root, schema and size")
    ledger, root, size = value["ledger"], value["root"], value["size"]
    if value["schema"] != SCHEMA:
        raise damaged(f"{CLAIM} is of another schema than {SCHEMA}")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise damaged(f"{CLAIM} has a size that is none")
    if not all(isinstance(one, str) and _HASH.match(one) for one in (ledger, root)):
        raise damaged(f"{CLAIM} has a hash that is none")
    return Claim(str(ledger), size, str(root))


def oversize_path(position: int) -> str:
    """Where the beginning of the entry at *position* is kept, where it is too long for its tile."""
    return f"oversize/{position}"


def document_path(digest: str) -> str:
    """Where the document with this *digest*, ``sha256:`` and 64 digits, is kept."""
    number = digest.removeprefix("sha256:")
    return f"{EVIDENCE}/{number[:2]}/{number[2:]}"


def checkpoint_path(size: int, root: bytes) -> str:
    """Where the checkpoint of *size* entries under *root* is kept."""
    return f"{CHECKPOINTS}/{size}-{root.hex()[:16]}"


def damaged(why: str) -> Uncheckable:
    """The error about a bundle that cannot be read, to be raised."""
    return Uncheckable("bundle-damaged", why, hint="ask for it again, from whoever exported it")
