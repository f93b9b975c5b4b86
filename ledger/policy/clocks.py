"""The clocks of a release: from its revision to readiness, and from there to its start."""

from dataclasses import dataclass

from ledger.model.effects import ReleaseEffect
from ledger.policy.assessment import Quorum, RequirementStatus
from ledger.policy.case import Approval, Case
from ledger.policy.document import Policy
from ledger.policy.waiving import waive


@dataclass(frozen=True, slots=True)
class Clock:
    """When the case became ready, and the deadlines it has to keep."""

    ready_at: int | None
    expired: bool
    deadlines: tuple[int, ...]


def clock_of(
    policy: Policy,
    case: Case,
    requirements: tuple[RequirementStatus, ...],
    given: tuple[Approval, ...],
    at: int,
) -> Clock:
    """Judge the two clocks: from the revision to readiness, and from there to the start.

    Both are about the approvals of releases; where none is asked for, neither runs. What had
    expired once stays so: a later document, retraction or stop does not turn the clock back.
    """
    consent = policy.consent
    ready_at = _ready_at(case, requirements, given)
    is_release = isinstance(case.effect, ReleaseEffect)
    if not is_release or not any(one.approvals for one in requirements):
        return Clock(ready_at, expired=False, deadlines=())
    deadlines: list[int] = []
    expired = case.lapsed
    if consent.approve_within is not None:
        deadline = case.revised_at + consent.approve_within
        expired = expired or (at if ready_at is None else ready_at) >= deadline
        deadlines.append(deadline)
    if consent.use_within is not None and ready_at is not None:
        deadline = ready_at + consent.use_within
        expired = expired or at >= deadline
        deadlines.append(deadline)
    return Clock(ready_at, expired, tuple(deadlines))


def has_lapsed(
    policy: Policy,
    case: Case,
    unwaived: tuple[RequirementStatus, ...],
    given: tuple[Approval, ...],
    at: int,
) -> bool:
    """Whether *case* was ready by exceptions, ended or not, for longer than it may be used.

    Else the end of one would make ready again what had expired under it.
    """
    within = policy.consent.use_within
    if not case.waivers or within is None or not isinstance(case.effect, ReleaseEffect):
        return False
    ready = _ready_at(case, waive(policy, case.waivers, unwaived), given, ever=True)
    last = max(one.until for one in case.waivers)
    return ready is not None and ready + within <= at and ready + within < last


def _ready_at(
    case: Case,
    requirements: tuple[RequirementStatus, ...],
    given: tuple[Approval, ...],
    *,
    ever: bool = False,
) -> int | None:
    """When the last approval that was needed was given; ``None`` while anything is missing.

    What is silenced is counted here: whoever silences it makes nothing ready any later. What
    is waived is so since the first exception was granted, if its approvals were not there
    before; with *ever* what is met by now as well.
    """
    if any(one.status not in ("satisfied", "not-applicable", "waived") for one in requirements):
        return None
    moments = [case.revised_at]
    for requirement in requirements:
        if requirement.status == "not-applicable":
            continue
        excepted = ever or requirement.status == "waived"
        named = (one for one in case.waivers if excepted and requirement.id in one.waives)
        moved = [one.at for one in named]
        asked = (requirement.approvals, requirement.stand_in)
        complete = moved + [at for one in asked if (at := _completed_at(case, one, given))]
        moments += [min(complete)] if complete else []
    return max(moments)


def _completed_at(
    case: Case, quorums: tuple[Quorum, ...], given: tuple[Approval, ...]
) -> int | None:
    """When the last approval was given that *quorums* needed; ``None`` where one is missing."""
    moments: list[int] = []
    for quorum in quorums:
        counted = sorted(
            one.at
            for one in given
            if one.role == quorum.role
            and (one.signer in quorum.have or one.position in case.silenced)
        )
        if len(counted) < quorum.need:
            return None
        moments.append(counted[quorum.need - 1])
    return max(moments, default=None)
