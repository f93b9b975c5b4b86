r"""Proofs about a log, each made in one pass over its leaf hashes, and the form of one file.

A C2SP tlog-proof says that an entry stands in the log of a checkpoint; each line with its
newline, the last of the checkpoint included::

    c2sp.org/tlog-proof@v1
    index <position, decimal>
    <hash, base64 of 32 bytes>          for each hash of the inclusion proof
    <empty line>
    <checkpoint, with its signatures>

It is canonical or refused. The passes take leaf hashes as they come and keep one frontier,
so that a log of any length is proven in the memory of a short one.
"""

import re
from base64 import b64encode
from binascii import Error as BinasciiError
from binascii import a2b_base64
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.seal.checkpoint import LIMIT as NOTE_LIMIT
from ledger.seal.checkpoint import Cosigned, Note, Witness, cosigned, parse_note
from ledger.seal.merkle import (
    EMPTY_ROOT,
    check_inclusion,
    leaf_hash,
    push,
    root,
    roots_from_consistency,
)

MOST_HASHES: Final = 63
"""How many hashes a proof has at most."""

LIMIT: Final = NOTE_LIMIT + 4096
"""Bytes of the largest proof."""

_FIRST: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile("index (0|[1-9][0-9]{0,15})")
_HASH: Final = 32

_Range = tuple[int, int]
"""The leaves from one position to before another."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That the entry at ``index`` is in the log of the checkpoint in ``note``."""

    index: int
    hashes: tuple[bytes, ...]
    note: Note

    @property
    def text(self) -> str:
        """The file, which :func:`parse_proof` reads."""
        hashes = [b64encode(one).decode() for one in self.hashes]
        return "\n".join([_FIRST, f"index {self.index}", *hashes, "", self.note.text])


def parse_proof(data: bytes) -> Proof:
    """The proof in *data*; nothing is proven by that.

    Raises :class:`BadInput` (``malformed-proof``, ``malformed-checkpoint``).
    """
    if len(data) > LIMIT:
        raise _malformed(f"more than {LIMIT} bytes")
    head, _, note = data.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    match = _INDEX.fullmatch(lines[1]) if lines[0] == _FIRST and lines[1:] else None
    if match is None:
        raise _malformed("it does not begin with its kind and an index")
    hashes = lines[2:]
    if len(hashes) > MOST_HASHES:
        raise _malformed(f"more than {MOST_HASHES} hashes")
    return Proof(int(match[1]), tuple(_hash(line) for line in hashes), parse_note(note))


def check_proof(
    proof: Proof, raw: bytes, ledger: str, witnesses: Iterable[Witness]
) -> tuple[Cosigned, ...]:
    """Prove that the entry *raw* is where *proof* says in *ledger*; who vouches for that.

    Raises :class:`Unproven` (``other-ledger``, ``bad-checkpoint``, ``bad-proof``) and
    :class:`Uncheckable` (``checkpoint-missing``) where none of *witnesses* signed.
    """
    checkpoint = proof.note.checkpoint
    if checkpoint.ledger != ledger:
        raise Unproven(
            "other-ledger",
            "the proof is about another ledger than the one you trust",
            hint=f"expected {ledger}, found {checkpoint.ledger}",
        )
    by = cosigned(proof.note, witnesses)
    check_inclusion(proof.index, checkpoint.size, leaf_hash(raw), proof.hashes, checkpoint.root)
    if not by:
        raise Uncheckable(
            "checkpoint-missing",
            "the proof holds, but no witness you trust signed its checkpoint",
            hint="name a file of witnesses with --witnesses",
        )
    return by


def prove_inclusion(
    leaves: Iterable[bytes], index: int, size: int
) -> tuple[bytes, tuple[bytes, ...]]:
    """The leaf at *index*, and its inclusion proof in the first *size* of *leaves*.

    Raises :class:`BadInput` (``proof-range``) and :class:`Unproven` (``missing-entry``).
    """
    if not 0 <= index < size:
        raise BadInput("proof-range", f"there is no entry {index} among {size}")
    ranges = _beside(index, size)
    found = _roots_of(leaves, [*ranges, (index, index + 1)])
    return found[index, index + 1], tuple(found[one] for one in ranges)


def prove_consistency(
    leaves: Iterable[bytes], size1: int, size2: int
) -> tuple[bytes, bytes, tuple[bytes, ...]]:
    """The roots of the first *size1* and of *size2* of *leaves*, and the proof that joins them.

    Raises :class:`BadInput` (``proof-range``) and :class:`Unproven` (``missing-entry``).
    """
    if not 0 < size1 <= size2:
        raise BadInput("proof-range", f"no consistency proof leads from {size1} to {size2}")
    first, ranges = (0, size1), _between(size1, size2)
    # Where the smaller tree is one full subtree of the larger, no range of the proof is in it.
    whole = all(start >= size1 for start, _ in ranges)
    found = _roots_of(leaves, [*ranges, first] if whole else ranges)
    proof = tuple(found[one] for one in ranges)
    root1, root2 = roots_from_consistency(size1, size2, found.get(first, EMPTY_ROOT), proof)
    return root1, root2, proof


def roots_at(leaves: Iterable[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """The root of each of *sizes* that *leaves* reach."""
    found = {0: EMPTY_ROOT} if 0 in sizes else {}
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(islice(leaves, max(sizes, default=0)), start=1):
        frontier = push(size - 1, frontier, leaf)
        if size in sizes:
            found[size] = root(frontier)
    return found


def first_difference(one: Iterable[bytes], other: Iterable[bytes]) -> int | None:
    """The first position where two logs differ, by their leaves; ``None`` as far as both go."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((position for position, (a, b) in pairs if a != b), None)


def _beside(index: int, size: int) -> list[_Range]:
    """The ranges of leaves whose roots lead from leaf *index* to the root, the lowest first."""
    found: list[_Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def _between(size1: int, size2: int) -> list[_Range]:
    """The ranges whose roots lead from the root of *size1* leaves to that of *size2*."""
    found: list[_Range] = []
    start, end = 0, size2
    while end != size1:
        middle = start + _split(end - start)
        if size1 <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    if start:
        found.append((start, end))
    return found[::-1]


def _roots_of(leaves: Iterable[bytes], ranges: Iterable[_Range]) -> dict[_Range, bytes]:
    """The root of each of *ranges*, which lie side by side from the first leaf on."""
    found: dict[_Range, bytes] = {}
    unread = iter(leaves)
    for start, end in sorted(ranges):
        frontier: tuple[bytes, ...] = ()
        count = -1
        for count, leaf in enumerate(islice(unread, end - start)):
            frontier = push(count, frontier, leaf)
        if count + 1 < end - start:
            raise Unproven("missing-entry", f"the log ends before position {end - 1}")
        found[start, end] = root(frontier)
    return found


def _split(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << ((size - 1).bit_length() - 1)


def _hash(line: str) -> bytes:
    try:
        found = a2b_base64(line)
    except (BinasciiError, ValueError):
        found = b""
    if len(found) != _HASH or b64encode(found).decode() != line:
        raise _malformed("a hash is not 32 bytes in canonical base64")
    return found


def _malformed(why: str) -> BadInput:
    return BadInput(
        "malformed-proof",
        f"this is no proof: {why}",
        hint="it is handed on as assent audit prove printed it, to the last newline",
    )
