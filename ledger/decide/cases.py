"""From the standing to the case that a policy judges."""

from dataclasses import replace

from ledger.decide.authority import parties
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState, Release
from ledger.errors import BadInput
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case, Stable


def assess_proposal(
    standing: Standing, proposal: ProposalState, at: int, *, people: bool = True
) -> Assessment:
    """What the policy in force says of *proposal* at *at*.

    Without *people* it does not say who could help: a rule does not ask.
    """
    return assess(standing.policy(), case_of(standing, proposal, people=people), at)


def assess_under_way(standing: Standing, proposal: ProposalState, candidate: Release) -> Assessment:
    """What the policy of its start says of a release under way, with what was said since.

    Judged at the moment of the start, so that only vetoes, retractions and added
    facts can make a difference; what expired since does not.
    """
    case = replace(case_of(standing, proposal, people=False), closed=None, candidate=None)
    return assess(standing.policy(candidate.policy), case, candidate.started_at)


def case_of(standing: Standing, proposal: ProposalState, *, people: bool = True) -> Case:
    """Everything a policy may look at when it judges *proposal*."""
    alias = standing.alias(proposal.effect.alias)
    candidate = None if alias.candidate is None else alias.candidate.proposal
    return Case(
        proposal=proposal.id,
        number=proposal.number,
        revision=proposal.revision,
        effect=proposal.effect,
        effect_hash=proposal.effect_hash,
        base=proposal.base,
        revised_at=proposal.revised_at,
        added=proposal.added,
        parties=parties(standing, proposal),
        documents=proposal.documents,
        approvals=proposal.approvals,
        rejections=proposal.rejections,
        closed=proposal.closed,
        stable=_stable(alias.stable),
        changed=alias.changed,
        candidate=None if candidate == proposal.id else candidate,
        people=_people(standing) if people else {},
        position=standing.head.size - 1,
    )


def _people(standing: Standing) -> dict[str, tuple[str, ...]]:
    return {
        signer.id: signer.roles
        for signer in standing.signers()
        if signer.kind == "person" and signer.accepted_at is not None
    }


def _stable(release: Release | None) -> Stable | None:
    if release is None or release.completed_position is None:
        return None
    return Stable(release.stack, release.metrics, release.completed_position)


def known_proposal(standing: Standing, proposal: str) -> ProposalState:
    """The proposal of that id; raises :class:`BadInput` where there is none."""
    state = standing.proposal(proposal)
    if state is None:
        raise BadInput("unknown-proposal", f"there is no proposal {proposal}")
    return state
