"""Weakenings against the naive way: one case at a time, with the evaluator alone."""

from collections.abc import Iterator, Mapping
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.model.names import TIERS, Tier, higher
from ledger.policy.analysis.symbols import TOUCHABLE
from ledger.policy.analysis.weaker import weakenings
from ledger.policy.conditions import Value, evaluate, parse
from ledger.policy.document import (
    Declared,
    Duty,
    Environments,
    EvidenceRule,
    Limits,
    MutationList,
    Operation,
    Policy,
    Requirement,
    RoleCount,
    TierRule,
)

CONDITIONS: Final = (
    "online",
    "!online",
    "personal_data",
    "personal_data && online",
    "'model' in touches",
    "touches.all(c, c == 'model')",
    "modifies_code",
    "mutations.exists(m, m != 'adapter')",
    "expands_permissions",
    "'net' in permissions",
    "environment == 'dev'",
    "affects_production_traffic",
    "alias == 'fraud/dev'",
    "shift == 'large'",
    "channels.all(c, c in mutations)",
)
LATE: Final = (*CONDITIONS, "tier >= MEDIUM", "tier == HIGH", "tier == LOW")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Small random policies; nothing stands in them that holds in every case."""
    tiers = draw(
        st.lists(st.tuples(st.sampled_from(TIERS), st.sampled_from(CONDITIONS)), max_size=3)
    )
    whens = draw(st.lists(st.sampled_from(LATE) | st.none(), min_size=1, max_size=3))
    lists = draw(
        st.dictionaries(st.sampled_from(TIERS), st.sets(st.sampled_from(["adapter", "tools"])))
    )
    prohibited = draw(st.sets(st.sampled_from(["net", "root"])))
    return Policy(
        name="random",
        number=1,
        roles=(),
        declared=(Declared(name="online"), Declared(name="personal_data")),
        tiers=tuple(TierRule(id=f"t{i}", tier=t, when=w) for i, (t, w) in enumerate(tiers)),
        requirements=tuple(draw(requirement(i, when)) for i, when in enumerate(whens)),
        duties=tuple(
            Duty(id=f"d{i}", role=role, must_not="open", when=when)
            for i, (role, when) in enumerate(draw(DUTIES))
        ),
        limits=Limits(
            prohibited_permissions=tuple(sorted(prohibited)),
            mutations=tuple(
                MutationList(tier=tier, names=tuple(sorted(names))) for tier, names in lists.items()
            ),
        ),
        operation=Operation(by=("operator",)),
        environments=Environments(order=("dev", "live"), automatic=("dev",)),
    )


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two policies that differ in one block, so that often neither is the weaker."""
    one, other = draw(policies()), draw(policies())
    block = draw(st.sampled_from(["tiers", "requirements", "duties", "limits"]))
    changed = Policy.model_validate({**dict(one), block: getattr(other, block)})
    return (one, changed) if draw(st.booleans()) else (changed, one)


EARLY: Final = tuple(c for c in CONDITIONS if "shift" not in c)
DUTIES: Final = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(EARLY) | st.none()), max_size=2
)


@st.composite
def requirement(draw: st.DrawFn, number: int, when: str | None) -> Requirement:
    ages = st.none() | st.integers(1, 3)
    evidence = (
        EvidenceRule(
            type=f"type-{number}",
            max_age=draw(ages),
            by=tuple(sorted(draw(st.sets(st.sampled_from(["a", "b"]))))),
            independent=draw(st.booleans()),
        ),
    )
    counts = draw(st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 2)))
    return Requirement(
        id=f"r{number}",
        when=when,
        approvals=tuple(RoleCount(role=role, count=count) for role, count in counts.items()),
        evidence=evidence if draw(st.booleans()) else (),
        fields=("why",) if draw(st.booleans()) else (),
        hard=draw(st.booleans()),
    )


@st.composite
def releases(draw: st.DrawFn) -> dict[str, Value]:
    """The facts of a release as they are computed; the tier is for the policy to say."""
    environment = draw(st.sampled_from(["dev", "live"]))
    model = draw(st.sampled_from(["fraud", "other"]))
    touches = draw(st.sets(st.sampled_from(TOUCHABLE), max_size=2))
    permissions = draw(st.sets(st.sampled_from(["net", "root", "x"]), max_size=2))
    words = st.sets(st.sampled_from(["adapter", "tools", "web"]), max_size=2)
    return {
        "effect": "release",
        "model": model,
        "environment": environment,
        "alias": f"{model}/{environment}",
        "touches": tuple(sorted(touches)),
        "mutations": tuple(sorted(draw(words))),
        "channels": tuple(sorted(draw(words))),
        "permissions": tuple(sorted(permissions)),
        "expands_permissions": bool(permissions) and draw(st.booleans()),
        "modifies_data_lineage": bool({"dataset", "features"} & touches),
        "modifies_code": bool({"code", "sdk"} & touches),
        "modifies_evaluator": "evaluator" in touches,
        "affects_production_traffic": environment == "live",
        "shift": "large",
        "online": draw(st.booleans()),
        "personal_data": draw(st.booleans()),
    }


def holds(when: str | None, facts: Mapping[str, Value]) -> bool:
    return when is None or evaluate(parse(when), facts)


def with_tier(
    policy: Policy, facts: Mapping[str, Value], risk: Tier | None, *, first: bool
) -> dict[str, Value]:
    rules = (rule.tier for rule in policy.tiers if holds(rule.when, facts))
    tier: Tier = "high" if first else next(rules, "high")
    return {**facts, "tier": tier if risk is None else higher(tier, risk)}


def is_blocked(policy: Policy, facts: Mapping[str, Value]) -> bool:
    permissions, mutations = facts["permissions"], facts["mutations"]
    assert isinstance(permissions, tuple)
    assert isinstance(mutations, tuple)
    admitted: dict[object, tuple[str, ...]] = {
        one.tier: one.names for one in policy.limits.mutations
    }
    names = admitted.get(facts["tier"], mutations)
    return bool(set(permissions) & set(policy.limits.prohibited_permissions)) or not set(
        mutations
    ) <= set(names)


def naive(policy: Policy, facts: Mapping[str, Value]) -> Iterator[tuple[str, ...]]:
    """All that is asked in one case, each at every lesser strictness as well."""
    for level in range(list[object](TIERS).index(facts["tier"]) + 1):
        yield "tier", str(level)
    rules = policy.evidence_rules
    for need in policy.requirements:
        if not holds(need.when, facts):
            continue
        hardnesses = [(), ("hard",)] if need.hard else [()]
        for hard in hardnesses:
            for one in need.approvals:
                if need.hard or facts["environment"] != "dev":
                    for count in range(1, one.count + 1):
                        yield "approvals", one.role, str(count), *hard
            for rule in need.evidence:
                yield "evidence", rule.type, *hard
            yield from (("field", name, *hard) for name in need.fields)
        for rule in need.evidence:
            yield from ruled(rules[rule.type])


def ruled(rule: EvidenceRule) -> Iterator[tuple[str, ...]]:
    """What a rule refuses: ages, authors, parties."""
    for age in range(1, 5):
        if rule.max_age is not None and age >= rule.max_age:
            yield "too old", rule.type, str(age)
    for role in ("a", "b", "anyone"):
        if rule.by and role not in rule.by:
            yield "not by", rule.type, role
    if rule.independent:
        yield "not by a party", rule.type


def bound_by_duties(policy: Policy, facts: Mapping[str, Value]) -> set[tuple[str, ...]]:
    return {("duty", duty.role) for duty in policy.duties if holds(duty.when, facts)}


def covers(a: Policy, b: Policy, seen_a: Mapping[str, Value], seen_b: Mapping[str, Value]) -> bool:
    """Whether B asks for all that A asks for, in one case."""
    if not bound_by_duties(a, seen_a) <= bound_by_duties(b, seen_b):
        return False
    if is_blocked(b, seen_b):
        return True
    return not is_blocked(a, seen_a) and set(naive(a, seen_a)) <= set(naive(b, seen_b))


@given(
    pair=neighbours(),
    facts=releases(),
    risk=st.sampled_from([None, *TIERS]),
    first=st.booleans(),
)
def test_where_nothing_is_weaker_no_case_is(
    pair: tuple[Policy, Policy], facts: dict[str, Value], risk: Tier | None, *, first: bool
) -> None:
    a, b = pair
    first = (
        first
        and bool(facts["touches"])
        and facts["expands_permissions"] is bool(facts["permissions"])
    )
    seen = [with_tier(one, facts, risk, first=first) for one in (a, b)]

    if not covers(a, b, *seen):
        assert weakenings(a, b)


@given(neighbours())
def test_every_example_of_a_weakening_is_one(pair: tuple[Policy, Policy]) -> None:
    a, b = pair
    for one in weakenings(a, b):
        assert one.example is not None
        seen_a, seen_b = one.example.facts
        for policy, seen in ((a, seen_a), (b, seen_b)):
            facts = {name: value for name, value in seen.items() if name != "tier"}
            first = one.example.first_release
            tier = with_tier(policy, facts, one.example.risk, first=first)["tier"]
            assert seen["effect"] != "release" or seen["tier"] == tier
        assert not covers(a, b, seen_a, seen_b), one


@given(policies())
def test_no_policy_is_weaker_than_itself(one: Policy) -> None:
    assert weakenings(one, one) == ()
