"""One requirement of a policy, held against a case."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.model.effects import ReleaseEffect
from ledger.model.terms import format_duration
from ledger.policy.assessment import DocumentStatus, Quorum, RequirementStatus, Status
from ledger.policy.case import Approval, Case, Document
from ledger.policy.circumstances import Circumstances
from ledger.policy.document import EvidenceRule, Policy, Requirement
from ledger.policy.evidence import evidence_rules, expires_at
from ledger.policy.numbers import (
    Measurement,
    Numbers,
    check_metric,
    check_segments,
    numbers_of,
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What an assessment has found out so far, and every requirement looks at."""

    policy: Policy
    case: Case
    facts: Circumstances
    newest: Mapping[str, Document]
    counted: Mapping[str, Document]
    current: Mapping[str, Document]
    approvals: tuple[Approval, ...]
    at: int


def judge(requirement: Requirement, found: Findings) -> RequirementStatus:
    """The status of *requirement*, with all that is missing and who could supply it."""
    if not found.facts.hold(requirement.when):
        return _status(requirement, "not-applicable", (), (), (), (), ())
    quorums = tuple(_quorum(c.role, c.count, found) for c in requirement.approvals)
    documents = tuple(_document(rule, found) for rule in requirement.evidence)
    measurements, unmeasured = _measure(requirement, found)
    missing = (
        *(_missing_approvals(quorum) for quorum in quorums if quorum.open),
        *(d.complaint for d in documents if d.complaint is not None),
        *unmeasured,
        *(text for one in measurements for text in one.complaints),
        *(f"field {field}" for field in requirement.fields if not _stated(field, found)),
    )
    vetoed = {
        rejection.role
        for rejection in found.case.rejections
        if rejection.revision == found.case.revision
    }
    status: Status = "unsatisfied" if missing else "satisfied"
    if vetoed & {quorum.role for quorum in quorums}:
        status = "blocked"
    could = _could(quorums, documents, found) if found.case.people else ()
    return _status(requirement, status, quorums, documents, measurements, missing, could)


def _status(  # noqa: PLR0917 - one for each part, in the order of the result
    requirement: Requirement,
    status: Status,
    quorums: tuple[Quorum, ...],
    documents: tuple[DocumentStatus, ...],
    measurements: tuple[Measurement, ...],
    missing: tuple[str, ...],
    could: tuple[str, ...],
) -> RequirementStatus:
    return RequirementStatus(
        id=requirement.id,
        status=status,
        hard=requirement.hard,
        because=requirement.because,
        approvals=quorums,
        documents=documents,
        measurements=measurements,
        missing=missing,
        could=could,
    )


def _quorum(role: str, need: int, found: Findings) -> Quorum:
    have = sorted({one.signer for one in found.approvals if one.role == role})
    return Quorum(role, need, tuple(have))


def _missing_approvals(quorum: Quorum) -> str:
    return f"approval of {quorum.open} {quorum.role}"


def _document(rule: EvidenceRule, found: Findings) -> DocumentStatus:
    newest = found.newest.get(rule.type)
    if newest is None:
        by = f" by {' or '.join(rule.by)}" if rule.by else ""
        alone = ", not by a party" if rule.independent else ""
        complaint: str | None = f"evidence {rule.type}{by}{alone}"
        return DocumentStatus(rule.type, None, None, None, None, None, complaint)
    end = expires_at(rule, newest)
    complaint = None
    if newest.withdrawn:
        complaint = f"evidence {rule.type}: the newest was withdrawn"
    elif rule.type not in found.counted:
        complaint = f"evidence {rule.type}: the newest is about other components"
    elif end is not None and end <= found.at:
        complaint = f"evidence {rule.type}: expired {_ago(found.at - end)}"
    counts = None if complaint else newest.digest
    return DocumentStatus(
        rule.type, counts, newest.position, newest.author, newest.at, end, complaint
    )


def _ago(seconds: int) -> str:
    for unit in (86_400, 3_600, 60):
        if seconds >= unit:
            return format_duration(seconds // unit * unit) + " ago"
    return "just now"


def _measure(
    requirement: Requirement, found: Findings
) -> tuple[tuple[Measurement, ...], tuple[str, ...]]:
    """The numbers of a requirement against their bounds; none without a current document."""
    if not requirement.metrics and not requirement.segments:
        return (), ()
    document = found.current.get(requirement.source or "")
    if document is None:
        return (), (f"numbers from a current {requirement.source}",)
    now = numbers_of(document.metrics)
    stable = found.case.stable
    before: Numbers | None = None if stable is None else numbers_of(stable.metrics)
    overall = tuple(check_metric(check, now, before) for check in requirement.metrics)
    by_segment = tuple(
        one for check in requirement.segments for one in check_segments(check, now, before)
    )
    return overall + by_segment, ()


def _stated(field: str, found: Findings) -> bool:
    """Whether the change states *field*; ``rollback.plan`` names a field of a block."""
    effect: ReleaseEffect = found.case.effect
    block, _, inner = field.partition(".")
    if block == "links":
        return any(link.name == inner for link in effect.links)
    value = effect.stack.permissions if block == "permissions" else getattr(effect, block, None)
    if inner:
        value = getattr(value, inner, None)
    if isinstance(value, tuple):
        return any(not isinstance(one, str) or one.strip() for one in value)
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _could(
    quorums: tuple[Quorum, ...],
    documents: tuple[DocumentStatus, ...],
    found: Findings,
) -> tuple[str, ...]:
    """The people who could supply what is missing."""
    approvers = {quorum.role for quorum in quorums if quorum.open}
    spent = (
        {one.signer for one in found.approvals}
        if found.policy.consent.distinct_people
        else {name for quorum in quorums for name in quorum.have}
    )
    rules = evidence_rules(found.policy)
    wanted = [rules[d.type] for d in documents if d.complaint is not None]
    names: set[str] = set()
    for person, roles in found.case.people.items():
        held = set(roles)
        party = person in found.case.parties
        if held & approvers and not party and person not in spent:
            names.add(person)
        if any(set(rule.by) & held and not (rule.independent and party) for rule in wanted):
            names.add(person)
    return tuple(sorted(names))
