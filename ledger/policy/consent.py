"""The consent to every effect but a release: of stewards, of who may lift, or of the root.

What concerns the policy and the roster is for ``[stewardship]``, what takes back stops for
``[overrides].lift``; the root may stand in for either. The root itself, what is disowned
and the clock are for the root alone, whatever a policy says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ledger.model.effects import Effect
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
"""The id of the one requirement of a change of the policy or the roster."""

LIFT: Final = "lift"
"""The id of the one requirement of a lift."""

ROOT_CONSENT: Final = "root"
"""The id of the one requirement of what only the root decides."""

_BECAUSE: Final[Mapping[str, str]] = {
    STEWARDSHIP: "who is bound by the rules does not change them alone",
    LIFT: "one person stops; it takes more to go on",
    ROOT_CONSENT: "what everything rests on is moved by a threshold of the root",
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What an effect asks for; without ``approvals`` a threshold of the root alone."""

    id: str
    approvals: tuple[RoleCount, ...]


def consent_to(policy: Policy, effect: Effect, *, root_only: bool) -> Consent:
    """What *policy* asks for *effect*, which is no release; *root_only* leaves it to the root.

    A rotation takes one holder of the first role that stewardship names.
    """
    if effect.effect == "lift":
        overrides = policy.overrides
        asked = () if overrides is None or root_only else overrides.lift
        return Consent(LIFT, asked)
    if effect.effect in ("root", "disown", "clock"):
        return Consent(ROOT_CONSENT, ())
    if policy.stewardship is None or root_only:
        return Consent(STEWARDSHIP, ())
    asked = policy.stewardship.approvals
    if effect.effect == "rotation":
        asked = (RoleCount(role=asked[0].role, count=1),)
    return Consent(STEWARDSHIP, asked)


def steward_roles(policy: Policy) -> frozenset[str]:
    """The roles that stewardship names: their holders keep the policy and the roster."""
    stewardship = policy.stewardship
    counts = () if stewardship is None else stewardship.approvals
    return frozenset(count.role for count in counts)


def judge_consent(found: Findings) -> RequirementStatus:
    """The status of the consent to what *found* is about; it evaluates no condition."""
    case = found.case
    consent = consent_to(found.policy, case.effect, root_only=case.root_only)
    root = RoleCount(role=ROOT, count=case.root_threshold)
    asked = consent.approvals or (root,)
    instead = (root,) if consent.approvals else ()
    quorums = tuple(quorum_of(one, found, consent.id) for one in asked)
    stand_in = tuple(quorum_of(one, found, consent.id) for one in instead)
    status = RequirementStatus(
        id=consent.id,
        status="unsatisfied",
        hard=True,
        because=_BECAUSE[consent.id],
        approvals=quorums,
        documents=(),
        measurements=(),
        missing=(),
        could=(),
        stand_in=stand_in,
    )
    if vetoed_roles(case) & {quorum.role for quorum in (*quorums, *stand_in)}:
        return replace(status, status="blocked")
    if status.is_consented:
        return replace(status, status="satisfied")
    missing = [missing_approvals(quorum) for quorum in quorums if quorum.open]
    missing[-1] += "".join(f", or of {one.open} {one.role} instead" for one in stand_in)
    could = could_approve((*quorums, *stand_in), found, consent.id)
    return replace(status, missing=tuple(missing), could=tuple(sorted(could)))
