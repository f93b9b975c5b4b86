"""Where one policy asks for less than another: in which cases, exactly, with the smallest example.

A change of a policy is weaker where in some possible case it does not ask for something
that the policy before it asks for there, at least as strictly. Nothing is sampled: every
case is looked at, or the question is refused (``too-many-cases``). What holds in every case
at once, such as a clock or a ceiling, stands in ``weaker_always``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.model.names import TIERS
from ledger.policy.analysis.demands import Demand, Key, demands, notices
from ledger.policy.analysis.diagrams import NO
from ledger.policy.analysis.sides import Side, doing
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


def weakenings(a: Policy, b: Policy) -> tuple[Weakening, ...]:
    """Everything of which *b* asks for less than *a* in some possible case; both were checked.

    Raises :class:`Uncheckable` (``too-many-cases``) where that would take too long to say.
    """
    comparison = _Comparison(a, b)
    always = (Weakening(*one) for one in loosened(a, b))
    return (
        *comparison.tiers(),
        *comparison.limits(),
        *comparison.demands(),
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
        yield from self._less(tuple(demands(self.a)), tuple(demands(self.b)))

    def notices(self) -> Iterator[Weakening]:
        """Whom requirements notify."""
        yield from self._less(tuple(notices(self.a)), tuple(notices(self.b)))

    def _less(self, asked: tuple[Demand, ...], asks: tuple[Demand, ...]) -> Iterator[Weakening]:
        theirs = _by_key(asks)
        where = {key: self.diagrams.any_of(d.where for d in ds) for key, ds in theirs.items()}
        cases = self._without(self.unblocked, self.a.blocked)
        for key, mine in _by_key(asked).items():
            others = theirs.get(key, [])
            missing = [(one, self._uncovered(one, others, where)) for one in mine]
            about = self.diagrams.any_of(node for _, node in missing)
            true = self.diagrams.smallest(self._both(cases, about))
            if true is None:
                continue
            lost = [one for one, node in missing if self.diagrams.holds(node, true)]
            held = [one for one in others if self.diagrams.holds(one.where, true)]
            example = situation(self.symbols, self.sides, true, self.diagrams.asked(about))
            before, after = _strictest(lost), _strictest(held)
            yield Weakening(key[0], mine[0].what(), _said(before), _said(after), example)

    def _uncovered(self, one: Demand, others: list[Demand], where: dict[Key, int]) -> int:
        """Where *one* is asked and not covered by *others*, though what it is within is asked."""
        covered = self.diagrams.any_of(other.where for other in others if other.covers(one))
        within = self.diagrams.all_of(where.get(key, NO) for key in one.within)
        return self._without(self._both(one.where, within), covered)

    def hardness(self) -> Iterator[Weakening]:
        """Requirements that nothing may waive under A, where B asks the same and may waive it."""
        theirs = _by_key(demands(self.b))
        cases = self._without(self.unblocked, self.a.blocked)
        mine: dict[str, list[int]] = {}
        for one in demands(self.a):
            if one.hard:
                others = [d for d in theirs.get(one.key, []) if d.covers(one)]
                hard = self.diagrams.any_of(d.where for d in others if d.hard)
                covered = self.diagrams.any_of(d.where for d in others)
                softened = self._without(self._both(one.where, covered), hard)
                mine.setdefault(one.requirement, []).append(softened)
        for requirement, softened_by in mine.items():
            found = self._smallest(cases, self.diagrams.any_of(softened_by))
            if found is not None:
                what = f"requirement {requirement}"
                yield Weakening("hard", what, "hard", "not hard", found)

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


def _said(demand: Demand | None) -> str:
    return "nothing" if demand is None else f"{demand.said()} (requirement {demand.requirement})"


def _deeds(deed: MustNot) -> tuple[MustNot, ...]:
    """The duties that forbid *deed*: whoever must not act must not do anything else either."""
    return (deed, "act")


def _forbids(duty: Duty) -> str:
    return f"{duty.role} must not {duty.must_not.replace('-', ' ')}"
