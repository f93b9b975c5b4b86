"""Consent and veto: approvals and rejections, given and taken back."""

from collections.abc import Sequence

from ledger.decide.assessing import bound_of, has_expired
from ledger.decide.authority import require_role
from ledger.decide.cases import case_of, known_proposal, policy_for, touched
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.proposal import require_undecided, require_wanted
from ledger.decide.replacing import replace
from ledger.decide.roles import roles_held
from ledger.decide.signer_states import Delegation, SignerState
from ledger.decide.states import ProposalState, State
from ledger.errors import Refused
from ledger.model.effects import ExceptionEffect, LiftEffect
from ledger.model.events import (
    ApprovalGranted,
    ApprovalRetracted,
    ProposalRejected,
    RejectionRetracted,
)
from ledger.policy.assess import asking, review_digest
from ledger.policy.blocking import subject_of
from ledger.policy.case import ROOT_MATTERS, Approval, Case, Rejection
from ledger.policy.document import Policy


def approve(
    standing: Standing, *, by: SignerState, at: int, proposal: str, role: str
) -> ApprovalGranted:
    """Approve, in one role, the proposal as it stands."""
    state = known_proposal(standing, proposal)
    require_wanted(standing, state)
    if by.kind == "service":
        raise Refused("service-approval", f"{by.id} is a service; only people approve")
    held = roles_held(standing, by, state.effect.alias, at)
    require_role(by, held, role)
    policy = policy_for(standing, state)
    case = case_of(standing, state, people=False, since=True)
    _require_asked(policy, case, role)
    lent = held[role]
    _require_outsider(case, state, by.id, role)
    if lent is not None:
        _require_outsider(case, state, lent.by, role)
    if state.closure is None:
        _require_current(standing, policy, case, at)
    bound = bound_of(standing, policy, case)
    _require_new(policy, case, bound.approvals, _persons(by, lent), role)
    return ApprovalGranted(
        proposal=proposal,
        role=role,
        binding=bound.binding,
        on_behalf=None if lent is None else lent.by,
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
    standing: Standing, *, by: SignerState, at: int, proposal: str, role: str, reason: str
) -> ProposalRejected:
    """Veto the current revision, with a reason.

    What the root decides has no veto: one stolen key could keep itself for ever.
    """
    state = known_proposal(standing, proposal)
    require_undecided(standing, state)
    if state.effect.effect in ROOT_MATTERS:
        raise Refused(
            "no-veto",
            f"nobody vetoes #{state.number}: a threshold decides it",
            hint="do not approve it; a comment says why",
        )
    require_role(by, roles_held(standing, by, state.effect.alias, at), role)
    _require_asked(policy_for(standing, state), case_of(standing, state, people=False), role)
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
            again = (on.signer, event.role)
            older = [a for a in state.approvals if (a.signer, a.role) == again]
            left = _without(touched(standing, state, on), older)
            approval = _approval(standing, event, state.effect.alias, on)
            return (replace(left, approvals=(*left.approvals, approval)),)
        case ApprovalRetracted():
            own = [a for a in state.approvals if a.signer == on.signer]
            return (_without(touched(standing, state, on), own),)
        case ProposalRejected():
            rejection = Rejection(
                on.position, on.signer, event.role, event.revision, event.reason, on.at
            )
            of_others = tuple(one for one in state.rejections if one.signer != on.signer)
            return (replace(touched(standing, state, on), rejections=(*of_others, rejection)),)
        case RejectionRetracted():
            vetoes = tuple(
                replace(one, retracted_at=on.position) if _lives(one, state, on.signer) else one
                for one in state.rejections
            )
            return (replace(touched(standing, state, on), rejections=vetoes),)


def _without(state: ProposalState, gone: Sequence[Approval]) -> ProposalState:
    """*state* without the approvals that are *gone*; those that it was closed with are kept."""
    left = tuple(one for one in state.approvals if one not in gone)
    end = state.closed_position
    kept = () if end is None else tuple(one for one in gone if one.position < end)
    return replace(state, approvals=left, given_up=(*state.given_up, *kept))


def _approval(
    standing: Standing, event: ApprovalGranted, alias: str | None, on: Happening
) -> Approval:
    signer = None if event.on_behalf is None else standing.signer(on.signer)
    lent = None if signer is None else roles_held(standing, signer, alias, on.at).get(event.role)
    return Approval(
        position=on.position,
        signer=on.signer,
        role=event.role,
        binding=event.binding,
        at=on.at,
        on_behalf=event.on_behalf,
        delegation=None if lent is None else lent.position,
    )


def _persons(by: SignerState, lent: Delegation | None) -> frozenset[str]:
    return frozenset({by.id} if lent is None else {by.id, lent.by})


def _require_asked(policy: Policy, case: Case, role: str) -> None:
    """Refuse a role in which nobody is asked about *case*."""
    asked = asking(policy, case.effect, root_only=case.root_only, earlier=case.earlier)
    if role not in asked:
        raise Refused(
            "role-not-asked",
            f"no requirement of policy {policy.number} asks for {role} here",
            hint=f"asked for: {', '.join(sorted(asked))}",
        )


def _live_rejection(state: ProposalState, by: SignerState) -> bool:
    return any(_lives(one, state, by.id) for one in state.rejections)


def _lives(one: Rejection, state: ProposalState, signer: str) -> bool:
    """Whether *one* is a veto of the revision by *signer* that they have not taken back."""
    return one.retracted_at is None and (one.signer, one.revision) == (signer, state.revision)


def _require_outsider(case: Case, state: ProposalState, name: str, role: str) -> None:
    """Refuse whoever had a hand in the proposal: separation of duties."""
    if not case.is_party(name, role):
        return
    if name == state.opener:
        part = f"{name} opened #{state.number}"
    elif name in state.authors:
        part = f"{name} contributed to #{state.number}"
    elif name == getattr(state.effect, "signer", None):
        part = f"#{state.number} is about {name}"
    elif isinstance(state.effect, ExceptionEffect):
        owner = name == state.effect.owner
        part = f"{name} owns it" if owner else f"{name} had a hand in what #{state.number} is about"
    elif isinstance(state.effect, LiftEffect):
        part = f"#{state.number} lifts a stop of {name}, or of a service they answer for"
    else:
        part = f"{name} answers for a service that had a hand in #{state.number}"
    raise Refused("self-approval", f"{part}; someone else must approve it")


def _require_current(standing: Standing, policy: Policy, case: Case, at: int) -> None:
    if has_expired(standing, policy, case, at):
        raise Refused(
            "expired",
            f"#{case.number} waited longer than the policy allows",
            hint="revise the proposal",
        )
    if case.base != case.changed:
        raise Refused(
            "base-moved",
            f"{subject_of(case.effect)} has changed since #{case.number} was opened",
            hint="revise the proposal",
        )


def _require_new(
    policy: Policy,
    case: Case,
    counted: Sequence[Approval],
    persons: frozenset[str],
    role: str,
) -> None:
    """Refuse a second approval of the same, and a second role where people count once.

    Who lends a role and who uses it are one person.
    """
    own = [approval for approval in counted if approval.persons & persons]
    if any(approval.role == role for approval in own):
        first = own[0].signer
        together = "" if first in persons and len(persons) == 1 else "; they count once together"
        raise Refused(
            "already-approved", f"{first} has approved #{case.number} as {role} already{together}"
        )
    if own and policy.consent.distinct_people:
        raise Refused(
            "one-role",
            f"{own[0].signer} has approved #{case.number} as {own[0].role}",
            hint="a person counts once; retract that approval to give another",
        )
