"""One requirement of a policy, held against a case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.model.terms import format_duration
from ledger.policy.assessment import DocumentStatus, Quorum, RequirementStatus, Status
from ledger.policy.case import Approval, Case, Document, Stable
from ledger.policy.circumstances import Circumstances
from ledger.policy.document import EvidenceRule, Policy, Requirement, RoleCount
from ledger.policy.duties import first_unlifted, on_approving, on_evidence
from ledger.policy.evidence import barring_duty, expires_at
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
    automatic: bool
    at: int


def judge(requirement: Requirement, found: Findings) -> RequirementStatus:
    """The status of *requirement*, with all that is missing and who could supply it."""
    if not found.facts.hold(requirement.when):
        return _status(requirement, "not-applicable", (), (), (), (), ())
    needed = () if found.automatic and not requirement.hard else requirement.approvals
    if requirement.approvals and not (needed or _asks_for_more(requirement)):
        return _status(requirement, "not-applicable", (), (), (), (), ())
    quorums = tuple(quorum_of(one, found, requirement.id) for one in needed)
    documents = tuple(_document(rule, found) for rule in requirement.evidence)
    measurements, unmeasured = _measure(requirement, found)
    missing = (
        *(missing_approvals(quorum) for quorum in quorums if quorum.open),
        *(d.complaint for d in documents if d.complaint is not None),
        *unmeasured,
        *(text for one in measurements for text in one.complaints),
        *(f"field {field}" for field in requirement.fields if not _stated(field, found)),
    )
    status: Status = "unsatisfied" if missing else "satisfied"
    if vetoed_roles(found.case) & {quorum.role for quorum in quorums}:
        status = "blocked"
    could = could_approve(quorums, found, requirement.id) | _could_attach(documents, found)
    return _status(requirement, status, quorums, documents, measurements, missing, could)


def _status(  # noqa: PLR0917 - one for each part, in the order of the result
    requirement: Requirement,
    status: Status,
    quorums: tuple[Quorum, ...],
    documents: tuple[DocumentStatus, ...],
    measurements: tuple[Measurement, ...],
    missing: tuple[str, ...],
    could: Collection[str],
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
        could=tuple(sorted(could)),
        notify=requirement.notify,
    )


def _asks_for_more(requirement: Requirement) -> bool:
    """Whether *requirement* asks for anything besides approvals."""
    return bool(
        requirement.evidence or requirement.fields or requirement.metrics or requirement.segments
    )


def vetoed_roles(case: Case) -> set[str]:
    """The roles in which somebody has rejected the revision of *case*."""
    return {veto.role for veto in case.rejections if veto.revision == case.revision}


def quorum_of(count: RoleCount, found: Findings, requirement: str) -> Quorum:
    """The approvals in a role that count for *requirement*: no duty bars whoever gave them."""
    have = {
        one.signer
        for one in found.approvals
        if one.role == count.role
        and not any(_is_barred(found, name, one.role, requirement) for name in one.persons)
    }
    return Quorum(count.role, count.count, tuple(sorted(have)))


def missing_approvals(quorum: Quorum) -> str:
    """The approvals that are still open, in words."""
    return f"approval of {quorum.open} {quorum.role}"


def _is_barred(found: Findings, signer: str, role: str, requirement: str) -> bool:
    bindings = on_approving(found.policy, found.case, found.facts, signer, role, requirement)
    return bool(found.policy.duties) and first_unlifted(bindings) is not None


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
        duty = barring_duty(found.policy, newest, found.case)
        why = "is about other components" if duty is None else f"is barred by the duty {duty}"
        if newest.position in found.case.silenced:
            why = f"is by {newest.author}, whose word does not count now"
        complaint = f"evidence {rule.type}: the newest {why}"
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
    measured = _held_against(requirement, now, stable)
    if stable is None or not stable.owing:
        return measured, ()
    below = _held_against(requirement, now, stable.below)
    return tuple(_worse(*pair) for pair in zip(measured, below, strict=True)), ()


def _held_against(
    requirement: Requirement, now: Numbers, stable: Stable | None
) -> tuple[Measurement, ...]:
    before: Numbers | None = None if stable is None else numbers_of(stable.metrics)
    overall = tuple(check_metric(check, now, before) for check in requirement.metrics)
    by_segment = tuple(
        one for check in requirement.segments for one in check_segments(check, now, before)
    )
    return overall + by_segment


def _worse(one: Measurement, other: Measurement) -> Measurement:
    """The one of two measurements of the same number that is out of its bounds, if one is."""
    return other if other.complaints and not one.complaints else one


def _stated(field: str, found: Findings) -> bool:
    """Whether the change states *field*; ``rollback.plan`` names a field of a block."""
    effect = found.case.release
    block, _, inner = field.partition(".")
    if block == "links":
        return any(link.name == inner for link in effect.links)
    value = effect.stack.permissions if block == "permissions" else getattr(effect, block, None)
    if inner:
        value = getattr(value, inner, None)
    if isinstance(value, tuple):
        return any(not isinstance(one, str) or one.strip() for one in value)
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def could_approve(quorums: tuple[Quorum, ...], found: Findings, requirement: str) -> set[str]:
    """The people who could give an approval that is open: no party, not spent, not barred."""
    spent = (
        {name for one in found.approvals for name in one.persons}
        if found.policy.consent.distinct_people
        else {name for quorum in quorums for name in quorum.have}
    )
    wanted = [quorum.role for quorum in quorums if quorum.open]
    return {
        person
        for person, roles in found.case.people.items()
        if person not in spent
        and any(
            role in roles
            and not found.case.is_party(person, role)
            and not _is_barred(found, person, role, requirement)
            for role in wanted
        )
    }


def _could_attach(documents: tuple[DocumentStatus, ...], found: Findings) -> set[str]:
    """The people whose role a missing document asks for, and whom no duty keeps from it."""
    rules = [found.policy.evidence_rules[d.type] for d in documents if d.complaint is not None]
    return {
        person
        for person, roles in found.case.people.items()
        if any(_may_attach(rule, person, roles, found) for rule in rules)
    }


def _may_attach(rule: EvidenceRule, person: str, roles: tuple[str, ...], found: Findings) -> bool:
    if not set(rule.by) & set(roles) or (rule.independent and person in found.case.parties):
        return False
    deed: Literal["attach-evidence"] = "attach-evidence"
    return (
        first_unlifted(on_evidence(found.policy, found.case, person, roles, rule.type, deed))
        is None
    )
