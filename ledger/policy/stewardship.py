"""The consent to a new policy: what ``[stewardship]`` asks for, or the root in its stead."""

from dataclasses import replace
from typing import Final

from ledger.policy.assessment import RequirementStatus
from ledger.policy.case import ROOT
from ledger.policy.document import Policy, RoleCount
from ledger.policy.requirements import (
    Findings,
    could_approve,
    missing_approvals,
    quorum_of,
    vetoed_roles,
)

STEWARDSHIP: Final = "stewardship"
"""The id of the one requirement of a proposal for a policy."""


def steward_roles(policy: Policy) -> frozenset[str]:
    """The roles whose holders consent to a new policy in place of *policy*."""
    stewardship = policy.stewardship
    counts = () if stewardship is None else stewardship.approvals
    return frozenset({ROOT, *(count.role for count in counts)})


def judge_stewardship(found: Findings) -> RequirementStatus:
    """The status of the consent to a new policy; it evaluates no condition."""
    root = RoleCount(role=ROOT, count=found.case.root_threshold)
    stewardship = found.policy.stewardship
    asked = (root,) if stewardship is None else stewardship.approvals
    instead = () if stewardship is None else (root,)
    quorums = tuple(quorum_of(one, found, STEWARDSHIP) for one in asked)
    stand_in = tuple(quorum_of(one, found, STEWARDSHIP) for one in instead)
    status = RequirementStatus(
        id=STEWARDSHIP,
        status="unsatisfied",
        hard=True,
        because="who is bound by the rules does not change them alone",
        approvals=quorums,
        documents=(),
        measurements=(),
        missing=(),
        could=(),
        stand_in=stand_in,
    )
    if vetoed_roles(found.case) & {quorum.role for quorum in (*quorums, *stand_in)}:
        return replace(status, status="blocked")
    if status.is_consented:
        return replace(status, status="satisfied")
    missing = [missing_approvals(quorum) for quorum in quorums if quorum.open]
    missing[-1] += "".join(f", or of {one.open} {one.role} instead" for one in stand_in)
    could = could_approve((*quorums, *stand_in), found, STEWARDSHIP)
    return replace(status, missing=tuple(missing), could=tuple(sorted(could)))
