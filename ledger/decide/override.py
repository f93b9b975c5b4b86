"""Stops: set by one person with the power, at once; lifted with consent, by name."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ledger.decide.authority import hands
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.possible import known_signer
from ledger.decide.release_states import ReviewState
from ledger.decide.roles import lent_for, roles_held
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
    known = (standing.proposal, standing.stop, standing.drill, standing.review)
    return any(row(id_) is not None for row in known)


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
        return lift(standing, lifted, on.position)
    known = standing.target_state(event.target)
    new = StopState(
        id=event.override,
        target=event.target,
        by=on.signer,
        position=on.position,
        at=on.at,
        before=None if known is None else known.newest,
    )
    if known is None or not known.stops:
        known = TargetState(event.target, new.id, 0, new.by, new.position)
    return (
        ReviewState(
            subject=event.override,
            what="override",
            alias=None,
            proposal=None,
            persons=_hands(standing, event.target, on),
            position=on.position,
            at=on.at,
            due=None,
        ),
        new,
        replace(known, newest=new.id, stops=known.stops + 1),
        replace(standing.head, stops=standing.head.stops + 1),
    )


def _hands(standing: Standing, target: str, on: Happening) -> tuple[str, ...]:
    """Whose doing a stop of *target* is: who set it, answers for them, or lent them the power."""
    by, rules = standing.signer(on.signer), standing.policy().overrides
    if by is None:
        return (on.signer,)
    kind, _, name = target.partition("/")
    asked = () if rules is None else rules.set
    lent = lent_for(standing, by, asked, name if kind == "alias" else None, on.at)
    return tuple(sorted(hands(standing, by, lent)))


def lift(standing: Standing, stops: list[StopState], position: int) -> tuple[State, ...]:
    """The rows once *stops* hold no longer since *position*."""
    return _changed(standing, [replace(one, lifted_at=position) for one in stops], -1)


def restore(standing: Standing, stops: list[StopState]) -> tuple[State, ...]:
    """The rows once *stops*, whose lift has lost its consent, hold again."""
    return _changed(standing, [replace(one, lifted_at=None) for one in stops], 1)


def _changed(standing: Standing, stops: list[StopState], change: int) -> tuple[State, ...]:
    """The rows with *stops* as they are now, and what of their targets still holds."""
    draft = standing.fork()
    draft.put(*stops, replace(draft.head, stops=draft.head.stops + change * len(stops)))
    for target, number in Counter(one.target for one in stops).items():
        known = draft.target_state(target)
        if known is None:
            continue
        left = replace(known, stops=known.stops + change * number)
        for first in islice(_holding(draft, known), left.stops):
            left = replace(left, by=first.by, position=first.position)
        draft.put(left)
    return draft.changed()


def _holding(standing: Standing, target: TargetState) -> Iterator[StopState]:
    """The stops of *target* that hold, the newest first."""
    id_: str | None = target.newest
    while id_ is not None and (one := standing.stop(id_)) is not None:
        if one.lifted_at is None:
            yield one
        id_ = one.before
