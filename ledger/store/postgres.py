"""The log on a PostgreSQL server: the library's recorder, writing through our one function.

Each append is one call of ``append_entries`` (:mod:`ledger.store.postgres_layout`) and so one
round trip: its answer is durable, and where the answer is lost, the same call is made again
over a new connection. It finds by their hashes what became of the first, and waits for it
where it is still under way, so nothing is stored twice and nothing is guessed.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import takewhile
from typing import Any, Final, LiteralString, cast

import psycopg
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    EventStore,
    InterfaceError,
    OperationalError,
    PersistenceError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from ledger.errors import Conflict, Uncheckable
from ledger.model.address import Address
from ledger.seal.merkle import root
from ledger.store import leaves
from ledger.store.conflicts import log_moved, partly_stored
from ledger.store.gaps import fill, number_of, text_of
from ledger.store.log import EventLog
from ledger.store.mapper import EnvelopeMapper
from ledger.store.postgres_pool import LedgerDatastore, edge
from ledger.store.postgres_schema import require_log
from ledger.store.postgres_turns import PostgresTurns
from ledger.store.rows import RAW_LIMIT, Head, Placed, Row, Stray

_LAST: Final = 2**62
_PATIENCE: Final = 10.0
"""For how many seconds it is asked what became of an append whose answer was lost."""
_HASH: Final = 32
_CHUNK: Final = 10_000

# Cuts, because a table that others own holds whatever size they like, and casts, because it
# may be another table by now.
_COLUMNS: Final = (
    "convert_to(substr(e.originator_id::text, 1, 512), 'UTF8'), e.originator_version::bigint,"
    " convert_to(substr(e.topic::text, 1, 512), 'UTF8')"
)
# Constants of ours and the name of a schema, hence the silence about S608.
_STATEMENTS: Final = {
    "append": "SELECT outcome, start, size, substr(frontier, 1, 4096), ids FROM"
    " {s}.append_entries(%s::bigint, %b::text[], %b::bigint[], %b::text[], %b::bytea[])",
    "rows": f"SELECT l.leaf_index::bigint, {_COLUMNS}, substr(e.state::bytea, 1, {RAW_LIMIT}),"  # noqa: S608
    " substr(l.leaf_hash::bytea, 1, 64) FROM {s}.merkle_leaf AS l LEFT JOIN {s}.stored_events AS e"
    " ON e.notification_id = l.notification_id WHERE l.leaf_index >= %s"
    " ORDER BY l.leaf_index LIMIT %s",
    "head": "SELECT size::bigint, substr(frontier::bytea, 1, 4096), substr(root::bytea, 1, 64),"
    " EXISTS (SELECT 1 FROM {s}.merkle_leaf AS l WHERE l.leaf_index = h.size - 1"
    " AND octet_length(l.leaf_hash) = 32), (SELECT count(*) FROM (SELECT l.leaf_index,"
    " h.size - 1 + row_number() OVER (ORDER BY l.leaf_index) AS expected FROM {s}.merkle_leaf AS l"
    " WHERE l.leaf_index >= h.size AND octet_length(l.leaf_hash) = 32) AS f"
    " WHERE f.leaf_index = f.expected) FROM {s}.merkle_head AS h WHERE h.id = 1",
    "leaves": "SELECT leaf_index::bigint, substr(leaf_hash::bytea, 1, 64) FROM {s}.merkle_leaf"
    " WHERE leaf_index >= %s ORDER BY leaf_index LIMIT %s",
    "find": "SELECT min(leaf_index)::bigint FROM {s}.merkle_leaf"
    " WHERE leaf_hash = %b::bytea AND leaf_index >= 0",
    "strays": f"SELECT e.notification_id::bigint, {_COLUMNS}, 'no-leaf' FROM {{s}}.stored_events"  # noqa: S608
    " AS e WHERE NOT EXISTS (SELECT 1 FROM {s}.merkle_leaf AS l"
    " WHERE l.notification_id = e.notification_id"
    " AND l.leaf_index >= 0 AND l.leaf_index < %(size)s)"
    f" UNION ALL SELECT e.notification_id::bigint, {_COLUMNS}, 'squat' FROM {{s}}.stored_events"
    " AS e WHERE e.squat <> 0 AND NOT EXISTS (SELECT 1 FROM {s}.stored_events AS b WHERE"
    " b.originator_id = e.originator_id AND b.originator_version = e.originator_version"
    " AND b.squat = e.squat - 1)"
    " UNION ALL SELECT leaf_index::bigint, NULL, NULL, NULL, 'outlying-leaf' FROM {s}.merkle_leaf"
    " WHERE leaf_index < 0 OR leaf_index >= %(size)s LIMIT %(limit)s",
}


class _Lost(OperationalError):
    """The connection broke after something was asked over it."""


class PostgresRecorder(PostgresApplicationRecorder):
    """Stored events in one order, with their Merkle tree.

    As :class:`ledger.store.sqlite.LedgerRecorder`: ``insert_events(events, size=N)`` stores them
    only behind exactly N entries, and once; without ``size`` it behaves as the library's do.
    """

    datastore: LedgerDatastore

    def __init__(self, datastore: LedgerDatastore) -> None:
        super().__init__(datastore)
        schema = Identifier(datastore.schema)
        self._sql = {name: _composed(text, schema) for name, text in _STATEMENTS.items()}

    def create_table(self) -> None:
        """Nothing: tables come with the schema, never on first use by several processes."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Store *stored_events* in one call of our function, and return their row ids."""
        if not stored_events:
            return []
        size: int | None = kwargs.get("size")
        outcome, start, now, joined, ids = self._append(stored_events, size)
        if outcome == "moved" and size is not None:
            raise log_moved(now, size)
        if outcome == "partly":
            raise partly_stored(start, len(stored_events))
        if "tell" in kwargs:
            tell: Callable[[Head], None] = kwargs["tell"]
            end = start + len(stored_events)
            # Only the newest head came along; an older one follows from the leaves below it.
            tell(_head(now, joined) if now == end else self._head_at(end))
        return list(ids)

    def claimed_head(self) -> Head | None:
        """The head as its row claims it; None where the row is missing or no head at all."""
        found = self._ask("head")
        return leaves.as_head(*found[0][:3]) if found else None

    def size(self) -> int:
        """The number of positions (how it is told: :mod:`ledger.store.leaves`)."""
        for size, joined, claimed, has_last, beyond in self._ask("head"):
            if leaves.as_head(size, joined, claimed) is not None and (has_last or size == 0):
                return int(size + beyond)
        return self._grown(leaves.EMPTY, None).size

    def rows(self, start: int, limit: int) -> list[Row]:
        """The rows at *start* and the *limit* - 1 positions after it, fewer at the end."""
        if start > _LAST:
            return []
        found = self._rows(start, min(limit, _LAST))
        if len(found) == limit and found[-1].position == start + limit - 1:
            return found
        end = min(start + limit, self.size())
        if len(found) < end - start:
            # A hole, or what came between the two questions: its rows are there by now.
            found = self._rows(start, min(limit, _LAST))
        return list(fill(found, start, end))

    def find(self, leaf: bytes) -> int | None:
        """The first position whose leaf hash, as indexed, is *leaf*."""
        ((position,),) = self._ask("find", (leaf,))
        return position if isinstance(position, int) else None

    def strays(self, limit: int) -> list[Stray]:
        """Up to *limit* stored rows that are not where an append would have put them."""
        return [
            Stray(row_id, text_of(stream), number_of(version), text_of(kind), why)
            for row_id, stream, version, kind, why in self._ask(
                "strays", {"size": self.size(), "limit": limit}
            )
        ]

    def _append(self, events: Sequence[StoredEvent], size: int | None) -> TupleRow:
        columns = (
            [str(event.originator_id) for event in events],
            [event.originator_version for event in events],
            [event.topic for event in events],
            [event.state for event in events],
        )
        try:
            return self._call("append", (size, *columns))[0]
        except _Lost:
            if size is None:
                raise
            return self._append_again((size, *columns))

    def _append_again(self, parameters: tuple[Any, ...]) -> TupleRow:
        """What became of an append whose answer was lost."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._call("append", parameters)[0]
            except PersistenceError as error:
                away = isinstance(error, OperationalError | InterfaceError)
                if not away or time.monotonic() > deadline:
                    raise Uncheckable(
                        "outcome-unknown",
                        "the connection broke during an append, and nobody is there to say what"
                        " became of it",
                        hint="try again when the server answers: the same bytes are never stored"
                        " twice",
                    ) from error
            time.sleep(0.2)

    def _ask(self, name: str, parameters: Any = ()) -> list[TupleRow]:
        """What is read; a connection that waited until the server closed it is no trouble."""
        try:
            return self._call(name, parameters)
        except _Lost:
            return self._call(name, parameters)

    def _call(self, name: str, parameters: Any) -> list[TupleRow]:
        with self.datastore.get_connection() as connection:
            try:
                with connection.cursor(binary=True, row_factory=tuple_row) as cursor:
                    return cursor.execute(self._sql[name], parameters).fetchall()
            except psycopg.Error as error:
                if connection.closed:
                    raise _Lost(str(error)) from error
                raise

    def _rows(self, start: int, limit: int) -> list[Row]:
        return [
            Row(position, text_of(stream), number_of(version), text_of(kind), raw, leaf)
            for position, stream, version, kind, raw, leaf in self._ask("rows", (start, limit))
        ]

    def _head_at(self, size: int) -> Head:
        head = self._grown(leaves.EMPTY, size)
        if head.size != size:
            raise Uncheckable(
                "store-damaged",
                f"the index has no leaf for position {head.size}",
                hint="restore the log from a backup",
            )
        return head

    def _grown(self, head: Head, end: int | None) -> Head:
        """The *head* after the leaves that follow it without a gap, up to *end*."""
        while end is None or head.size < end:
            chunk = _CHUNK if end is None else min(_CHUNK, end - head.size)
            found = self._ask("leaves", (head.size, chunk))
            whole = takewhile(
                lambda one: one[1][0] == one[0] and len(one[1][1] or b"") == _HASH,
                enumerate(found, head.size),
            )
            good = [leaf for _, (_, leaf) in whole]
            head = leaves.grow(head, good)
            if len(good) < chunk:
                break
        return head


class PostgresStore:
    """The log in one schema of a server, behind the library's event store."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.name = address.name
        self.datastore = LedgerDatastore(address)
        self._recorder = PostgresRecorder(self.datastore)
        self._events = EventStore(EnvelopeMapper(), self._recorder)
        self.rows = self._recorder.rows
        self.size = self._recorder.size
        self.claimed_head = self._recorder.claimed_head
        self.find = self._recorder.find
        self.strays = self._recorder.strays
        self._turns = PostgresTurns(self.datastore)
        self.turn = self._turns.turn
        self.close = self.datastore.close

    def edge(self) -> AbstractContextManager[None]:
        """Turn what the driver and the library raise into our errors."""
        return edge(self.address)

    def append(self, envelopes: Sequence[Placed], size: int, tell: Callable[[Head], None]) -> None:
        """Store *envelopes* behind exactly *size* entries; where they are already, say so."""
        events = cast("Sequence[DomainEventProtocol[str]]", envelopes)
        try:
            self._events.put(events, size=size, tell=tell)
        except Conflict:
            self._turns.lost()
            raise


def open_schema(address: Address) -> EventLog:
    """The log in the schema at *address*; a missing one is never created.

    Raises :class:`BadInput` (``not-a-ledger``, ``bad-ledger-url``, ``unordered-writes``),
    :class:`Refused` (``store-forbidden``), :class:`Uncheckable` (``store-unavailable``,
    ``store-layout``, ``store-damaged``).
    """
    store = PostgresStore(address)
    with store.edge(), store.datastore.get_connection() as connection:
        require_log(connection, address)
    return EventLog(store)


def _composed(text: LiteralString, schema: Identifier) -> Composed:
    return SQL(text).format(s=schema)


def _head(size: int, joined: bytes) -> Head:
    frontier = tuple(joined[i : i + _HASH] for i in range(0, len(joined), _HASH))
    return Head(size, root(frontier), frontier)
