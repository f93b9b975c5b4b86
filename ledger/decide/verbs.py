"""One table: each kind of event, the verb that makes it and the function that applies it.

An audit calls the verb with the arguments it reads from the stored event and
demands an equal event; so what was allowed and what is audited is one rule.
"""

from ledger.decide import (
    acknowledgement,
    approval,
    evidence,
    founding,
    proposal,
    publication,
    release,
    talk,
)
from ledger.decide.authority import require_authority
from ledger.decide.context import Standing
from ledger.decide.duties import require_no_duty
from ledger.decide.happening import Happening
from ledger.decide.states import SignerState, State
from ledger.errors import Refused
from ledger.model import events
from ledger.model.events import Event


def decide(  # noqa: C901, PLR0911, PLR0912 - the table: one branch for each kind
    standing: Standing, *, by: SignerState, at: int, event: Event
) -> Event:
    """The event that the rules allow *by* at *at* with the arguments of *event*."""
    require_may_act(standing, by, event)
    match event:
        case events.SignerAccepted():
            return founding.accept(standing, by=by, named_by=event.named_by)
        case events.ProposalOpened(proposal=id_):
            return proposal.open_proposal(standing, by=by, proposal=id_, effect=event.effect)
        case events.ProposalRevised(proposal=id_):
            return proposal.revise(standing, by=by, proposal=id_, effect=event.effect)
        case events.ProposalWithdrawn(proposal=id_, reason=reason):
            return proposal.withdraw(standing, by=by, proposal=id_, reason=reason)
        case events.FactAdded(proposal=id_, fact=fact):
            return proposal.add_fact(standing, by=by, proposal=id_, fact=fact)
        case events.EvidenceAttached():
            return _attach(standing, by, event)
        case events.EvidenceWithdrawn(proposal=id_, digest=digest, reason=reason):
            return evidence.withdraw_evidence(
                standing, by=by, proposal=id_, digest=digest, reason=reason
            )
        case events.ApprovalGranted(proposal=id_, role=role):
            return approval.approve(standing, by=by, at=at, proposal=id_, role=role)
        case events.ApprovalRetracted(proposal=id_, reason=reason):
            return approval.retract(standing, by=by, proposal=id_, reason=reason)
        case events.ProposalRejected(proposal=id_, role=role, reason=why):
            return approval.reject(standing, by=by, proposal=id_, role=role, reason=why)
        case events.RejectionRetracted(proposal=id_):
            return approval.reopen(standing, by=by, proposal=id_)
        case events.PolicyPublished(proposal=id_):
            return publication.publish(standing, by=by, at=at, proposal=id_)
        case events.ReleaseStarted(proposal=id_):
            return release.start(standing, by=by, at=at, proposal=id_)
        case events.ReleaseCompleted(alias=alias):
            return release.complete(standing, by=by, alias=alias)
        case events.CommentMade(proposal=id_, text=text):
            return talk.comment(standing, proposal=id_, text=text)
        case events.FindingAcknowledged(position=position, note=note):
            return acknowledgement.acknowledge(standing, by=by, position=position, note=note)
        case events.LedgerFounded():
            raise Refused("already-founded", "a ledger is founded once, at position 0")


def require_may_act(standing: Standing, by: SignerState, event: Event) -> None:
    """Refuse what nobody in the place of *by* may do, before the verb is asked."""
    require_authority(standing, by, event)
    require_no_duty(standing, by, event)


def evolve(  # noqa: PLR0911 - one for each aggregate
    standing: Standing, event: Event, on: Happening, ledger_id: str
) -> tuple[State, ...]:
    """The rows that change with an admitted *event*. Nothing is judged here."""
    match event:
        case events.LedgerFounded() | events.SignerAccepted():
            return founding.evolve(standing, event, on, ledger_id)
        case (
            events.ProposalOpened()
            | events.ProposalRevised()
            | events.ProposalWithdrawn()
            | events.FactAdded()
        ):
            return proposal.evolve(standing, event, on)
        case events.EvidenceAttached() | events.EvidenceWithdrawn():
            return evidence.evolve(standing, event, on)
        case (
            events.ApprovalGranted()
            | events.ApprovalRetracted()
            | events.ProposalRejected()
            | events.RejectionRetracted()
        ):
            return approval.evolve(standing, event, on)
        case events.PolicyPublished():
            return publication.evolve(standing, event, on)
        case events.ReleaseStarted() | events.ReleaseCompleted():
            return release.evolve(standing, event, on)
        case events.FindingAcknowledged():
            return acknowledgement.evolve(standing, event, on)
        case events.CommentMade():
            return ()


def _attach(
    standing: Standing, by: SignerState, event: events.EvidenceAttached
) -> events.EvidenceAttached:
    return evidence.attach(
        standing,
        by=by,
        proposal=event.proposal,
        type_=event.type,
        name=event.name,
        digest=event.digest,
        size=event.size,
        subject=event.subject,
        metrics=event.metrics,
        expires=event.expires,
        taken_from=event.taken_from,
    )
