"""The answer of a policy for one proposal at one moment, as values.

``assessment_json`` is the form other programs rely on (``assessment/1``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.errors import Refused
from ledger.model.events import Binding, Metric
from ledger.model.names import Tier
from ledger.model.terms import format_instant
from ledger.policy.case import Approval, Waiver
from ledger.policy.circumstances import Facts
from ledger.policy.duties import Combined
from ledger.policy.numbers import Measurement

Status = Literal["satisfied", "unsatisfied", "waived", "not-applicable", "blocked", "error"]
Verdict = Literal["ready", "open", "blocked", "expired", "closed"]


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many approvals in a role are needed, and whose count."""

    role: str
    need: int
    have: tuple[str, ...]

    @property
    def open(self) -> int:
        """How many approvals are still missing."""
        return max(0, self.need - len(self.have))


@dataclass(frozen=True, slots=True)
class DocumentStatus:
    """The document of a type a requirement asks for; ``digest`` is ``None`` where none counts."""

    type: str
    digest: str | None
    position: int | None
    author: str | None
    attached_at: int | None
    expires_at: int | None
    complaint: str | None


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """One requirement: its status, why it exists, what is missing and who could help.

    The approvals of ``stand_in`` do instead of all those of ``approvals``; the roles of
    ``notify`` are told of it. ``waived_by`` is the exception by which it is ``waived``:
    ``missing`` says of what, all the same.
    """

    id: str
    status: Status
    hard: bool
    because: str
    approvals: tuple[Quorum, ...]
    documents: tuple[DocumentStatus, ...]
    measurements: tuple[Measurement, ...]
    missing: tuple[str, ...]
    could: tuple[str, ...]
    stand_in: tuple[Quorum, ...] = ()
    notify: tuple[str, ...] = ()
    waived_by: Waiver | None = None

    @property
    def is_consented(self) -> bool:
        """Whether all approvals that are needed are there, or those that stand in for them."""
        instead = bool(self.stand_in) and not any(quorum.open for quorum in self.stand_in)
        return instead or not any(quorum.open for quorum in self.approvals)


@dataclass(frozen=True, slots=True)
class Block:
    """Something that forbids the proposal whatever else is met."""

    code: str
    by: str | None
    position: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a policy says of a proposal at ``at``; ``until`` is when time may change it.

    ``approvals`` are those that count; ``metrics`` are the numbers of the documents that
    count now: the baseline of the next release, should this one start. ``exceptions`` are
    those in force, whether a requirement is waived by them or not. ``met`` is since when each
    requirement is met that applies and is: since its last approval and its last document.
    """

    proposal: int
    proposal_id: str
    alias: str | None
    effect: str
    verdict: Verdict
    tier: Tier
    tier_because: tuple[str, ...]
    facts: Facts
    policy: int
    binding: Binding
    review_digest: str
    requirements: tuple[RequirementStatus, ...]
    blocks: tuple[Block, ...]
    parties: tuple[str, ...]
    approvals: tuple[Approval, ...]
    combined: tuple[Combined, ...]
    distinct_people: bool
    metrics: tuple[Metric, ...]
    exceptions: tuple[Waiver, ...]
    met: Mapping[str, int]
    ready_at: int | None
    until: int | None
    at: int
    position: int

    def missing(self) -> tuple[str, ...]:
        """All that is still missing, in the order of the policy, each once; not what is waived."""
        asked = (one for one in self.requirements if one.status != "waived")
        return tuple(dict.fromkeys(text for one in asked for text in one.missing))

    @property
    def waived(self) -> tuple[RequirementStatus, ...]:
        """The requirements that are not met, and waived by an exception."""
        return tuple(one for one in self.requirements if one.status == "waived")

    @property
    def used(self) -> tuple[str, ...]:
        """The ids of the exceptions by which a requirement is waived, sorted."""
        found = {one.waived_by.exception for one in self.waived if one.waived_by is not None}
        return tuple(sorted(found))

    @property
    def met_at(self) -> int | None:
        """Since when all that applies is met or waived: the last of the approvals and documents."""
        return None if self.ready_at is None else max((self.ready_at, *self.met.values()))

    @property
    def is_consented(self) -> bool:
        """Whether all is met or waived and nothing forbids it, however long that took."""
        return self.ready_at is not None and not self.blocks


def require_ready(assessment: Assessment) -> None:
    """Do nothing where the verdict is ``ready``; otherwise raise what is in the way."""
    if assessment.verdict == "ready":
        return
    name = f"#{assessment.proposal}"
    if assessment.blocks:
        block = assessment.blocks[0]
        raise Refused(block.code, f"{name} is blocked: {block.message}")
    if assessment.verdict == "closed":
        raise Refused("closed", f"{name} is closed; a proposal enacts exactly once")
    if assessment.verdict == "expired":
        raise Refused(
            "expired",
            f"{name} waited longer than the policy allows",
            hint="revise the proposal; its approvals are then asked for again",
        )
    raise Refused(
        "not-ready", f"{name} is not ready", hint="missing: " + "; ".join(assessment.missing())
    )


def assessment_json(assessment: Assessment) -> dict[str, object]:
    """The assessment as ``assessment/1``."""
    return {
        "schema": "assessment/1",
        "proposal": assessment.proposal,
        "proposal_id": assessment.proposal_id,
        "alias": assessment.alias,
        "effect": assessment.effect,
        "verdict": assessment.verdict,
        "tier": assessment.tier,
        "tier_because": list(assessment.tier_because),
        "facts": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in sorted(assessment.facts.items())
        },
        "policy": assessment.policy,
        "review_digest": assessment.review_digest,
        "requirements": [_requirement_json(one) for one in assessment.requirements],
        "blocks": [
            {"code": b.code, "by": b.by, "position": b.position, "message": b.message}
            for b in assessment.blocks
        ],
        "exceptions": [_exception_json(one) for one in assessment.exceptions],
        "revision": assessment.binding.revision,
        "base": assessment.binding.base,
        "parties": list(assessment.parties),
        "combined": [
            {"signer": c.signer, "duty": c.duty, "roles": list(c.roles), "because": c.because}
            for c in assessment.combined
        ],
        "distinct_people": assessment.distinct_people,
        "at": format_instant(assessment.at),
        "until": None if assessment.until is None else format_instant(assessment.until),
        "position": assessment.position,
    }


def _requirement_json(requirement: RequirementStatus) -> dict[str, object]:
    return {
        "id": requirement.id,
        "status": requirement.status,
        "hard": requirement.hard,
        "because": requirement.because,
        "approvals": _quorums_json(requirement.approvals),
        "stand_in": _quorums_json(requirement.stand_in),
        "missing": list(requirement.missing),
        "could": list(requirement.could),
        "notify": list(requirement.notify),
        "waived_by": None if requirement.waived_by is None else requirement.waived_by.number,
    }


def _exception_json(waiver: Waiver) -> dict[str, object]:
    return {
        "exception": waiver.number,
        "id": waiver.exception,
        "waives": list(waiver.waives),
        "owner": waiver.owner,
        "until": format_instant(waiver.until),
    }


def _quorums_json(quorums: tuple[Quorum, ...]) -> dict[str, object]:
    return {q.role: {"need": q.need, "have": list(q.have)} for q in quorums}
