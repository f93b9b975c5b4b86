"""Where reviews are found: what was rolled back, waived and stopped, and which is meant."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.context import App
from cli.exceptions import Granted, granted_in
from cli.moment import Moment
from cli.release_told import took_words
from cli.reviews import Review, in_order
from cli.stops import Stop, begins, stops_in
from ledger.decide.release_states import ReviewState
from ledger.decide.review import due_at, is_closed
from ledger.errors import BadInput, Refused
from ledger.model.terms import format_instant, parse_instant


def reviews_in(then: Moment, alias: str | None = None, *, stops: bool = False) -> list[Review]:
    """The reviews that *then* knows of: the open ones first, of these the earliest due.

    With *alias* only those of rollbacks and exceptions there; with *stops* those of stops, which
    nobody has to close, as well.
    """
    from projections.reviews import EVERY_KIND, review_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        rows: list[Any] = [*review_list(connection, everything=True, about=EVERY_KIND)]
    known = {str(row.subject): row for row in rows}
    found = [*_rollbacks(then, rows, alias), *_exceptions(then, known, alias)]
    return in_order([*found, *(_stops(then, known) if stops else ())])


def _rollbacks(then: Moment, rows: list[Any], alias: str | None) -> Iterator[Review]:
    from projections.releases import known  # noqa: PLC0415 - a heavy import

    rolled = [row for row in rows if row.about == "rollback" and alias in (None, row.alias)]
    with then.views.reading() as connection:
        releases = known(connection, {str(row.proposal) for row in rolled})
    took = took_words(then, releases)
    for row in rolled:
        yield Review(
            subject=row.subject,
            what="rollback",
            alias=row.alias,
            number=row.number,
            target=None,
            by=row.opened_by,
            at=row.opened_at,
            position=row.opened_position,
            trigger=releases[row.proposal]["trigger"],
            took=took.get(row.proposal, ""),
            ends=None,
            due=row.due,
            left=None if row.due is None else parse_instant(row.due) - then.at,
            closed_by=row.closed_by,
            closed_at=row.closed_at,
            closed_position=row.closed_position,
            cause=row.cause,
        )


def _exceptions(then: Moment, known: Mapping[str, Any], alias: str | None) -> Iterator[Review]:
    for one in granted_in(then, alias):
        if one.review is not None:
            yield _of_exception(then, one, one.review, known)


def _of_exception(
    then: Moment, one: Granted, review: ReviewState, known: Mapping[str, Any]
) -> Review:
    return Review(
        subject=one.state.id,
        what="exception",
        alias=one.state.alias,
        number=one.state.number,
        target=None,
        by=one.state.owner,
        at=format_instant(one.state.at),
        position=one.state.position,
        trigger=one.effect.incident,
        took="",
        ends=None if one.over else one.ends,
        **_standing_of(then, review, known),
    )


def _stops(then: Moment, known: Mapping[str, Any]) -> Iterator[Review]:
    for one in stops_in(then.views):
        review = then.standing.review(one.id)
        if review is not None:
            yield _of_stop(then, one, review, known)


def _of_stop(then: Moment, one: Stop, review: ReviewState, known: Mapping[str, Any]) -> Review:
    return Review(
        subject=one.id,
        what="override",
        alias=None,
        number=None,
        target=one.target,
        by=one.signer,
        at=one.at,
        position=one.position,
        trigger=one.reason,
        took="",
        ends=None,
        **_standing_of(then, review, known),
    )


def _standing_of(then: Moment, review: ReviewState, known: Mapping[str, Any]) -> dict[str, Any]:
    """When *review* is due, and by whom it was closed, if somebody did who stands for it."""
    due, row = due_at(then.standing, review), known.get(review.subject)
    closed = is_closed(then.standing, review)
    at = review.closed_at if closed else None
    return {
        "due": None if due is None else format_instant(due),
        "left": None if due is None else due - then.at,
        "closed_by": review.closed_by if closed else None,
        "closed_at": None if at is None else format_instant(at),
        "closed_position": review.closed_position if closed else None,
        "cause": None if row is None else row.cause,
    }


def last_rollback(then: Moment, alias: str, since: int) -> Review | None:
    """The review of the newest rollback on *alias*, if that was after the position *since*."""
    rolled = (one for one in reviews_in(then, alias) if one.what == "rollback")
    newest = max(rolled, key=lambda one: one.position, default=None)
    return newest if newest is not None and newest.position > since else None


def review_named(app: App, text: str) -> Review:
    """The review that *text* refers to.

    An alias, ``#12``, ``12`` for an exception, the target of a stop, or the beginning of the
    id. Of an alias, what holds still is meant only where nothing else is.
    Raises :class:`BadInput` (``unknown-review``, ``ambiguous-review``), :class:`Refused`
    (``review-closed``) where all that are meant are closed.
    """
    now = Moment(app.standing, app.views, app.now)
    meant = [one for one in reviews_in(now, stops=True) if _is_meant(one, text)]
    found = [one for one in meant if one.is_open]
    ended = [one for one in found if one.ends is None]
    found = ended or found
    if not meant:
        raise BadInput(
            "unknown-review",
            f"there is no review of {text}",
            hint="name an alias, #N, a stop or the beginning of an id: assent review list --all",
        )
    if not found:
        raise Refused("review-closed", f"{meant[-1].closed_by} closed the review of {text} already")
    if len(found) > 1:
        listed = ", ".join(f"{one.short} of {one.about}" for one in found)
        raise BadInput(
            "ambiguous-review", f"several reviews of {text} are open", hint=f"say which: {listed}"
        )
    return found[0]


def _is_meant(one: Review, text: str) -> bool:
    if one.number is not None and text in (f"#{one.number}", one.alias):
        return True
    if text in (one.subject, one.target):
        return True
    if one.what == "exception" and text == str(one.number):
        return True
    return begins(one.subject, text)
