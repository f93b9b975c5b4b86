"""Rollbacks: back to the stack before, at once, with nobody's consent, and with a review.

Completed releases stand on each other: the alias runs the one on top, and a rollback takes it
off. So what comes back was never itself rolled back from. A service rolls back on an
observation that breached a trigger; a person's rollback is never in question.
"""

from collections.abc import Iterator

from ledger.decide.authority import hands
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.override import is_taken
from ledger.decide.release_states import (
    AliasState,
    CompletedState,
    Completion,
    EarlierState,
    ObservationState,
    Release,
    ReviewState,
)
from ledger.decide.replacing import replace
from ledger.decide.roles import is_stopped, lent_for, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import is_held, unsilenced
from ledger.decide.states import State
from ledger.decide.stops import require_unstopped
from ledger.decide.watching import known_release
from ledger.decide.windows import reopened
from ledger.errors import Refused
from ledger.model.events import ReleaseRolledBack
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.document import Policy


def roll_back(
    standing: Standing,
    *,
    by: SignerState,
    at: int,
    alias: str,
    proposal: str,
    rollback: str,
    trigger: str,
    incident: str | None,
    observation: int | None,
    since: str | None,
) -> ReleaseRolledBack:
    """Take the release of *proposal* back, to the stack that *alias* ran before it.

    With what *alias* runs goes what is under way on top of it: that was reviewed against
    something else than what comes back. *since* is when the trigger was pulled, if no
    observation says so; *rollback* the id under which it is reviewed.
    """
    release = known_release(standing, alias, proposal)
    candidate = standing.alias(alias).candidate
    above = None if candidate is None or candidate is release else candidate.proposal
    require_power(standing, by, alias, at)
    if by.kind == "service":
        require_unstopped(standing, f"alias/{alias}", f"{by.id} does not roll back")
    if observation is not None or by.kind == "service":
        _require_breach(standing, by, alias, release, observation)
    if is_taken(standing, rollback):
        raise Refused("rollback-exists", f"there is something of the id {rollback} already")
    if since is not None and parse_instant(since) > at:
        raise Refused("since-ahead", f"{since} is later than now", hint=format_instant(at))
    return ReleaseRolledBack(
        alias=alias,
        proposal=proposal,
        target=_target(standing.alias(alias), release),
        candidate=above,
        rollback=rollback,
        trigger=trigger,
        incident=incident,
        observation=observation,
        since=since,
    )


def powers(policy: Policy) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles and the services that roll back; without ``[rollback]``, who operates."""
    return policy.takers, () if policy.rollback is None else policy.rollback.services


def require_power(standing: Standing, by: SignerState, alias: str, at: int) -> None:
    """Refuse who may not roll back on *alias* at all."""
    roles, services = powers(standing.policy())
    if by.kind == "service":
        if by.id not in services:
            raise Refused(
                "not-rolling-back",
                f"the service {by.id} may not roll back",
                hint=f"policy {standing.head.policy} names: {', '.join(services) or 'none'}",
            )
        if is_stopped(standing, by.id):
            raise Refused("signer-stopped", f"{by.id} is stopped", hint="a person rolls back")
    elif roles_held(standing, by, alias, at).keys().isdisjoint(roles):
        raise Refused(
            "not-rolling-back",
            f"{by.id} may not roll back on {alias}",
            hint=f"policy {standing.head.policy} asks for {' or '.join(roles)}",
        )


def _require_breach(
    standing: Standing, by: SignerState, alias: str, release: Release, observation: int | None
) -> None:
    found = None if observation is None else standing.observation(observation)
    if found is None or found.proposal != release.proposal or not found.breaches:
        named = "it names none" if observation is None else f"position {observation} is none"
        raise Refused(
            "no-breach",
            f"{by.id} rolls back on an observation of #{release.number} that breached a trigger;"
            f" {named}",
            hint="a person says what happened with --trigger and needs no observation",
        )
    if not is_citable(standing, alias, release, found):
        raise Refused(
            "observer-stopped",
            f"{found.signer}, who made the observation at {observation}, is stopped or disowned",
            hint="a person rolls back without",
        )


def is_citable(standing: Standing, alias: str, release: Release, seen: ObservationState) -> bool:
    """Whether somebody still stands for *seen* of *release*, neither stopped nor disowned."""
    left = unsilenced(standing, seen)
    return left is not None and is_held(standing, alias, release, seen.stage, left)


def _target(alias: AliasState, release: Release) -> str | None:
    """The proposal of the stack that *alias* runs once *release* is taken back."""
    if release.completed_position is not None:
        return release.before
    return None if alias.stable is None else alias.stable.proposal


def evolve(standing: Standing, event: ReleaseRolledBack, on: Happening) -> Iterator[State]:
    """The rows that change with *event*."""
    alias = standing.alias(event.alias)
    release = alias.running(event.proposal)
    if release is None:
        return
    yield _opened(standing, event, on)
    owing = tuple(one for one in alias.owing if one not in (event.proposal, event.candidate))
    if release.completed_position is None:
        yield replace(alias, candidate=None, owing=owing)
        return
    before = None if release.before is None else standing.earlier(release.before)
    yield replace(alias, stable=before, candidate=None, changed=on.position, owing=owing)
    yield EarlierState(release.proposal, replace(release, rolled_back=True))
    yield from _completions(standing, event.alias, release, before)
    yield from reopened(standing, event.alias, before, on.position, on.at)


def _opened(standing: Standing, event: ReleaseRolledBack, on: Happening) -> ReviewState:
    by, rules = standing.signer(on.signer), standing.policy().rollback
    roles, _ = powers(standing.policy())
    lent = () if by is None else lent_for(standing, by, roles, event.alias, on.at)
    persons = frozenset({on.signer}) if by is None else hands(standing, by, lent)
    within = None if rules is None else rules.review_within
    return ReviewState(
        subject=event.rollback,
        what="rollback",
        alias=event.alias,
        proposal=event.proposal,
        persons=tuple(sorted(persons)),
        position=on.position,
        at=on.at,
        due=None if within is None else on.at + within,
    )


def _completions(
    standing: Standing, alias: str, release: Release, before: Release | None
) -> Iterator[State]:
    """What was completed in the environment of *alias*, once *before* runs there again.

    The stack of *release* is so no longer, whoever completed it there, and what comes back
    is again, unless both are the same stack.
    """
    model, _, environment = alias.partition("/")
    taken, back = release.stack.digest, None if before is None else before.stack.digest
    if taken == back:
        return
    kept = (one for one in standing.completions(model, taken) if one.environment != environment)
    yield CompletedState(f"{model}@{taken}", tuple(kept))
    if before is None or back is None:
        return
    again = Completion(environment, before.proposal)
    known = standing.completions(model, back)
    if not before.unsupported and all(one.environment != environment for one in known):
        yield CompletedState(f"{model}@{back}", (*known, again))
