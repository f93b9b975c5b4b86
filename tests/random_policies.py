"""Random policies, the people who live under them, and later policies they may agree on.

A policy is drawn in the shape in which people write it, and mended where the checks
complain: the block that a complaint names is taken out. So nearly every draw may judge.
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from ledger.model.problems import Path
from ledger.model.toml import tuples
from ledger.policy.checking.checks import check_policy
from ledger.policy.reading import _normal
from ledger.policy.written import WrittenPolicy
from tests.organisation import Organisation
from tests.random_rollouts import rollouts

Written = Mapping[str, Any]
"""A policy as TOML reads it; the number is given when it is founded or proposed."""

People = Mapping[str, Sequence[str]]
Services = Mapping[str, tuple[str, Sequence[str]]]

NAMES: Final = ("ann", "ben", "cat", "dan", "eve", "fay", "gus")
BOTS: Final = ("bot", "deployer")
ROLES: Final = ("maker", "keeper", "guard", "mover", "judge")
FACTS: Final = ("personal", "online", "risky")
ALIASES: Final = ("fraud/production", "fraud/dev")
TYPES: Final = ("report", "card")

_COMPUTED: Final = (
    "modifies_data_lineage",
    "expands_permissions",
    "affects_production_traffic",
    "effect == 'release'",
    "environment == 'dev'",
    "touches.exists(c, c in ['model', 'prompts'])",
    "mutations.all(m, m == 'adapter')",
    "permissions.exists(p, !(p in channels) && p in ['net'])",
)
_SHIFT: Final = ("shift == 'none'", "shift in ['none', 'small']", "shift != 'large'")
_TIER: Final = ("tier >= MEDIUM", "tier == LOW", "tier != HIGH")
_OWN: Final[Mapping[str, Sequence[str]]] = {
    "tier": _SHIFT,
    "requirement": (*_SHIFT, *_TIER),
    "approve": (
        *_TIER,
        "requirement == 'first'",
        "requirement in ['second', 'lift']",
        "effect == 'exception' && waives_domains.exists(d, d == 'quality')",
    ),
    "operate": (*_SHIFT, *_TIER),
    "attach-evidence": ("evidence_domain == 'quality'", "evidence_domain == ''"),
    "withdraw-evidence": ("evidence_domain == 'quality'",),
    "open": ("waives_domains.all(d, d == 'security')", "effect == 'lift'"),
    "act": (),
}
"""Parts of conditions that only one place knows."""

DEEDS: Final = (
    "approve",
    "open",
    "attach-evidence",
    "attach-evidence",
    "withdraw-evidence",
    "operate",
    "act",
)


_JOINED: Final = st.sampled_from(("&&", "||"))


def _conditions(use: str) -> st.SearchStrategy[str]:
    one = st.sampled_from((*FACTS, *FACTS, *_COMPUTED, *_OWN[use], *_OWN[use]))
    return one | st.builds("!({})".format, one) | st.builds("{} {} {}".format, one, _JOINED, one)


CONDITIONS: Final = {use: _conditions(use) for use in _OWN}
"""A condition for each place: a name, or two that are joined or turned."""


def _maybe(key: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with *key*, or an empty one."""
    return st.just({}) | values.map(lambda value: {key: value})


def _merged(*tables: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for table in tables for key, value in table.items()}


def _table(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(_merged, *parts)


_role: Final = st.sampled_from(ROLES)
_some_roles: Final = st.lists(_role, min_size=1, max_size=3, unique=True)
_counts: Final = st.dictionaries(_role, st.sampled_from((1, 1, 1, 2)), min_size=1, max_size=2)
"""Approvals by role, seldom of two people."""


def _duty(must_not: str) -> st.SearchStrategy[dict[str, Any]]:
    made = st.builds(lambda role: {"role": role, "must_not": must_not}, _role)
    return _table(made, _maybe("when", CONDITIONS[must_not]))


duties: Final = st.one_of([_duty(deed) for deed in DEEDS])
"""A duty; its id is given by where it stands."""

_combinations: Final = st.tuples(_role, _role).map(lambda pair: {"roles": sorted(pair)})
"""Two roles that one person may use side by side; twice one of them is mended away."""


def with_ids(kind: str, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The *blocks*, each with an id of its own."""
    return [{"id": f"{kind}-{number}", **block} for number, block in enumerate(blocks)]


def _often(blocks: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any] | None]:
    return st.one_of(blocks, blocks.map(dict), blocks.map(dict), st.none())


_document: Final = _table(
    _maybe("max_age", st.sampled_from(("1d", "30d"))),
    _maybe("by", _some_roles),
    _maybe("independent", st.booleans()),
)
_documents: Final = st.fixed_dictionaries({"report": _document}, optional={"card": _document})

_METRICS: Final = (
    {"auc": {"min": "0.90"}},
    {"auc": {"better": "higher", "min": "0.80", "max_drop": "0.01"}},
)


_when: Final = CONDITIONS["requirement"]
_maybe_when: Final = _maybe("when", _when)
_first: Final = st.fixed_dictionaries({"approvals": _counts, "hard": st.booleans()})
_second: Final = _often(st.fixed_dictionaries({"approvals": _counts, "when": _when}))
_papers: Final = _often(
    _table(
        st.fixed_dictionaries({"evidence": _documents}),
        _maybe("domain", st.just("quality")),
        _maybe_when,
    )
)
_numbers: Final = _often(
    _table(
        st.fixed_dictionaries({"from": st.just("report"), "metrics": st.sampled_from(_METRICS)}),
        _maybe_when,
    )
)


def _requirements(**blocks: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [{"id": name, **block} for name, block in blocks.items() if block is not None]


IDS: Final = ("first", "second", "papers", "numbers")
"""The ids of requirements, in the order of a policy."""

_needs: Final = st.builds(
    _requirements, first=_first, second=_second, papers=_papers, numbers=_numbers
)
"""One that always asks for people, and up to three more; numbers come with documents."""

_tiers: Final = st.lists(
    st.builds(
        lambda tier, when: {"is": tier, "when": when},
        st.sampled_from(("low", "medium", "high")),
        CONDITIONS["tier"],
    ),
    max_size=3,
)
_limits: Final = st.fixed_dictionaries(
    {"prohibited_permissions": st.just(["root-shell"]), "open_candidates": st.integers(2, 4)},
    optional={
        "open_candidates_per_service": st.integers(1, 2),
        "reserved_for_people": st.integers(1, 2),
        "mutations": st.just({"low": [], "medium": ["adapter"]}),
    },
)
_environments: Final = st.sampled_from(
    (
        {"order": ["dev", "production"]},
        {"order": ["dev", "production"], "automatic": ["dev"]},
        {"order": ["dev", "production"], "automatic": ["dev"], "services": ["deployer"]},
    )
)
_clocks: Final = st.fixed_dictionaries(
    {"distinct_people": st.sampled_from((True, True, False))},
    optional={"approve_within": st.just("14d"), "use_within": st.just("72h")},
)


_overrides: Final = st.fixed_dictionaries(
    {"set": _some_roles},
    optional={"lift": _counts, "drill_every": st.sampled_from(("1d", "90d"))},
)
_exceptions: Final = st.fixed_dictionaries(
    {
        "approvals": _counts,
        "max_life": st.sampled_from(("24h", "72h")),
        "review_within": st.sampled_from(("1h", "48h")),
    },
    optional={
        "never": st.lists(st.sampled_from(IDS[1:]), min_size=1, max_size=2, unique=True),
        "controls": st.integers(0, 2),
        "repeat_after": st.integers(0, 2),
    },
)
_shift: Final = st.just({"metrics": ["auc"], "small": "0.01", "moderate": "0.05"})

_blocks: Final = st.fixed_dictionaries(
    {
        "name": st.just("random"),
        "roles": st.just(dict.fromkeys(ROLES, "answers for it")),
        "declared": st.just(dict.fromkeys(FACTS, "only people know")),
        "requirement": _needs,
        "tier": _tiers.map(lambda blocks: with_ids("tier", blocks)),
        "duty": st.lists(duties, min_size=1, max_size=4).map(
            lambda blocks: with_ids("duty", blocks)
        ),
        "combine": st.lists(_combinations, max_size=2),
        "approvals": _clocks,
        "operation": _some_roles.map(lambda roles: {"by": roles}),
    },
    optional={
        "shift": _shift,
        "limits": _limits,
        "environments": _environments,
        "exceptions": _exceptions,
        "overrides": _overrides,
        "stewardship": _counts.map(lambda found: {"approvals": found}),
    },
)


def _named(written: Written) -> Written:
    """*written*, whose exceptions never waive what it knows and nothing else."""
    rules = written.get("exceptions", {})
    known = [one["id"] for one in written["requirement"]]
    never = [name for name in rules.get("never", ()) if name in known]
    return {**written, "exceptions": {**rules, "never": never}} if rules else written


_policies: Final = st.builds(_merged, _blocks, rollouts(ROLES, BOTS)).map(_named)


def mended(written: Written, people: People, services: Services) -> Written:
    """*written* without the blocks that the checks complain about; else it is not drawn."""
    found = dict(written)
    held = {name: frozenset(roles) for name, roles in people.items()}
    bots = {name: (answers, frozenset(roles)) for name, (answers, roles) in services.items()}
    for _ in range(16):
        complaints = check_policy(
            _normal(WrittenPolicy.model_validate(tuples({**found, "number": 1}))), held, bots
        )
        if not complaints:
            return found
        found = _without(found, complaints[0].path)
    assume(False)
    raise AssertionError


def _without(written: dict[str, Any], path: Path) -> dict[str, Any]:
    """The block at *path* is taken out; where it has to stay, a duty may be what is wrong."""
    block, index = (*path, None, None)[:2]
    if block in {"stage", "rollback"}:
        return _narrowed(written, path)
    if block in {"duty", "combine", "requirement"} and (block, index) != ("requirement", 0):
        left = [one for i, one in enumerate(written[str(block)]) if i != index]
        return {**written, str(block): left}
    if block in {"limits", "stewardship", "overrides", "exceptions", "shift", "environments"}:
        return {key: value for key, value in written.items() if key != block}
    assume(written["duty"])
    return {**written, "duty": written["duty"][:-1]}


def _narrowed(written: dict[str, Any], path: Path) -> dict[str, Any]:
    """Without what stands at *path*: a name or a stage of several, the services, or the block."""
    found = deepcopy(written)
    part: Any = found
    for step in path[:-1]:
        part = part[step]
    if path[-1] == "services" or (isinstance(path[-1], int) and len(part) > 1):
        del part[path[-1]]
    elif path[1] == "services":
        del found["rollback"]["services"]
    else:
        del found[str(path[0])]
    return found


def toml(written: Written, number: int = 1) -> str:
    """The text of a policy with that *number*."""
    lines = (f"{key} = {_inline(value)}\n" for key, value in {**written, "number": number}.items())
    return "".join(lines)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_inline(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class World:
    """Who there is, the policy they begin with, and those they may come to."""

    people: People
    services: Services
    policy: Written
    later: tuple[Written, ...]

    def found(self) -> Organisation:
        """The organisation, in which everybody has accepted."""
        return Organisation(people=self.people, services=self.services, policy=toml(self.policy))


_holders: Final = st.lists(st.integers(0, 6), min_size=2, max_size=4, unique=True)
_casts: Final = st.tuples(
    st.integers(4, len(NAMES)), st.tuples(*[_holders for _ in ROLES]), st.integers(0, len(BOTS))
)
_answering: Final = st.tuples(st.sampled_from(NAMES[:4]), st.lists(_role, max_size=2, unique=True))


@st.composite
def worlds(draw: st.DrawFn, later: int = 0) -> World:
    """Four to seven people, of whom most roles have several, and up to two services."""
    many, holders, bots = draw(_casts)
    people: dict[str, list[str]] = {name: [] for name in NAMES[:many]}
    for role, numbers in zip(ROLES, holders, strict=True):
        for number in sorted({number % many for number in numbers}):
            people[NAMES[number]].append(role)
    services = {bot: draw(_answering) for bot in BOTS[:bots]}
    policies = [mended(draw(_policies), people, services) for _ in range(later + 1)]
    return World(people, services, policies[0], tuple(policies[1:]))


@st.composite
def hurried(draw: st.DrawFn, later: int = 0) -> World:
    """A world in which approvals may be waived, and in which people may stop things.

    Two requirements always ask for people, so that one of them may be waived.
    """
    world = draw(worlds(later))

    def hurry(written: Written) -> Written:
        rules, stops = draw(_exceptions), draw(_overrides)
        always = {"id": "second", "approvals": draw(_counts)}
        others = [one for one in written["requirement"] if one["id"] != "second"]
        first = {**others[0], "hard": draw(st.sampled_from((False, False, False, True)))}
        needs = [first, always, *others[1:]]
        blocks = {"requirement": needs, "exceptions": rules, "overrides": stops}
        return mended(_named({**written, **blocks}), world.people, world.services)

    policies = [hurry(written) for written in (world.policy, *world.later)]
    return World(world.people, world.services, policies[0], tuple(policies[1:]))
