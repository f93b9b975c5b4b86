"""The facts of a case, and the tier they lead to.

What can be computed is never asked for. What only people know is declared, and
silence counts as yes. A fact that was added later can only add: tiers and
requirements are judged with the facts as declared *and* after each addition, and
whatever applied at any of these stages applies.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from ledger.model.effects import Effect, ExceptionEffect, FactDeclared, ReleaseEffect
from ledger.model.names import TIERS, Tier, higher
from ledger.model.stack import touched
from ledger.model.terms import parse_decimal
from ledger.policy.case import Case, Document
from ledger.policy.conditions import Condition, Value, evaluate, parse
from ledger.policy.document import Policy
from ledger.policy.facts import FACTS, SHIFTS
from ledger.policy.numbers import numbers_of, relative_change_within

Facts = Mapping[str, Value]

NOTHING: Facts = MappingProxyType({})

_EMPTY: Final[Mapping[str, Value]] = {"bool": False, "word": "", "words": ()}
"""What a computed fact is where there is no stack to compute it from."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The facts at each stage with the tier reached there; the last stage is now."""

    stages: tuple[tuple[Facts, Tier], ...]
    because: tuple[str, ...]
    declared: tuple[FactDeclared, ...]

    @property
    def facts(self) -> Facts:
        """The facts as they are now."""
        return self.stages[-1][0]

    @property
    def tier(self) -> Tier:
        """The tier as it is now."""
        return self.stages[-1][1]

    def hold(self, when: str | None, given: Facts = NOTHING) -> bool:
        """Whether the condition *when* held at any stage; none always holds.

        *given* are facts of the question asked, beside those of the case.
        """
        if when is None:
            return True
        condition = compiled(when)
        return any(
            evaluate(condition, {**facts, **given, "tier": tier}) for facts, tier in self.stages
        )


@lru_cache(maxsize=1024)
def compiled(text: str) -> Condition:
    """The parsed condition of a policy that was checked."""
    return parse(text)


def circumstances(policy: Policy, case: Case, valid: Mapping[str, Document]) -> Circumstances:
    """Compute facts and tier of *case*; *valid* are the documents that supply numbers."""
    if not isinstance(case.effect, ReleaseEffect):
        return _of_another_effect(policy, case.effect)
    declared = _declared(policy, case.effect)
    added = [addition.fact for addition in case.added]
    stages: list[tuple[Facts, Tier]] = []
    because: list[str] = []
    tier: Tier = "low"
    for against in _compared(case):
        computed = _computed(policy, against, case.effect, valid)
        for count in range(len(added) + 1):
            answers = {**declared, **dict.fromkeys(added[:count], True)}
            facts: Facts = {**computed, **answers}
            found, rule = _tier(policy, against, facts)
            if not because or higher(tier, found) != tier:
                tier, because = found, [rule]
            stages.append((facts, tier))
    risk = case.effect.risk
    if risk is not None:
        because = because if higher(tier, risk) == tier else ["declared"]
        stages = [(facts, higher(risk, reached)) for facts, reached in stages]
    final = {**declared, **dict.fromkeys(added, True)}
    answers_now = tuple(_answer(fact, value) for fact, value in sorted(final.items()))
    return Circumstances(tuple(stages), tuple(because), answers_now)


def _compared(case: Case) -> tuple[Case, ...]:
    """*case* as it is and, where what runs has lost its consent, as a first release besides.

    So nobody gets for less what was lost by proposing it once more. Where what runs owes
    something for an exception, *case* is compared with what ran before that besides: what
    was waived of one release is not waived of the next.
    """
    stable = case.stable
    before = (case, replace(case, stable=stable.below)) if stable and stable.owing else (case,)
    return (*before, replace(case, stable=None)) if stable and stable.unsupported else before


@lru_cache(maxsize=1024)
def _answer(fact: str, value: bool) -> FactDeclared:  # noqa: FBT001 - the answer to the fact
    """The few answers there are are made, and validated, once."""
    return FactDeclared(fact=fact, value=value)


def _tier(policy: Policy, case: Case, facts: Facts) -> tuple[Tier, str]:
    if case.stable is None:
        return TIERS[-1], "first-release"
    for rule in policy.tiers:
        if rule.when is None or evaluate(compiled(rule.when), facts):
            return rule.tier, rule.id
    return TIERS[-1], "nothing-matched"


def _of_another_effect(policy: Policy, effect: Effect) -> Circumstances:
    """What does not ask for a release has no stack: only duties ask for its facts."""
    facts: dict[str, Value] = dict.fromkeys((item.name for item in policy.declared), True)
    facts |= {fact.name: _EMPTY[fact.kind] for fact in FACTS if fact.kind in _EMPTY}
    facts |= {"effect": effect.effect, "shift": SHIFTS[-1]}
    if isinstance(effect, ExceptionEffect):
        model, _, environment = effect.alias.partition("/")
        facts |= {"alias": effect.alias, "model": model, "environment": environment}
        facts["waives_domains"] = _waived_domains(policy, effect)
    return Circumstances(((facts, TIERS[-1]),), (effect.effect,), ())


def _waived_domains(policy: Policy, effect: ExceptionEffect) -> tuple[str, ...]:
    """The domains of the requirements that *effect* asks to waive."""
    found = {one.domain for one in policy.requirements if one.id in effect.waives}
    return tuple(sorted(domain for domain in found if domain is not None))


def _declared(policy: Policy, effect: ReleaseEffect) -> dict[str, bool]:
    stated = {item.fact: item.value for item in effect.declares}
    return {item.name: stated.get(item.name, True) for item in policy.declared}


def _computed(
    policy: Policy, case: Case, effect: ReleaseEffect, valid: Mapping[str, Document]
) -> dict[str, Value]:
    old = None if case.stable is None else case.stable.stack
    touches = touched(effect.stack, old)
    model, _, environment = effect.alias.partition("/")
    held = () if old is None else old.permissions
    return {
        "effect": effect.effect,
        "alias": effect.alias,
        "model": model,
        "environment": environment,
        "touches": touches,
        "mutations": effect.mutations,
        "permissions": effect.stack.permissions,
        "channels": effect.channels,
        "modifies_data_lineage": bool({"dataset", "features"} & set(touches)),
        "modifies_code": bool({"code", "sdk"} & set(touches)),
        "modifies_evaluator": "evaluator" in touches,
        "expands_permissions": bool(set(effect.stack.permissions) - set(held)),
        "affects_production_traffic": is_production(policy, environment),
        "shift": _shift(policy, case, valid),
    }


def is_production(policy: Policy, environment: str) -> bool:
    """Whether *environment* is the last one; what no order names is production as well."""
    known = policy.environments
    return known is None or environment == known.order[-1] or environment not in known.order


def is_automatic(policy: Policy, effect: Effect) -> bool:
    """Whether *effect* is a release to an environment that needs no approvals of its own."""
    known = policy.environments
    if known is None or not isinstance(effect, ReleaseEffect):
        return False
    return effect.alias.partition("/")[2] in known.automatic


def _shift(policy: Policy, case: Case, valid: Mapping[str, Document]) -> str:
    """The largest relative change of the metrics the policy names; unknown is large."""
    if policy.shift is None or case.stable is None:
        return "large"
    before = numbers_of(case.stable.metrics)
    largest = 0
    for name in policy.shift.metrics:
        values = {
            parse_decimal(metric.value)
            for type_, document in valid.items()
            for metric in document.metrics
            if metric.name == name and metric.segment is None and policy.supplies(type_, name)
        }
        old = before.get((name, None))
        if len(values) != 1 or old is None:
            return "large"
        largest = max(largest, _size_of_change(policy, values.pop(), old))
    return SHIFTS[largest]


def _size_of_change(policy: Policy, new: int, old: int) -> int:
    assert policy.shift is not None  # noqa: S101 - the caller looked
    if new == old:
        return 0
    if relative_change_within(new, old, parse_decimal(policy.shift.small)):
        return 1
    if relative_change_within(new, old, parse_decimal(policy.shift.moderate)):
        return 2
    return 3
