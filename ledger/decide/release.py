"""Releases: a stack started towards an alias and completed. One stage, ``general``."""

from dataclasses import replace
from typing import Final

from ledger.decide.authority import require_operator
from ledger.decide.candidates import close
from ledger.decide.cases import assess_proposal, assess_under_way, known_proposal
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.possible import require_permitted
from ledger.decide.proposal import require_open
from ledger.decide.release_states import CompletedState, Completion, Release
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState, State
from ledger.decide.validity import is_supported
from ledger.errors import Refused
from ledger.model.events import ReleaseCompleted, ReleaseStarted
from ledger.policy.assessment import require_ready
from ledger.policy.case import require_release

STAGE = "general"
"""The one stage of a release under a policy without stages."""


COMPLETIONS: Final = 16
"""How many completions of a stack in an environment are kept, the first ones: one is enough."""


def start(standing: Standing, *, by: SignerState, at: int, proposal: str) -> ReleaseStarted:
    """Start the release that *proposal* has all consent for."""
    state = known_proposal(standing, proposal)
    require_open(state)
    effect = require_release(state.effect, state.number)
    require_operator(standing, standing.policy(), by, effect.alias, at)
    assessment = assess_proposal(standing, state, at, people=False)
    require_ready(assessment)
    return ReleaseStarted(
        alias=effect.alias,
        proposal=proposal,
        revision=state.revision,
        policy=assessment.policy,
        review=assessment.review_digest,
        stage=STAGE,
        stack=effect.stack,
        metrics=assessment.metrics,
    )


def complete(standing: Standing, *, by: SignerState, at: int, alias: str) -> ReleaseCompleted:
    """Make the candidate of *alias* its stable stack."""
    candidate = standing.alias(alias).candidate
    if candidate is None:
        raise Refused("no-candidate", f"no release to {alias} is under way")
    require_operator(standing, standing.policy(), by, alias, at)
    state = known_proposal(standing, candidate.proposal)
    require_permitted(standing.policy(), require_release(state.effect, state.number))
    if not is_supported(standing):
        raise Refused(
            "policy-unsupported",
            "the policy in force has lost its consent",
            hint="the root publishes one again",
        )
    _require_consent(standing, state, candidate)
    return ReleaseCompleted(alias=alias, proposal=candidate.proposal, review=candidate.review)


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


def evolve(
    standing: Standing, event: ReleaseStarted | ReleaseCompleted, on: Happening
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    alias = standing.alias(event.alias)
    state = known_proposal(standing, event.proposal)
    if isinstance(event, ReleaseStarted):
        candidate = Release(
            proposal=state.id,
            number=state.number,
            stack=event.stack,
            metrics=event.metrics,
            review=event.review,
            policy=event.policy,
            stage=event.stage,
            started_at=on.at,
            started_position=on.position,
            completed_at=None,
            completed_position=None,
        )
        return replace(alias, candidate=candidate), *close(standing, state, "enacted", on)
    if alias.candidate is None:
        return ()
    stable = replace(
        alias.candidate,
        completed_at=on.at,
        completed_position=on.position,
        completed_by=on.signer,
    )
    completed = _completed(standing, event.alias, state, on)
    changed = replace(alias, stable=stable, candidate=None, changed=on.position)
    return changed, completed, *deed(standing.head, on, proposal=state.id)


def _completed(
    standing: Standing, alias: str, state: ProposalState, on: Happening
) -> CompletedState:
    """That the stack of *state* was completed in the environment of *alias* as well."""
    model, _, environment = alias.partition("/")
    digest = state.stack_digest or ""
    new = Completion(environment, state.id, on.position)
    known = standing.completions(model, digest)
    full = sum(one.environment == environment for one in known) >= COMPLETIONS
    return CompletedState(f"{model}@{digest}", known if full else (*known, new))
