"""What a policy says in every case at once: its tiers, what applies, what it blocks, its duties."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledger.model.names import TIERS, Tier
from ledger.policy.analysis.compiling import ByWord, Compiler, Meaning
from ledger.policy.analysis.diagrams import NO, YES
from ledger.policy.analysis.symbols import REST, Symbols
from ledger.policy.circumstances import compiled
from ledger.policy.conditions import Value
from ledger.policy.document import MustNot, Policy, Requirement, TierRule
from ledger.policy.stewardship import STEWARDSHIP

_HIGHEST: Final = TIERS[-1]


@dataclass(frozen=True, slots=True)
class RuleCases:
    """Of a tier rule: the cases in which it is asked at all, and those in which it would match."""

    rule: TierRule
    asked: int
    matches: int


class Side:
    """One policy of *symbols*, 0 or 1: every answer of it as a diagram.

    Raises :class:`Uncheckable` (``too-many-cases``).
    """

    def __init__(self, symbols: Symbols, number: int) -> None:
        self.symbols = symbols
        self.policy: Policy = symbols.policies[number]
        self._facts = symbols.facts(number)
        self._names: Mapping[str, Meaning] = self._facts
        self._known: dict[str, int] = {}
        self.rules = self._ask_rules()
        self.tier = self._tiers()
        tiers: ByWord = {str(tier): node for tier, node in self.tier.items()}
        self._names = {**self._facts, "tier": tiers}

    def holds(self, when: str | None) -> int:
        """Where the condition *when* holds; everywhere without one."""
        if when is None:
            return YES
        if when not in self._known:
            compiler = Compiler(self.symbols.diagrams, self._names)
            self._known[when] = compiler.diagram(compiled(when).root)
        return self._known[when]

    def asks_people(self, need: Requirement) -> int:
        """Where *need* asks for its approvals: not in automatic environments, unless hard."""
        known = self.policy.environments
        applies = self.holds(need.when)
        if need.hard or known is None:
            return applies
        automatic = (self.symbols.environment.get(name, NO) for name in known.automatic)
        return self.symbols.diagrams.choose(self.symbols.diagrams.any_of(automatic), NO, applies)

    def forbids_mutation(self, name: str) -> int:
        """Where a change must not name the mutation."""
        tiers = (one.tier for one in self.policy.limits.mutations if name not in one.names)
        return self.symbols.diagrams.any_of(self.tier[tier] for tier in tiers)

    def forbids_permission(self, name: str) -> int:
        """Everywhere or nowhere: whether the permission is prohibited."""
        return YES if name in self.policy.limits.prohibited_permissions else NO

    @property
    def blocked(self) -> int:
        """Where a limit blocks the change."""
        diagrams, lists = self.symbols.diagrams, self.symbols.lists
        held = (
            diagrams.choose(has, self.forbids_permission(name), NO)
            for name, has in lists["permissions"].items()
        )
        named = (
            diagrams.choose(has, self.forbids_mutation(name), NO)
            for name, has in lists["mutations"].items()
        )
        return diagrams.any_of((*held, *named))

    def binds(self, role: str, deeds: tuple[MustNot, ...]) -> int:
        """Where a duty about one of *deeds* binds the holders of *role*."""
        duties = (one for one in self.policy.duties if one.role == role and one.must_not in deeds)
        return self.symbols.diagrams.any_of(self.holds(one.when) for one in duties)

    def seen(self, true: frozenset[int]) -> dict[str, Value]:
        """The facts of the case in which the variables of *true* hold, with the tier."""
        return {name: self._value(name, meant, true) for name, meant in self._names.items()}

    def because(self, true: frozenset[int]) -> str:
        """The rule that gives that case its tier, in the words of an assessment."""
        diagrams, symbols = self.symbols.diagrams, self.symbols
        if diagrams.holds(symbols.first, true):
            return "first-release"
        reached = (
            (one.rule.id, one.rule.tier) for one in self.rules if diagrams.holds(one.matches, true)
        )
        rule, tier = next(reached, ("nothing-matched", _HIGHEST))
        return rule if diagrams.holds(self.tier[tier], true) else "declared"

    def _value(self, name: str, meaning: Meaning, true: frozenset[int]) -> Value:
        holds = self.symbols.diagrams.holds
        if isinstance(meaning, int):
            return holds(meaning, true)
        words = [word for word, node in meaning.items() if holds(node, true)]
        if name == "touches" or name in self.symbols.lists:
            return tuple(sorted(words))
        return words[0] if words else ""

    def _ask_rules(self) -> tuple[RuleCases, ...]:
        diagrams = self.symbols.diagrams
        waiting = diagrams.negate(self.symbols.first)
        found = []
        for rule in self.policy.tiers:
            matches = self.holds(rule.when)
            found.append(RuleCases(rule, waiting, matches))
            waiting = diagrams.choose(matches, NO, waiting)
        return tuple(found)

    def _tiers(self) -> dict[Tier, int]:
        """First match from the top, the highest without any; the declared risk only raises."""
        choose, symbols = self.symbols.diagrams.choose, self.symbols
        found: dict[Tier, int] = dict.fromkeys(TIERS, NO)
        found[_HIGHEST] = YES
        for one in reversed(self.rules):
            found = {
                tier: choose(one.matches, YES if one.rule.tier == tier else NO, node)
                for tier, node in found.items()
            }
        highest = symbols.diagrams.any_of(
            (symbols.first, symbols.effect["policy"], symbols.risk["high"])
        )
        medium, low = symbols.risk["medium"], found["low"]
        return {
            "low": choose(highest, NO, choose(medium, NO, low)),
            "medium": choose(highest, NO, choose(choose(low, medium, NO), YES, found["medium"])),
            "high": choose(highest, YES, found["high"]),
        }


def doing(symbols: Symbols, deed: MustNot) -> int:
    """The possible cases in which somebody does *deed*, with what it is about."""
    diagrams, effect = symbols.diagrams, symbols.effect
    if deed == "operate":
        return symbols.releases
    if deed in ("attach-evidence", "withdraw-evidence"):
        return diagrams.choose(symbols.possible, symbols.exactly_one(symbols.evidence), NO)
    if deed != "approve":
        return symbols.possible
    asked = symbols.requirement
    return diagrams.all_of(
        (
            symbols.possible,
            symbols.exactly_one(asked),
            diagrams.same(asked[STEWARDSHIP], effect["policy"]),
            diagrams.same(asked[REST], effect["exception"]),
        )
    )
