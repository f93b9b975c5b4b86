"""What is wrong with the cases of a file: what they lack, contradict or do not know."""

from collections.abc import Iterable, Iterator

from cli.cases.file import WrittenAct, WrittenCase, WrittenCases
from cli.cases.names import (
    Known,
    cast_problems,
    change_problems,
    evidence_problems,
    stack_of,
    unknown,
    unknown_facts,
)
from ledger.model.problems import Path, Problem
from ledger.model.terms import format_duration
from ledger.policy.document import Policy
from ledger.policy.trials.trial import ALLOWED

OTHER_REASONS = ("first-release", "nothing-matched", "declared", "policy")
"""Reasons for a tier that are no rule of a policy."""

_OF_EXCEPTIONS = frozenset({"approve", "open", "act"})
"""What can be about an exception: it has no documents, and nobody operates it."""


def case_problems(written: WrittenCases, policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with *written* as cases of *policy*.

    Codes: those of :mod:`cli.cases.names`, and ``policy-or-number``, ``duplicate-id``,
    ``missing-key``, ``not-for-policies``, ``service-approval``, ``before-revision``,
    ``expects-nothing``, ``unknown-environment``, ``unknown-tier-rule``, ``wrong-value``.
    """
    known = Known(written, policy)
    if written.policy is not None and written.number is not None:
        message = "policy and number both name a policy"
        hint = "keep policy for a file, or number for one that was published here"
        yield Problem("policy-or-number", message, hint, ("number",))
    yield from cast_problems(known)
    yield from change_problems(known, written.change, ("change",))
    if written.opened_by is not None:
        yield from known.unknown_signers([written.opened_by], ("opened_by",))
    seen: set[str] = set()
    for i, one in enumerate(written.case):
        if one.id in seen:
            message = f"the case {one.id!r} stands twice"
            yield Problem("duplicate-id", message, "give one another id", ("case", i, "id"))
        seen.add(one.id)
        yield from _case(known, one, ("case", i))


def _case(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    yield from _proposed(known, one, path)
    yield from change_problems(known, one.change, (*path, "change"))
    yield from unknown_facts(known, one.added, (*path, "added"))
    yield from evidence_problems(known, one, path)
    yield from _said(known, one, path)
    yield from _environments(known, one, path)
    yield from _waivable(known, one.waived, (*path, "waived"))
    yield from _expected(known, one, path)
    for i, act in enumerate(one.act):
        yield from _act(known, act, (*path, "act", i))


def _proposed(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    """Who opened it, and whether there is enough of a change to judge."""
    if one.opened_by is None and known.written.opened_by is None:
        hint = 'add opened_by = "…" to the case, or above [people] for all cases'
        yield Problem("missing-key", f"{one.id} lacks the key 'opened_by'", hint, path)
    names = [] if one.opened_by is None else [one.opened_by]
    yield from known.unknown_signers(names, (*path, "opened_by"))
    yield from known.unknown_signers(one.revised_by, (*path, "revised_by"))
    if _effect(known.written, one) == "policy":
        yield from _not_for_policies(one, path)
        return
    if one.change.alias is None and known.written.change.alias is None:
        hint = 'add alias = "fraud/production" to [change], or change.alias to the case'
        yield Problem("missing-key", f"{one.id} lacks the alias it is for", hint, path)
    bases = [base for base in (known.written.base, one.base) if base is not None]
    if not stack_of(known.written, one):
        hint = 'add change.stack = { model = "m2" } to the case, or [base] and [change] for all'
        yield Problem("missing-key", f"{one.id} proposes no stack", hint, path)
    elif bases and not one.first_release and not any(base.stack for base in bases):
        hint = 'add stack = { model = "m1" } to [base]; a first release has no base'
        yield Problem("missing-key", f"the base of {one.id} has no stack", hint, path)


def _not_for_policies(one: WrittenCase, path: Path) -> Iterator[Problem]:
    for key, what in (("evidence", "no evidence is attached to"), ("waived", "nothing waives")):
        if getattr(one, key):
            message = f"{one.id} is about a policy, which {what}"
            hint = "take it out; stewards or the root consent to policies"
            yield Problem("not-for-policies", message, hint, (*path, key))
    for i, act in enumerate(one.act):
        if act.effect is not None:
            message = f"{one.id} is about a policy, and exceptions are from releases"
            hint = "ask in a case about a release"
            yield Problem("not-for-policies", message, hint, (*path, "act", i, "effect"))


def _effect(written: WrittenCases, one: WrittenCase) -> str:
    own = "effect" in one.change.model_fields_set
    return one.change.effect if own else written.change.effect


def _said(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    """Approvals and rejections: by whom, in which role, and when."""
    for i, approval in enumerate(one.approvals):
        at: Path = (*path, "approvals", i)
        yield from known.not_held(approval.by, approval.role, at)
        yield from _service(known, approval.by, at)
        if one.after is not None and approval.age > one.after:
            revised = format_duration(one.after)
            message = f"{approval.by} approved before the revision, which is {revised} old"
            hint = "make after longer, or age shorter"
            yield Problem("before-revision", message, hint, (*at, "age"))
    for i, veto in enumerate(one.rejections):
        yield from known.not_held(veto.by, veto.role, (*path, "rejections", i))


def _service(known: Known, by: str, path: Path) -> Iterator[Problem]:
    if by in known.written.services:
        hint = "name a person; services never approve"
        yield Problem("service-approval", f"{by} is a service", hint, (*path, "by"))


def _environments(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    environments = known.policy.environments
    if environments is None:
        return
    for i, name in enumerate(one.completed_in):
        if name not in environments.order:
            said = unknown("environment", name, environments.order)
            yield Problem("unknown-environment", *said, (*path, "completed_in", i))


def _waivable(known: Known, names: Iterable[str], path: Path) -> Iterator[Problem]:
    for i, name in enumerate(names):
        if name not in known.waivable:
            said = unknown("requirement", name, known.waivable)
            yield Problem("unknown-requirement", *said, (*path, i))


def _expected(known: Known, one: WrittenCase, path: Path) -> Iterator[Problem]:
    expect = one.expect
    stated = () if expect is None else dict(expect).values()
    if not one.act and all(value is None or value == {} for value in stated):
        message = f"{one.id} expects nothing, so it could not fail"
        hint = "add expect.tier, expect.verdict, expect.statuses …, or a [[case.act]]"
        yield Problem("expects-nothing", message, hint, path)
    if expect is None:
        return
    at: Path = (*path, "expect")
    yield from known.unknown_requirements(expect.statuses or (), (*at, "statuses"))
    yield from known.unknown_duties(expect.combined or (), (*at, "combined"))
    rules = (*(rule.id for rule in known.policy.tiers), *OTHER_REASONS)
    for i, name in enumerate(expect.tier_because or ()):
        if name not in rules:
            said = unknown("tier rule", name, rules)
            yield Problem("unknown-tier-rule", *said, (*at, "tier_because", i))


def _act(known: Known, act: WrittenAct, path: Path) -> Iterator[Problem]:
    yield from known.not_held(act.by, act.role, path)
    yield from known.unknown_types(act.evidence, (*path, "evidence"))
    needs = [] if act.requirement is None else [act.requirement]
    yield from known.unknown_requirements(needs, (*path, "requirement"))
    yield from known.unknown_duties(act.combined or (), (*path, "combined"))
    if act.expect != ALLOWED:
        yield from known.unknown_duties([act.expect], (*path, "expect"))
    about_evidence = act.does in {"attach-evidence", "withdraw-evidence"}
    for key, value, wanted in (
        ("role", act.role, act.does == "approve"),
        ("evidence", act.evidence, about_evidence),
    ):
        if wanted and value is None:
            hint = f"add {key} = …"
            yield Problem("missing-key", f"to {act.does} lacks the key {key!r}", hint, path)
    if act.evidence is not None and not about_evidence:
        message = f"to {act.does} is not about a document"
        yield Problem("wrong-value", message, "take evidence out", (*path, "evidence"))
    if act.requirement is not None and act.does != "approve":
        message = f"to {act.does} is for no requirement"
        yield Problem("wrong-value", message, "take requirement out", (*path, "requirement"))
    yield from _of_exceptions(known, act, path)


def _of_exceptions(known: Known, act: WrittenAct, path: Path) -> Iterator[Problem]:
    yield from _waivable(known, act.waives, (*path, "waives"))
    if act.effect is not None and act.does not in _OF_EXCEPTIONS:
        message = f"to {act.does} is not about an exception"
        yield Problem("wrong-value", message, "take effect out", (*path, "effect"))
    for key in ("waives", "waives_domains"):
        if getattr(act, key) and act.effect is None:
            message = "only an exception waives anything"
            hint = 'add effect = "exception", or take it out'
            yield Problem("wrong-value", message, hint, (*path, key))
