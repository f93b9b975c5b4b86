"""The consent to every effect but a release: of stewards, of who may lift, or of the root.

What concerns the policy and the roster is for ``[stewardship]``, what takes back stops for
``[overrides].lift``; the root may stand in for either. An exception is for
``[exceptions].approvals``, and for the stewards as well where there were many. The root
itself, what is disowned and the clock are for the root alone, whatever a policy says.
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

EXCEPTION: Final = "exception"
"""The id of the first requirement of an exception."""

REPEATED_WITHIN: Final = 90 * 86_400
"""How many seconds before its opening the exceptions of its alias are counted (DESIGN, §6)."""

LIFT: Final = "lift"
"""The id of the one requirement of a lift."""

ROOT_CONSENT: Final = "root"
"""The id of the one requirement of what only the root decides."""

_BECAUSE: Final[Mapping[str, str]] = {
    STEWARDSHIP: "who is bound by the rules does not change them alone",
    EXCEPTION: "who waives a requirement answers for what it was there for",
    LIFT: "one person stops; it takes more to go on",
    ROOT_CONSENT: "what everything rests on is moved by a threshold of the root",
}


@dataclass(frozen=True, slots=True)
class Consent:
    """What an effect asks for; without ``approvals`` a threshold of the root alone.

    Else the root may ``stand_in``, or not.
    """

    id: str
    approvals: tuple[RoleCount, ...]
    stand_in: bool = True

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that consent, each once; the root among them where it may."""
        root = (ROOT,) if self.stand_in or not self.approvals else ()
        return tuple(dict.fromkeys((*root, *(count.role for count in self.approvals))))


def consents_to(
    policy: Policy, effect: Effect, *, root_only: bool, earlier: int
) -> tuple[Consent, ...]:
    """What *policy* asks for *effect*, which is no release: all of it is needed.

    *root_only* leaves it to the root; *earlier* is how many exceptions the alias of one has
    had lately. A rotation takes one holder of the first role that stewardship names.
    """
    if effect.effect == "lift":
        overrides = policy.overrides
        asked = () if overrides is None or root_only else overrides.lift
        return (Consent(LIFT, asked),)
    if effect.effect in ("root", "disown", "clock"):
        return (Consent(ROOT_CONSENT, ()),)
    known = policy.stewardship
    stewards = Consent(STEWARDSHIP, () if known is None or root_only else known.approvals)
    if effect.effect == "exception":
        return _to_exception(policy, stewards, root_only=root_only, earlier=earlier)
    if effect.effect == "rotation" and stewards.approvals:
        first = RoleCount(role=stewards.approvals[0].role, count=1)
        return (Consent(STEWARDSHIP, (first,)),)
    return (stewards,)


def _to_exception(
    policy: Policy, stewards: Consent, *, root_only: bool, earlier: int
) -> tuple[Consent, ...]:
    """The consent to an exception; beyond so many, that of the stewards as well.

    A policy without exceptions leaves them to nobody: they are refused before consent is asked.
    """
    rules = policy.exceptions
    if rules is None or root_only:
        return (Consent(EXCEPTION, ()),)
    consent = Consent(EXCEPTION, rules.approvals, stand_in=False)
    if rules.repeat_after is None or earlier < rules.repeat_after:
        return (consent,)
    return consent, stewards


def steward_roles(policy: Policy) -> frozenset[str]:
    """The roles that stewardship names: their holders keep the policy and the roster."""
    stewardship = policy.stewardship
    counts = () if stewardship is None else stewardship.approvals
    return frozenset(count.role for count in counts)


def judge_consents(found: Findings) -> tuple[RequirementStatus, ...]:
    """The status of each consent to what *found* is about; no condition is evaluated."""
    case = found.case
    asked = consents_to(found.policy, case.effect, root_only=case.root_only, earlier=case.earlier)
    return tuple(_judge(one, found) for one in asked)


def _judge(consent: Consent, found: Findings) -> RequirementStatus:
    case = found.case
    root = RoleCount(role=ROOT, count=case.root_threshold)
    asked = consent.approvals or (root,)
    instead = (root,) if consent.approvals and consent.stand_in else ()
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
