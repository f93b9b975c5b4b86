"""Where one policy asks for less than another: in which cases, exactly, with the smallest example.

A change of a policy is weaker where in some possible case it does not ask for something
that the policy before it asks for there, at least as strictly. Nothing is sampled: every
case is looked at, or the question is refused (``too-many-cases``). What holds in every case
at once, such as a clock or a ceiling, stands in ``weaker_always``.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ledger.model.names import TIERS
from ledger.policy.analysis.demands import Demand, Key, demands, notices
from ledger.policy.analysis.diagrams import NO
from ledger.policy.analysis.sides import Side, doing, require_plain_duties
from ledger.policy.analysis.situations import Situation, situation
from ledger.policy.analysis.symbols import Symbols
from ledger.policy.analysis.weaker_always import loosened
from ledger.policy.document import Duty, MustNot, Policy


@dataclass(frozen=True, slots=True)
class Weakening:
    """Something of which B asks for less than A: ``before`` is what A asks, ``after`` what B does.

    ``example`` is the smallest case in which it does; ``None`` where it holds in every case.
    """

    code: str
    what: str
    before: str
    after: str
    example: Situation | None = None


@dataclass(frozen=True, slots=True)
class _Loss:
    """What A asks and B does not in ``example``, and the roles that A keeps out of it there."""

    before: Demand
    after: Demand | None
    barred: tuple[str, ...]
    example: Situation


def weakenings(a: Policy, b: Policy) -> tuple[Weakening, ...]:
    """Everything of which *b* asks for less than *a* in some possible case; both were checked.

    Raises :class:`Uncheckable` (``too-many-cases``) where that would take too long to say.
    """
    for policy in (a, b):
        require_plain_duties(policy)
    comparison = _Comparison(a, b)
    always = (Weakening(*one) for one in loosened(a, b))
    return (
        *comparison.tiers(),
        *comparison.limits(),
        *comparison.demands(),
        *comparison.bars(),
        *comparison.hardness(),
        *comparison.duties(),
        *always,
    )


def told_less(a: Policy, b: Policy) -> tuple[Weakening, ...]:
    """Whom *b* tells of less than *a*: it asks for nothing, so it is no weakening.

    Raises :class:`Uncheckable` (``too-many-cases``).
    """
    return tuple(_Comparison(a, b).notices())


class _Comparison:
    """Two policies over the same variables; each method is one thing that they are asked."""

    def __init__(self, a: Policy, b: Policy) -> None:
        self.symbols = Symbols(a, b)
        self.diagrams = self.symbols.diagrams
        self.sides = (Side(self.symbols, 0), Side(self.symbols, 1))
        self.a, self.b = self.sides
        self.unblocked = self._without(self.symbols.releases, self.b.blocked)

    @cached_property
    def _demanded(self) -> tuple[dict[Key, list[Demand]], dict[Key, list[Demand]]]:
        return _by_key(demands(self.a)), _by_key(demands(self.b))

    @cached_property
    def _judged(self) -> int:
        """The releases that neither blocks."""
        return self._without(self.unblocked, self.a.blocked)

    def tiers(self) -> Iterator[Weakening]:
        """Cases that B puts into a lower tier."""
        a, b = self.a.tier, self.b.tier
        lower = self.diagrams.any_of(
            self._both(a[high], b[low]) for i, low in enumerate(TIERS) for high in TIERS[i + 1 :]
        )
        true = self.diagrams.smallest(self._both(self.unblocked, lower))
        if true is None:
            return
        reached = [node for tiers in (a, b) for node in tiers.values()]
        decisive = [node for node in reached if self.diagrams.holds(node, true)]
        about = frozenset[int]().union(*map(self.diagrams.asked, decisive))
        example = situation(self.symbols, self.sides, true, about)
        before, after = (
            f"{tier} ({side.because(true)})"
            for tier, side in zip(example.tiers, self.sides, strict=True)
        )
        yield Weakening("tier", "tier", before, after, example)

    def limits(self) -> Iterator[Weakening]:
        """Changes that A blocks and B does not."""
        lists = self.symbols.lists
        for name, held in lists["permissions"].items():
            yield from self._unblocked(
                "prohibited-permission",
                f"permission {name}",
                "prohibited",
                self._both(held, self.a.forbids_permission(name)),
            )
        for name, held in lists["mutations"].items():
            yield from self._unblocked(
                "mutation-not-allowed",
                f"mutation {name}",
                "not allowed",
                self._both(held, self.a.forbids_mutation(name)),
            )

    def _unblocked(self, code: str, what: str, before: str, blocked: int) -> Iterator[Weakening]:
        found = self._smallest(self.unblocked, blocked)
        if found is not None:
            yield Weakening(code, what, before, "allowed", found)

    def demands(self) -> Iterator[Weakening]:
        """What requirements ask for."""
        yield from self._less(*self._demanded)

    def notices(self) -> Iterator[Weakening]:
        """Whom requirements notify."""
        yield from self._less(_by_key(notices(self.a)), _by_key(notices(self.b)))

    def _less(
        self, asked: dict[Key, list[Demand]], theirs: dict[Key, list[Demand]]
    ) -> Iterator[Weakening]:
        where = {key: self.diagrams.any_of(d.where for d in ds) for key, ds in theirs.items()}
        for key, mine in asked.items():
            others = theirs.get(key, [])
            missing = [(one, self._uncovered(one, others, where)) for one in mine]
            for one in self._loss(missing, others):
                before, after = _said(one.before), _said(one.after)
                yield Weakening(key[0], one.before.what(), before, after, one.example)

    def _loss(self, missing: list[tuple[Demand, int]], others: list[Demand]) -> Iterator[_Loss]:
        """The smallest case in which one is missing, if there is one."""
        about = self.diagrams.any_of(node for _, node in missing)
        true = self.diagrams.smallest(self._both(self._judged, about))
        lost = [] if true is None else [d for d, node in missing if self.diagrams.holds(node, true)]
        before = _strictest(lost)
        if true is not None and before is not None:
            after = _strictest([one for one in others if self.diagrams.holds(one.where, true)])
            barred = [role for role, node in before.bars if self.diagrams.holds(node, true)]
            example = situation(self.symbols, self.sides, true, self.diagrams.asked(about))
            yield _Loss(before, after, tuple(barred), example)

    def _uncovered(self, one: Demand, others: list[Demand], where: dict[Key, int]) -> int:
        """Where *one* is asked and not covered by *others*, though what it is within is asked."""
        covered = self.diagrams.any_of(other.where for other in others if other.covers(one))
        within = self.diagrams.all_of(where.get(key, NO) for key in one.within)
        return self._without(self._both(one.where, within), covered)

    def bars(self) -> Iterator[Weakening]:
        """Approvals that do not count under A where a duty binds who gave them, and do under B.

        First each role that is kept out, then what no single one shows: where one approval of
        B keeps out the one role, and another the other.
        """
        for key, mine in self._demanded[0].items():
            others = self._demanded[1].get(key, [])
            barred = tuple(dict.fromkeys(role for one in mine for role, _ in one.bars))
            said = NO
            for roles in (*((role,) for role in barred), barred) if barred else ():
                lost = [self._without(self._admitted(one, others, roles), said) for one in mine]
                missing = list(zip(mine, lost, strict=True))
                for one in self._loss(missing, others):
                    kept_out = " or ".join(role for role in one.barred if role in roles)
                    what = f"{one.before.what()}, not by holders of {kept_out}"
                    before, after = _said(one.before), _said(one.after, "by them")
                    yield Weakening("not-by", what, before, after, one.example)
                said = self.diagrams.any_of((said, *lost))

    def _admitted(self, one: Demand, others: list[Demand], roles: Collection[str]) -> int:
        """Where *others* cover *one*, but none bars all of *roles* that it bars."""
        covering = [other for other in others if other.covers(one)]
        covered = self.diagrams.any_of(other.where for other in covering)
        return self._without(self._both(one.where, covered), self._kept(one, covering, roles))

    def _kept(self, one: Demand, covering: list[Demand], roles: Collection[str]) -> int:
        """Where one of *covering* is asked and bars all of *roles* that *one* bars."""
        kept = []
        for other in covering:
            self.diagrams.step(1 + len(roles))
            bars = dict(other.bars)
            # What duties lose about the same requirement is said of the duty.
            lost = (
                NO
                if other.requirement == one.requirement
                else self.diagrams.any_of(
                    self._without(node, bars.get(role, NO))
                    for role, node in one.bars
                    if role in roles
                )
            )
            kept.append(self._without(other.where, lost))
        return self.diagrams.any_of(kept)

    def hardness(self) -> Iterator[Weakening]:
        """Requirements that nothing may waive under A, where B asks the same and may waive it."""
        a, b = self.a, self.b
        yield from self._softened(("hard", "hard", "not hard"), a.hard, b.hard)
        if a.policy.exceptions is not None:
            said = ("never-waived", "never waived", "may be waived")
            yield from self._softened(said, a.kept - a.hard, b.kept)

    def _softened(
        self, said: tuple[str, str, str], kept: Collection[str], still: Collection[str]
    ) -> Iterator[Weakening]:
        """What A asks in a requirement of *kept*, and B in none that is one of *still*."""
        code, before, after = said
        mine: dict[str, list[int]] = {}
        for key, asked in self._demanded[0].items():
            for one in asked:
                if one.requirement in kept:
                    others = [d for d in self._demanded[1].get(key, []) if d.covers(one)]
                    roles = [role for role, _ in one.bars]
                    same = self._kept(one, [d for d in others if d.requirement in still], roles)
                    covered = self._kept(one, others, roles)
                    softened = self._without(self._both(one.where, covered), same)
                    mine.setdefault(one.requirement, []).append(softened)
        for requirement, softened_by in mine.items():
            found = self._smallest(self._judged, self.diagrams.any_of(softened_by))
            if found is not None:
                yield Weakening(code, f"requirement {requirement}", before, after, found)

    def duties(self) -> Iterator[Weakening]:
        """Duties that bind in fewer cases, or no longer."""
        for duty in self.a.policy.duties:
            lost = self._without(
                self.a.holds(duty.when), self.b.binds(duty.role, _deeds(duty.must_not))
            )
            found = self._smallest(doing(self.symbols, duty.must_not), lost)
            if found is not None:
                yield Weakening("duty", f"duty {duty.id}", _forbids(duty), "no such duty", found)

    def _smallest(self, cases: int, about: int) -> Situation | None:
        true = self.diagrams.smallest(self._both(cases, about))
        if true is None:
            return None
        return situation(self.symbols, self.sides, true, self.diagrams.asked(about))

    def _both(self, one: int, other: int) -> int:
        return self.diagrams.choose(one, other, NO)

    def _without(self, one: int, other: int) -> int:
        return self.diagrams.choose(other, NO, one)


def _by_key(found: Iterable[Demand]) -> dict[Key, list[Demand]]:
    groups: dict[Key, list[Demand]] = {}
    for one in found:
        groups.setdefault(one.key, []).append(one)
    return groups


def _strictest(found: list[Demand]) -> Demand | None:
    """The first demand that covers all, or else the first."""
    first = found[0] if found else None
    return next((one for one in found if all(one.covers(other) for other in found)), first)


def _said(demand: Demand | None, also: str = "") -> str:
    if demand is None:
        return "nothing"
    more = f", also {also}" if also else ""
    return f"{demand.said()}{more} (requirement {demand.requirement})"


def _deeds(deed: MustNot) -> tuple[MustNot, ...]:
    """The duties that forbid *deed*: whoever must not act must not do anything else either."""
    return (deed, "act")


def _forbids(duty: Duty) -> str:
    return f"{duty.role} must not {duty.must_not.replace('-', ' ')}"
