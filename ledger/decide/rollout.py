"""What changes when a release is started, advanced or completed. Nothing is judged here."""

from collections.abc import Iterable
from typing import Final

from ledger.decide.authority import hands
from ledger.decide.candidates import close
from ledger.decide.cases import known_proposal
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.exception_states import ExceptionState
from ledger.decide.happening import Happening
from ledger.decide.release_states import (
    CompletedState,
    Completion,
    EarlierState,
    Release,
    Step,
)
from ledger.decide.replacing import replace
from ledger.decide.roles import lent_for
from ledger.decide.stage import stage_of, unsilenced
from ledger.decide.states import ProposalState, State
from ledger.decide.windows import reopened
from ledger.model.events import ReleaseAdvanced, ReleaseCompleted, ReleaseStarted
from ledger.policy.case import Lent
from ledger.policy.stages import window_of

COMPLETIONS: Final = 16
"""How many completions of a stack in an environment are kept, the first ones: one is enough."""


def evolve(
    standing: Standing,
    event: ReleaseStarted | ReleaseAdvanced | ReleaseCompleted,
    on: Happening,
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    alias = standing.alias(event.alias)
    if isinstance(event, ReleaseStarted):
        state = known_proposal(standing, event.proposal)
        gone = None if alias.candidate is None else alias.candidate.proposal
        kept = tuple(one for one in alias.owing if one != gone)
        owing = (*kept, state.id) if event.exceptions else kept
        candidate = _started(standing, state, event, on)
        return (
            replace(alias, candidate=candidate, owing=owing),
            *_used(standing, event, on),
            *close(standing, state, "enacted", on),
        )
    if alias.candidate is None:
        return ()
    moved = _passed(standing, event.alias, alias.candidate, event.observation, on)
    if isinstance(event, ReleaseCompleted):
        return _complete(standing, event.alias, moved, on)
    moved = replace(moved, stage=event.stage)
    return replace(alias, candidate=moved), *deed(standing.head, on, proposal=moved.proposal)


def _used(standing: Standing, event: ReleaseStarted, on: Happening) -> Iterable[ExceptionState]:
    """The exceptions under which the release was started: none is used again."""
    for id_ in event.exceptions:
        one = standing.exception(id_)
        if one is not None:
            yield replace(one, used_position=on.position)


def _started(
    standing: Standing, state: ProposalState, event: ReleaseStarted, on: Happening
) -> Release:
    return Release(
        proposal=state.id,
        number=state.number,
        stack=event.stack,
        metrics=event.metrics,
        review=event.review,
        policy=event.policy,
        tier=event.tier,
        stage=event.stage,
        stage_at=on.at,
        stage_position=on.position,
        started_at=on.at,
        started_position=on.position,
        operators=_operators(standing, event.alias, (), on),
        exceptions=event.exceptions,
    )


def _operators(
    standing: Standing, alias: str, before: Iterable[str], on: Happening
) -> tuple[str, ...]:
    by = standing.signer(on.signer)
    more = frozenset[str]() if by is None else hands(standing, by, _lent(standing, alias, on))
    return tuple(sorted({*before, *more}))


def _lent(standing: Standing, alias: str, on: Happening) -> tuple[Lent, ...]:
    """The loans by which whoever does this operates releases to *alias*, if not on their own."""
    by, asked = standing.signer(on.signer), standing.policy().operation.by
    return () if by is None else lent_for(standing, by, asked, alias, on.at)


def _passed(
    standing: Standing, alias: str, release: Release, observation: int | None, on: Happening
) -> Release:
    """*release* past its stage by *observation*, of which no loan by an operator is kept."""
    operators = _operators(standing, alias, release.operators, on)
    seen = next((one for one in release.watched if one.position == observation), None)
    step = Step(
        stage=release.stage,
        policy=standing.head.policy,
        position=on.position,
        at=on.at,
        by=on.signer,
        loans=_lent(standing, alias, on),
        seen=None if seen is None else unsilenced(standing, seen, operators),
    )
    return replace(
        release,
        stage_at=on.at,
        stage_position=on.position,
        operators=operators,
        steps=(*release.steps, step),
        watched=(),
    )


def _complete(standing: Standing, name: str, passed: Release, on: Happening) -> tuple[State, ...]:
    """The rows once the candidate of *name* is its stable stack, on top of the one before."""
    alias = standing.alias(name)
    lasting = window_of(stage_of(standing, name, passed), passed.tier)
    stable = replace(
        passed,
        completed_at=on.at,
        completed_position=on.position,
        before=None if alias.stable is None else alias.stable.proposal,
        window=None if lasting is None else on.at + lasting,
    )
    earlier = () if alias.stable is None else (EarlierState(alias.stable.proposal, alias.stable),)
    return (
        replace(alias, stable=stable, candidate=None, changed=on.position),
        *earlier,
        *reopened(standing, name, stable, on.position, on.at),
        _completed(standing, name, stable),
        *deed(standing.head, on, proposal=stable.proposal),
    )


def _completed(standing: Standing, alias: str, release: Release) -> CompletedState:
    """That the stack of *release* was completed in the environment of *alias* as well."""
    model, _, environment = alias.partition("/")
    digest = release.stack.digest
    known = standing.completions(model, digest)
    new = Completion(environment, release.proposal)
    full = sum(one.environment == environment for one in known) >= COMPLETIONS
    return CompletedState(f"{model}@{digest}", known if full else (*known, new))
