"""Who may act at all, and in which role: asked by every verb before its own rules."""

from ledger.decide.context import Standing
from ledger.decide.states import ProposalState, SignerState
from ledger.errors import Refused
from ledger.model.effects import Effect
from ledger.model.events import Event, SignerAccepted
from ledger.policy.assess import asking
from ledger.policy.case import ROOT
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
    """Refuse a role that *by* does not hold; every root signer may act as ``root``."""
    if role not in by.roles and not (role == ROOT and by.root):
        held = ", ".join(by.roles) or "none"
        raise Refused(
            "role-not-held", f"{by.id} does not hold the role {role}", hint=f"held: {held}"
        )


def require_asked(policy: Policy, effect: Effect, role: str) -> None:
    """Refuse a role in which nobody is asked about *effect*."""
    asked = asking(policy, effect)
    if role not in asked:
        raise Refused(
            "role-not-asked",
            f"no requirement of policy {policy.number} asks for {role} here",
            hint=f"asked for: {', '.join(sorted(asked))}",
        )


def require_operator(policy: Policy, by: SignerState, alias: str) -> None:
    """Refuse who may not operate releases to *alias*; services do so in automatic ones only."""
    if by.kind == "service":
        _require_named_service(policy, by, alias.partition("/")[2])
    elif not set(policy.operation.by) & set(by.roles):
        raise Refused(
            "not-operator",
            f"{by.id} may not operate releases",
            hint=f"policy {policy.number} asks for {' or '.join(policy.operation.by)}",
        )


def _require_named_service(policy: Policy, by: SignerState, environment: str) -> None:
    known = policy.environments
    if known is None or environment not in known.automatic:
        raise Refused(
            "service-operator",
            f"{by.id} is a service, and {environment} is operated by people",
            hint="services named in [environments] operate the automatic environments",
        )
    if by.id not in known.services:
        raise Refused(
            "service-operator",
            f"{by.id} is not among the services that operate {environment}",
            hint=f"policy {policy.number} names: {', '.join(known.services) or 'none'}",
        )


def require_enactor(by: SignerState, state: ProposalState, involved: frozenset[str]) -> None:
    """Refuse who may not carry out what *state* asks for: services, parties, and the roleless."""
    if by.kind == "service":
        raise Refused("service-enactment", f"{by.id} is a service; a person carries this out")
    if by.id in involved:
        raise Refused(
            "self-enactment",
            f"{by.id} had a hand in #{state.number}; someone else must carry it out",
        )
    if not by.roles and not by.root:
        raise Refused("no-role", f"{by.id} holds no role; somebody who does carries this out")


def parties(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    """Who had a hand in *proposal*: authors, contributors, and who answers for services."""
    hands = {*proposal.authors, *proposal.effect.contributors}
    known = [standing.signer(name) for name in hands]
    answering = {s.accountable for s in known if s is not None and s.accountable is not None}
    return frozenset(hands | answering)
