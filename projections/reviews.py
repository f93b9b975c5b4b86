"""Reviews: what was behind a rollback, an exception or a stop, and by when it has to be said.

Table ``reviews``. A review that was closed with a key disowned since is open again.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.release_states import Reviewed
from ledger.decide.review import due_at, is_closed
from ledger.model.events import (
    Event,
    ExceptionClosed,
    ExceptionGranted,
    OverrideSet,
    ReleaseRolledBack,
    ReviewClosed,
)
from projections.tables import METADATA, Values, instant, listed, many, put

reviews = Table(
    "reviews",
    METADATA,
    Column("subject", Text, primary_key=True),
    Column("about", Text, nullable=False),
    Column("alias", Text),
    Column("proposal", Text),
    Column("number", Integer),
    Column("opened_position", Integer, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("due", Text),
    Column("closed_position", Integer),
    Column("closed_at", Text),
    Column("closed_by", Text),
    Column("cause", Text),
    Column("changes", Text),
    Column("tests", Text),
    Column("summary", Text),
    Column("why", Text),
    Index("reviews_by_closing", "closed_position", "about", "due"),
    Index("reviews_by_alias", "alias", "opened_position"),
    Index("reviews_by_end", "closed_at"),
)

CLOSING = (
    *("closed_position", "closed_at", "closed_by"),
    *("cause", "changes", "tests", "summary", "why"),
)
"""The columns that say how a review was closed; all NULL while it is open."""


DUE_KINDS: Final[tuple[Reviewed, ...]] = ("rollback", "exception")
"""What has to be reviewed by some time; a stop may be, and need not."""

EVERY_KIND: Final[tuple[Reviewed, ...]] = (*DUE_KINDS, "override")
"""All that there are reviews of."""


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the reviews that *judged* entries open and close, and which are open again."""
    done = [one for one in judged if one.admitted and one.entry is not None]
    put(connection, reviews, [row for one in done for row in _opened(one, standing)])
    events = [one.entry.event for one in done if one.entry is not None]
    ended = [event.exception for event in events if isinstance(event, ExceptionClosed)]
    _set_due(connection, standing, ended)
    _close(connection, [row for one in done for row in _closed(one)])


def refresh(connection: Connection, standing: Standing) -> None:
    """Say anew which reviews are closed by somebody who stands for it, and when they are due."""
    names = connection.scalars(select(reviews.c.subject).where(reviews.c.due.is_not(None))).all()
    _set_due(connection, standing, names)
    _close(connection, _open_again(connection, standing))


def _set_due(connection: Connection, standing: Standing, names: Sequence[str]) -> None:
    """Say when the reviews of those *names* are due, as things are."""
    found = [state for name in names if (state := standing.review(name)) is not None]
    wanted = bindparam("wanted", type_=Text)
    meant = update(reviews).where(reviews.c.subject == wanted).values(due=bindparam("to"))
    rows = [{"wanted": one.subject, "to": instant(due_at(standing, one))} for one in found]
    many(connection, meant, rows)


def _opened(one: Judged, standing: Standing) -> Iterator[Values]:
    event = None if one.entry is None else one.entry.event
    review = None if event is None else standing.review(_subject(event) or "")
    if one.entry is None or review is None:
        return
    state = None if review.proposal is None else standing.proposal(review.proposal)
    yield {
        "subject": review.subject,
        "about": review.what,
        "alias": review.alias,
        "proposal": review.proposal,
        "number": None if state is None else state.number,
        "opened_position": one.position,
        "opened_at": instant(one.at),
        "opened_by": one.entry.by.signer,
        "due": instant(due_at(standing, review)),
        **dict.fromkeys(CLOSING),
    }


def _subject(event: Event) -> str | None:
    """The id of what is reviewed that begins with *event*."""
    match event:
        case ReleaseRolledBack(rollback=id_) | OverrideSet(override=id_):
            return id_
        case ExceptionGranted(proposal=id_):
            return id_
        case _:
            return None


def _closed(one: Judged) -> Iterator[Values]:
    if one.entry is None or not isinstance(one.entry.event, ReviewClosed):
        return
    event = one.entry.event
    yield {
        "wanted": event.subject,
        "closed_position": one.position,
        "closed_at": instant(one.at),
        "closed_by": one.entry.by.signer,
        "cause": event.cause,
        "changes": listed(event.changes),
        "tests": listed(event.tests),
        "summary": event.summary,
        "why": event.why,
    }


def _close(connection: Connection, closings: Sequence[Values]) -> None:
    """Write the *closings*, in their order: the last of a review is the one that stands."""
    wanted: BindParameter[str] = bindparam("wanted")
    said: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in CLOSING}
    meant = update(reviews).where(reviews.c.subject == wanted)
    many(connection, meant.values(said), closings)


def _open_again(connection: Connection, standing: Standing) -> list[Values]:
    """The closings that nobody stands for any more, made void."""
    closed = select(reviews.c.subject).where(reviews.c.closed_position.is_not(None))
    states = (standing.review(name) for name in connection.scalars(closed).all())
    return [
        {"wanted": state.subject, **dict.fromkeys(CLOSING)}
        for state in states
        if state is not None and not is_closed(standing, state)
    ]


def review_list(
    connection: Connection,
    *,
    alias: str | None = None,
    about: Collection[str] = DUE_KINDS,
    everything: bool = False,
    overdue: str | None = None,
) -> list[Row[tuple[Any, ...]]]:
    """The open reviews, with *everything* all, by when they are due; or those *overdue* at a time.

    Those *about* rollbacks and exceptions, where nothing else is said: the reviews of stops are
    due at no time. A review is overdue from ``due`` on. Those that are due at no time come last.
    """
    column = reviews.c
    wanted = select(reviews).where(column.about.in_(about))
    if not everything or overdue is not None:
        wanted = wanted.where(column.closed_position.is_(None))
    if overdue is not None:
        wanted = wanted.where(column.due <= overdue)
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    in_order = (column.closed_position.is_not(None), column.due.is_(None), column.due)
    return list(connection.execute(wanted.order_by(*in_order, column.opened_position)).all())


def review_of(connection: Connection, subject: str) -> Row[tuple[Any, ...]] | None:
    """The review of that *subject*."""
    return connection.execute(select(reviews).where(reviews.c.subject == subject)).first()
