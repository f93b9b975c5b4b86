"""Exceptions as they stand: which waive something still, when they end, and who owes for one."""

from ledger.decide.clock import corrected_time, corrected_until
from ledger.decide.context import Standing
from ledger.decide.exception_states import ExceptionState
from ledger.decide.states import ProposalState
from ledger.model.effects import Effect, ExceptionEffect, ReleaseEffect
from ledger.policy.case import Owed, Waiver
from ledger.policy.consent import REPEATED_WITHIN


def ends_at(standing: Standing, exception: ExceptionState) -> int:
    """When *exception* ends, or ended: at its time, or where it was closed or lost its consent.

    A clock that ran ahead when it was granted was set right since.
    """
    until = corrected_until(standing, exception.position, exception.at, exception.until)
    if exception.void:
        return min(until, corrected_time(standing, exception.position, exception.at))
    if exception.closed_position is None or exception.closed_at is None:
        return until
    return min(until, corrected_time(standing, exception.closed_position, exception.closed_at))


def is_over(standing: Standing, exception: ExceptionState, at: int) -> bool:
    """Whether *exception* has ended at *at*: by itself, closed early, or void."""
    return at >= ends_at(standing, exception)


def waivers_of(standing: Standing, proposal: ProposalState) -> tuple[Waiver, ...]:
    """What the exceptions waive that are about the present revision of *proposal*.

    Under the policy by which they were granted, and once; those that have ended are among
    them: since when it was ready is asked of them as well.
    """
    return tuple(
        _waiver(standing, one)
        for one in standing.exceptions_of(f"proposal/{proposal.id}")
        if one.revision == proposal.revision and one.policy == standing.head.policy
    )


def _waiver(standing: Standing, one: ExceptionState) -> Waiver:
    since = corrected_time(standing, one.position, one.at)
    return Waiver(one.id, one.number, one.waives, one.owner, since, ends_at(standing, one))


def named_at_start(standing: Standing, waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """Those of *waivers* under which the release was started."""
    every = ((one, standing.exception(one.exception)) for one in waivers)
    return tuple(w for w, found in every if found is not None and found.used_position is not None)


def unvoided(standing: Standing, waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """Those of *waivers* whose exceptions have kept the consent to them."""
    every = ((one, standing.exception(one.exception)) for one in waivers)
    return tuple(w for w, found in every if found is not None and not found.void)


def still_waiving(standing: Standing, waivers: tuple[Waiver, ...], at: int) -> tuple[Waiver, ...]:
    """Those of *waivers* whose exceptions have not ended at *at*, as things are now."""
    every = ((one, standing.exception(one.exception)) for one in waivers)
    return tuple(w for w, found in every if found is not None and not is_over(standing, found, at))


def used_under(standing: Standing, proposal: str) -> tuple[ExceptionState, ...]:
    """The exceptions under which the release of *proposal* was started."""
    about = standing.exceptions_of(f"proposal/{proposal}")
    return tuple(one for one in about if one.used_position is not None)


def earlier_exceptions(standing: Standing, proposal: ProposalState) -> int:
    """How many exceptions the alias of *proposal*, which asks for one, has had lately.

    Counted from 90 days before it was opened, those granted while it waits included: so
    neither the passing of time nor two at once make it any easier.
    """
    effect = proposal.effect
    if not isinstance(effect, ExceptionEffect):
        return 0
    opened = corrected_time(standing, proposal.opened_position, proposal.opened_at)
    return sum(
        corrected_time(standing, one.position, one.at) >= opened - REPEATED_WITHIN
        for one in standing.exceptions_of(f"alias/{effect.alias}")
        if one.id != proposal.id
    )


def owing_at(standing: Standing, effect: Effect) -> tuple[Owed, ...]:
    """The releases to the alias of *effect* that were started under an exception and still owe.

    Each is due when the first of its exceptions ends.
    """
    if not isinstance(effect, ReleaseEffect):
        return ()
    return tuple(owed_by(standing, name) for name in standing.alias(effect.alias).owing)


def owed_by(standing: Standing, proposal: str) -> Owed:
    """By when the release of *proposal*, started under an exception, is to be fully approved."""
    state = standing.proposal(proposal)
    ends = min((ends_at(standing, one) for one in used_under(standing, proposal)), default=0)
    return Owed(0 if state is None else state.number, ends)


def owes(standing: Standing, proposal: ProposalState) -> bool:
    """Whether the release of *proposal* still owes approvals or evidence for an exception."""
    effect = proposal.effect
    return isinstance(effect, ReleaseEffect) and proposal.id in standing.alias(effect.alias).owing
