"""Stops: set by one person with the power, at once; lifted with consent, by name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.possible import known_signer
from ledger.decide.roles import roles_held
from ledger.decide.signer_states import SignerState, StopState, TargetState
from ledger.decide.states import State
from ledger.errors import Refused
from ledger.model.events import OverrideLifted, OverrideSet
from ledger.policy.case import ROOT


def stop(
    standing: Standing, *, by: SignerState, at: int, override: str, target: str, reason: str
) -> OverrideSet:
    """Stop *target* at once, under the new id *override*; no condition is asked.

    The root signers may, and the holders of the roles that ``[overrides].set`` of the policy
    in force names; and anybody themself.
    """
    if standing.stop(override) is not None:
        raise Refused("override-exists", f"there is an override {override} already")
    stopped = known_signer(standing, target.partition("/")[2])
    if stopped.id != by.id:
        _require_power(standing, by, at)
    return OverrideSet(override=override, target=target, reason=reason)


def _require_power(standing: Standing, by: SignerState, at: int) -> None:
    overrides = standing.policy().overrides
    named = () if overrides is None else overrides.set
    held = roles_held(standing, by, None, at)
    if by.kind != "person" or held.keys().isdisjoint({ROOT, *named}):
        raise Refused(
            "no-power",
            f"{by.id} may not stop others",
            hint=f"root signers do, and holders of: {', '.join(named) or 'no role'}",
        )


def evolve(
    standing: Standing, event: OverrideSet | OverrideLifted, on: Happening
) -> tuple[State, ...]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    if isinstance(event, OverrideLifted):
        lifted = [stop for id_ in event.stops if (stop := standing.stop(id_)) is not None]
        return tuple(lift(standing, lifted, on.position))
    first = standing.target(event.target) or TargetState(event.target, 0, on.signer, on.position)
    return (
        StopState(event.override, event.target, on.signer, on.position, on.at),
        replace(first, stops=first.stops + 1),
        replace(standing.head, stops=standing.head.stops + 1),
    )


def lift(standing: Standing, stops: list[StopState], position: int) -> Iterator[State]:
    """The rows once *stops* hold no longer since *position*."""
    for one in stops:
        yield replace(one, lifted_at=position)
    yield from _counted(standing, stops, -1)


def restore(standing: Standing, stops: list[StopState]) -> Iterator[State]:
    """The rows once *stops*, whose lift has lost its consent, hold again."""
    for one in stops:
        yield replace(one, lifted_at=None)
    yield from _counted(standing, stops, 1)


def _counted(standing: Standing, stops: list[StopState], change: int) -> Iterator[State]:
    for target, count in Counter(one.target for one in stops).items():
        known = standing.target(target)
        first = next(one for one in stops if one.target == target)
        before = known or TargetState(target, 0, first.by, first.position)
        yield replace(before, stops=before.stops + change * count)
    yield replace(standing.head, stops=standing.head.stops + change * len(stops))
