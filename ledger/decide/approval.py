"""Consent and veto: approvals and rejections, given and taken back."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.decide.authority import parties, require_asked, require_role
from ledger.decide.cases import case_of, known_proposal, policy_for, touched
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.proposal import require_open, require_undecided
from ledger.decide.states import ProposalState, SignerState, State
from ledger.errors import Refused
from ledger.model.events import (
    ApprovalGranted,
    ApprovalRetracted,
    ProposalRejected,
    RejectionRetracted,
)
from ledger.policy.assess import bind, is_expired, review_digest
from ledger.policy.case import Approval, Case, Rejection
from ledger.policy.document import Policy


def approve(
    standing: Standing, *, by: SignerState, at: int, proposal: str, role: str
) -> ApprovalGranted:
    """Approve, in one role, the proposal as it stands."""
    state = known_proposal(standing, proposal)
    require_open(state)
    if by.kind == "service":
        raise Refused("service-approval", f"{by.id} is a service; only people approve")
    require_role(by, role)
    require_asked(standing.policy(), state.effect, role)
    _require_outsider(standing, by, state)
    policy, case = standing.policy(), case_of(standing, state, people=False)
    _require_current(policy, case, at)
    bound = bind(policy, case)
    own = [approval for approval in bound.approvals if approval.signer == by.id]
    _require_new(policy, case, own, role)
    return ApprovalGranted(
        proposal=proposal,
        role=role,
        binding=bound.binding,
        review=review_digest(proposal, bound.binding),
    )


def retract(
    standing: Standing, *, by: SignerState, proposal: str, reason: str | None
) -> ApprovalRetracted:
    """Take one's own approvals of the current revision back."""
    state = known_proposal(standing, proposal)
    require_undecided(standing, state)
    own = [a for a in state.approvals if a.signer == by.id]
    if not any(approval.binding.revision == state.revision for approval in own):
        raise Refused(
            "nothing-to-retract", f"{by.id} has not approved this revision of #{state.number}"
        )
    return ApprovalRetracted(proposal=proposal, revision=state.revision, reason=reason)


def reject(
    standing: Standing, *, by: SignerState, proposal: str, role: str, reason: str
) -> ProposalRejected:
    """Veto the current revision, with a reason."""
    state = known_proposal(standing, proposal)
    require_undecided(standing, state)
    require_role(by, role)
    require_asked(policy_for(standing, state), state.effect, role)
    if _live_rejection(state, by):
        raise Refused("already-rejected", f"{by.id} has rejected #{state.number} already")
    return ProposalRejected(proposal=proposal, revision=state.revision, role=role, reason=reason)


def reopen(standing: Standing, *, by: SignerState, proposal: str) -> RejectionRetracted:
    """Take one's own rejection back."""
    state = known_proposal(standing, proposal)
    require_undecided(standing, state)
    if not _live_rejection(state, by):
        raise Refused(
            "nothing-to-reopen",
            f"{by.id} has not rejected this revision of #{state.number}",
            hint="only who rejected takes it back",
        )
    return RejectionRetracted(proposal=proposal, revision=state.revision)


def evolve(
    standing: Standing,
    event: ApprovalGranted | ApprovalRetracted | ProposalRejected | RejectionRetracted,
    on: Happening,
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    state = known_proposal(standing, event.proposal)
    match event:
        case ApprovalGranted():
            others = tuple(
                approval
                for approval in state.approvals
                if (approval.signer, approval.role) != (on.signer, event.role)
            )
            approval = Approval(on.position, on.signer, event.role, event.binding, on.at)
            return (replace(touched(standing, state, on), approvals=(*others, approval)),)
        case ApprovalRetracted():
            left = tuple(a for a in state.approvals if a.signer != on.signer)
            return (replace(touched(standing, state, on), approvals=left),)
        case ProposalRejected():
            rejection = Rejection(
                on.position, on.signer, event.role, event.revision, event.reason, on.at
            )
            return (
                replace(touched(standing, state, on), rejections=(*state.rejections, rejection)),
            )
        case RejectionRetracted():
            standing_vetoes = tuple(r for r in state.rejections if r.signer != on.signer)
            return (replace(touched(standing, state, on), rejections=standing_vetoes),)


def _live_rejection(state: ProposalState, by: SignerState) -> bool:
    return any(r.signer == by.id and r.revision == state.revision for r in state.rejections)


def _require_outsider(standing: Standing, by: SignerState, state: ProposalState) -> None:
    """Refuse whoever had a hand in the proposal: separation of duties."""
    if by.id == state.opener:
        part = f"{by.id} opened #{state.number}"
    elif by.id in state.authors:
        part = f"{by.id} contributed to #{state.number}"
    elif by.id in parties(standing, state):
        part = f"{by.id} answers for a service that had a hand in #{state.number}"
    else:
        return
    raise Refused("self-approval", f"{part}; someone else must approve it")


def _require_current(policy: Policy, case: Case, at: int) -> None:
    if is_expired(policy, case, at):
        raise Refused(
            "expired",
            f"#{case.number} waited longer than the policy allows",
            hint="revise the proposal",
        )
    if case.base != case.changed:
        raise Refused(
            "base-moved",
            f"{case.effect.alias or 'the policy'} has changed since #{case.number} was opened",
            hint="revise the proposal",
        )


def _require_new(policy: Policy, case: Case, own: Sequence[Approval], role: str) -> None:
    """Refuse a second approval of the same, and a second role where people count once."""
    if any(approval.role == role for approval in own):
        raise Refused(
            "already-approved",
            f"{own[0].signer} has approved #{case.number} as {role} already",
        )
    if own and policy.consent.distinct_people:
        raise Refused(
            "one-role",
            f"{own[0].signer} has approved #{case.number} as {own[0].role}",
            hint="a person counts once; retract that approval to give another",
        )
