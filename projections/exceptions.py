"""Exceptions: what was waived of which release, until when, and what became of them.

Table ``exceptions``. When one is reviewed stands in ``reviews``, whether the release under it
still owes in ``proposals``; the questions join them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from ledger.decide.clock import corrected_time
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.waivers import ends_at
from ledger.model.entry import Entry
from ledger.model.events import ExceptionClosed, ExceptionGranted, ReleaseStarted
from projections.proposals import proposals
from projections.reviews import reviews
from projections.settlements import late
from projections.tables import METADATA, Values, instant, listed, many, put

exceptions = Table(
    "exceptions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("release", Text, nullable=False),
    Column("release_number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("waives", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("controls", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("granted_position", Integer, nullable=False),
    Column("granted_at", Text, nullable=False),
    Column("granted_by", Text, nullable=False),
    Column("used_position", Integer),
    Column("used_at", Text),
    Column("settled_position", Integer),
    Column("settled_at", Text),
    Column("closed_position", Integer),
    Column("closed_at", Text),
    Column("closed_by", Text),
    Column("reason", Text),
    Column("unsupported_position", Integer),
    Index("exceptions_by_number", "number"),
    Index("exceptions_by_alias", "alias", "granted_position"),
    Index("exceptions_by_release", "release"),
    Index("exceptions_by_end", "closed_position", "ends_at"),
    Index("exceptions_by_granting", "granted_at"),
    Index("exceptions_by_ending", "ends_at"),
)

LATER = (
    *("used_position", "used_at", "settled_position", "settled_at"),
    *("closed_position", "closed_at", "closed_by", "reason"),
    "unsupported_position",
)
"""The columns of which nothing is known when an exception is granted."""

WANTED: BindParameter[str] = bindparam("wanted")
"""The id of an exception."""


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the exceptions that *judged* entries grant, use and close."""
    done = [
        (one, one.entry, one.entry.event)
        for one in judged
        if one.admitted and one.entry is not None
    ]
    granted = [
        _granted(standing, one, entry, event)
        for one, entry, event in done
        if isinstance(event, ExceptionGranted)
    ]
    put(connection, exceptions, granted)
    used = [
        {"wanted": name, "used_position": one.position, "used_at": instant(one.at)}
        for one, _, event in done
        if isinstance(event, ReleaseStarted)
        for name in event.exceptions
    ]
    _update(connection, used)
    closed = [
        _closed(one, entry, event)
        for one, entry, event in done
        if isinstance(event, ExceptionClosed)
    ]
    _update(connection, closed)
    said = (late(standing, one.position, event) for one, _, event in done)
    owing = {state.id for state in said if state is not None}
    used_by = [one.id for name in owing for one in standing.exceptions_of(f"proposal/{name}")]
    _update(connection, _as_now(standing, [*(row["wanted"] for row in closed), *used_by]))


def refresh(connection: Connection, standing: Standing) -> None:
    """Say anew when exceptions end, and which were made up for.

    A clock was set right, or the consent to one, or what had made up for it, was lost.
    """
    if standing.head.exceptions:
        names = connection.scalars(select(exceptions.c.id)).all()
        _update(connection, _as_now(standing, names))


def _granted(standing: Standing, one: Judged, entry: Entry, event: ExceptionGranted) -> Values:
    state, release = standing.exception(event.proposal), standing.proposal(event.release)
    return {
        "id": event.proposal,
        "number": None if state is None else state.number,
        "release": event.release,
        "release_number": None if release is None else release.number,
        "revision": event.revision,
        "alias": event.alias,
        "waives": listed(event.waives),
        "owner": event.owner,
        "incident": event.incident,
        "controls": listed(event.controls),
        "until": event.until,
        "ends_at": None if state is None else instant(ends_at(standing, state)),
        "policy": None if state is None else state.policy,
        "granted_position": one.position,
        "granted_at": instant(one.at),
        "granted_by": entry.by.signer,
        **dict.fromkeys(LATER),
    }


def _closed(one: Judged, entry: Entry, event: ExceptionClosed) -> Values:
    return {
        "wanted": event.exception,
        "closed_position": one.position,
        "closed_at": instant(one.at),
        "closed_by": entry.by.signer,
        "reason": event.reason,
    }


def _as_now(standing: Standing, names: Sequence[str]) -> list[Values]:
    """When the exceptions of those *names* end, and whether they were made up for, as of now."""
    found = ((name, standing.exception(name)) for name in names)
    return [
        {
            "wanted": name,
            "granted_at": instant(corrected_time(standing, one.position, one.at)),
            "ends_at": instant(ends_at(standing, one)),
            "settled_position": one.settled_position,
            "settled_at": instant(one.settled_at),
        }
        for name, one in found
        if one is not None
    ]


def _update(connection: Connection, rows: Sequence[Values]) -> None:
    """Write *rows*, which all have the same columns, to the exceptions they are about."""
    if rows:
        values: dict[str, BindParameter[Any]] = {
            name: bindparam(name) for name in rows[0] if name != "wanted"
        }
        meant = update(exceptions).where(exceptions.c.id == WANTED)
        many(connection, meant.values(values), rows)


def exception_list(
    connection: Connection,
    *,
    alias: str | None = None,
    release: str | None = None,
    in_force: str | None = None,
    owing: bool = False,
    up_to: int | None = None,
) -> list[Row[tuple[Any, ...]]]:
    """The exceptions granted up to a position, oldest first: of an alias, a release or all.

    With *in_force* those that have not ended by that time; with *owing* those under which a
    release was started that is neither fully approved nor rolled back. Each row is one of the
    table, with ``review_due``, ``reviewed_position``, ``reviewed_at``, ``reviewed_by``
    and ``owed_until``, which is of the release that used it, and NULL where none did.
    """
    column = exceptions.c
    wanted = _with_what_came_of_it()
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    if release is not None:
        wanted = wanted.where(column.release == release)
    if in_force is not None:
        ends = (column.closed_position, column.unsupported_position)
        wanted = wanted.where(*(end.is_(None) for end in ends), column.ends_at > in_force)
    if owing:
        wanted = wanted.where(proposals.c.owed_until.is_not(None))
    if up_to is not None:
        wanted = wanted.where(column.granted_position <= up_to)
    return list(connection.execute(wanted.order_by(column.granted_position)).all())


def exception_of(connection: Connection, id_: str) -> Row[tuple[Any, ...]] | None:
    """The exception of that id, as :func:`exception_list` gives it."""
    return connection.execute(_with_what_came_of_it().where(exceptions.c.id == id_)).first()


def _with_what_came_of_it() -> Select[Any]:
    """Every exception with its review, and with what the release that used it owes."""
    column, review = exceptions.c, reviews.c
    is_used = column.used_position.is_not(None)
    return (
        select(
            exceptions,
            review.due.label("review_due"),
            review.closed_position.label("reviewed_position"),
            review.closed_at.label("reviewed_at"),
            review.closed_by.label("reviewed_by"),
            proposals.c.owed_until,
        )
        .join_from(exceptions, reviews, review.subject == column.id, isouter=True)
        .join(proposals, (proposals.c.id == column.release) & is_used, isouter=True)
    )
