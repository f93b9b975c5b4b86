"""Stops: set by one person with the power, at once; lifted with consent, by name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.possible import known_signer
from ledger.decide.release_states import ReviewState
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
    if is_taken(standing, override):
        raise Refused("override-exists", f"there is something of the id {override} already")
    if target != f"signer/{by.id}":
        require_power(standing, by, target, at)
    return OverrideSet(override=override, target=target, reason=reason)


def is_taken(standing: Standing, id_: str) -> bool:
    """Whether a proposal, a stop, a drill or a review has the id *id_*: all have their own."""
    found = (standing.proposal(id_), standing.stop(id_), standing.drill(id_), standing.review(id_))
    return any(one is not None for one in found)


def require_power(standing: Standing, by: SignerState, target: str, at: int) -> None:
    """Refuse who may not stop *target*, and a signer whom nobody knows.

    A role on an alias does for that alias; what concerns more takes a role without limit.
    """
    kind, _, name = target.partition("/")
    if kind == "signer":
        known_signer(standing, name)
    overrides = standing.policy().overrides
    named = () if overrides is None else overrides.set
    held = roles_held(standing, by, name if kind == "alias" else None, at)
    if by.kind != "person" or held.keys().isdisjoint({ROOT, *named}):
        raise Refused(
            "no-power",
            f"{by.id} may not stop {target}",
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
        ReviewState(
            subject=event.override,
            what="override",
            alias=None,
            proposal=None,
            persons=(on.signer,),
            position=on.position,
            at=on.at,
            due=None,
        ),
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
