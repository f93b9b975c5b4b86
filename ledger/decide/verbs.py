"""One table: each kind of event, and the verb that makes it; ``applying`` is the other one.

An audit calls the verb with the arguments it reads from the stored event and
demands an equal event; so what was allowed and what is audited is one rule.
"""

from ledger.decide import (
    acknowledgement,
    approval,
    checkpoint,
    enactment,
    evidence,
    exception,
    override,
    override_drill,
    proposal,
    release,
    review,
    rollback,
    signer,
    talk,
    watching,
)
from ledger.decide.authority import require_authority
from ledger.decide.context import Standing
from ledger.decide.duties import require_no_duty
from ledger.decide.signer_states import SignerState
from ledger.errors import Refused
from ledger.model import events
from ledger.model.events import Event

AboutProposal = (
    events.ProposalOpened
    | events.ProposalRevised
    | events.ProposalWithdrawn
    | events.FactAdded
    | events.EvidenceAttached
    | events.EvidenceWithdrawn
    | events.ApprovalGranted
    | events.ApprovalRetracted
    | events.ProposalRejected
    | events.RejectionRetracted
)
"""Every event of the course that a proposal takes."""

AboutRelease = (
    events.ReleaseStarted
    | events.ReleaseAdvanced
    | events.ReleaseCompleted
    | events.ReleaseRolledBack
    | events.ObservationRecorded
    | events.ReviewClosed
)
"""Every event of a release, from its start to its rollback, and every review."""

Elsewhere = (
    events.LedgerFounded
    | events.SignerAccepted
    | events.SignerDelegated
    | events.ExceptionClosed
    | events.OverrideSet
    | events.OverrideDrilled
    | events.CommentMade
    | events.FindingAcknowledged
    | enactment.Enacting
)
"""Every other event."""


def decide(standing: Standing, *, by: SignerState, key: str, at: int, event: Event) -> Event:
    """The event that the rules allow *by*, signing with *key* at *at*, by the arguments of *event*.

    Raises :class:`Refused` and :class:`BadInput` where they allow none.
    """
    require_may_act(standing, by, key, event)
    if isinstance(event, AboutProposal):
        return _on_proposal(standing, by, at, event)
    if isinstance(event, AboutRelease):
        return _on_release(standing, by, at, event)
    if isinstance(event, events.CheckpointWitnessed):
        return checkpoint.witness(standing, by=by, key=key, at=at, note=event.checkpoint)
    return _elsewhere(standing, by, at, event)


def _elsewhere(  # noqa: PLR0911 - the table: one branch for each kind
    standing: Standing, by: SignerState, at: int, event: Elsewhere
) -> Event:
    """The table of verbs that are neither about the course of a proposal nor about a release."""
    match event:
        case events.SignerAccepted():
            return signer.accept(standing, by=by, at=at, named_by=event.named_by)
        case events.SignerDelegated():
            return _delegate(standing, by, at, event)
        case events.OverrideSet(override=id_, target=target, reason=reason):
            return override.stop(standing, by=by, at=at, override=id_, target=target, reason=reason)
        case events.ExceptionClosed(exception=id_, reason=reason):
            return exception.close(standing, by=by, at=at, exception=id_, reason=reason)
        case events.OverrideDrilled():
            return _drill(standing, by, at, event)
        case events.CommentMade(proposal=id_, text=text):
            return talk.comment(standing, proposal=id_, text=text)
        case events.FindingAcknowledged(position=position, note=note):
            return acknowledgement.acknowledge(standing, by=by, at=at, position=position, note=note)
        case events.LedgerFounded():
            raise Refused("already-founded", "a ledger is founded once, at position 0")
        case _:
            return enactment.enact(standing, by=by, at=at, proposal=event.proposal)


def _on_proposal(  # noqa: C901, PLR0911 - the table: one branch for each kind
    standing: Standing, by: SignerState, at: int, event: AboutProposal
) -> Event:
    """The table of verbs by which a proposal takes its course."""
    match event:
        case events.ProposalOpened(proposal=id_, effect=effect):
            return proposal.open_proposal(standing, by=by, at=at, proposal=id_, effect=effect)
        case events.ProposalRevised(proposal=id_, effect=effect):
            return proposal.revise(standing, by=by, at=at, proposal=id_, effect=effect)
        case events.ProposalWithdrawn(proposal=id_, reason=reason):
            return proposal.withdraw(standing, by=by, proposal=id_, reason=reason)
        case events.FactAdded(proposal=id_, fact=fact):
            return proposal.add_fact(standing, by=by, at=at, proposal=id_, fact=fact)
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
            return approval.reject(standing, by=by, at=at, proposal=id_, role=role, reason=why)
        case events.RejectionRetracted(proposal=id_):
            return approval.reopen(standing, by=by, proposal=id_)


def _on_release(standing: Standing, by: SignerState, at: int, event: AboutRelease) -> Event:
    """The table of verbs by which a stack reaches an alias, and leaves it again."""
    match event:
        case events.ReleaseStarted(proposal=id_):
            return release.start(standing, by=by, at=at, proposal=id_)
        case events.ReleaseAdvanced(alias=alias):
            return release.advance(standing, by=by, at=at, alias=alias)
        case events.ReleaseCompleted(alias=alias):
            return release.complete(standing, by=by, at=at, alias=alias)
        case events.ReleaseRolledBack():
            return _roll_back(standing, by, at, event)
        case events.ObservationRecorded():
            return _observe(standing, by, at, event)
        case events.ReviewClosed():
            return _review(standing, by, at, event)


def require_may_act(standing: Standing, by: SignerState, key: str, event: Event) -> None:
    """Refuse what nobody in the place of *by* may do with *key*, before the verb is asked."""
    require_authority(standing, by, key, event)
    require_no_duty(standing, by, event)


def _delegate(
    standing: Standing, by: SignerState, at: int, event: events.SignerDelegated
) -> events.SignerDelegated:
    return signer.delegate(
        standing,
        by=by,
        at=at,
        to=event.to,
        roles=event.roles,
        aliases=event.aliases,
        until=event.until,
    )


def _drill(
    standing: Standing, by: SignerState, at: int, event: events.OverrideDrilled
) -> events.OverrideDrilled:
    return override_drill.drill(
        standing,
        by=by,
        at=at,
        override=event.override,
        target=event.target,
        seconds=event.seconds,
        note=event.note,
    )


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


def _roll_back(
    standing: Standing, by: SignerState, at: int, event: events.ReleaseRolledBack
) -> events.ReleaseRolledBack:
    return rollback.roll_back(
        standing,
        by=by,
        at=at,
        alias=event.alias,
        proposal=event.proposal,
        rollback=event.rollback,
        trigger=event.trigger,
        incident=event.incident,
        observation=event.observation,
        since=event.since,
    )


def _observe(
    standing: Standing, by: SignerState, at: int, event: events.ObservationRecorded
) -> events.ObservationRecorded:
    return watching.observe(
        standing,
        by=by,
        at=at,
        alias=event.alias,
        proposal=event.proposal,
        start=event.start,
        until=event.until,
        source=event.source,
        metrics=event.metrics,
        incident=event.incident,
        summary=event.summary,
        why=event.why,
    )


def _review(
    standing: Standing, by: SignerState, at: int, event: events.ReviewClosed
) -> events.ReviewClosed:
    return review.close(
        standing,
        by=by,
        at=at,
        subject=event.subject,
        cause=event.cause,
        changes=event.changes,
        tests=event.tests,
        summary=event.summary,
        why=event.why,
    )
