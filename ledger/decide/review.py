"""Reviews: what was behind a rollback, an exception or a stop, said in time by somebody else."""

from collections.abc import Mapping, Sequence
from typing import Final

from ledger.decide.clock import corrected_time, corrected_until
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.past import Moment, still_stands
from ledger.decide.release_states import Reviewed, ReviewState
from ledger.decide.replacing import replace
from ledger.decide.roles import own_anywhere
from ledger.decide.signer_states import SignerState
from ledger.decide.states import State
from ledger.decide.waivers import ends_at, is_over
from ledger.errors import BadInput, Refused
from ledger.model.events import ReviewClosed

_PART: Final[Mapping[Reviewed, str]] = {
    "rollback": "rolled back, or answers for who did",
    "exception": "owns this exception, asked for it or for what it waived, or approved it",
    "override": "set this stop, or answers for who did",
}
"""Whose doing it was that is reviewed."""


def close(
    standing: Standing,
    *,
    by: SignerState,
    at: int,
    subject: str,
    cause: str,
    changes: Sequence[str],
    tests: Sequence[str],
    summary: str | None,
    why: str | None,
) -> ReviewClosed:
    """Close the review of *subject*: any person with a role may, but for whose doing it was.

    That is who rolled back or stopped; of an exception its owner, its approvers and who asked
    for it, or for what it waived. It is reviewed once it has ended.
    """
    review = standing.review(subject)
    if review is None:
        raise BadInput(
            "unknown-review", f"there is no review {subject}", hint="assent review list shows them"
        )
    if is_closed(standing, review):
        raise Refused("review-closed", f"{review.closed_by} closed this review already")
    if by.kind != "person":
        raise Refused("service-review", f"{by.id} is a service; a person closes a review")
    _require_ended(standing, review, at)
    if by.id in review.persons:
        raise Refused(
            "own-review",
            f"{by.id} {_PART[review.what]}; somebody else closes the review",
            hint="a second pair of eyes says what was behind it",
        )
    if not by.root and not own_anywhere(by, at):
        raise Refused("no-role", f"{by.id} holds no role; somebody who does closes the review")
    return ReviewClosed(
        subject=subject,
        cause=cause,
        changes=tuple(changes),
        tests=tuple(tests),
        summary=summary,
        why=why,
    )


def _require_ended(standing: Standing, review: ReviewState, at: int) -> None:
    found = standing.exception(review.subject) if review.what == "exception" else None
    if found is not None and not is_over(standing, found, at):
        raise Refused(
            "exception-in-force",
            f"the exception #{found.number} has not ended yet",
            hint=f"assent exception close {found.number} ends it before its time",
        )


def is_closed(standing: Standing, review: ReviewState) -> bool:
    """Whether *review* was closed, by somebody who stands for that.

    Of an exception, once it had ended, by the clock as it was set since.
    """
    if review.closed_by is None or review.closed_position is None:
        return False
    then = Moment(None, review.closed_position, review.closed_at or 0)
    found = standing.exception(review.subject) if review.what == "exception" else None
    if found is not None and ends_at(standing, found) > corrected_time(
        standing, then.position, then.at
    ):
        return False
    return still_stands(standing, review.closed_by, (), None, then)


def is_overdue(standing: Standing, review: ReviewState, at: int) -> bool:
    """Whether *review* is still open at *at*, past the time it was due."""
    due = due_at(standing, review)
    return due is not None and at >= due and not is_closed(standing, review)


def due_at(standing: Standing, review: ReviewState) -> int | None:
    """When *review* is due, if ever; a clock that ran ahead at its opening was set right since."""
    if review.due is None:
        return None
    return corrected_until(standing, review.position, review.at, review.due)


def evolve(standing: Standing, event: ReviewClosed, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*."""
    review = standing.review(event.subject)
    if review is None:
        return ()
    closed = replace(review, closed_by=on.signer, closed_position=on.position, closed_at=on.at)
    return (closed,)
