"""The log as a table: its entries, what an audit found in them, and what people said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    func,
    select,
    text,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.events import Event
from projections.summaries import summary
from projections.tables import METADATA, Values, chunks, instant, many, put

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
    Index("entries_by_proposal", "proposal", "position"),
    Index(
        "entries_by_refusal",
        "judged_at",
        sqlite_where=text("rule IS NOT NULL"),
        postgresql_where=text("rule IS NOT NULL"),
    ),
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
    Column("found_position", Integer, nullable=False),
    Column("acknowledged_by", Text),
    Column("acknowledged_position", Integer),
    Index("findings_by_severity", "severity", "position"),
)

PROBES: Final = 50
"""How many entries one step of a search by time looks at."""

ACKNOWLEDGED: Final = ("acknowledged_by", "acknowledged_position")
"""The columns that say who has taken note of a finding."""

Times = Mapping[int, str]
"""Positions, each with ledger time after its entry."""

CORRECTION: Final = "clock.corrected"
"""The kind of entry after which ledger time may be earlier than before it."""

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
    put(connection, findings, [row for one in judged for row in _findings(one)])
    put(connection, comments, [row for one in judged for row in _comment(one, standing)])
    noted = {
        one.entry.event.position
        for one in judged
        if one.admitted and one.entry and isinstance(one.entry.event, events.FindingAcknowledged)
    }
    _acknowledge(connection, noted, standing)


def forget(connection: Connection, standing: Standing) -> None:
    """Take back what was taken note of by those whose keys were disowned since."""
    noted = select(findings.c.position).where(findings.c.acknowledged_by.is_not(None))
    _acknowledge(connection, connection.scalars(noted).all(), standing)


def admitted_of(connection: Connection, kinds: Sequence[str], size: int) -> Iterator[int]:
    """Where the first *size* entries have admitted ones of these *kinds*, in order."""
    column = entries.c
    wanted = select(column.position).where(
        column.kind.in_(kinds), column.admitted, column.position < size
    )
    return iter(connection.scalars(wanted.order_by(column.position)))


def _acknowledge(connection: Connection, positions: Iterable[int], standing: Standing) -> None:
    """Say of the findings at *positions* who has taken note of them, if anybody has."""
    states = [state for at in positions if (state := standing.finding(at)) is not None]
    wanted: BindParameter[int] = bindparam("wanted")
    said: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ACKNOWLEDGED}
    many(
        connection,
        update(findings).where(findings.c.position == wanted).values(said),
        [
            {
                "wanted": state.position,
                "acknowledged_by": state.acknowledged_by,
                "acknowledged_position": state.acknowledged_at,
            }
            for state in states
        ],
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
    """The number of the proposal an entry names, or whose review, if it was open by then.

    A refused entry may name an id that somebody opens later; it said nothing about that one.
    """
    named = getattr(event, "proposal", None)
    if isinstance(event, events.ExceptionClosed):
        named = event.exception
    elif isinstance(event, events.ReviewClosed):
        review, granted = standing.review(event.subject), standing.exception(event.subject)
        began = position if review is None else (granted or review).position
        named = None if review is None or began > position else review.proposal
    state = None if named is None else standing.proposal(named)
    return None if state is None or state.opened_position > position else state.number


def _findings(one: Judged) -> Iterator[Values]:
    """What is said of the entry *one*, and of earlier ones that its time was too late for."""
    refused = () if one.finding is None else (one.finding,)
    for found in (*refused, *one.notices):
        yield {
            "position": found.position,
            "rule": found.rule,
            "severity": found.severity,
            "message": found.message,
            "expected": found.expected,
            "actual": found.actual,
            "found_position": one.position,
            "acknowledged_by": None,
            "acknowledged_position": None,
        }


def _comment(one: Judged, standing: Standing) -> Iterator[Values]:
    if one.entry is None or not one.admitted or not isinstance(one.entry.event, events.CommentMade):
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


def times_at(connection: Connection, positions: Iterable[int]) -> Times:
    """Ledger time after each of the entries at *positions*, which were written before."""
    column = entries.c
    found: dict[int, str] = {}
    for some in chunks(sorted(positions)):
        wanted = select(column.position, column.judged_at).where(column.position.in_(some))
        found |= {row.position: row.judged_at for row in connection.execute(wanted)}
    return found


def log_entries(
    connection: Connection,
    *,
    stream: str | None = None,
    by: str | None = None,
    kind: str | None = None,
    proposal: int | None = None,
    limit: int | None = None,
    up_to: int | None = None,
) -> list[Row[tuple[object, ...]]]:
    """The last *limit* entries of a stream, signer, kind and proposal, up to a position.

    The newest is the last; those that a rule refused are among them.
    """
    wanted = select(entries).order_by(entries.c.position.desc())
    asked = {"stream": stream, "signer": by, "kind": kind, "proposal": proposal}
    for column, value in asked.items():
        if value is not None:
            wanted = wanted.where(entries.c[column] == value)
    if up_to is not None:
        wanted = wanted.where(entries.c.position <= up_to)
    return list(connection.execute(wanted.limit(limit)).all())[::-1]


def entry_at(connection: Connection, position: int) -> Row[tuple[object, ...]] | None:
    """The entry at *position* as the views know it."""
    return connection.execute(select(entries).where(entries.c.position == position)).first()


def position_at(connection: Connection, time: str) -> int | None:
    """The last position of the longest prefix whose ledger time is not after *time*.

    Ledger time only rises, but at corrections of the clock: so the last of them that is by
    *time* is where the search begins. All that begins after *time* stays after it.
    """
    turns = select(entries.c.position).where(entries.c.kind == CORRECTION, entries.c.admitted)
    starts = [0, *connection.scalars(turns.order_by(entries.c.position))]
    end = connection.scalar(select(func.max(entries.c.position)))
    for start in reversed(starts if end is not None else ()):
        if _is_by(connection, start, time):
            return _last_by(connection, time, start, end)
    return None


def _last_by(connection: Connection, time: str, first: int, last: int) -> int:
    """The last position from *first*, which is by *time*, to *last* that is by *time*."""
    while first < last:
        step = max(1, (last - first) // PROBES)
        found = times_at(connection, range(first + step, last + 1, step))
        first = max((at for at, moment in found.items() if moment <= time), default=first)
        last = min(last, first + step - 1)
    return first


def _is_by(connection: Connection, position: int, time: str) -> bool:
    """Whether ledger time after the entry at *position* is not after *time*."""
    judged_at = select(entries.c.judged_at).where(entries.c.position == position)
    return str(connection.scalar(judged_at)) <= time


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
