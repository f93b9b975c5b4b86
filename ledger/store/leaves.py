"""The leaf index and the head row: how long a log is, and where an entry stands.

How long the log is, where the file disagrees with itself: as long as its head says, if
the leaf just below that is there (as from 0 otherwise), and as many leaves more as follow
without a gap. So leaves cut off at the end shorten it, a missing one elsewhere is a hole
in it, and a leaf added far away changes nothing; the audit hears of each.
Each function takes the cursor of a transaction that the recorder has opened.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from eventsourcing.sqlite import SQLiteCursor

from ledger.errors import Uncheckable
from ledger.seal.merkle import EMPTY_ROOT, push, root
from ledger.store.conflicts import partly_stored
from ledger.store.rows import Head

_LAST: Final = 2**62
_HASH: Final = 32
EMPTY: Final = Head(0, EMPTY_ROOT, ())


def claimed_head(c: SQLiteCursor) -> Head | None:
    """The head as its row claims it; None where the row is missing or no head at all."""
    c.execute(
        "SELECT size, substr(CAST(frontier AS BLOB), 1, 4096), substr(CAST(root AS BLOB), 1, 64)"
        " FROM merkle_head WHERE id = 1"
    )
    row = c.fetchone()
    return None if row is None else as_head(*row)


def as_head(size: object, joined: bytes | None, claimed: bytes | None) -> Head | None:
    """The head of *size* with its frontier, *joined*, and root; None where that is none."""
    joined = joined or b""
    if not isinstance(size, int) or not 0 <= size <= _LAST:
        return None
    if len(joined) != _HASH * size.bit_count():
        return None
    frontier = tuple(joined[i : i + _HASH] for i in range(0, len(joined), _HASH))
    return Head(size, claimed, frontier) if claimed == root(frontier) else None


def working_head(c: SQLiteCursor) -> Head:
    """The head that an append continues: the claimed one, grown by the leaves that follow it.

    The claim counts only where its last leaf is there. Rubbish beside the head must not stop
    honest work, so it is mended here, which hides nothing: no root is ever believed for
    standing in this row.
    """
    head = claimed_head(c)
    if head is None or (head.size and not any(_leaves(c, head.size - 1))):
        head = EMPTY
    return grow(head, _leaves(c, head.size))


def _leaves(c: SQLiteCursor, start: int) -> Iterator[bytes]:
    """The leaf hashes from *start* up to the first that is missing or none at all."""
    c.execute(
        "SELECT leaf_index, leaf_hash FROM merkle_leaf WHERE leaf_index >= ? ORDER BY leaf_index",
        (start,),
    )
    for expected, (index, leaf) in enumerate(c.sqlite_cursor, start):
        if index != expected or not isinstance(leaf, bytes) or len(leaf) != _HASH:
            return
        yield leaf


def head_at(c: SQLiteCursor, size: int) -> Head:
    """The head over the first *size* leaves. Raises :class:`Uncheckable` (``store-damaged``)."""
    head = grow(EMPTY, islice(_leaves(c, 0), size))
    if head.size != size:
        raise Uncheckable(
            "store-damaged",
            f"the index has no leaf for position {head.size}",
            hint="restore the file from a backup",
        )
    return head


def grow(head: Head, leaves: Iterable[bytes]) -> Head:
    """The *head* after *leaves* more."""
    size, frontier = head.size, head.frontier
    for leaf in leaves:
        frontier = push(size, frontier, leaf)
        size += 1
    return Head(size, root(frontier), frontier)


def find(c: SQLiteCursor, leaf: bytes) -> int | None:
    """The first position whose leaf hash, as indexed, is *leaf*."""
    c.execute(
        "SELECT min(leaf_index) FROM merkle_leaf WHERE leaf_hash = ? AND leaf_index >= 0", (leaf,)
    )
    (position,) = c.fetchone()
    return position if isinstance(position, int) else None


def already_stored(c: SQLiteCursor, leaves: Sequence[bytes]) -> int | None:
    """The position of the first of *leaves* where all are stored, None where none is.

    Raises :class:`Conflict` (``partly-stored``) where only some are, or not in one run.
    """
    found = [find(c, leaf) for leaf in leaves]
    stored = [position for position in found if position is not None]
    if not stored:
        return None
    if found == list(range(stored[0], stored[0] + len(leaves))):
        return stored[0]
    raise partly_stored(stored[0], len(leaves))


def row_ids(c: SQLiteCursor, first: int, count: int) -> list[int]:
    """The ids of the rows at *count* positions from *first* on."""
    c.execute(
        "SELECT notification_id FROM merkle_leaf WHERE leaf_index >= ? AND leaf_index < ?"
        " ORDER BY leaf_index",
        (first, first + count),
    )
    return [row[0] for row in c.fetchall()]
