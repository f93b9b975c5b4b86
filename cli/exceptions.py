"""The exceptions there are, and were: as people are told of them, and found by their numbers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.asked import proposal_named
from cli.moment import Moment
from cli.wording import ago, due_words
from ledger.decide.context import Standing
from ledger.decide.exception_states import ExceptionState
from ledger.decide.release_states import ReviewState
from ledger.decide.review import due_at, is_closed, is_overdue
from ledger.decide.settling import settlement
from ledger.decide.states import ProposalState
from ledger.decide.waivers import ends_at, is_over, owes
from ledger.errors import BadInput
from ledger.model.effects import ExceptionEffect
from ledger.model.terms import format_instant
from ledger.policy.case import Approval

if TYPE_CHECKING:
    from cli.context import App


@dataclass(frozen=True, slots=True)
class Granted:
    """An exception as people are told of it at a moment: ``ends`` is when it ends, or ended.

    ``owing`` is what the release started under it still lacks, ``None`` where it owes nothing.
    """

    state: ExceptionState
    asked: ProposalState
    effect: ExceptionEffect
    release: ProposalState
    review: ReviewState | None
    review_due: int | None
    reviewed: bool
    overdue: bool
    ends: int
    over: bool
    owing: tuple[str, ...] | None
    at: int

    @property
    def word(self) -> str:
        """How it stands, in a word: ``in-force``, ``ended``, ``closed`` or ``void``."""
        if self.state.void:
            return "void"
        if self.state.closed_by is not None:
            return "closed"
        return "ended" if self.over else "in-force"

    @property
    def given(self) -> tuple[Approval, ...]:
        """The approvals of the revision that was granted."""
        asked = self.asked
        return tuple(one for one in asked.approvals if one.binding.revision == asked.revision)

    @property
    def is_current(self) -> bool:
        """Whether something is still to be done about it: it holds, it is owed for, or reviewed."""
        return not self.over or self.owing is not None or not self.reviewed

    def words(self) -> str:
        """How it stands, in words."""
        state = self.state
        match self.word:
            case "void":
                said = "VOID: the consent to it was lost"
            case "closed":
                said = f"closed by {state.closed_by} at position {state.closed_position}"
            case "ended":
                said = f"ended {ago(self.at - self.ends)} ago"
            case _:
                said = f"ends in {ago(self.ends - self.at)}"
        return said if state.used_position is not None else f"{said}, not used"

    def use(self) -> str:
        """What it was used for, and what is owed for that."""
        if self.state.used_position is None:
            return "not used"
        said = f"#{self.release.number} was started under it at position {self.state.used_position}"
        if self.owing is None:
            return f"{said}; nothing is owed"
        if self.over:
            return f"{said}; OVERDUE: approve it fully, or roll it back"
        return f"{said}; to be approved fully by {format_instant(self.ends)}, or rolled back"

    def review_words(self) -> str:
        """How its review stands, in words."""
        if self.review is None:
            return "none"
        if self.reviewed:
            return f"closed by {self.review.closed_by} at position {self.review.closed_position}"
        if self.review_due is None:
            return "open"
        return due_words(self.review_due - self.at)

    def body(self) -> dict[str, object]:
        """The exception as ``exception/1``."""
        state, effect = self.state, self.effect
        closed = state.closed_at
        return {
            "schema": "exception/1",
            "exception": state.number,
            "exception_id": state.id,
            "proposal": self.release.number,
            "proposal_id": state.release,
            "revision": state.revision,
            "alias": state.alias,
            "waives": list(state.waives),
            "owner": state.owner,
            "incident": effect.incident,
            "controls": list(effect.controls),
            "asked_by": self.asked.opener,
            "approvals": [
                {"signer": one.signer, "role": one.role, "position": one.position}
                for one in self.given
            ],
            "policy": state.policy,
            "granted_at": format_instant(state.at),
            "granted_position": state.position,
            "until": effect.until,
            "ends_at": format_instant(self.ends),
            "state": self.word,
            "closed_by": state.closed_by,
            "closed_at": None if closed is None else format_instant(closed),
            "closed_position": state.closed_position,
            "used_position": state.used_position,
            "owes": self.owing is not None,
            "missing": list(self.owing or ()),
            "review": self._review_json(),
        }

    def _review_json(self) -> dict[str, object]:
        review = self.review
        done = review is not None and self.reviewed
        return {
            "due": None if self.review_due is None else format_instant(self.review_due),
            "overdue": self.overdue,
            "closed_by": review.closed_by if review is not None and done else None,
            "closed_position": review.closed_position if review is not None and done else None,
        }


def granted_in(then: Moment, alias: str | None = None) -> list[Granted]:
    """All exceptions that *then* knows of, or those of *alias*, the oldest first."""
    from projections.exceptions import exception_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        names = [str(row.id) for row in exception_list(connection, alias=alias)]
    return list(_told(then, names))


def _told(then: Moment, ids: list[str]) -> Iterator[Granted]:
    for id_ in ids:
        state = then.standing.exception(id_)
        found = None if state is None else granted_as(then.standing, state, then.at)
        if found is not None:
            yield found


def granted_as(standing: Standing, state: ExceptionState, at: int) -> Granted | None:
    """The exception of *state* as it stands at *at*; ``None`` if its proposals are not there."""
    asked, release = standing.proposal(state.id), standing.proposal(state.release)
    if asked is None or release is None or not isinstance(asked.effect, ExceptionEffect):
        return None
    review = standing.review(state.id)
    used = state.used_position is not None
    return Granted(
        state=state,
        asked=asked,
        effect=asked.effect,
        release=release,
        review=review,
        review_due=None if review is None else due_at(standing, review),
        reviewed=review is not None and is_closed(standing, review),
        overdue=review is not None and is_overdue(standing, review, at),
        ends=ends_at(standing, state),
        over=is_over(standing, state, at),
        owing=_missing(standing, release) if used and owes(standing, release) else None,
        at=at,
    )


def exception_named(app: "App", text: str, then: Moment | None = None) -> Granted:
    """The exception that the proposal *text* asked for: ``12``, ``#12``, the start of an id.

    Raises :class:`BadInput`: ``unknown-proposal``, ``ambiguous-proposal``, ``unknown-exception``.
    """
    asked = proposal_named(app, text, then)
    now = then or Moment(app.standing, app.views, app.now)
    state = now.standing.exception(asked.id)
    found = None if state is None else granted_as(now.standing, state, now.at)
    if found is None:
        is_asked = isinstance(asked.effect, ExceptionEffect)
        said = (
            "asks for an exception, and none was granted" if is_asked else "asked for no exception"
        )
        raise BadInput(
            "unknown-exception",
            f"#{asked.number} {said}",
            hint="assent exception list shows those that were granted",
        )
    return found


def _missing(standing: Standing, release: ProposalState) -> tuple[str, ...]:
    found = settlement(standing, release, people=False)
    return (*found.missing(), *(block.message for block in found.blocks))
