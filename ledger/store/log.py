"""The log: all envelopes in one order, appended to and read, never judged.

One log is one serial writer on purpose. An append is durable before it returns, whole or
not at all, stored only behind the entries that were judged, and idempotent: the hash of
an envelope is its request id, so what became of an append is looked up, never guessed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self, cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import EventStore

from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.seal.merkle import leaf_hash
from ledger.store.mapper import EnvelopeMapper
from ledger.store.rows import Head, Placed, Row, Stray
from ledger.store.sqlite import LedgerRecorder
from ledger.store.sqlite_pool import LedgerDatastore, as_ours, check_file, create_file

__all__ = ["EventLog", "Head", "Placed", "Row", "Stray", "create_log", "open_log"]


class EventLog:
    """A log in one file. Use it in a ``with`` statement, or :meth:`close` it.

    Every method raises :class:`Uncheckable` (``store-unavailable``, ``store-damaged``) where
    the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._recorder = LedgerRecorder(LedgerDatastore(path))
        self._events = EventStore(EnvelopeMapper(), self._recorder)

    def append(self, envelopes: Sequence[Placed], size: int) -> Head:
        """Store *envelopes* behind exactly *size* entries, and return the head just after them.

        The first of them stands at ``head.size - len(envelopes)``, also where the same bytes
        were stored before; they are not stored twice. Raises :class:`Conflict` (``log-moved``,
        ``partly-stored``) and :class:`BadInput` (``nothing-to-append``, ``unknown-kind``,
        ``envelope-too-large``) with nothing written, :class:`Uncheckable` (``outcome-unknown``)
        where the file failed so that not even a look told.
        """
        if not envelopes:
            raise BadInput("nothing-to-append", "an append takes at least one envelope")
        heads: list[Head] = []
        events = cast("Sequence[DomainEventProtocol[str]]", envelopes)
        try:
            with as_ours(self.path):
                self._events.put(events, size=size, tell=heads.append)
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
        with as_ours(self.path):
            return self._recorder.rows(start, limit)

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
        with as_ours(self.path):
            return self._recorder.size()

    def head(self) -> Head:
        """The head as the store claims it. Raises :class:`Unproven` (``head-damaged``)."""
        with as_ours(self.path):
            head = self._recorder.claimed_head()
        if head is None:
            raise Unproven(
                "head-damaged",
                f"the head row of {self.path} is missing, or its root does not follow from it",
            )
        return head

    def find(self, leaf: bytes) -> int | None:
        """The first position with the *leaf* hash, by the index; None where it has none."""
        with as_ours(self.path):
            return self._recorder.find(leaf)

    def strays(self, limit: int = 1000) -> list[Stray]:
        """Up to *limit* stored rows that no position points to, or that claim a false squat."""
        with as_ours(self.path):
            return self._recorder.strays(limit)

    def close(self) -> None:
        """Close the file."""
        self._recorder.datastore.close()

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
                f"{self.path} failed during an append, and cannot be read to see what became of it",
                hint="try again when it can be read: the same bytes are never stored twice",
            ) from error
        return first == head.size - len(envelopes)


def create_log(path: Path) -> EventLog:
    """A new, empty log at *path*, which must not exist; its folder must.

    Raises :class:`Refused` (``ledger-exists``), :class:`Uncheckable` (``store-unavailable``).
    """
    create_file(path)
    return open_log(path)


def open_log(path: Path) -> EventLog:
    """The log at *path*; a missing file is never created.

    Raises :class:`BadInput` (``not-a-ledger``), :class:`Uncheckable` (``store-unavailable``,
    ``store-layout``, ``store-damaged``).
    """
    check_file(path)
    return EventLog(path)
