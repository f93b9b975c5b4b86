"""The leaf hashes that this client verified, which the log is held against."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from sqlalchemy import Connection, select

from projections.log import entries
from projections.rows import damaged

_COLUMN = entries.c


def leaf_at(connection: Connection, position: int) -> bytes | None:
    """The leaf hash that this client saw at *position*."""
    found = connection.scalar(select(_COLUMN.leaf).where(_COLUMN.position == position))
    return None if found is None else _as_leaf(position, found)


def known_leaves(connection: Connection, count: int) -> Iterator[bytes]:
    """The leaf hashes that this client saw at the first *count* positions, in their order."""
    column = _COLUMN.position
    wanted = select(column, _COLUMN.leaf).where(column < count).order_by(column)
    for position, leaf in connection.execute(wanted.execution_options(yield_per=1000)):
        yield _as_leaf(position, leaf)


def _as_leaf(position: int, text: object) -> bytes:
    """The hash that *text* writes; raises :class:`Uncheckable` (``views-damaged``) otherwise."""
    try:
        return bytes.fromhex(str(text))
    except ValueError:
        raise damaged(f"the leaf at {position} of the views is no hash") from None


def first_difference(connection: Connection, leaves: Iterable[tuple[int, bytes]]) -> int | None:
    """The first of the positions in *leaves* whose leaf hash is not what this client saw.

    Positions must come in order; those this client never saw are passed over.
    """
    wanted = select(_COLUMN.position, _COLUMN.leaf).order_by(_COLUMN.position)
    seen = iter(connection.execute(wanted.execution_options(yield_per=1000)))
    known = next(seen, None)
    for position, leaf in leaves:
        while known is not None and known.position < position:
            known = next(seen, None)
        if known is None:
            return None
        if known.position == position and known.leaf != leaf.hex():
            return position
    return None


def first_other_leaf(connection: Connection, start: int, leaves: Sequence[bytes]) -> int | None:
    """The first position from *start* on whose leaf is not the one in *leaves*; None for none."""
    within = _COLUMN.position.between(start, start + len(leaves) - 1)
    known = connection.scalars(select(_COLUMN.leaf).where(within).order_by(_COLUMN.position))
    wanted = [leaf.hex() for leaf in leaves]
    found = [str(leaf) for leaf in known]
    if found == wanted:
        return None
    same = takewhile(lambda pair: pair[0] == pair[1], zip(found, wanted, strict=False))
    return start + sum(1 for _ in same)
