"""Releases: a stack started towards an alias, advanced through its stages, and completed."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ledger.decide.authority import hands, require_operator
from ledger.decide.candidates import close
from ledger.decide.cases import assess_proposal, assess_under_way, known_proposal
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.possible import require_permitted
from ledger.decide.proposal import require_open
from ledger.decide.release_states import (
    CompletedState,
    Completion,
    EarlierState,
    Release,
    Step,
    Watched,
)
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState, State
from ledger.decide.validity import is_supported
from ledger.decide.watching import opened, require_passed, stage_of
from ledger.errors import Refused
from ledger.model.events import ReleaseAdvanced, ReleaseCompleted, ReleaseStarted
from ledger.model.names import Tier
from ledger.policy.assessment import require_ready
from ledger.policy.case import require_release
from ledger.policy.document import Policy
from ledger.policy.rollout import Stage
from ledger.policy.stages import stages_of

COMPLETIONS: Final = 16
"""How many completions of a stack in an environment are kept, the first ones: one is enough."""


def start(standing: Standing, *, by: SignerState, at: int, proposal: str) -> ReleaseStarted:
    """Start the release that *proposal* has all consent for, in the first stage of its tier."""
    state = known_proposal(standing, proposal)
    require_open(state)
    effect = require_release(state.effect, state.number)
    policy = standing.policy()
    require_operator(standing, policy, by, effect.alias, at)
    assessment = assess_proposal(standing, state, at, people=False)
    require_ready(assessment)
    stages = require_stages(policy, effect.alias, assessment.tier)
    return ReleaseStarted(
        alias=effect.alias,
        proposal=proposal,
        revision=state.revision,
        policy=assessment.policy,
        review=assessment.review_digest,
        tier=assessment.tier,
        stage=stages[0].id,
        stack=effect.stack,
        metrics=assessment.metrics,
    )


def require_stages(policy: Policy, alias: str, tier: Tier) -> tuple[Stage, ...]:
    """The stages of a release to *alias* at *tier*, of which there is one at least."""
    stages = stages_of(policy, alias, tier)
    if not stages:
        raise Refused(
            "no-stage",
            f"policy {policy.number} has no stage for the tier {tier}",
            hint="a policy with stages names one for each tier: assent policy check",
        )
    return stages


def advance(standing: Standing, *, by: SignerState, at: int, alias: str) -> ReleaseAdvanced:
    """Bring the candidate of *alias* into its next stage, once it has passed the present one."""
    candidate = _candidate(standing, alias)
    following = _following(standing, alias, candidate)
    if following is None:
        raise Refused(
            "last-stage",
            f"{candidate.stage} is the last stage of #{candidate.number}",
            hint=f"assent release complete {alias}",
        )
    passed = _require_passed(standing, by, at, alias, candidate)
    return ReleaseAdvanced(
        alias=alias,
        proposal=candidate.proposal,
        review=candidate.review,
        stage=following.id,
        observation=None if passed is None else passed.position,
    )


def complete(standing: Standing, *, by: SignerState, at: int, alias: str) -> ReleaseCompleted:
    """Make the candidate of *alias* its stable stack, once it has passed its last stage."""
    candidate = _candidate(standing, alias)
    following = _following(standing, alias, candidate)
    if following is not None:
        raise Refused(
            "stage-before",
            f"#{candidate.number} is in the stage {candidate.stage}; {following.id} comes next",
            hint=f"assent release advance {alias}",
        )
    passed = _require_passed(standing, by, at, alias, candidate)
    return ReleaseCompleted(
        alias=alias,
        proposal=candidate.proposal,
        review=candidate.review,
        observation=None if passed is None else passed.position,
    )


def _candidate(standing: Standing, alias: str) -> Release:
    candidate = standing.alias(alias).candidate
    if candidate is None:
        raise Refused("no-candidate", f"no release to {alias} is under way")
    return candidate


def _following(standing: Standing, alias: str, release: Release) -> Stage | None:
    """The stage after the one that *release* is in, under the policy of its start."""
    stages = stages_of(standing.policy(release.policy), alias, release.tier)
    names = [stage.id for stage in stages]
    rank = names.index(release.stage) + 1
    return stages[rank] if rank < len(stages) else None


def _require_passed(
    standing: Standing, by: SignerState, at: int, alias: str, candidate: Release
) -> Watched | None:
    """The observation by which *candidate* has passed its stage, if one is asked for.

    Refuses *by* who is no operator, and a candidate that has lost what it rested on.
    """
    policy = standing.policy()
    require_operator(standing, policy, by, alias, at)
    state = known_proposal(standing, candidate.proposal)
    require_permitted(policy, require_release(state.effect, state.number))
    if not is_supported(standing):
        raise Refused(
            "policy-unsupported",
            "the policy in force has lost its consent",
            hint="the root publishes one again",
        )
    _require_consent(standing, state, candidate)
    operating = hands(standing, by, policy.operation.by, alias, at)
    return require_passed(standing, alias, candidate, operating)


def _require_consent(standing: Standing, state: ProposalState, candidate: Release) -> None:
    """Refuse where a veto, a retraction, a fact or a disowning since has undone the consent.

    Where nothing was said since, what was ready then is ready still.
    """
    if candidate.unsupported:
        raise Refused(
            "unsupported",
            f"#{state.number} has lost its consent: a key that gave it was disowned",
            hint="propose the stack again",
        )
    if state.said_position <= candidate.started_position:
        return
    assessment = assess_under_way(standing, state, candidate)
    if assessment.verdict != "ready":
        reasons = [block.message for block in assessment.blocks] or list(assessment.missing())
        raise Refused(
            "consent-lost",
            f"#{state.number} has lost its consent since the start",
            hint="; ".join(reasons),
        )
    if assessment.tier != candidate.tier:
        raise Refused(
            "tier-risen",
            f"a fact added since makes #{state.number} {assessment.tier}; it was started as"
            f" {candidate.tier}",
            hint="roll it back and propose it again: it passes the stages of its tier then",
        )


def evolve(
    standing: Standing,
    event: ReleaseStarted | ReleaseAdvanced | ReleaseCompleted,
    on: Happening,
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    alias = standing.alias(event.alias)
    if isinstance(event, ReleaseStarted):
        state = known_proposal(standing, event.proposal)
        candidate = _started(standing, state, event, on)
        return replace(alias, candidate=candidate), *close(standing, state, "enacted", on)
    if alias.candidate is None:
        return ()
    step = _step(alias.candidate, event.observation, on)
    passed = replace(alias.candidate, steps=(*alias.candidate.steps, step), watched=())
    if isinstance(event, ReleaseCompleted):
        return _complete(standing, event.alias, passed, on)
    operators = _operators(standing, event.alias, passed.operators, on)
    moved = replace(
        passed,
        stage=event.stage,
        stage_at=on.at,
        stage_position=on.position,
        operators=operators,
    )
    return replace(alias, candidate=moved), *deed(standing.head, on, proposal=moved.proposal)


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
    )


def _operators(
    standing: Standing, alias: str, before: Iterable[str], on: Happening
) -> tuple[str, ...]:
    by = standing.signer(on.signer)
    asked = standing.policy().operation.by
    more = frozenset[str]() if by is None else hands(standing, by, asked, alias, on.at)
    return tuple(sorted({*before, *more}))


def _step(release: Release, observation: int | None, on: Happening) -> Step:
    seen = next((one for one in release.watched if one.position == observation), None)
    observer = None if seen is None else seen.signer
    return Step(release.stage, on.position, on.at, on.signer, observation, observer)


def _complete(standing: Standing, name: str, passed: Release, on: Happening) -> tuple[State, ...]:
    """The rows once the candidate of *name* is its stable stack, on top of the one before."""
    alias = standing.alias(name)
    windows = stage_of(standing, name, passed).observe
    lasting = next((one.seconds for one in windows if one.tier == passed.tier), None)
    stable = replace(
        passed,
        stage_at=on.at,
        stage_position=on.position,
        operators=_operators(standing, name, passed.operators, on),
        completed_at=on.at,
        completed_position=on.position,
        before=None if alias.stable is None else alias.stable.proposal,
        window=None if lasting is None else on.at + lasting,
    )
    earlier = () if alias.stable is None else (EarlierState(alias.stable.proposal, alias.stable),)
    return (
        replace(alias, stable=stable, candidate=None, changed=on.position),
        *earlier,
        *opened(standing, name, stable),
        _completed(standing, name, stable, on),
        *deed(standing.head, on, proposal=stable.proposal),
    )


def _completed(standing: Standing, alias: str, release: Release, on: Happening) -> CompletedState:
    """That the stack of *release* was completed in the environment of *alias* as well."""
    model, _, environment = alias.partition("/")
    digest = release.stack.digest
    known = standing.completions(model, digest)
    new = Completion(environment, release.proposal, on.position)
    here = [one for one in known if one.environment == environment and one.undone is None]
    return CompletedState(f"{model}@{digest}", known if len(here) >= COMPLETIONS else (*known, new))
