"""Whether a policy makes sense: its names, its bounds, its conditions, and who could meet it.

Pure, and total on every policy the models admit. Founding and publication refuse a policy
with problems; ``policy check`` prints them all. Paths lead to the TOML people write.
"""

from collections.abc import Callable, Iterator
from typing import Final

from ledger.errors import BadInput
from ledger.model.names import is_identifier
from ledger.model.problems import Path, Problem, listed
from ledger.policy.checking.blocks import (
    combination_problems,
    environment_problems,
    exception_problems,
    limit_problems,
    override_problems,
)
from ledger.policy.checking.bounds import numbers_problems, shift_problems
from ledger.policy.checking.naming import meant, name_problems
from ledger.policy.checking.observing import observing_problems
from ledger.policy.checking.quorum import People, Services, quorum_problems
from ledger.policy.checking.rollout import rollback_problems, stage_problems
from ledger.policy.circumstances import compiled
from ledger.policy.conditions import check, names_in
from ledger.policy.document import EvidenceRule, Policy
from ledger.policy.facts import FACTS, Fact, Use, vocabulary

FIELDS: Final = frozenset(
    {"summary", "why", "scope", "impact", "risk_rationale", "known_risks", "benefits", "channels"}
    | {"owner", "on_call", "contributors", "mutations", "permissions"}
    | {"rollout.plan", "rollback.plan", "rollback.trigger", "rollback.owner", "rollback.within"}
)
"""The fields of a change that a requirement may name, beside ``links.<name>``."""

_RULES: Final = ("tier", "requirement")


def check_policy(
    policy: Policy, people: People | None, services: Services | None = None
) -> list[Problem]:
    """Return all that is wrong with *policy*; an empty list means that it may judge.

    *people* and *services* are those of a roster; with them, what nobody there could meet is
    found as well, as :func:`quorum_problems` says. Codes: ``unknown-field``,
    ``unknown-evidence-type``, ``evidence-twice``, ``empty-requirement``, ``unreachable-tier``,
    ``requires-nobody``, ``lock-out``, ``nobody-stops``, ``service-steward``, those of
    conditions, ``naming``, ``bounds``, ``blocks``, ``rollout`` and ``observing``.
    """
    return list(_problems(policy, people, services))


def first_problem(
    policy: Policy, people: People | None, services: Services | None = None
) -> Problem | None:
    """Return the first of :func:`check_policy`, and look no further; ``None`` without any.

    What judges history asks for this one: a policy with a thousand mistakes takes no longer
    to refuse than one with a single mistake.
    """
    return next(_problems(policy, people, services), None)


def _problems(
    policy: Policy, people: People | None, services: Services | None
) -> Iterator[Problem]:
    parts: tuple[Callable[[Policy], Iterator[Problem]], ...] = (
        name_problems,
        _conditions,
        _tiers,
        _contents,
        _evidence,
        _fields,
        numbers_problems,
        shift_problems,
        combination_problems,
        limit_problems,
        environment_problems,
        exception_problems,
        override_problems,
        stage_problems,
        rollback_problems,
    )
    for part in parts:
        yield from part(policy)
    yield from quorum_problems(policy, people, services)
    yield from observing_problems(policy, people, services)


def _conditions(policy: Policy) -> Iterator[Problem]:
    for i, rule in enumerate(policy.tiers):
        where = f"tier rule {rule.id!r}"
        yield from _condition(policy, rule.when, "tier", where, ("tier", i, "when"))
    for i, need in enumerate(policy.requirements):
        where = f"requirement {need.id!r}"
        yield from _condition(policy, need.when, "requirement", where, ("requirement", i, "when"))
    for i, duty in enumerate(policy.duties):
        where = f"duty {duty.id!r}"
        yield from _condition(policy, duty.when, duty.must_not, where, ("duty", i, "when"))


def _condition(
    policy: Policy, when: str | None, use: Use, where: str, path: Path
) -> Iterator[Problem]:
    if when is None:
        return
    names = vocabulary(policy, use)
    try:
        condition = compiled(when)
        elsewhere = [fact for fact in FACTS if fact.name in names_in(condition) - names.keys()]
        for fact in elsewhere:
            message = f"when of {where}: the name {fact.name!r} is not known here"
            yield Problem("condition-unknown-name", message, _known_where(fact, use), path)
        if not elsewhere:
            check(condition, names)
    except BadInput as error:
        yield Problem(error.code, f"when of {where}: {error.message}", error.hint, path)


def _known_where(fact: Fact, use: Use) -> str:
    """Why a condition in the place *use* cannot ask for *fact*, and what it can do."""
    if fact.name == "tier" and use == "tier":
        return "a tier rule cannot ask for the tier that it decides; ask for facts"
    if fact.name in {"tier", "shift"}:
        return (
            f"the {fact.name} follows from the documents that count, and a duty with"
            f' must_not = "{use}" is asked before them; ask for other facts'
        )
    places = listed(use if use in _RULES else f'must_not = "{use}"' for use in fact.uses)
    return f"it is known in: {places}"


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
            hint = meant(need.source, first, "asked for are")
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
                yield Problem(
                    "unknown-field",
                    f"the requirement {need.id!r} asks for the field {name!r}, which no change has",
                    meant(name, {*FIELDS, "links.<name>"}, "known are"),
                    path,
                )


def _is_field(name: str) -> bool:
    block, _, link = name.partition(".")
    return name in FIELDS or (block == "links" and is_identifier(link))
