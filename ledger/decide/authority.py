"""Who may act at all, and in which role: asked by every verb before its own rules."""

from ledger.decide.context import Standing
from ledger.decide.states import ProposalState, SignerState
from ledger.errors import Refused
from ledger.model.events import Event, SignerAccepted
from ledger.policy.document import Policy


def require_authority(standing: Standing, by: SignerState, event: Event) -> None:
    """Refuse who has not accepted, and everything but acceptances before the root is complete."""
    if isinstance(event, SignerAccepted):
        return
    ledger = standing.ledger()
    if ledger is not None and ledger.waiting:
        raise Refused(
            "founding-incomplete",
            f"the founding waits for {', '.join(ledger.waiting)} to accept",
            hint="each of them runs: assent signer accept",
        )
    if by.accepted_at is None:
        raise Refused(
            "not-accepted",
            f"{by.id} has not accepted yet",
            hint=f"{by.id} runs: assent signer accept",
        )


def require_role(by: SignerState, role: str) -> None:
    """Refuse a role that *by* does not hold."""
    if role not in by.roles:
        held = ", ".join(by.roles) or "none"
        raise Refused(
            "role-not-held", f"{by.id} does not hold the role {role}", hint=f"held: {held}"
        )


def require_asked(policy: Policy, role: str) -> None:
    """Refuse a role that no requirement of *policy* names."""
    asked = asked_roles(policy)
    if role not in asked:
        raise Refused(
            "role-not-asked",
            f"no requirement of policy {policy.number} asks for {role}",
            hint=f"asked for: {', '.join(sorted(asked))}",
        )


def asked_roles(policy: Policy) -> frozenset[str]:
    """The roles whose approval some requirement of *policy* names."""
    return frozenset(
        count.role for requirement in policy.requirements for count in requirement.approvals
    )


def require_operator(policy: Policy, by: SignerState) -> None:
    """Refuse who may not operate releases under *policy*; services never may here."""
    if by.kind == "service":
        raise Refused(
            "service-operator", f"{by.id} is a service; a person operates releases to production"
        )
    if not set(policy.operation.by) & set(by.roles):
        raise Refused(
            "not-operator",
            f"{by.id} may not operate releases",
            hint=f"policy {policy.number} asks for {' or '.join(policy.operation.by)}",
        )


def parties(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    """Who had a hand in *proposal*: authors, contributors, and who answers for services."""
    hands = {*proposal.authors, *proposal.effect.contributors}
    known = [standing.signer(name) for name in hands]
    answering = {s.accountable for s in known if s is not None and s.accountable is not None}
    return frozenset(hands | answering)
