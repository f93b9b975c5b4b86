"""The playbook of a policy: what each tier asks for and who does what, on one page.

Nothing judges by it. It is the policy turned round, from rules to the tiers and roles
that people ask about. ``playbook_json`` is the form for other programs (``playbook/1``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.errors import Uncheckable
from ledger.model.frozen import Frozen
from ledger.model.names import TIERS, Tier
from ledger.policy.analysis.vacuities import Applies, applicability
from ledger.policy.document import Overrides, Policy, Requirement, RoleCount, TierRule
from ledger.policy.stages import observers_of

ROLLBACK_TIME: Final = "rollback.within"
"""The field in which a change says how long it takes to be taken back."""


@dataclass(frozen=True, slots=True)
class TierPage:
    """A tier: the rules that lead there, what it asks for, and the stages of its releases.

    ``reached`` is false where no release can get there.
    """

    tier: Tier
    reached: bool
    rules: tuple[TierRule, ...]
    always: tuple[Requirement, ...]
    sometimes: tuple[Requirement, ...]
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RolePage:
    """A role: what it answers for, and all that the policy gives it to do.

    ``approves`` are requirements with the number of approvals; ``told`` the requirements
    it hears of; ``attaches`` types of evidence; ``observes`` the stages it is asked to watch;
    ``rolls_back`` and ``stops`` whether its holders may do so, alone and at once;
    ``stewards``, ``excepts`` and ``lifts`` how many of them consent to policy and roster, to an
    exception and to a lift.
    """

    role: str
    because: str
    approves: tuple[tuple[Requirement, int], ...]
    told: tuple[str, ...]
    attaches: tuple[str, ...]
    operates: bool
    observes: tuple[str, ...]
    rolls_back: bool
    stops: bool
    stewards: int
    excepts: int
    lifts: int


@dataclass(frozen=True, slots=True)
class Playbook:
    """A policy as it concerns people: tiers from the highest, then roles.

    ``applies`` says of each requirement at which tiers it applies; ``None`` where the
    conditions have too many cases to tell. ``timed`` are the requirements that ask how
    long the way back takes.
    """

    policy: Policy
    tiers: tuple[TierPage, ...]
    applies: Mapping[str, Mapping[Tier, Applies]] | None
    roles: tuple[RolePage, ...]
    timed: tuple[str, ...]


def playbook(policy: Policy) -> Playbook:
    """Turn *policy* into its playbook."""
    try:
        applies = applicability(policy)
    except Uncheckable:
        applies = None
    return Playbook(
        policy=policy,
        tiers=tuple(_tier(policy, tier, applies) for tier in reversed(TIERS)),
        applies=applies,
        roles=tuple(_role(policy, role.name, role.because) for role in policy.roles),
        timed=tuple(need.id for need in policy.requirements if ROLLBACK_TIME in need.fields),
    )


def playbook_json(page: Playbook) -> dict[str, object]:
    """The playbook as ``playbook/1``; ages and clocks in seconds, ``null`` for none."""
    policy = page.policy
    return {
        "schema": "playbook/1",
        "name": policy.name,
        "number": policy.number,
        "first_release": TIERS[-1],
        "tiers": [
            {
                "tier": one.tier,
                "reached": one.reached,
                "rules": [{"id": rule.id, "when": rule.when} for rule in one.rules],
                "always": [need.id for need in one.always],
                "sometimes": [need.id for need in one.sometimes],
                "stages": list(one.stages),
            }
            for one in page.tiers
        ],
        "requirements": [_requirement_json(page, need) for need in policy.requirements],
        "roles": [_role_json(one) for one in page.roles],
        "duties": [_plain(one) for one in policy.duties],
        "combinations": [_plain(one) for one in policy.combinations],
        "limits": _plain(policy.limits),
        "environments": None if policy.environments is None else _plain(policy.environments),
        "stages": [_plain(one) for one in policy.stages],
        "rollback": None if policy.rollback is None else _plain(policy.rollback),
        "clocks": _plain(policy.consent),
        "operation": list(policy.operation.by),
        "stewardship": None if policy.stewardship is None else _plain(policy.stewardship),
        "exceptions": None if policy.exceptions is None else _plain(policy.exceptions),
        "overrides": None if policy.overrides is None else _plain(policy.overrides),
        "rollback_time_asked_by": list(page.timed),
    }


def _requirement_json(page: Playbook, need: Requirement) -> dict[str, object]:
    applies = None if page.applies is None else dict(page.applies[need.id])
    return {**_plain(need), "applies": applies}


def _role_json(one: RolePage) -> dict[str, object]:
    return {
        "role": one.role,
        "because": one.because,
        "approves": [{"requirement": need.id, "count": count} for need, count in one.approves],
        "told_of": list(one.told),
        "attaches": list(one.attaches),
        "operates": one.operates,
        "observes": list(one.observes),
        "rolls_back": one.rolls_back,
        "stops": one.stops,
        "stewards": one.stewards,
        "excepts": one.excepts,
        "lifts": one.lifts,
    }


def _plain(part: Frozen) -> dict[str, object]:
    return part.model_dump(mode="json")


def most_approvals(needs: tuple[Requirement, ...]) -> tuple[RoleCount, ...]:
    """The approvals that meet all *needs*: one counts for every requirement of its role."""
    counts: dict[str, int] = {}
    for need in needs:
        for one in need.approvals:
            counts[one.role] = max(one.count, counts.get(one.role, 0))
    return tuple(RoleCount(role=role, count=count) for role, count in counts.items())


def _tier(
    policy: Policy, tier: Tier, applies: Mapping[str, Mapping[Tier, Applies]] | None
) -> TierPage:
    at = {need.id: _at(need, tier, applies) for need in policy.requirements}
    return TierPage(
        tier=tier,
        reached=any(one != "never" for one in at.values()),
        rules=tuple(rule for rule in policy.tiers if rule.tier == tier),
        always=tuple(need for need in policy.requirements if at[need.id] == "always"),
        sometimes=tuple(need for need in policy.requirements if at[need.id] == "sometimes"),
        stages=tuple(stage.id for stage in policy.stages if tier in stage.tiers),
    )


def _at(
    need: Requirement, tier: Tier, applies: Mapping[str, Mapping[Tier, Applies]] | None
) -> Applies:
    """Whether *need* applies at *tier*; where nobody could tell, a condition may hold."""
    if applies is None:
        return "always" if need.when is None else "sometimes"
    return applies[need.id][tier]


def _role(policy: Policy, name: str, because: str) -> RolePage:
    needs = policy.requirements
    stewards = () if policy.stewardship is None else policy.stewardship.approvals
    excepting = () if policy.exceptions is None else policy.exceptions.approvals
    overrides = policy.overrides or Overrides()
    return RolePage(
        role=name,
        because=because,
        approves=tuple(
            (need, one.count) for need in needs for one in need.approvals if one.role == name
        ),
        told=tuple(need.id for need in needs if name in need.notify),
        attaches=tuple(rule.type for need in needs for rule in need.evidence if name in rule.by),
        operates=name in policy.operation.by,
        observes=tuple(
            stage.id
            for stage in policy.stages
            if (stage.is_watched or stage.observe) and name in observers_of(policy, stage)
        ),
        rolls_back=name in policy.takers,
        stops=name in overrides.set,
        stewards=_counted(stewards, name),
        excepts=_counted(excepting, name),
        lifts=_counted(overrides.lift, name),
    )


def _counted(approvals: tuple[RoleCount, ...], role: str) -> int:
    return sum(one.count for one in approvals if one.role == role)
