"""A case as an example: what is so in it, in the words of the policies, and their tiers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.model.names import Tier
from ledger.policy.analysis.sides import Side
from ledger.policy.analysis.symbols import REST, Symbols
from ledger.policy.conditions import Value


@dataclass(frozen=True, slots=True)
class Situation:
    """One possible case; ``facts`` are those that each policy sees in it, with its tier.

    ``said`` is what has to be so for the example, as short phrases.
    """

    said: tuple[str, ...]
    first_release: bool
    risk: Tier | None
    facts: tuple[Mapping[str, Value], ...]

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tier that each policy reaches."""
        return tuple(str(facts["tier"]) for facts in self.facts)


def situation(
    symbols: Symbols, sides: tuple[Side, ...], true: frozenset[int], asked: frozenset[int]
) -> Situation:
    """The case in which the variables of *true* hold; *asked* are those that it is about.

    Of the facts of which one word always holds, only those that are asked are said.
    """
    held = {(symbols.variables[i].fact, symbols.variables[i].word) for i in true}
    named = {symbols.variables[i].fact for i in asked}
    facts = tuple(side.seen(true) for side in sides)
    risk: Tier | None = "high" if ("risk", "high") in held else None
    if ("risk", "medium") in held:
        risk = "medium"
    return Situation(
        said=tuple(_said(symbols, facts, true, named)),
        first_release=("first release", None) in held,
        risk=risk,
        facts=facts,
    )


def _said(
    symbols: Symbols,
    facts: tuple[Mapping[str, Value], ...],
    true: frozenset[int],
    named: set[str],
) -> Iterator[str]:
    words: dict[str, list[str]] = {}
    for i in sorted(true):
        variable = symbols.variables[i]
        words.setdefault(variable.fact, [])
        if variable.word is not None:
            words[variable.fact].append(variable.word)
    shifts = [str(one["shift"]) for one in facts]
    for fact, found in words.items():
        if _is_worth_saying(fact, found, named):
            yield _phrase(fact, found, shifts)


def _is_worth_saying(fact: str, words: list[str], named: set[str]) -> bool:
    """Of the facts that are always something, those that the example is about."""
    if fact in ("environment", "model", "shift"):
        return fact in named
    return words not in (["release"], [REST])


def _phrase(fact: str, words: list[str], shifts: list[str]) -> str:
    listed = ", ".join(words)
    if fact == "effect":
        return f"a proposal of the effect {listed}"
    if fact == "shift":
        same = len(set(shifts)) == 1
        return f"shift {shifts[0]}" if same else f"shift {shifts[0]} under A, {shifts[1]} under B"
    if fact in ("risk", "first release"):
        return f"declared risk {listed}" if words else "a first release"
    return f"{fact} {listed}" if words else fact
