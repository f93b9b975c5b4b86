"""The log: all envelopes in one order, appended to and read, never judged.

One log is one serial writer on purpose. An append is durable before it returns, whole or
not at all, stored only behind the entries that were judged, and idempotent: the hash of
an envelope is its request id, so what became of an append is looked up, never guessed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, Self

from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.seal.merkle import leaf_hash
from ledger.store.rows import Head, Placed, Row, Stray
from ledger.store.sqlite import SqliteStore
from ledger.store.sqlite_pool import check_file, create_file

__all__ = ["EventLog", "Head", "LogStore", "Placed", "Row", "Stray", "create_log", "open_log"]

Tell = Callable[[Head], None]
"""Told the head just behind the envelopes of an append, before it is durable."""


class LogStore(Protocol):
    """What keeps the rows of a log. Each method may raise what :meth:`edge` turns into ours."""

    @property
    def name(self) -> str:
        """What people are told of it; no password is in it."""

    def edge(self) -> AbstractContextManager[None]:
        """Turn the errors of whatever lies below into ours."""

    def append(self, envelopes: Sequence[Placed], size: int, tell: Tell) -> None:
        """Store *envelopes* behind exactly *size* entries; where they are already, say so."""

    def rows(self, start: int, limit: int) -> list[Row]:
        """The rows at *start* and the *limit* - 1 positions after it, fewer at the end."""

    def size(self) -> int:
        """The number of positions."""

    def claimed_head(self) -> Head | None:
        """The head as the store claims it; None where it claims none that can be one."""

    def find(self, leaf: bytes) -> int | None:
        """The first position whose leaf hash, as indexed, is *leaf*."""

    def strays(self, limit: int) -> list[Stray]:
        """Up to *limit* stored rows that are not where an append would have put them."""

    def turn(self) -> AbstractContextManager[None]:
        """A turn among those who write, as far as this store has turns; waiting never fails."""

    def close(self) -> None:
        """Let go of it."""


class EventLog:
    """A log in its *store*. Use it in a ``with`` statement, or :meth:`close` it.

    Every method raises :class:`Uncheckable` (``store-unavailable``, ``store-damaged``) where
    the store cannot be used.
    """

    def __init__(self, store: LogStore) -> None:
        self._store = store

    @property
    def store(self) -> LogStore:
        """What keeps the rows."""
        return self._store

    @property
    def name(self) -> str:
        """What people are told of it; no password is in it."""
        return self._store.name

    def append(self, envelopes: Sequence[Placed], size: int) -> Head:
        """Store *envelopes* behind exactly *size* entries, and return the head just after them.

        The first of them stands at ``head.size - len(envelopes)``, also where the same bytes
        were stored before; they are not stored twice. Raises :class:`Conflict` (``log-moved``,
        ``partly-stored``) and :class:`BadInput` (``nothing-to-append``, ``unknown-kind``,
        ``envelope-too-large``) with nothing written, :class:`Uncheckable` (``outcome-unknown``)
        where the store failed so that not even a look told.
        """
        if not envelopes:
            raise BadInput("nothing-to-append", "an append takes at least one envelope")
        heads: list[Head] = []
        try:
            with self._store.edge():
                self._store.append(envelopes, size, heads.append)
        except Uncheckable:
            # The transaction told its head before the failure: the commit itself broke.
            if heads and self._holds(envelopes, heads[-1]):
                return heads[-1]
            raise
        return heads[-1]

    def read(self, start: int, limit: int) -> list[Row]:
        """The rows at positions *start* to *start* + *limit* - 1, fewer at the end of the log.

        A position whose row or leaf is missing is there, with None for what is missing.
        """
        if start < 0 or limit < 1:
            raise BadInput("no-such-position", f"cannot read {limit} rows from position {start}")
        with self._store.edge():
            return self._store.rows(start, limit)

    def scan(self, start: int = 0, chunk: int = 1000) -> Iterator[Row]:
        """Every row from *start* to the end of the log, *chunk* of them in memory at a time."""
        while rows := self.read(start, chunk):
            yield from rows
            start += len(rows)

    def row(self, position: int) -> Row:
        """The row at *position*. Raises :class:`BadInput` (``no-such-position``)."""
        for row in self.read(max(position, 0), 1):
            if row.position == position:
                return row
        raise BadInput(
            "no-such-position",
            f"there is no position {position}; the log has {self.size()} entries, from 0",
        )

    def size(self) -> int:
        """The number of positions, as the store claims."""
        with self._store.edge():
            return self._store.size()

    def head(self) -> Head:
        """The head as the store claims it. Raises :class:`Unproven` (``head-damaged``)."""
        with self._store.edge():
            head = self._store.claimed_head()
        if head is None:
            raise Unproven(
                "head-damaged",
                f"the head row of {self.name} is missing, or its root does not follow from it",
            )
        return head

    def find(self, leaf: bytes) -> int | None:
        """The first position with the *leaf* hash, by the index; None where it has none."""
        with self._store.edge():
            return self._store.find(leaf)

    def strays(self, limit: int = 1000) -> list[Stray]:
        """Up to *limit* stored rows that no position points to, or that claim a false squat."""
        with self._store.edge():
            return self._store.strays(limit)

    def turn(self) -> AbstractContextManager[None]:
        """Wait until it is one's turn to write, and keep it for a ``with`` block.

        Whoever judges again and appends within one loses to nobody who does so too, however
        slow they are; among those, the order is that in which they asked. Nothing rests on it.
        """
        return self._store.turn()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _holds(self, envelopes: Sequence[Placed], head: Head) -> bool:
        try:
            first = self.find(leaf_hash(envelopes[0].raw))
        except Uncheckable as error:
            raise Uncheckable(
                "outcome-unknown",
                f"{self.name} failed during an append, and cannot be read to see what became of it",
                hint="try again when it can be read: the same bytes are never stored twice",
            ) from error
        return first == head.size - len(envelopes)


def create_log(path: Path) -> EventLog:
    """A new, empty log in the file *path*, which must not exist; its folder must.

    Raises :class:`Refused` (``ledger-exists``), :class:`Uncheckable` (``store-unavailable``).
    """
    create_file(path)
    return open_log(path)


def open_log(path: Path) -> EventLog:
    """The log in the file *path*; a missing file is never created.

    Raises :class:`BadInput` (``not-a-ledger``), :class:`Uncheckable` (``store-unavailable``,
    ``store-layout``, ``store-damaged``).
    """
    check_file(path)
    return EventLog(SqliteStore(path))
