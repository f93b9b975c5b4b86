"""Weakenings against the naive way: one case at a time, with the evaluator alone."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.model.effects import EFFECTS
from ledger.model.names import TIERS, Tier, higher
from ledger.policy.analysis.symbols import TOUCHABLE
from ledger.policy.analysis.weaker import weakenings
from ledger.policy.conditions import Value, evaluate, parse
from ledger.policy.consent import EXCEPTION, LIFT, STEWARDSHIP
from ledger.policy.document import (
    Combination,
    Declared,
    Duty,
    Environments,
    EvidenceRule,
    Exceptions,
    Limits,
    MutationList,
    Operation,
    Overrides,
    Policy,
    Requirement,
    RoleCount,
    Stewardship,
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
ONE: Final = (RoleCount(role="a", count=1),)
STEWARDS: Final = st.sampled_from((None, Stewardship(approvals=ONE), Stewardship(approvals=ONE)))
LIFTERS: Final = st.sampled_from((None, Overrides(set=("a",)), Overrides(lift=ONE)))
"""Whether anybody but the root consents to what is no release: two policies agree on that."""


def excepting(*never: str, repeat_after: int | None = None) -> Exceptions:
    """Exceptions that differ in nothing else."""
    return Exceptions(
        max_life=60, approvals=ONE, never=never, review_within=60, repeat_after=repeat_after
    )


NEVER: Final = st.sets(st.sampled_from(["r0", "r1", "r2", "r3"]))
EXCEPTIONS: Final = st.none() | st.builds(
    lambda never, after: excepting(*sorted(never), repeat_after=after),
    NEVER,
    st.sampled_from([None, 2]),
)

LATE: Final = (*CONDITIONS, "tier >= MEDIUM", "tier == HIGH", "tier == LOW")


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Small random policies; nothing stands in them that holds in every case."""
    tiers = draw(
        st.lists(st.tuples(st.sampled_from(TIERS), st.sampled_from(CONDITIONS)), max_size=3)
    )
    whens = draw(st.lists(st.sampled_from(LATE) | st.none(), min_size=1, max_size=3))
    ids = draw(st.permutations(["r0", "r1", "r2", "r3"]))
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
        requirements=tuple(draw(requirement(ids[i], i, when)) for i, when in enumerate(whens)),
        duties=tuple(draw(st.lists(duties(), max_size=3))),
        combinations=draw(st.sampled_from([(), (Combination(roles=("a", "c")),)])),
        limits=Limits(
            prohibited_permissions=tuple(sorted(prohibited)),
            mutations=tuple(
                MutationList(tier=tier, names=tuple(sorted(names))) for tier, names in lists.items()
            ),
        ),
        operation=Operation(by=("operator",)),
        environments=Environments(order=("dev", "live"), automatic=("dev",)),
        stewardship=draw(STEWARDS),
        exceptions=draw(EXCEPTIONS),
        overrides=draw(LIFTERS),
    )


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two policies that differ in a block or two, so that often neither is the weaker."""
    one, other = draw(policies()), draw(policies())
    names = ["tiers", "requirements", "duties", "limits"]
    blocks = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
    fields = {**dict(one), **{block: getattr(other, block) for block in blocks}}
    if one.exceptions is not None and draw(st.booleans()):
        after = one.exceptions.repeat_after
        fields["exceptions"] = excepting(*sorted(draw(NEVER)), repeat_after=after)
    changed = Policy.model_validate(fields)
    return (one, changed) if draw(st.booleans()) else (changed, one)


EARLY: Final = (
    *(c for c in CONDITIONS if "shift" not in c),
    "effect == 'enrolment'",
    "effect != 'lift' && environment == ''",
)
ABOUT: Final = {
    "open": EARLY,
    "act": EARLY,
    "attach-evidence": (*EARLY, "evidence_domain == 'quality'", "evidence_domain == '' && online"),
    "approve": (
        *LATE,
        "requirement == 'r0'",
        "requirement in ['r1', 'r2']",
        "requirement != 'r0' && online",
        "requirement == 'r0' && tier == HIGH || requirement == 'r1'",
        "requirement in ['lift', 'r2']",
        "effect == 'roles' || requirement == 'stewardship' && effect == 'rotation'",
        "effect == 'root' || effect == 'lift'",
    ),
}
"""What duties are about each deed; those about approvals name requirements more often."""


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    """Duties of roles in which nobody approves: then somebody always can."""
    deed = draw(st.sampled_from(["open", "act", "attach-evidence", "approve", "approve"]))
    return Duty.model_validate(
        {
            "id": "duty",
            "role": draw(st.sampled_from(["c", "d"])),
            "must_not": deed,
            "when": draw(st.sampled_from(ABOUT[deed]) | st.none()),
        }
    )


@st.composite
def requirement(draw: st.DrawFn, id_: str, number: int, when: str | None) -> Requirement:
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
        id=id_,
        when=when,
        domain=draw(st.sampled_from([None, "quality"])),
        approvals=tuple(RoleCount(role=role, count=count) for role, count in counts.items()),
        evidence=evidence if draw(st.booleans()) else (),
        fields=draw(st.sampled_from([(), (), ("why",), ("rollback.plan",)])),
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
        for word in ("asked", "kept", "hard"):
            if word in firmness(policy, need):
                yield from (("evidence", rule.type, word) for rule in need.evidence)
                yield from (("field", name, word) for name in need.fields)
        for rule in need.evidence:
            yield from ruled(rules[rule.type])


def firmness(policy: Policy, need: Requirement) -> tuple[str, ...]:
    """How firmly *need* is asked: whether an exception may waive it, and whether it is hard."""
    if need.hard:
        return "asked", "kept", "hard"
    block = policy.exceptions
    kept = block is None or need.id in block.never or "rollback.plan" in need.fields
    return ("asked", "kept") if kept else ("asked",)


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


Person = tuple[str, frozenset[str]]
"""Who approves in a role, and holds those others as well."""

GROUPS: Final = [frozenset[str](), frozenset({"c"}), frozenset({"d"}), frozenset({"c", "d"})]


def binds(policy: Policy, held: str, deed: str, facts: Mapping[str, Value]) -> bool:
    return any(
        duty.role == held and duty.must_not in (deed, "act") and holds(duty.when, facts)
        for duty in policy.duties
    )


def asks_of(
    policy: Policy, facts: Mapping[str, Value], role: str, firm: str
) -> frozenset[tuple[int, frozenset[str]]]:
    """What is asked so firmly of *role*: how many, and the others that they must not hold."""
    lifted = {other for pair in policy.combinations for other in pair.roles if role in pair.roles}
    return frozenset(
        (
            one.count,
            frozenset(
                other
                for other in ("c", "d")
                if other not in lifted
                and binds(policy, other, "approve", {**facts, "requirement": need.id})
            ),
        )
        for need in policy.requirements
        for one in need.approvals
        if one.role == role
        and holds(need.when, facts)
        and firm in firmness(policy, need)
        and (need.hard or facts["environment"] != "dev")
    )


@cache
def is_enough(people: tuple[int, ...], asked: frozenset[tuple[int, frozenset[str]]]) -> bool:
    return all(
        sum(n for n, held in zip(people, GROUPS, strict=True) if not held & barred) >= count
        for count, barred in asked
    )


def lets_more_approve(
    a: Policy, b: Policy, seen_a: Mapping[str, Value], seen_b: Mapping[str, Value]
) -> bool:
    """Whether some people could approve enough for B that would not be enough for A."""
    for role, firm in product("ab", ("asked", "kept", "hard")):
        asked, asks = (
            asks_of(policy, seen, role, firm) for policy, seen in ((a, seen_a), (b, seen_b))
        )
        for people in product(range(3), repeat=len(GROUPS)):
            if is_enough(people, asks) and not is_enough(people, asked):
                return True
    return False


def loses_a_duty(
    a: Policy, b: Policy, seen_a: Mapping[str, Value], seen_b: Mapping[str, Value]
) -> bool:
    """Whether somebody whom A forbids something may do it under B: what both know about."""
    for duty in a.duties:
        for about_a, about_b in abouts(a, b, duty.must_not, seen_a):
            bound = holds(duty.when, {**seen_a, **about_a})
            if bound and not binds(b, duty.role, duty.must_not, {**seen_b, **about_b}):
                return True
    return False


def abouts(
    a: Policy, b: Policy, deed: str, facts: Mapping[str, Value]
) -> Iterator[tuple[dict[str, Value], dict[str, Value]]]:
    """The facts that the deed itself brings under each, where both know of it."""
    if deed == "approve":
        for id_ in asked_of(a, facts) & asked_of(b, facts):
            yield {"requirement": id_}, {"requirement": id_}
    elif deed == "attach-evidence":
        for type_ in [*(a.evidence_rules.keys() & b.evidence_rules.keys()), "another"]:
            domains = [one.evidence_domains.get(type_, "") for one in (a, b)]
            yield {"evidence_domain": domains[0]}, {"evidence_domain": domains[1]}
    else:
        yield {}, {}


def asked_of(policy: Policy, facts: Mapping[str, Value]) -> set[str]:
    """The requirements for which anybody but the root can approve."""
    match facts["effect"]:
        case "release":
            return {need.id for need in policy.requirements if need.approvals}
        case "exception":
            return exception_asks(policy)
        case "lift":
            return {LIFT} if policy.overrides is not None and policy.overrides.lift else set()
        case "policy" | "enrolment" | "roles" | "rotation":
            return set() if policy.stewardship is None else {STEWARDSHIP}
        case _:
            return set()


def exception_asks(policy: Policy) -> set[str]:
    """Beyond so many, stewards are asked as well; without the block nobody is."""
    block = policy.exceptions
    if block is None:
        return set()
    stewards = block.repeat_after is not None and policy.stewardship is not None
    return {EXCEPTION, STEWARDSHIP} if stewards else {EXCEPTION}


def covers(a: Policy, b: Policy, seen_a: Mapping[str, Value], seen_b: Mapping[str, Value]) -> bool:
    """Whether B asks for all that A asks for, in one case."""
    if loses_a_duty(a, b, seen_a, seen_b):
        return False
    if is_blocked(b, seen_b):
        return True
    return (
        not is_blocked(a, seen_a)
        and set(naive(a, seen_a)) <= set(naive(b, seen_b))
        and not lets_more_approve(a, b, seen_a, seen_b)
    )


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


PLAIN: Final[dict[str, Value]] = {
    **dict.fromkeys(("touches", "mutations", "channels", "permissions", "waives_domains"), ()),
    **{f"modifies_{name}": False for name in ("data_lineage", "code", "evaluator")},
    "effect": "release",
    "model": "fraud",
    "environment": "live",
    "alias": "fraud/live",
    "expands_permissions": False,
    "affects_production_traffic": True,
    "shift": "large",
    "online": False,
    "personal_data": False,
    "tier": "high",
}
"""A release of which no condition below asks more than whether it is online, and where."""


@st.composite
def approvals_alone(draw: st.DrawFn) -> Policy:
    """Policies that ask one role for approvals, under names that come and go."""
    whens = draw(st.lists(st.sampled_from([None, "online", "!online"]), min_size=1, max_size=3))
    ids = draw(st.permutations(["r0", "r1", "r2", "r3"]))
    about = [f"requirement == '{id_}'" for id_ in ids[:3]]
    about += [f"{one} && online" for one in about[:2]] + ["requirement != 'r0'", "online"]
    about += ["requirement == 'lift'", "effect in ['rotation', 'clock']"]
    about += ["requirement == 'exception'", "effect == 'exception' && requirement != 'exception'"]
    about += ["waives_domains.exists(d, d == 'quality')"]
    bars = draw(st.lists(st.tuples(st.sampled_from("cd"), st.sampled_from(about)), max_size=3))
    return Policy(
        name="random",
        number=1,
        roles=(),
        declared=(Declared(name="online"),),
        requirements=tuple(
            Requirement(
                id=id_,
                when=when,
                approvals=(RoleCount(role="a", count=draw(st.integers(1, 2))),),
                hard=draw(st.booleans()),
            )
            for id_, when in zip(ids, whens, strict=False)
        ),
        duties=tuple(
            Duty(id="duty", role=role, must_not="approve", when=when) for role, when in bars
        ),
        combinations=(Combination(roles=("a", "c")),) if draw(st.booleans()) else (),
        operation=Operation(by=("operator",)),
        environments=Environments(order=("dev", "live"), automatic=("dev",)),
        stewardship=draw(STEWARDS),
        exceptions=draw(EXCEPTIONS),
        overrides=draw(LIFTERS),
    )


def asks_to_waive(facts: Mapping[str, Value]) -> bool:
    return facts["effect"] == "exception"


BLOCKS: Final = ("requirements", "duties", "exceptions")
"""What two of these policies may differ in."""


@st.composite
def alike(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two of them that differ in one block, in two or in all; both know exceptions, or neither."""
    a, other = draw(approvals_alone()), draw(approvals_alone())
    blocks = draw(st.sets(st.sampled_from(BLOCKS), min_size=1))
    fields = {name: getattr(other, name) for name in blocks - {"exceptions"}}
    if a.exceptions is not None and "exceptions" in blocks:
        never, after = draw(NEVER), a.exceptions.repeat_after
        fields["exceptions"] = excepting(*sorted(never), repeat_after=after)
    return a, Policy.model_validate({**dict(a), **fields})


@given(alike())
def test_nothing_is_weaker_exactly_where_nobody_else_could_approve(
    pair: tuple[Policy, Policy],
) -> None:
    a, b = pair
    cases = [
        {**PLAIN, "online": online, "environment": environment}
        for online, environment in product((False, True), ("live", "dev"))
    ]
    others = [{**PLAIN, "effect": effect, "online": True} for effect in EFFECTS[1:]]
    others += [{**one, "waives_domains": ("quality",)} for one in others if asks_to_waive(one)]
    if a.exceptions is None:
        others = [one for one in others if not asks_to_waive(one)]
    less = not all(covers(a, b, case, case) for case in cases)

    found = weakenings(a, b)

    assert bool(found) == (less or any(loses_a_duty(a, b, one, one) for one in others))
