"""Events: what happened. A closed list of kinds, each permanent once it has been used.

Nothing is imported by a name found in data: a payload's ``kind`` picks from
:data:`Event`, and what is not there is refused. :mod:`ledger.model.kinds` says of
each kind on which stream it stands and what force it has. One table per kind,
compared with these models by a test, stands in ``docs/reference/events.md``.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ledger.model.effects import Effect, FactDeclared, PolicyDocument
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import (
    TEXT_PATTERN,
    Alias,
    Digest,
    Hash,
    Identifier,
    Name,
    PublicKeyText,
    SignerKind,
    Uuid,
)
from ledger.model.stack import ComponentDigest, Stack
from ledger.model.terms import SCALE, DecimalText, parse_decimal

Position = Annotated[int, Field(ge=0)]
Number = Annotated[int, Field(ge=1)]
Reason = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, min_length=1, max_length=8000)]


class RosterMember(Frozen):
    """A signer as the founding names them."""

    signer: Identifier
    signer_kind: SignerKind
    accountable: Identifier | None
    key: PublicKeyText
    roles: Sorted[Identifier]
    root: bool


class LedgerFounded(Frozen):
    """A ledger began: its name, its root, its roster and its first policy."""

    kind: Literal["ledger.founded"] = "ledger.founded"
    name: Identifier
    rules: Number
    rehearsal: bool
    solo: bool
    root_threshold: Number
    roster: tuple[RosterMember, ...] = Field(min_length=1, max_length=200)
    policy: PolicyDocument


class SignerAccepted(Frozen):
    """A signer proved that they hold the key under which they were named."""

    kind: Literal["signer.accepted"] = "signer.accepted"
    signer: Identifier
    named_by: Hash


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


class Metric(Frozen):
    """A number out of a document, overall or of one segment, and its confidence interval.

    The interval has both ends or none, and the value between them; ``level`` says how
    sure it is, and stands only with one. Every bound of a policy judges the value.
    """

    name: Name
    segment: Name | None
    value: DecimalText
    low: DecimalText | None
    high: DecimalText | None
    level: DecimalText | None

    @model_validator(mode="after")
    def _interval_is_sound(self) -> Self:
        fault = interval_fault(self.value, self.low, self.high, self.level)
        if fault is not None:
            raise ValueError(fault)
        return self


def interval_fault(value: str, low: str | None, high: str | None, level: str | None) -> str | None:
    """What is wrong with an interval around *value*, in words; all are decimals, or absent."""
    if low is None or high is None:
        nothing = low is None and high is None and level is None
        return None if nothing else "an interval has both low and high"
    if not parse_decimal(low) <= parse_decimal(value) <= parse_decimal(high):
        return f"{value} does not lie between low {low} and high {high}"
    if level is not None and not 0 < parse_decimal(level) < SCALE:
        return f"the level {level} does not lie between 0 and 1, such as 0.95"
    return None


class EvidenceAttached(Frozen):
    """A document was attached: its digest, its subject and the numbers it reports.

    ``expires`` is the author's own limit in seconds; ``taken_from`` the position
    at which the document was first attached, where another proposal's is taken over.
    """

    kind: Literal["evidence.attached"] = "evidence.attached"
    proposal: Uuid
    revision: Number
    type: Identifier
    name: Name
    digest: Digest
    size: int = Field(ge=0)
    subject: tuple[ComponentDigest, ...] = Field(min_length=1)
    metrics: tuple[Metric, ...]
    expires: int | None = Field(gt=0)
    taken_from: Position | None


class EvidenceWithdrawn(Frozen):
    """The author took a document back."""

    kind: Literal["evidence.withdrawn"] = "evidence.withdrawn"
    proposal: Uuid
    digest: Digest
    reason: Reason | None


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
    """Somebody approved, in one role, exactly what ``review`` is the digest of."""

    kind: Literal["approval.granted"] = "approval.granted"
    proposal: Uuid
    role: Identifier
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


class ReleaseStarted(Frozen):
    """A stack began its way to an alias; ``metrics`` are those its assessment counted."""

    kind: Literal["release.started"] = "release.started"
    alias: Alias
    proposal: Uuid
    revision: Number
    policy: Number
    review: Digest
    stage: Identifier
    stack: Stack
    metrics: tuple[Metric, ...]


class ReleaseCompleted(Frozen):
    """The candidate became the alias's stable stack."""

    kind: Literal["release.completed"] = "release.completed"
    alias: Alias
    proposal: Uuid
    review: Digest


class CommentMade(Frozen):
    """Somebody said something about a proposal; it decides nothing."""

    kind: Literal["comment.made"] = "comment.made"
    proposal: Uuid
    text: Reason


class FindingAcknowledged(Frozen):
    """An auditor or a root signer took note of the findings at a position."""

    kind: Literal["finding.acknowledged"] = "finding.acknowledged"
    position: Position
    note: Reason


Event = Annotated[
    LedgerFounded
    | SignerAccepted
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
    | ReleaseCompleted
    | CommentMade
    | FindingAcknowledged,
    Field(discriminator="kind"),
]
"""Every event this version knows."""
