"""Waiving: which requirements an exception may name, and what it changes in an assessment.

Asked once when an exception is proposed and granted, and again by every assessment that
applies it: a policy is never altered, and what may not be waived never is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ledger.policy.assessment import RequirementStatus
from ledger.policy.case import Waiver
from ledger.policy.document import Policy, Requirement


def why_never(policy: Policy, requirement: Requirement) -> tuple[str, str] | None:
    """The code and the reason why no exception waives *requirement*; ``None`` where one may."""
    if requirement.hard:
        return "hard-requirement", "it is hard: no exception waives it"
    if policy.exceptions is None:
        return "no-exceptions", f"policy {policy.number} knows no exceptions"
    if requirement.id in policy.exceptions.never:
        return "never-waived", f"policy {policy.number} never waives it"
    if any(field.partition(".")[0] == "rollback" for field in requirement.fields):
        return "rollback-fields", "it asks how the release is rolled back, which always is said"
    return None


def in_force(waivers: Iterable[Waiver], at: int) -> tuple[Waiver, ...]:
    """Those of *waivers* that have not ended at *at*; what ends at a moment has ended then."""
    return tuple(one for one in waivers if at < one.until)


def takes_last_approval(statuses: Sequence[RequirementStatus], waives: Collection[str]) -> bool:
    """Whether nobody's approval would be left of what *statuses* ask for, without *waives*."""
    asked = [one.id for one in statuses if one.approvals and one.status != "not-applicable"]
    return bool(asked) and set(asked) <= set(waives)


def waive(
    policy: Policy, waivers: Sequence[Waiver], statuses: tuple[RequirementStatus, ...]
) -> tuple[RequirementStatus, ...]:
    """*statuses* with ``waived`` where a requirement is not met and an exception waives it.

    What is met stays so: an exception is used for no more than it takes. Where nobody's
    approval would be left, no approval is waived; one that was given is left, so that the end
    of another exception makes nothing ready.
    """
    if not waivers:
        return statuses
    rules = {one.id: one for one in policy.requirements}
    named = {name for one in waivers for name in one.waives}
    unmet = {one.id for one in statuses if one.status == "unsatisfied"} & named & rules.keys()
    free = {name for name in unmet if why_never(policy, rules[name]) is None}
    if takes_last_approval(statuses, free):
        free -= {one.id for one in statuses if one.approvals}
    return tuple(_waived(one, waivers) if one.id in free else one for one in statuses)


def _waived(status: RequirementStatus, waivers: Sequence[Waiver]) -> RequirementStatus:
    named = [one for one in waivers if status.id in one.waives]
    waiver = max(named, key=lambda one: (one.until, -one.number))
    return replace(status, status="waived", waived_by=waiver)
