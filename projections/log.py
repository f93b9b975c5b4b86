"""The log as a table: its entries, what an audit found in them, and what people said."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    func,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.events import CommentMade, Event, FindingAcknowledged
from projections.summaries import summary
from projections.tables import METADATA, Values, instant, put

entries = Table(
    "entries",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("leaf", Text, nullable=False),
    Column("stream", Text),
    Column("version", Integer),
    Column("kind", Text),
    Column("signer", Text),
    Column("key_id", Text),
    Column("at", Text),
    Column("judged_at", Text, nullable=False),
    Column("admitted", Boolean, nullable=False),
    Column("placed", Boolean, nullable=False),
    Column("rule", Text),
    Column("proposal", Integer),
    Column("summary", Text, nullable=False),
    Index("entries_by_stream", "stream", "position"),
    Index("entries_by_signer", "signer", "position"),
    Index("entries_by_kind", "kind", "position"),
)

findings = Table(
    "findings",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("expected", Text),
    Column("actual", Text),
    Column("acknowledged_by", Text),
    Column("acknowledged_position", Integer),
)

comments = Table(
    "comments",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("comments_by_number", "number", "position"),
)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write what *judged* entries add to the log's tables."""
    put(connection, entries, [_entry(one, standing) for one in judged])
    put(connection, findings, [row for one in judged for row in _finding(one)])
    put(connection, comments, [row for one in judged for row in _comment(one, standing)])
    for one in judged:
        if one.admitted and one.entry and isinstance(one.entry.event, FindingAcknowledged):
            connection.execute(
                update(findings)
                .where(findings.c.position == one.entry.event.position)
                .values(acknowledged_by=one.entry.by.signer, acknowledged_position=one.position)
            )


def _entry(one: Judged, standing: Standing) -> Values:
    entry = one.entry
    said = "not an entry" if entry is None else summary(entry.event)
    return {
        "position": one.position,
        "leaf": one.leaf.hex(),
        "stream": None if entry is None else entry.stream,
        "version": None if entry is None else entry.version,
        "kind": None if entry is None else entry.event.kind,
        "signer": None if entry is None else entry.by.signer,
        "key_id": None if entry is None else entry.by.key,
        "at": None if entry is None else entry.at,
        "judged_at": instant(one.at),
        "admitted": one.admitted,
        "placed": one.placed,
        "rule": None if one.finding is None else one.finding.rule,
        "proposal": None if entry is None else _number(entry.event, one.position, standing),
        "summary": said,
    }


def _number(event: Event, position: int, standing: Standing) -> int | None:
    """The number of the proposal an entry names, if it was open by then.

    A refused entry may name an id that somebody opens later; it said nothing about that one.
    """
    named = getattr(event, "proposal", None)
    state = None if named is None else standing.proposal(named)
    return None if state is None or state.opened_position > position else state.number


def _finding(one: Judged) -> Iterator[Values]:
    found = one.finding
    if found is not None:
        yield {
            "position": one.position,
            "rule": found.rule,
            "severity": found.severity,
            "message": found.message,
            "expected": found.expected,
            "actual": found.actual,
            "acknowledged_by": None,
            "acknowledged_position": None,
        }


def _comment(one: Judged, standing: Standing) -> Iterator[Values]:
    if one.entry is None or not one.admitted or not isinstance(one.entry.event, CommentMade):
        return
    event = one.entry.event
    yield {
        "position": one.position,
        "proposal": event.proposal,
        "number": _number(event, one.position, standing),
        "signer": one.entry.by.signer,
        "at": instant(one.at),
        "text": event.text,
    }


def log_entries(
    connection: Connection,
    *,
    stream: str | None = None,
    by: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
    up_to: int | None = None,
) -> list[Row[tuple[object, ...]]]:
    """The last *limit* entries of a stream, signer and kind, up to a position, newest last."""
    wanted = select(entries).order_by(entries.c.position.desc())
    for column, value in (("stream", stream), ("signer", by), ("kind", kind)):
        if value is not None:
            wanted = wanted.where(entries.c[column] == value)
    if up_to is not None:
        wanted = wanted.where(entries.c.position <= up_to)
    return list(connection.execute(wanted.limit(limit)).all())[::-1]


def entry_at(connection: Connection, position: int) -> Row[tuple[object, ...]] | None:
    """The entry at *position* as the views know it."""
    return connection.execute(select(entries).where(entries.c.position == position)).first()


def leaf_at(connection: Connection, position: int) -> bytes | None:
    """The leaf hash that this client saw at *position*."""
    found = connection.scalar(select(entries.c.leaf).where(entries.c.position == position))
    return None if found is None else bytes.fromhex(found)


def first_difference(connection: Connection, leaves: Iterable[tuple[int, bytes]]) -> int | None:
    """The first of the positions in *leaves* whose leaf hash is not what this client saw.

    Positions must come in order; those this client never saw are passed over.
    """
    wanted = select(entries.c.position, entries.c.leaf).order_by(entries.c.position)
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


def position_at(connection: Connection, time: str) -> int | None:
    """The last position of the longest prefix whose ledger time is not after *time*."""
    after = select(func.min(entries.c.position)).where(
        entries.c.admitted, entries.c.judged_at > time
    )
    first = connection.scalar(after)
    if first is None:
        last: int | None = connection.scalar(select(func.max(entries.c.position)))
        return last
    return None if first == 0 else int(first) - 1


def finding_list(
    connection: Connection, *, unacknowledged: bool = False
) -> list[Row[tuple[object, ...]]]:
    """The findings, in the order of the log; only those nobody took note of, if wanted."""
    wanted = select(findings).order_by(findings.c.position)
    if unacknowledged:
        wanted = wanted.where(findings.c.acknowledged_by.is_(None))
    return list(connection.execute(wanted).all())


def comment_list(connection: Connection, number: int) -> list[Row[tuple[object, ...]]]:
    """What was said about a proposal, oldest first."""
    wanted = select(comments).where(comments.c.number == number)
    return list(connection.execute(wanted.order_by(comments.c.position)).all())
