"""The recorder: the library's application recorder for SQLite, with a position of our own.

The library's row ids may have gaps, and are used again after a row was deleted. So each
append also writes, in its own transaction, a contiguous leaf index, the leaf hash and the
one head row with the frontier of the Merkle tree.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import EventStore, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteCursor

from ledger.seal.merkle import leaf_hash
from ledger.store import leaves
from ledger.store.conflicts import log_moved
from ledger.store.gaps import fill, number_of, text_of
from ledger.store.mapper import EnvelopeMapper
from ledger.store.rows import RAW_LIMIT, Head, Placed, Row, Stray
from ledger.store.sqlite_pool import PATIENCE, LedgerDatastore, as_ours
from ledger.store.turns import Turns

_LAST: Final = 2**62

# Casts and cuts, because a file that others can write holds whatever type and size they
# like. The statements are made of constants only, hence the silence about S608.
_COLUMNS: Final = (
    "substr(CAST(e.originator_id AS BLOB), 1, 512), CAST(e.originator_version AS INTEGER),"
    " substr(CAST(e.topic AS BLOB), 1, 512)"
)
_SELECT_ROWS: Final = (
    f"SELECT l.leaf_index, {_COLUMNS}, CASE WHEN e.state IS NOT NULL THEN"  # noqa: S608
    # substr() of nothing is NULL, and an empty row is rubbish, not a row that is gone.
    f" coalesce(substr(CAST(e.state AS BLOB), 1, {RAW_LIMIT}), x'') END,"
    " substr(CAST(l.leaf_hash AS BLOB), 1, 64)"
    " FROM merkle_leaf AS l LEFT JOIN stored_events AS e ON e.rowid = l.notification_id"
    " WHERE l.leaf_index >= ? ORDER BY l.leaf_index LIMIT ?"
)
_SELECT_STRAYS: Final = (
    f"SELECT e.rowid, {_COLUMNS}, 'no-leaf' FROM stored_events AS e WHERE NOT EXISTS"  # noqa: S608
    " (SELECT 1 FROM merkle_leaf AS l WHERE l.notification_id = e.rowid"
    " AND l.leaf_index BETWEEN 0 AND :size - 1)"
    f" UNION ALL SELECT e.rowid, {_COLUMNS}, 'squat' FROM stored_events AS e"
    " WHERE e.squat <> 0 AND NOT EXISTS (SELECT 1 FROM stored_events AS b WHERE"
    " b.originator_id = e.originator_id AND b.originator_version = e.originator_version"
    " AND b.squat = e.squat - 1)"
    " UNION ALL SELECT leaf_index, NULL, NULL, NULL, 'outlying-leaf' FROM merkle_leaf"
    " WHERE leaf_index NOT BETWEEN 0 AND :size - 1 LIMIT :limit"
)
_INSERT_EVENT: Final = (
    "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state, squat)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_SELECT_SQUATS: Final = (
    "SELECT squat FROM stored_events WHERE originator_id = ? AND originator_version = ?"
)
_SELECT_FREE_ID: Final = (
    "SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM stored_events WHERE rowid = ?1) UNION ALL"
    " SELECT * FROM (SELECT a.rowid + 1 FROM stored_events AS a WHERE a.rowid >= ?1 AND NOT EXISTS"
    " (SELECT 1 FROM stored_events AS b WHERE b.rowid = a.rowid + 1) ORDER BY a.rowid LIMIT 1)"
)


class LedgerRecorder(SQLiteApplicationRecorder):
    """Stored events in one order, with their Merkle tree.

    ``insert_events(events, size=N)`` stores them only where the log has exactly N entries;
    events already stored are found by their leaf and not stored again. Without ``size`` it
    behaves as the library's recorders do.
    """

    def __init__(self, datastore: LedgerDatastore) -> None:
        super().__init__(datastore)

    def construct_create_table_statements(self) -> list[str]:
        """None: tables come with the file, never on first use by several processes."""
        return []

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int]:
        size: int | None = kwargs.get("size")
        tell: Callable[[Head], None] = kwargs.get("tell", _nobody)
        hashes = [leaf_hash(event.state) for event in stored_events]
        if size is not None:
            first = leaves.already_stored(c, hashes)
            if first is not None:
                tell(leaves.head_at(c, first + len(hashes)))
                return leaves.row_ids(c, first, len(hashes))
        head = leaves.working_head(c)
        if size is not None and head.size != size:
            raise log_moved(head.size, size)
        positions = range(head.size, head.size + len(hashes))
        row_ids = [
            _insert(c, event, position, past_rubbish=size is not None)
            for event, position in zip(stored_events, positions, strict=True)
        ]
        # REPLACE: what stands at a position past the end is no leaf, and must not block this one.
        c.executemany(
            "INSERT OR REPLACE INTO merkle_leaf (leaf_index, notification_id, leaf_hash)"
            " VALUES (?, ?, ?)",
            list(zip(positions, row_ids, hashes, strict=True)),
        )
        grown = leaves.grow(head, hashes)
        c.execute(
            "INSERT OR REPLACE INTO merkle_head (id, size, frontier, root) VALUES (1, ?, ?, ?)",
            (grown.size, b"".join(grown.frontier), grown.root),
        )
        tell(grown)
        return row_ids

    def claimed_head(self) -> Head | None:
        """The head as its row claims it; None where the row is missing or no head at all."""
        with self.datastore.transaction(commit=False) as c:
            return leaves.claimed_head(c)

    def size(self) -> int:
        """The number of positions (how it is told: :mod:`ledger.store.leaves`)."""
        with self.datastore.transaction(commit=False) as c:
            return leaves.working_head(c).size

    def rows(self, start: int, limit: int) -> list[Row]:
        """The rows at *start* and the *limit* - 1 positions after it, fewer at the end."""
        if start > _LAST:
            return []
        with self.datastore.transaction(commit=False) as c:
            found = _select_rows(c, start, min(limit, _LAST))
            whole = len(found) == limit and found[-1].position == start + limit - 1
            return (
                found
                if whole
                else list(fill(found, start, min(start + limit, leaves.working_head(c).size)))
            )

    def find(self, leaf: bytes) -> int | None:
        """The first position whose leaf hash, as indexed, is *leaf*."""
        with self.datastore.transaction(commit=False) as c:
            return leaves.find(c, leaf)

    def strays(self, limit: int) -> list[Stray]:
        """Up to *limit* stored rows that are not where an append would have put them."""
        with self.datastore.transaction(commit=False) as c:
            c.execute(_SELECT_STRAYS, {"size": leaves.working_head(c).size, "limit": limit})
            return [
                Stray(row_id, text_of(stream), number_of(version), text_of(kind), why)
                for row_id, stream, version, kind, why in c.fetchall()
            ]


class SqliteStore:
    """The log in one SQLite file, behind the library's event store.

    *patience* is how many seconds it waits for a file that another program holds.
    """

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        self.path = path
        self.name = str(path)
        self._recorder = LedgerRecorder(LedgerDatastore(path, patience))
        self._events = EventStore(EnvelopeMapper(), self._recorder)
        self.rows = self._recorder.rows
        self.size = self._recorder.size
        self.claimed_head = self._recorder.claimed_head
        self.find = self._recorder.find
        self.strays = self._recorder.strays
        self.turn = Turns(path).turn
        self.close = self._recorder.datastore.close

    def edge(self) -> AbstractContextManager[None]:
        """Turn what SQLite and the library raise into our errors."""
        return as_ours(self.path)

    def append(self, envelopes: Sequence[Placed], size: int, tell: Callable[[Head], None]) -> None:
        """Store *envelopes* behind exactly *size* entries; where they are already, say so."""
        events = cast("Sequence[DomainEventProtocol[str]]", envelopes)
        self._events.put(events, size=size, tell=tell)


def _nobody(_: Head) -> None:
    """Called where nobody asked to be told."""


def _insert(c: SQLiteCursor, event: StoredEvent, position: int, *, past_rubbish: bool) -> int:
    place = (event.originator_id, event.originator_version)
    row_id, squat = position + 1, 0
    try:
        c.execute(_INSERT_EVENT, (row_id, *place, event.topic, event.state, squat))
    except sqlite3.IntegrityError:
        if not past_rubbish:
            raise
        # The caller judged what stands in this place to be unplaced. The least free numbers
        # rather than the largest and one: rubbish may have claimed the largest there are.
        c.execute(_SELECT_SQUATS, place)
        taken = {row[0] for row in c.fetchall()}
        squat = next(n for n in range(len(taken) + 1) if n not in taken)
        c.execute(_SELECT_FREE_ID, (row_id,))
        row_id = c.fetchone()[0]
        c.execute(_INSERT_EVENT, (row_id, *place, event.topic, event.state, squat))
    return row_id


def _select_rows(c: SQLiteCursor, start: int, limit: int) -> list[Row]:
    c.sqlite_cursor.row_factory = None
    c.execute(_SELECT_ROWS, (start, limit))
    return [
        Row(position, text_of(stream), number_of(version), text_of(kind), raw, leaf)
        for position, stream, version, kind, raw, leaf in c.sqlite_cursor
    ]
