"""What one policy loosens against another in every case: clocks, ceilings, people, order."""

from collections.abc import Iterator

from ledger.model.terms import format_duration
from ledger.policy.analysis.weaker_rollout import Loosened, rollout_loosened
from ledger.policy.case import ROOT
from ledger.policy.document import Combination, Overrides, Policy, RoleCount
from ledger.policy.waiving import why_never


def loosened(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Everything that *b* loosens against *a*, whatever the case."""
    yield from _answers(a, b)
    yield from _consent(a, b)
    yield from _operation(a, b)
    yield from _ceilings(a, b)
    yield from _environments(a, b)
    yield from _combinations(a, b)
    yield from _stewardship(a, b)
    yield from _exceptions(a, b)
    yield from _overrides(a, b)
    yield from rollout_loosened(a, b)


def _answers(a: Policy, b: Policy) -> Iterator[Loosened]:
    asks = {one.name for one in b.declared}
    for one in a.declared:
        if one.name not in asks:
            yield "declared", f"the fact {one.name}", "declared as yes or no", "not asked"


def _consent(a: Policy, b: Policy) -> Iterator[Loosened]:
    if a.consent.distinct_people and not b.consent.distinct_people:
        yield "distinct-people", "people who approve", "distinct", "one may approve in many roles"
    mine, theirs = a.consent, b.consent
    what = "clock approve_within"
    yield from _longer("approve-within", what, mine.approve_within, theirs.approve_within)
    yield from _longer("use-within", "clock use_within", mine.use_within, theirs.use_within)


def _longer(code: str, what: str, mine: int | None, theirs: int | None) -> Iterator[Loosened]:
    if mine is not None and (theirs is None or theirs > mine):
        after = "any time" if theirs is None else format_duration(theirs)
        yield code, what, format_duration(mine), after


def _operation(a: Policy, b: Policy) -> Iterator[Loosened]:
    for role in b.operation.by:
        if role not in a.operation.by:
            yield "operation", f"releases operated by {role}", "not allowed", "allowed"


def _ceilings(a: Policy, b: Policy) -> Iterator[Loosened]:
    mine, theirs = a.limits, b.limits
    ceilings = [
        ("open_candidates", mine.open_candidates, theirs.open_candidates),
        (
            "open_candidates_per_service",
            mine.open_candidates_per_service,
            theirs.open_candidates_per_service,
        ),
    ]
    found = [one for one in ceilings if _rises(one[1], one[2])]
    if not any(name == "open_candidates" for name, _, _ in found):
        shares = (_share(a), _share(b))
        found += [("open candidates of services", *shares)] if _rises(*shares) else []
    for name, before, after in found:
        yield "ceiling", name, f"at most {before}", _at_most(after)


def _rises(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)


def _at_most(ceiling: int | None) -> str:
    return "any number" if ceiling is None else f"at most {ceiling}"


def _share(policy: Policy) -> int | None:
    """The places that services may take together."""
    limits = policy.limits
    if limits.open_candidates is None:
        return None
    return max(0, limits.open_candidates - limits.reserved_for_people)


def _environments(a: Policy, b: Policy) -> Iterator[Loosened]:
    mine, theirs = a.environments, b.environments
    if theirs is not None:
        for name in _added(theirs.automatic, mine.automatic if mine else ()):
            yield "automatic", f"environment {name}", "needs approvals", "automatic"
        for name in _added(theirs.services, mine.services if mine else ()):
            yield "services", f"releases operated by {name}", "not allowed", "allowed"
    if mine is not None and theirs is None:
        yield "environments", "environments", ", then ".join(mine.order), "any, in any order"
    if mine is not None and theirs is not None:
        yield from _order(mine.order, theirs.order)


def _added(theirs: tuple[str, ...], mine: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in theirs if name not in mine)


def _order(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[Loosened]:
    """What has to be completed before, for each environment; a longer way there is no less."""
    for i, name in enumerate(theirs):
        if name not in mine:
            yield "environments", f"environment {name}", "not known", "known"
        elif (rank := mine.index(name)) and mine[rank - 1] not in theirs[:i]:
            after = f"after {theirs[i - 1]}" if i else "first"
            yield "environments", f"environment {name}", f"only after {mine[rank - 1]}", after


def _combinations(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Pairs that lift a duty which A has; of others nothing is lost."""
    known = {frozenset(one.roles) for one in a.combinations}
    bound = {duty.role for duty in a.duties}
    for one in b.combinations:
        if frozenset(one.roles) not in known and bound & set(one.roles):
            yield "combination", f"combining {_pair(one)}", "not allowed", "lifts duties of both"


def _pair(combination: Combination) -> str:
    return " and ".join(combination.roles)


def _stewardship(a: Policy, b: Policy) -> Iterator[Loosened]:
    mine = () if a.stewardship is None else a.stewardship.approvals
    theirs = () if b.stewardship is None else b.stewardship.approvals
    for matter, before, after in _fewer("a policy", mine, theirs):
        yield "stewardship", matter, before, after


def _exceptions(a: Policy, b: Policy) -> Iterator[Loosened]:
    """What an exception no longer takes; which requirements it may waive is asked case by case."""
    mine, theirs = a.exceptions, b.exceptions
    if theirs is None:
        return
    if mine is None:
        after = f"for {format_duration(theirs.max_life)}, with {_counts(theirs.approvals)}"
        yield "exceptions", "exceptions", "nobody can ask for one", after
        return
    yield from _longer("exception-life", "life of exceptions", mine.max_life, theirs.max_life)
    for matter, before, after in _fewer("an exception", mine.approvals, theirs.approvals):
        yield "exception-consent", matter, before, after
    if theirs.controls < mine.controls:
        what = "compensating controls of an exception"
        yield "exception-controls", what, f"at least {mine.controls}", f"at least {theirs.controls}"
    what = "time until an exception is reviewed"
    yield from _longer("exception-review", what, mine.review_within, theirs.review_within)
    if _rises(mine.repeat_after, theirs.repeat_after):
        what = "exceptions of an alias before stewards consent too"
        before, after = _at_most(mine.repeat_after), _at_most(theirs.repeat_after)
        yield "exception-repeat", what, before, after
    yield from _domains(a, b)


def _domains(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Requirements of another domain, where a duty asks which domains an exception waives.

    The other domain may be worse or better: people decide what they meant.
    """
    asked = [one.when for one in a.duties if one.when and "waives_domains" in one.when]
    now = {need.id: need for need in b.requirements}
    for need in a.requirements:
        other = now.get(need.id, need)
        before, after = need.domain or "none", other.domain or "none"
        told_apart = "none" in (before, after) or any(
            f in w for f in (before, after) for w in asked
        )
        if asked and before != after and told_apart and why_never(b, other) is None:
            yield "domain", f"domain of requirement {need.id}, which may be waived", before, after


def _overrides(a: Policy, b: Policy) -> Iterator[Loosened]:
    """Who could stop and no longer can, what a lift no longer takes, and drills that are rarer."""
    mine, theirs = a.overrides or Overrides(), b.overrides or Overrides()
    for role in _added(mine.set, theirs.set):
        yield "stops", f"stops by {role}", "allowed", "not allowed"
    for matter, before, after in _fewer("a lift", mine.lift, theirs.lift):
        yield "lift", matter, before, after
    yield from _longer(
        "drills", "time between drills of a stop", mine.drill_every, theirs.drill_every
    )


def _fewer(
    what: str, mine: tuple[RoleCount, ...], theirs: tuple[RoleCount, ...]
) -> Iterator[tuple[str, str, str]]:
    """The consent that *theirs* lacks; where there is none, the root alone is the strictest."""
    if not theirs:
        return
    if not mine:
        yield f"consent to {what}", f"the {ROOT} threshold", _counts(theirs)
    counts = {one.role: one.count for one in theirs}
    for one in mine:
        if counts.get(one.role, 0) < one.count:
            after = str(counts.get(one.role, "nothing"))
            yield f"{one.role} for {what}", str(one.count), after


def _counts(approvals: tuple[RoleCount, ...]) -> str:
    return ", ".join(f"{one.count} {one.role}" for one in approvals)
