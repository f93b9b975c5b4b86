"""One table: each kind of event, and the function that applies it once it is admitted."""

from ledger.decide import (
    acknowledgement,
    approval,
    enactment,
    evidence,
    exception,
    founding,
    override,
    override_drill,
    proposal,
    review,
    rollback,
    rollout,
    signer,
    watching,
)
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.settling import settle
from ledger.decide.states import State
from ledger.decide.verbs import AboutProposal, AboutRelease
from ledger.model import events
from ledger.model.events import Event


def evolve(  # noqa: PLR0911 - one for each aggregate
    standing: Standing, event: Event, on: Happening, ledger_id: str
) -> tuple[State, ...]:
    """The rows that change with an admitted *event*. Nothing is judged here."""
    if isinstance(event, AboutRelease):
        return _evolve_release(standing, event, on)
    if isinstance(event, AboutProposal):
        rows = _evolve_proposal(standing, event, on)
        return tuple(settle(standing, event.proposal, rows, on))
    match event:
        case events.LedgerFounded():
            return founding.evolve(event, on, ledger_id)
        case events.SignerAccepted() | events.SignerDelegated():
            return signer.evolve(standing, event, on)
        case events.ExceptionClosed():
            return tuple(exception.evolve(standing, event, on))
        case events.OverrideSet():
            return override.evolve(standing, event, on)
        case events.OverrideDrilled():
            return override_drill.evolve(standing, event, on)
        case events.FindingAcknowledged():
            return acknowledgement.evolve(standing, event, on)
        case events.CommentMade() | events.CheckpointWitnessed():
            return ()
        case _:
            return enactment.evolve(standing, event, on)


def _evolve_proposal(standing: Standing, event: AboutProposal, on: Happening) -> tuple[State, ...]:
    match event:
        case (
            events.ProposalOpened()
            | events.ProposalRevised()
            | events.ProposalWithdrawn()
            | events.FactAdded()
        ):
            return proposal.evolve(standing, event, on)
        case events.EvidenceAttached() | events.EvidenceWithdrawn():
            return evidence.evolve(standing, event, on)
        case _:
            return approval.evolve(standing, event, on)


def _evolve_release(standing: Standing, event: AboutRelease, on: Happening) -> tuple[State, ...]:
    match event:
        case events.ReleaseStarted() | events.ReleaseAdvanced() | events.ReleaseCompleted():
            return rollout.evolve(standing, event, on)
        case events.ReleaseRolledBack():
            return tuple(rollback.evolve(standing, event, on))
        case events.ObservationRecorded():
            return tuple(watching.evolve(standing, event, on))
        case events.ReviewClosed():
            return review.evolve(standing, event, on)
