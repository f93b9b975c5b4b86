"""Events: what happened. A closed list of kinds, each permanent once it has been used.

Nothing is imported by a name found in data: a payload's ``kind`` picks from
:data:`Event`, and what is not there is refused. :mod:`ledger.model.kinds` says of
each kind on which stream it stands and what force it has. One table per kind,
compared with these models by a test, stands in ``docs/reference/events.md``.
"""

from typing import Annotated, Literal

from pydantic import Field

from ledger.model.audit_events import CheckpointWitnessed, FindingAcknowledged
from ledger.model.effects import Effect, FactDeclared, PolicyDocument
from ledger.model.evidence_events import (
    EvidenceAttached,
    EvidenceWithdrawn,
    Metric,
    interval_fault,
)
from ledger.model.exception_events import ExceptionClosed, ExceptionGranted
from ledger.model.frozen import Frozen, Sorted
from ledger.model.ledger_events import ClockCorrected, LedgerFounded, RootChanged, RosterMember
from ledger.model.names import (
    Digest,
    Hash,
    Identifier,
    Number,
    Position,
    Reason,
    Uuid,
)
from ledger.model.override_events import OverrideDrilled, OverrideLifted, OverrideSet
from ledger.model.release_events import (
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
    ReviewClosed,
)
from ledger.model.signer_events import (
    SignerAccepted,
    SignerDelegated,
    SignerDisowned,
    SignerEnrolled,
    SignerGranted,
    SignerRotated,
    SignerStripped,
)

__all__ = [
    "ApprovalGranted",
    "ApprovalRetracted",
    "Binding",
    "CheckpointWitnessed",
    "ClockCorrected",
    "CommentMade",
    "CountedDocument",
    "Event",
    "EvidenceAttached",
    "EvidenceWithdrawn",
    "ExceptionClosed",
    "ExceptionGranted",
    "FactAdded",
    "FindingAcknowledged",
    "LedgerFounded",
    "Metric",
    "ObservationRecorded",
    "OverrideDrilled",
    "OverrideLifted",
    "OverrideSet",
    "PolicyPublished",
    "ProposalOpened",
    "ProposalRejected",
    "ProposalRevised",
    "ProposalWithdrawn",
    "RejectionRetracted",
    "ReleaseAdvanced",
    "ReleaseCompleted",
    "ReleaseRolledBack",
    "ReleaseStarted",
    "ReviewClosed",
    "RootChanged",
    "RosterMember",
    "SignerAccepted",
    "SignerDelegated",
    "SignerDisowned",
    "SignerEnrolled",
    "SignerGranted",
    "SignerRotated",
    "SignerStripped",
    "interval_fault",
]


class PolicyPublished(Frozen):
    """A policy came into force: its number, its document, and the proposal that allowed it."""

    kind: Literal["policy.published"] = "policy.published"
    proposal: Uuid
    review: Digest
    number: Number
    policy: PolicyDocument


class ProposalOpened(Frozen):
    """Somebody asked for consent to an effect."""

    kind: Literal["proposal.opened"] = "proposal.opened"
    proposal: Uuid
    base: Position | None
    policy: Number
    effect: Effect


class ProposalRevised(Frozen):
    """The effect of a proposal was replaced; earlier approvals no longer count."""

    kind: Literal["proposal.revised"] = "proposal.revised"
    proposal: Uuid
    revision: Number
    base: Position | None
    policy: Number
    effect: Effect


class ProposalWithdrawn(Frozen):
    """The proposer, or a contributor, gave the proposal up."""

    kind: Literal["proposal.withdrawn"] = "proposal.withdrawn"
    proposal: Uuid
    reason: Reason | None


class FactAdded(Frozen):
    """Somebody said that a declared fact holds after all; it cannot be taken back."""

    kind: Literal["fact.added"] = "fact.added"
    proposal: Uuid
    revision: Number
    fact: Identifier


class CountedDocument(Frozen):
    """The document of a type that counted when somebody approved."""

    type: Identifier
    digest: Digest
    position: Position


class Binding(Frozen):
    """What an approval is bound to: it counts only while all of this is unchanged."""

    revision: Number
    base: Position | None
    policy: Number
    effect: Hash
    facts: Sorted[FactDeclared]
    evidence: tuple[CountedDocument, ...]


class ApprovalGranted(Frozen):
    """Somebody approved, in one role, exactly what ``review`` is the digest of.

    ``on_behalf`` is who lent them the role, where it was lent.
    """

    kind: Literal["approval.granted"] = "approval.granted"
    proposal: Uuid
    role: Identifier
    on_behalf: Identifier | None
    binding: Binding
    review: Digest


class ApprovalRetracted(Frozen):
    """Somebody took their own approval back."""

    kind: Literal["approval.retracted"] = "approval.retracted"
    proposal: Uuid
    revision: Number
    reason: Reason | None


class ProposalRejected(Frozen):
    """Somebody vetoed a revision, with a reason."""

    kind: Literal["proposal.rejected"] = "proposal.rejected"
    proposal: Uuid
    revision: Number
    role: Identifier
    reason: Reason


class RejectionRetracted(Frozen):
    """Somebody took their own rejection back."""

    kind: Literal["rejection.retracted"] = "rejection.retracted"
    proposal: Uuid
    revision: Number


class CommentMade(Frozen):
    """Somebody said something about a proposal; it decides nothing."""

    kind: Literal["comment.made"] = "comment.made"
    proposal: Uuid
    text: Reason


Event = Annotated[
    LedgerFounded
    | RootChanged
    | ClockCorrected
    | SignerAccepted
    | SignerEnrolled
    | SignerGranted
    | SignerStripped
    | SignerRotated
    | SignerDelegated
    | SignerDisowned
    | PolicyPublished
    | ProposalOpened
    | ProposalRevised
    | ProposalWithdrawn
    | FactAdded
    | EvidenceAttached
    | EvidenceWithdrawn
    | ApprovalGranted
    | ApprovalRetracted
    | ProposalRejected
    | RejectionRetracted
    | ReleaseStarted
    | ReleaseAdvanced
    | ReleaseCompleted
    | ReleaseRolledBack
    | ObservationRecorded
    | ReviewClosed
    | ExceptionGranted
    | ExceptionClosed
    | OverrideSet
    | OverrideLifted
    | OverrideDrilled
    | CommentMade
    | FindingAcknowledged
    | CheckpointWitnessed,
    Field(discriminator="kind"),
]
"""Every event this version knows."""
