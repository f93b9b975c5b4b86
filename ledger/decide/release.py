"""Releases: a stack started towards an alias, advanced through its stages, and completed."""

from ledger.decide.authority import hands, require_operator
from ledger.decide.cases import (
    assess_proposal,
    completed_before,
    known_proposal,
)
from ledger.decide.context import Standing
from ledger.decide.possible import require_permitted
from ledger.decide.proposal import require_open
from ledger.decide.release_states import Release, Watched
from ledger.decide.roles import lent_for
from ledger.decide.settling import assess_under_way
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import require_passed
from ledger.decide.states import ProposalState
from ledger.decide.stops import require_going_on
from ledger.decide.validity import is_supported
from ledger.decide.waivers import is_over
from ledger.errors import Refused
from ledger.model.events import ReleaseAdvanced, ReleaseCompleted, ReleaseStarted
from ledger.model.names import Tier, higher
from ledger.policy.assessment import Assessment, require_ready
from ledger.policy.case import require_release
from ledger.policy.document import Policy
from ledger.policy.rollout import Stage
from ledger.policy.stages import stages_of


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
        exceptions=assessment.used,
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
    require_going_on(standing, state)
    _require_consent(standing, state, candidate, at)
    lent = lent_for(standing, by, policy.operation.by, alias, at)
    operating = hands(standing, by, lent)
    return require_passed(standing, alias, candidate, operating)


def _require_consent(standing: Standing, state: ProposalState, candidate: Release, at: int) -> None:
    """Refuse where a veto, a retraction, a fact or a disowning since has undone the consent.

    Or the end of an exception. Where nothing was said since, and nothing was waived, what was
    ready then is ready still.
    """
    if candidate.unsupported:
        raise Refused(
            "unsupported",
            f"#{state.number} has lost its consent: a key that gave it was disowned",
            hint="propose the stack again",
        )
    said = state.said_position > candidate.started_position
    if not (said or candidate.exceptions or _has_left(standing, state)):
        return
    assessment = assess_under_way(standing, state, candidate, at)
    if not assessment.is_consented:
        if not assessment.blocks:
            _require_exceptions(standing, state, candidate, assessment, at)
        reasons = [block.message for block in assessment.blocks] or list(assessment.missing())
        raise Refused(
            "consent-lost",
            f"#{state.number} has lost its consent since the start",
            hint="; ".join(reasons),
        )
    if higher(assessment.tier, candidate.tier) != candidate.tier:
        raise Refused(
            "tier-risen",
            f"a fact added since makes #{state.number} {assessment.tier}; it was started as"
            f" {candidate.tier}",
            hint="roll it back and propose it again: it passes the stages of its tier then",
        )


def _require_exceptions(
    standing: Standing,
    state: ProposalState,
    candidate: Release,
    assessment: Assessment,
    at: int,
) -> None:
    """Refuse a release that lacks what an exception that has ended had waived."""
    for id_ in candidate.exceptions:
        one = standing.exception(id_)
        if one is not None and is_over(standing, one, at):
            raise Refused(
                "exception-ended",
                f"the exception #{one.number}, under which #{state.number} was started, has ended",
                hint="missing: " + "; ".join(assessment.missing()) + "; or roll it back",
            )


def _has_left(standing: Standing, state: ProposalState) -> bool:
    """Whether an environment that had completed the stack of *state* has taken it back since."""
    then = () if state.closure is None else state.closure.context.completed
    return not set(then) <= set(completed_before(standing, state))
