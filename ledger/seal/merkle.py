"""The tree over all envelopes: RFC 6962, section 2.1, with SHA-256.

Leaves are hashed behind a zero byte and nodes behind a one, so neither can pass
for the other. A log keeps only the **frontier**: the roots of the full subtrees
from left to right, one for each bit of its size, from which the root and the
next frontier follow. Hashes are 32 bytes. The computing halves are public
(:func:`root_from_inclusion`, :func:`roots_from_consistency`); the checking halves
raise.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

from ledger.errors import BadInput, Unproven

EMPTY_ROOT: Final = sha256(b"").digest()
"""The root of no leaves: the SHA-256 of nothing."""

Leaves = Callable[[int], bytes]
"""Leaf hash by position; for a sequence of hashes, its ``__getitem__``."""

_HASH: Final = 32


def leaf_hash(data: bytes) -> bytes:
    """The leaf hash of *data*, for an entry its whole envelope."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above *left* and *right*."""
    return sha256(b"\x01" + left + right).digest()


def push(size: int, frontier: tuple[bytes, ...], leaf: bytes) -> tuple[bytes, ...]:
    """The frontier of *size* + 1 leaves: that of *size* leaves and one more *leaf* hash."""
    kept = len(frontier)
    while size & 1:
        kept -= 1
        leaf = sha256(b"\x01" + frontier[kept] + leaf).digest()
        size >>= 1
    return (*frontier[:kept], leaf)


def root(frontier: tuple[bytes, ...]) -> bytes:
    """The root of the tree with this *frontier*."""
    if not frontier:
        return EMPTY_ROOT
    found = frontier[-1]
    for subtree in frontier[-2::-1]:
        found = sha256(b"\x01" + subtree + found).digest()
    return found


def inclusion_proof(leaves: Leaves, index: int, size: int) -> list[bytes]:
    """The proof that leaf *index* is in the tree of the first *size* leaves.

    Reads every leaf once. Raises :class:`BadInput` (``proof-range``).
    """
    if not 0 <= index < size:
        raise BadInput("proof-range", f"there is no leaf {index} among {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range_root(leaves, middle, end))
            end = middle
        else:
            proof.append(_range_root(leaves, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(leaves: Leaves, size1: int, size2: int) -> list[bytes]:
    """The proof that the tree of *size2* leaves continues that of *size1*.

    Reads every leaf once. Raises :class:`BadInput` (``proof-range``), also where
    *size1* is 0: nothing is said by continuing nothing.
    """
    if not 0 < size1 <= size2:
        raise BadInput("proof-range", f"no consistency proof leads from {size1} to {size2}")
    proof: list[bytes] = []
    start, end = 0, size2
    while size1 < end:
        middle = start + _split(end - start)
        if size1 <= middle:
            proof.append(_range_root(leaves, middle, end))
            end = middle
        else:
            proof.append(_range_root(leaves, start, middle))
            start = middle
    if start:
        proof.append(_range_root(leaves, start, end))
    return proof[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root of *size* leaves that *proof* leads to from *leaf* at *index*.

    Raises :class:`Unproven` (``bad-proof``) where index, size and proof do not fit.
    """
    if not 0 <= index < size:
        raise Unproven("bad-proof", f"there is no leaf {index} among {size}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    _require_hashes([leaf, *proof], inner + border + 1)
    return _chain_right(_chain(leaf, proof[:inner], index), proof[inner:])


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes
) -> None:
    """Prove that *leaf* is at *index* under the root *expected* of *size* leaves.

    Raises :class:`Unproven` (``bad-proof``).
    """
    found = root_from_inclusion(index, size, leaf, proof)
    if found != expected:
        raise Unproven("bad-proof", f"the proof leads to {found.hex()}, not {expected.hex()}")


def roots_from_consistency(
    size1: int, size2: int, root1: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """The roots of *size1* and *size2* leaves that *proof* leads to.

    *root1* is used where the smaller tree is one full subtree of the larger, whose
    proof leaves it out. Raises :class:`Unproven` (``bad-proof``) where the proof does not fit.
    """
    if not 0 < size1 <= size2:
        raise Unproven("bad-proof", f"no consistency proof leads from {size1} to {size2}")
    if size1 == size2:
        _require_hashes(proof, 0)
        return root1, root1
    inner = ((size1 - 1) ^ (size2 - 1)).bit_length()
    border = ((size1 - 1) >> inner).bit_count()
    shift = (size1 & -size1).bit_length() - 1
    whole = size1 == 1 << shift
    seed, *rest = [root1, *proof] if whole else [*proof] or [b""]
    steps = inner - shift
    _require_hashes([root1, seed, *rest], steps + border + 2)
    mask = (size1 - 1) >> shift
    old = _chain_right(_chain_left_only(seed, rest[:steps], mask), rest[steps:])
    new = _chain_right(_chain(seed, rest[:steps], mask), rest[steps:])
    return old, new


def check_consistency(
    size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Prove that the tree of *size2* leaves under *root2* continues that of *size1* under *root1*.

    Raises :class:`Unproven` (``bad-proof``).
    """
    old, new = roots_from_consistency(size1, size2, root1, proof)
    if old != root1:
        raise Unproven("bad-proof", f"the proof leads to {old.hex()}, not {root1.hex()}")
    if new != root2:
        raise Unproven("bad-proof", f"the proof leads to {new.hex()}, not {root2.hex()}")


def _split(size: int) -> int:
    """The largest power of two below *size*: where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_root(leaves: Leaves, start: int, end: int) -> bytes:
    frontier: tuple[bytes, ...] = ()
    for position in range(start, end):
        frontier = push(position - start, frontier, leaves(position))
    return root(frontier)


def _require_hashes(hashes: Sequence[bytes], count: int) -> None:
    if len(hashes) != count:
        raise Unproven("bad-proof", f"{len(hashes)} hashes where {count} are expected")
    if any(len(one) != _HASH for one in hashes):
        raise Unproven("bad-proof", "a hash that is not 32 bytes long")


def _chain(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        left = index >> level & 1
        seed = node_hash(sibling, seed) if left else node_hash(seed, sibling)
    return seed


def _chain_left_only(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        if index >> level & 1:
            seed = node_hash(sibling, seed)
    return seed


def _chain_right(seed: bytes, proof: Sequence[bytes]) -> bytes:
    for sibling in proof:
        seed = node_hash(sibling, seed)
    return seed
