"""Whether a policy makes sense: its names, its bounds, its conditions, and who could meet it.

Pure, and total on every policy the models admit. Founding and publication refuse a policy
with problems; ``policy check`` prints them all. Paths lead to the TOML people write.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from ledger.errors import BadInput
from ledger.model.names import is_identifier
from ledger.model.problems import Path, Problem, closest, listed
from ledger.policy.bounds import numbers_problems, shift_problems
from ledger.policy.conditions import Kind, check, parse
from ledger.policy.document import EvidenceRule, Policy
from ledger.policy.facts import FACTS, TIER, vocabulary
from ledger.policy.quorum import quorum_problems
from ledger.policy.syntax import RESERVED

FIELDS: Final = frozenset(
    {"summary", "why", "scope", "impact", "risk_rationale", "known_risks", "benefits", "channels"}
    | {"owner", "on_call", "contributors", "mutations", "permissions"}
    | {"rollout.plan", "rollback.plan", "rollback.trigger", "rollback.owner", "rollback.within"}
)
"""The fields of a change that a requirement may name, beside ``links.<name>``."""


def check_policy(policy: Policy, people: Mapping[str, frozenset[str]] | None) -> list[Problem]:
    """Return all that is wrong with *policy*; an empty list means that it may judge.

    *people* maps the persons of a roster to their roles; with it, requirements that nobody
    there could meet are found as well. Codes: ``duplicate-id``, ``name-taken``,
    ``unknown-role``, ``unknown-field``, ``unknown-evidence-type``, ``evidence-twice``,
    ``empty-requirement``, ``unreachable-tier``, ``requires-nobody``, ``lock-out``, those of
    conditions, and those of ``bounds``.
    """
    parts: tuple[Callable[[Policy], Iterator[Problem]], ...] = (
        _duplicates,
        _taken_names,
        _roles,
        _conditions,
        _tiers,
        _contents,
        _evidence,
        _fields,
        numbers_problems,
        shift_problems,
    )
    found = [problem for part in parts for problem in part(policy)]
    return [*found, *quorum_problems(policy, people)]


def _duplicates(policy: Policy) -> Iterator[Problem]:
    yield from _twice("role", [(r.name, ("roles", r.name)) for r in policy.roles])
    yield from _twice("fact", [(d.name, ("declared", d.name)) for d in policy.declared])
    tiers = [(rule.id, ("tier", i, "id")) for i, rule in enumerate(policy.tiers)]
    yield from _twice("tier rule", tiers)
    needs = [(need.id, ("requirement", i, "id")) for i, need in enumerate(policy.requirements)]
    yield from _twice("requirement", needs)
    for i, need in enumerate(policy.requirements):
        at: Path = ("requirement", i)
        where = f"in requirement {need.id!r}"
        roles = [(one.role, (*at, "approvals", one.role)) for one in need.approvals]
        yield from _twice(f"role {where}", roles)
        fields = [(name, (*at, "fields", j)) for j, name in enumerate(need.fields)]
        yield from _twice(f"field {where}", fields)
        metrics = [(one.name, (*at, "metrics", one.name)) for one in need.metrics]
        yield from _twice(f"metric {where}", metrics)
        segments = [(one.metric, (*at, "segments", one.metric)) for one in need.segments]
        yield from _twice(f"metric of segments {where}", segments)


def _twice(what: str, names: Iterable[tuple[str, Path]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            message = f"the {what} {name!r} stands twice"
            yield Problem("duplicate-id", message, "give one of them another name", path)
        seen.add(name)


def _taken_names(policy: Policy) -> Iterator[Problem]:
    taken = {fact.name for fact in (*FACTS, TIER)}
    for item in policy.declared:
        if item.name in taken | RESERVED:
            why = "is computed" if item.name in taken else "has a meaning in conditions"
            yield Problem(
                "name-taken",
                f"the declared fact {item.name!r} {why}, so nobody can declare it",
                "take it out, or give it another name",
                ("declared", item.name),
            )


def _roles(policy: Policy) -> Iterator[Problem]:
    known = [role.name for role in policy.roles]
    used: list[tuple[str, Path]] = [
        (role, ("operation", "by", i)) for i, role in enumerate(policy.operation.by)
    ]
    for i, need in enumerate(policy.requirements):
        at: Path = ("requirement", i)
        used += [(one.role, (*at, "approvals", one.role)) for one in need.approvals]
        used += [
            (role, (*at, "evidence", rule.type, "by", j))
            for rule in need.evidence
            for j, role in enumerate(rule.by)
        ]
    for role, path in used:
        if role not in known:
            hint = _meant(role, known) or f"add it to [roles], where there are: {listed(known)}"
            yield Problem("unknown-role", f"unknown role {role!r}", hint, path)


def _meant(name: str, known: Iterable[str]) -> str | None:
    meant = closest(name, known)
    return f"did you mean {meant}?" if meant else None


def _conditions(policy: Policy) -> Iterator[Problem]:
    names = vocabulary(policy, tier=False)
    for i, rule in enumerate(policy.tiers):
        where = f"tier rule {rule.id!r}"
        yield from _condition(rule.when, names, where, ("tier", i, "when"))
    names = vocabulary(policy, tier=True)
    for i, need in enumerate(policy.requirements):
        where = f"requirement {need.id!r}"
        yield from _condition(need.when, names, where, ("requirement", i, "when"))


def _condition(
    when: str | None, names: Mapping[str, Kind], where: str, path: Path
) -> Iterator[Problem]:
    if when is None:
        return
    try:
        check(parse(when), names)
    except BadInput as error:
        yield Problem(error.code, f"when of {where}: {error.message}", error.hint, path)


def _tiers(policy: Policy) -> Iterator[Problem]:
    for i, rule in enumerate(policy.tiers[:-1]):
        if rule.when is None:
            yield Problem(
                "unreachable-tier",
                f"the tier rule {rule.id!r} always matches, so no rule after it is ever asked",
                "give it a condition (when), or make it the last",
                ("tier", i),
            )
            return


def _contents(policy: Policy) -> Iterator[Problem]:
    for i, need in enumerate(policy.requirements):
        if not (need.approvals or need.evidence or need.fields or need.metrics or need.segments):
            yield Problem(
                "empty-requirement",
                f"the requirement {need.id!r} asks for nothing",
                "add approvals, evidence, fields, metrics or segments, or take it out",
                ("requirement", i),
            )


def _evidence(policy: Policy) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for i, need in enumerate(policy.requirements):
        for rule in need.evidence:
            if rule.type in first:
                yield _evidence_twice(rule, first[rule.type], ("requirement", i))
            first.setdefault(rule.type, need.id)
    for i, need in enumerate(policy.requirements):
        if need.source is not None and need.source not in first:
            message = f"no requirement asks for evidence of the type {need.source!r}"
            hint = _meant(need.source, first) or f"asked for are: {listed(first)}"
            yield Problem("unknown-evidence-type", message, hint, ("requirement", i, "from"))


def _evidence_twice(rule: EvidenceRule, first: str, at: Path) -> Problem:
    return Problem(
        "evidence-twice",
        f"the evidence {rule.type!r} has its rule already in the requirement {first!r}",
        "keep one rule for each type, so that one document counts or does not",
        (*at, "evidence", rule.type),
    )


def _fields(policy: Policy) -> Iterator[Problem]:
    for i, need in enumerate(policy.requirements):
        for j, name in enumerate(need.fields):
            if not _is_field(name):
                path = ("requirement", i, "fields", j)
                known = f"known are: {listed(FIELDS)}, links.<name>"
                yield Problem(
                    "unknown-field",
                    f"the requirement {need.id!r} asks for the field {name!r}, which no change has",
                    _meant(name, FIELDS) or known,
                    path,
                )


def _is_field(name: str) -> bool:
    block, _, link = name.partition(".")
    return name in FIELDS or (block == "links" and is_identifier(link))
