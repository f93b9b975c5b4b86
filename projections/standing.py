"""The verified standing, kept beside the views: one row per state, and the last roots.

It commits together with the views it was built with, so that the next command neither
replays the log nor ever finds the two at different positions.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    delete,
    select,
    update,
)

from ledger.decide.context import SEEN_WINDOW
from ledger.decide.kept import Changes
from projections.rows import CODE_VERSION, checksum
from projections.tables import METADATA, put

standing = Table(
    "standing",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("checksum", BigInteger, nullable=False),
)

standing_roots = Table(
    "standing_roots",
    METADATA,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
)

tracking = Table(
    "tracking",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("code_version", Integer, nullable=False),
)


ROW = select(standing.c.value, standing.c.checksum).where(standing.c.key == bindparam("wanted"))
"""The question for one row of the standing; made once, as it is asked most."""

ROOT = select(standing_roots.c.root).where(standing_roots.c.size == bindparam("wanted"))
"""The question for the Merkle root at one size."""


def begin(connection: Connection) -> None:
    """Say that nothing has been taken into account yet."""
    put(connection, tracking, [{"id": 1, "position": 0, "code_version": CODE_VERSION}])


def tracked(connection: Connection) -> tuple[int, int] | None:
    """How many entries are taken into account, and by which version."""
    found = connection.execute(select(tracking.c.position, tracking.c.code_version)).first()
    return None if found is None else (found[0], found[1])


def advance(connection: Connection, expected: int, size: int) -> bool:
    """Move on from *expected* entries to *size*; false where they were not as many.

    The row stays locked until the transaction ends: on a server, too, one writes at a time.
    Views that other code has meanwhile built anew are left to it.
    """
    ours = (tracking.c.position == expected) & (tracking.c.code_version == CODE_VERSION)
    moved = connection.execute(update(tracking).where(ours).values(position=size))
    return moved.rowcount == 1


def keep(connection: Connection, changes: Changes, size: int) -> None:
    """Write what changed in a standing that has passed *size* entries."""
    put(
        connection,
        standing,
        [
            {"key": key, "value": value, "checksum": checksum(value)}
            for key, value in changes.rows.items()
        ],
    )
    roots = [{"size": at, "root": root} for at, root in changes.roots.items()]
    put(connection, standing_roots, roots)
    connection.execute(delete(standing_roots).where(standing_roots.c.size < size - SEEN_WINDOW))
