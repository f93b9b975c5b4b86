"""Drills of a stop: rehearsed on a copy, and kept as a date and a duration."""

from dataclasses import dataclass, replace
from itertools import count
from uuid import UUID

from ledger.decide import override as stopping
from ledger.decide.clock import corrected_time
from ledger.decide.context import Standing
from ledger.decide.exception_states import DrillState
from ledger.decide.happening import Happening
from ledger.decide.past import stood_for
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState, State
from ledger.decide.stops import stops_on
from ledger.errors import Refused
from ledger.model.events import OverrideDrilled


@dataclass(frozen=True, slots=True)
class DrilledStop:
    """What a stop of a target would do: the open proposals and the aliases that it would hold.

    ``people`` are those who could set it.
    """

    target: str
    proposals: tuple[ProposalState, ...]
    people: tuple[str, ...]


def drill(
    standing: Standing,
    *,
    by: SignerState,
    at: int,
    override: str,
    target: str,
    seconds: int,
    note: str | None,
) -> OverrideDrilled:
    """Keep that *by*, who may stop *target*, has rehearsed it, and how long that took."""
    if stopping.is_taken(standing, override):
        raise Refused("override-exists", f"there is something of the id {override} already")
    stopping.require_power(standing, by, target, at)
    return OverrideDrilled(override=override, target=target, seconds=seconds, note=note)


def stopped_on_a_copy(standing: Standing, *, by: SignerState, at: int, target: str) -> Standing:
    """A copy of *standing* on which *target* is stopped, by the functions that do so in earnest.

    Raises :class:`Refused` where *by* may not stop it, or where the stop would not hold.
    """
    draft = standing.fork()
    event = stopping.stop(
        draft, by=by, at=at, override=_unused(draft), target=target, reason="a drill"
    )
    draft.put(*stopping.evolve(draft, event, Happening(draft.head.size, "", by.id, at)))
    if draft.target(target) is None:
        raise Refused("drill-failed", f"a stop of {target} would not hold")
    return draft


def held_by(stopped: Standing, target: str) -> tuple[ProposalState, ...]:
    """The proposals, open or under way, that the stop of *target* in *stopped* holds."""
    return tuple(
        one
        for number in range(1, stopped.head.proposals + 1)
        if (one := stopped.numbered(number)) is not None
        and (one.closure is None or _is_under_way(stopped, one))
        and any(stop.target == target for stop in stops_on(stopped, one))
    )


def told_of(standing: Standing, stopped: Standing, at: int, target: str) -> DrilledStop:
    """What the stop of *target* in *stopped* would do, and who could set it in *standing*."""
    able = (one for one in standing.signers() if _could_stop(standing, one, target, at))
    return DrilledStop(target, held_by(stopped, target), tuple(one.id for one in able))


def _is_under_way(standing: Standing, state: ProposalState) -> bool:
    alias = state.effect.alias
    candidate = None if alias is None else standing.alias(alias).candidate
    return candidate is not None and candidate.proposal == state.id


def _could_stop(standing: Standing, by: SignerState, target: str, at: int) -> bool:
    if by.signing_key is None:
        return False
    try:
        stopping.require_power(standing, by, target, at)
    except Refused:
        return False
    return True


def _unused(standing: Standing) -> str:
    ids = (str(UUID(int=number)) for number in count())
    return next(id_ for id_ in ids if not stopping.is_taken(standing, id_))


def due_at(standing: Standing) -> int | None:
    """When the next drill of a stop is due; ``None`` where the policy in force asks for none.

    Counted from the last one, or from the founding; one by a key that was disowned since
    is none.
    """
    rules, first, last = standing.policy().overrides, standing.policy_state(1), last_of(standing)
    if rules is None or rules.drill_every is None or first is None:
        return None
    since = first.at if last is None else corrected_time(standing, last.position, last.at)
    return since + rules.drill_every


def last_of(standing: Standing) -> DrillState | None:
    """The last drill of a stop by somebody who stands for it; ``None`` where there was none."""
    id_ = standing.head.drill
    while id_ is not None and (found := standing.drill(id_)) is not None:
        if stood_for(standing, found.by, found.position):
            return found
        id_ = found.before
    return None


def evolve(standing: Standing, event: OverrideDrilled, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*."""
    return (
        DrillState(
            id=event.override,
            before=standing.head.drill,
            target=event.target,
            by=on.signer,
            position=on.position,
            at=on.at,
            seconds=event.seconds,
        ),
        replace(standing.head, drill=event.override),
    )
