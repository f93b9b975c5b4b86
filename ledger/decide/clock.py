"""Ledger time: how far entries may lie from it, and how the root sets it right.

Whoever may act can claim a time in the future and take ledger time along; then what others
sign lies too far back. So what concerns root matters (of which a correction is one), stops,
rollbacks and early ends of exceptions may lie as far back as they do: they are judged at
ledger time all the same.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from ledger.decide.context import Standing
from ledger.decide.replacing import replace
from ledger.decide.root import is_root_matter
from ledger.decide.states import JumpState, ProposalState, State
from ledger.errors import Refused
from ledger.model.effects import ClockEffect
from ledger.model.events import (
    ClockCorrected,
    Event,
    ExceptionClosed,
    OverrideSet,
    ReleaseRolledBack,
)
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.evidence import first_attached

BACK_DATING: Final = 300
"""How many seconds an entry's time may lie before ledger time."""

JUMP: Final = 3_600
"""How many seconds of ledger time there are between two entries kept as taking it ahead."""


def earliest(standing: Standing, event: Event) -> int:
    """The earliest time that an entry with *event* may claim."""
    restricts = isinstance(event, OverrideSet | ReleaseRolledBack | ExceptionClosed)
    free = restricts or is_root_matter(standing, event)
    return 0 if free else standing.head.time - BACK_DATING


def jumped(standing: Standing, at: int) -> tuple[State, ...]:
    """The rows that keep that the next entry, judged at *at*, completes an hour or more.

    Of ledger time since the last one kept, so that small steps are kept as well.
    """
    head = standing.head
    if head.size == 0 or at - head.marked < JUMP:
        return ()
    return JumpState(head.size, head.marked), replace(head, marked=at)


def corrected(standing: Standing, event: ClockCorrected) -> Iterator[State]:
    """The rows once *event* has set ledger time; keys that wait were named no later than that."""
    head, to = standing.head, parse_instant(event.at)
    yield replace(head, marked=to, corrections=(*head.corrections, (head.size, to)))
    for one in standing.signers():
        if one.pending is not None and one.pending.named_time > to:
            keys = (replace(key, named_time=to) if key is one.pending else key for key in one.keys)
            yield replace(one, keys=tuple(keys))


def corrected_time(standing: Standing, position: int, at: int) -> int:
    """When what was judged at *at* at *position* counts as: no later than corrections since."""
    return min([at, *(to for where, to in standing.head.corrections if where > position)])


def corrected_until(standing: Standing, position: int, at: int, until: int) -> int:
    """When ends what was to last until *until*, reckoned from *at* at *position*."""
    return until - at + corrected_time(standing, position, at)


def as_corrected(standing: Standing, proposal: ProposalState) -> ProposalState:
    """The open *proposal*, of which nothing is later than ledger time was set to since.

    Else what somebody dated ahead would stay young for as long.
    """
    if not standing.head.corrections or proposal.closure is not None:
        return proposal
    then = partial(corrected_time, standing)
    return replace(
        proposal,
        opened_at=then(proposal.opened_position, proposal.opened_at),
        revised_at=then(proposal.revised_position, proposal.revised_at),
        documents=tuple(
            replace(one, at=then(first_attached(one), one.at)) for one in proposal.documents
        ),
        approvals=tuple(replace(one, at=then(one.position, one.at)) for one in proposal.approvals),
    )


def require_correction(standing: Standing, effect: ClockEffect) -> None:
    """Refuse to set ledger time to what it cannot have been."""
    jump = standing.jump(effect.position)
    if jump is None:
        raise Refused(
            "not-ahead",
            f"the entry at {effect.position} did not take ledger time past another hour",
            hint="name the entry that ran ahead: assent log shows the times",
        )
    to = parse_instant(effect.at)
    if not jump.before <= to < standing.head.time:
        raise Refused(
            "no-correction",
            f"ledger time cannot be set to {effect.at}",
            hint=f"from {format_instant(jump.before)}, before the entry that ran ahead,"
            f" to before {format_instant(standing.head.time)}, ledger time now",
        )


def after(event: Event, at: int) -> int:
    """Ledger time once *event* is admitted, judged at *at*: a correction says it itself."""
    return parse_instant(event.at) if isinstance(event, ClockCorrected) else at
