"""The reviews there are: open, overdue or closed, as people are told of them.

Of rollbacks, of exceptions, and of stops, whose review is due at no time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from cli.stops import SHORT
from cli.wording import due_words
from ledger.decide.release_states import Reviewed
from ledger.model.terms import format_instant

KIND_WORDS: Final[Mapping[Reviewed, str]] = {
    "rollback": "rollback",
    "exception": "exception",
    "override": "stop",
}
"""What each kind of what is reviewed is called."""


@dataclass(frozen=True, slots=True)
class Review:
    """A review as people are told of it; ``left`` are the seconds until it is due.

    ``number`` is that of the release that was rolled back, or of the exception; a stop has a
    ``target`` instead. ``by`` is who rolled back, owns the exception or stopped, ``trigger`` why.
    ``took`` says how long a rollback came after its trigger, where that is known; ``ends``
    when an exception that holds still ends: it is reviewed from then on.
    """

    subject: str
    what: Reviewed
    alias: str | None
    number: int | None
    target: str | None
    by: str
    at: str
    position: int
    trigger: str
    due: str | None
    left: int | None
    took: str
    ends: int | None
    closed_by: str | None
    closed_at: str | None
    closed_position: int | None
    cause: str | None

    @property
    def short(self) -> str:
        """The id cut to what a table shows."""
        return self.subject[:SHORT]

    @property
    def about(self) -> str:
        """What it is of, in a list: the number, else the target of the stop."""
        return f"#{self.number}" if self.number is not None else self.target or "-"

    @property
    def named(self) -> str:
        """How a command names it for sure."""
        return str(self.number) if self.what == "exception" else self.short

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
        return due_words(self.left)

    def body(self) -> dict[str, object]:
        """The review as ``review/1``."""
        values = asdict(self)
        del values["left"], values["took"], values["ends"]
        values["proposal"] = values.pop("number")
        values["opens"] = None if self.ends is None else format_instant(self.ends)
        state = {"open": self.is_open, "overdue": self.is_overdue}
        return {"schema": "review/1", **values, **state}


def in_order(reviews: list[Review]) -> list[Review]:
    """*reviews*: the open ones first, of these the earliest due; those due at no time last."""

    def rank(one: Review) -> tuple[object, ...]:
        return not one.is_open, one.due is None, one.due or "", one.position

    return sorted(reviews, key=rank)
