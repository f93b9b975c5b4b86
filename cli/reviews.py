"""The reviews there are: open, overdue or closed; and how one is found."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from cli.context import App
from cli.moment import Moment
from cli.release_told import took_words
from cli.wording import ago
from ledger.errors import BadInput, Refused
from ledger.model.terms import parse_instant

SHORT: Final = 8
"""How many characters of an id a table shows."""

MINUTE: Final = 60

_PREFIX: Final = re.compile(r"[0-9a-f][0-9a-f-]{3,35}\Z")


@dataclass(frozen=True, slots=True)
class Review:
    """A review as people are told of it; ``left`` are the seconds until it is due.

    ``took`` says how long the rollback came after its trigger, where that is known.
    """

    subject: str
    alias: str
    number: int
    by: str
    at: str
    position: int
    trigger: str
    due: str | None
    left: int | None
    took: str
    closed_by: str | None
    closed_at: str | None
    closed_position: int | None
    cause: str | None

    @property
    def short(self) -> str:
        """The id cut to what a table shows."""
        return self.subject[:SHORT]

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed_by is None

    @property
    def is_overdue(self) -> bool:
        """Whether it is open past the time it was due."""
        return self.is_open and self.left is not None and self.left <= 0

    def words(self) -> str:
        """How it stands, in words."""
        if not self.is_open:
            return f"closed by {self.closed_by} at position {self.closed_position}"
        if self.left is None:
            return "open"
        if not self.is_overdue:
            return f"due in {ago(self.left)}"
        return "OVERDUE" if self.left > -MINUTE else f"OVERDUE by {ago(-self.left)}"

    def body(self) -> dict[str, object]:
        """The review as ``review/1``."""
        values = asdict(self)
        del values["left"], values["took"]
        values["proposal"] = values.pop("number")
        state = {"open": self.is_open, "overdue": self.is_overdue}
        return {"schema": "review/1", **values, **state}


def reviews_in(then: Moment, alias: str | None = None) -> list[Review]:
    """Every review that *then* knows of: the open ones first, of these the earliest due.

    With *alias* only those of rollbacks there.
    """
    from projections.releases import known  # noqa: PLC0415 - a heavy import
    from projections.reviews import review_list  # noqa: PLC0415 - the same

    with then.views.reading() as connection:
        rows = review_list(connection, alias=alias, everything=True)
        releases = known(connection, {str(row.proposal) for row in rows})
    took = took_words(then, releases)
    return [_review(then, row, releases[row.proposal], took.get(row.proposal, "")) for row in rows]


def _review(then: Moment, row: Any, release: Mapping[str, Any], took: str) -> Review:
    return Review(
        subject=row.subject,
        alias=row.alias,
        number=row.number,
        by=row.opened_by,
        at=row.opened_at,
        position=row.opened_position,
        trigger=release["trigger"],
        took=took,
        due=row.due,
        left=None if row.due is None else parse_instant(row.due) - then.at,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        closed_position=row.closed_position,
        cause=row.cause,
    )


def last_rollback(then: Moment, alias: str, since: int) -> Review | None:
    """The review of the newest rollback on *alias*, if that was after the position *since*."""
    newest = max(reviews_in(then, alias), key=lambda one: one.position, default=None)
    return newest if newest is not None and newest.position > since else None


def review_named(app: App, text: str) -> Review:
    """The review that *text* refers to: an alias, ``#12``, or the beginning of its id.

    Raises :class:`BadInput` (``unknown-review``, ``ambiguous-review``), :class:`Refused`
    (``review-closed``) where all that are meant are closed.
    """
    now = Moment(app.standing, app.views, app.now)
    meant = [one for one in reviews_in(now) if _is_meant(one, text)]
    found = [one for one in meant if one.is_open]
    if not meant:
        raise BadInput(
            "unknown-review",
            f"there is no review of {text}",
            hint="name an alias, #N or the beginning of an id: assent review list",
        )
    if not found:
        raise Refused("review-closed", f"{meant[-1].closed_by} closed the review of {text} already")
    if len(found) > 1:
        listed = ", ".join(f"{one.short} of #{one.number}" for one in found)
        raise BadInput(
            "ambiguous-review", f"several reviews of {text} are open", hint=f"say which: {listed}"
        )
    return found[0]


def _is_meant(one: Review, text: str) -> bool:
    if text in (one.alias, f"#{one.number}", one.subject):
        return True
    return _PREFIX.match(text) is not None and one.subject.startswith(text)
