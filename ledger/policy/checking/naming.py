"""The names of a policy: each given once, none that has a meaning already, none unknown.

Paths lead to the TOML people write. A repetition that TOML itself refuses (two keys of one
table) can still stand in canonical JSON, which is checked by the same rules.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from ledger.model.problems import Path, Problem, closest, listed
from ledger.policy.bounded import MetricCheck, SegmentTrigger
from ledger.policy.case import ROOT
from ledger.policy.consent import EXCEPTION, LIFT, STEWARDSHIP
from ledger.policy.document import Policy, RoleCount
from ledger.policy.facts import FACTS
from ledger.policy.syntax import RESERVED
from ledger.policy.values import WORDS

OWN_NAMES: Final = {
    ROOT: "is the word for the root signers and for what only they decide",
    STEWARDSHIP: "is the requirement of new policies and of changes of the roster",
    EXCEPTION: "is the requirement of exceptions",
    LIFT: "is the requirement of lifting stops",
}
"""Names with a meaning of their own: no role, requirement or duty may have one of them."""

_Named = tuple[str, Path]

_LONG: Final = 40
"""The most characters of a name that is held against others."""

_SHOWN: Final = 20
"""The most names that a hint lists."""


def name_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with the names of *policy*.

    Codes: ``duplicate-id``, ``name-taken``, ``unknown-role``, ``unknown-environment``,
    ``unknown-requirement``.
    """
    yield from _blocks_twice(policy)
    for i in range(len(policy.requirements)):
        yield from _requirement_twice(policy, i)
    yield from _words_twice(policy)
    yield from _consent_twice(policy)
    yield from _rollout_twice(policy)
    yield from _taken(policy)
    yield from _unknown_roles(policy)
    yield from _unknown_environments(policy)
    yield from _unknown_requirements(policy)


def meant(name: str, known: Collection[str], otherwise: str) -> str:
    """Return a hint to the known name that *name* was probably meant to be.

    Where there is none, *otherwise* and the *known* names. Long names are not held against
    each other, nor are names against long lists, and a long list is cut: a hint is for people.
    """
    short = [one for one in known if len(one) <= _LONG]
    found = closest(name, short) if len(name) <= _LONG and len(short) <= WORDS else None
    if found is not None:
        return f"did you mean {found}?"
    shown = sorted(known)[:_SHOWN]
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{otherwise}: {listed(shown)}{more}"


def _blocks_twice(policy: Policy) -> Iterator[Problem]:
    yield from _twice("role", [(r.name, ("roles", r.name)) for r in policy.roles])
    yield from _twice("fact", [(d.name, ("declared", d.name)) for d in policy.declared])
    yield from _twice("duty", _ids("duty", [one.id for one in policy.duties]))
    yield from _twice("tier rule", _ids("tier", [one.id for one in policy.tiers]))
    yield from _twice("requirement", _ids("requirement", [one.id for one in policy.requirements]))
    yield from _twice("stage", _ids("stage", [one.id for one in policy.stages]))
    pairs: list[_Named] = [
        (" and ".join(sorted(set(one.roles))), ("combine", i, "roles"))
        for i, one in enumerate(policy.combinations)
    ]
    yield from _twice("combination of", pairs, "keep one of them")


def _ids(block: str, ids: Iterable[str]) -> list[_Named]:
    return [(id_, (block, i, "id")) for i, id_ in enumerate(ids)]


def _requirement_twice(policy: Policy, i: int) -> Iterator[Problem]:
    need = policy.requirements[i]
    at: Path = ("requirement", i)
    where = f"in requirement {need.id!r}"
    yield from _twice(f"role {where}", _roles(need.approvals, (*at, "approvals")))
    yield from _twice(f"field {where}", _members(need.fields, (*at, "fields")))
    yield from _numbers_twice(need.metrics, need.segments, where, at)
    told = _members(need.notify, (*at, "notify"))
    yield from _twice(f"role that is told {where}", told, "keep one of them")


def _words_twice(policy: Policy) -> Iterator[Problem]:
    """The words of lists outside the requirements, and the lists of mutations."""
    limits, mend = policy.limits, "keep one of them"
    prohibited = _members(limits.prohibited_permissions, ("limits", "prohibited_permissions"))
    yield from _twice("prohibited permission", prohibited, mend)
    at: Path = ("limits", "mutations")
    tiers: list[_Named] = [(one.tier, (*at, one.tier)) for one in limits.mutations]
    yield from _twice("list of mutations for the tier", tiers, mend)
    for one in limits.mutations:
        words = _members(one.names, (*at, one.tier))
        yield from _twice(f"mutation of the tier {one.tier}", words, mend)
    if policy.environments is not None:
        for key in ("order", "automatic", "services"):
            names = _members(getattr(policy.environments, key), ("environments", key))
            yield from _twice(f"name in [environments] {key},", names, mend)


def _consent_twice(policy: Policy) -> Iterator[Problem]:
    """The words of the blocks that say who consents to what is no release."""
    mend = "keep one of them"
    stewardship, exceptions, overrides = policy.stewardship, policy.exceptions, policy.overrides
    if stewardship is not None:
        at: Path = ("stewardship", "approvals")
        yield from _twice("role of [stewardship]", _roles(stewardship.approvals, at))
    if exceptions is not None:
        at = ("exceptions", "approvals")
        yield from _twice("role of [exceptions].approvals", _roles(exceptions.approvals, at))
        never = _members(exceptions.never, ("exceptions", "never"))
        yield from _twice("requirement in [exceptions] never,", never, mend)
    if overrides is not None:
        setters = _members(overrides.set, ("overrides", "set"))
        yield from _twice("role in [overrides] set,", setters, mend)
        lifters = _roles(overrides.lift, ("overrides", "lift"))
        yield from _twice("role of [overrides].lift", lifters)


def _rollout_twice(policy: Policy) -> Iterator[Problem]:
    """What stages and the rollback name; a trigger of segments is one for each metric."""
    mend = "keep one of them"
    for i, stage in enumerate(policy.stages):
        at: Path = ("stage", i)
        where = f"of stage {stage.id!r}"
        yield from _twice(f"tier {where}", _members(stage.tiers, (*at, "tiers")), mend)
        watching = _members(stage.observed_by, (*at, "observed_by"))
        yield from _twice(f"observer {where}", watching, mend)
        yield from _numbers_twice(stage.metrics, stage.segments, where, at)
    block = policy.rollback
    if block is not None:
        for key in ("by", "services"):
            names = _members(getattr(block, key), ("rollback", key))
            yield from _twice(f"name in [rollback] {key},", names, mend)
        triggers = block.triggers
        at = ("rollback", "triggers")
        yield from _numbers_twice(triggers.metrics, triggers.segments, "of [rollback.triggers]", at)


def _numbers_twice(
    metrics: Iterable[MetricCheck], segments: Iterable[SegmentTrigger], where: str, at: Path
) -> Iterator[Problem]:
    named = [(one.name, (*at, "metrics", one.name)) for one in metrics]
    yield from _twice(f"metric {where}", named)
    inside = [(one.metric, (*at, "segments", one.metric)) for one in segments]
    yield from _twice(f"metric of segments {where}", inside)


def _members(names: Iterable[str], at: Path) -> list[_Named]:
    return [(name, (*at, i)) for i, name in enumerate(names)]


def _roles(counts: Iterable[RoleCount], at: Path) -> list[_Named]:
    return [(one.role, (*at, one.role)) for one in counts]


def _twice(
    what: str, names: Iterable[_Named], mend: str = "give one of them another name"
) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            yield Problem("duplicate-id", f"the {what} {name!r} stands twice", mend, path)
        seen.add(name)


def _taken(policy: Policy) -> Iterator[Problem]:
    computed = {fact.name for fact in FACTS}
    for item in policy.declared:
        if item.name in computed | RESERVED:
            why = "is computed" if item.name in computed else "has a meaning in conditions"
            yield Problem(
                "name-taken",
                f"the declared fact {item.name!r} {why}, so nobody can declare it",
                "take it out, or give it another name",
                ("declared", item.name),
            )
    named: list[tuple[str, _Named]] = [
        *(("role", (one.name, ("roles", one.name))) for one in policy.roles),
        *(("duty", one) for one in _ids("duty", [duty.id for duty in policy.duties])),
        *(
            ("requirement", one)
            for one in _ids("requirement", [need.id for need in policy.requirements])
        ),
    ]
    for what, (name, path) in named:
        if name in OWN_NAMES:
            message = f"the name {name!r} {OWN_NAMES[name]}, so no {what} can have it"
            yield Problem("name-taken", message, "give it another name", path)


def _unknown_roles(policy: Policy) -> Iterator[Problem]:
    known = [role.name for role in policy.roles]
    for role, path in _used_roles(policy):
        if role not in known:
            hint = meant(role, known, "add it to [roles], where there are")
            if role == ROOT and path[0] in ("stewardship", "overrides"):
                hint = "the root signers may do it anyway: take it out"
            elif role == ROOT and path[0] == "exceptions":
                hint = "the root stands in for no consent to an exception: name a role"
            yield Problem("unknown-role", f"unknown role {role!r}", hint, path)


def _used_roles(policy: Policy) -> Iterator[_Named]:
    for i, duty in enumerate(policy.duties):
        yield duty.role, ("duty", i, "role")
    for i, pair in enumerate(policy.combinations):
        yield from _members(pair.roles, ("combine", i, "roles"))
    for i, need in enumerate(policy.requirements):
        at: Path = ("requirement", i)
        yield from _roles(need.approvals, (*at, "approvals"))
        for rule in need.evidence:
            yield from _members(rule.by, (*at, "evidence", rule.type, "by"))
        yield from _members(need.notify, (*at, "notify"))
    yield from _members(policy.operation.by, ("operation", "by"))
    if policy.rollback is not None:
        yield from _members(policy.rollback.by, ("rollback", "by"))
    if policy.stewardship is not None:
        yield from _roles(policy.stewardship.approvals, ("stewardship", "approvals"))
    if policy.exceptions is not None:
        yield from _roles(policy.exceptions.approvals, ("exceptions", "approvals"))
    if policy.overrides is not None:
        yield from _members(policy.overrides.set, ("overrides", "set"))
        yield from _roles(policy.overrides.lift, ("overrides", "lift"))


def _unknown_environments(policy: Policy) -> Iterator[Problem]:
    if policy.environments is None:
        return
    order = policy.environments.order
    for name, path in _members(policy.environments.automatic, ("environments", "automatic")):
        if name not in order:
            hint = meant(name, order, "the order has")
            yield Problem(
                "unknown-environment",
                f"the automatic environment {name!r} is not in the order",
                hint,
                path,
            )


def _unknown_requirements(policy: Policy) -> Iterator[Problem]:
    """What is never waived has to be there: a misspelt name would protect nothing."""
    known = [need.id for need in policy.requirements]
    never = () if policy.exceptions is None else policy.exceptions.never
    for name, path in _members(never, ("exceptions", "never")):
        if name not in known:
            message = f"[exceptions] never names the requirement {name!r}, and there is none"
            yield Problem("unknown-requirement", message, meant(name, known, "there are"), path)
