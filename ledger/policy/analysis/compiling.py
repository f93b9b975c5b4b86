"""From a condition to its diagram, given the diagrams of the facts it asks for.

Agrees with ``conditions.evaluate`` in every case; the tests hold them against each other.
A fact that is a word, a list or the tier is one diagram for each word: where it is that
word, or has it. A word that is not there is never the fact's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from ledger.errors import BadInput
from ledger.model.names import TIERS
from ledger.policy.analysis.diagrams import NO, YES, Diagrams
from ledger.policy.tree import (
    Compare,
    Constant,
    Every,
    Level,
    Member,
    Name,
    Node,
    Not,
    Quantified,
    Some,
    Word,
    Words,
)

ByWord = Mapping[str, int]
"""For each word, where a fact is that word, or a list has it."""

Meaning = int | ByWord
"""What a name stands for: the diagram of a yes-or-no fact, or one for each word."""

WORDS_A_STEP: Final = 8
"""How many words of lists are held against each other in the time of one step."""

_ORDERS: Final[Mapping[str, tuple[int, ...]]] = {
    "<": (-1,),
    "<=": (-1, 0),
    ">": (1,),
    ">=": (0, 1),
}
"""Which signs of the difference of two levels an operator admits."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes diagrams of conditions out of the meanings of *names*."""

    diagrams: Diagrams
    names: Mapping[str, Meaning]

    def diagram(self, node: Node) -> int:  # noqa: PLR0911 - one for each form
        """Where the condition *node*, which was checked, holds."""
        self.diagrams.step()
        match node:
            case Constant(value=value):
                return YES if value else NO
            case Not(operand=operand):
                return self.diagrams.negate(self.diagram(operand))
            case Every(parts=parts):
                return self.diagrams.all_of(self.diagram(part) for part in parts)
            case Some(parts=parts):
                return self.diagrams.any_of(self.diagram(part) for part in parts)
            case Member(item=left, of=right):
                return self._meet(self._by_word(left), self._by_word(right))
            case Compare(operator=operator, left=left, right=right):
                return self._compare(operator, left, right)
            case Quantified():
                return self._quantified(node)
            case _:
                return _yes_or_no(self._meaning(node))

    def _quantified(self, node: Quantified) -> int:
        diagrams = self.diagrams
        exists = node.macro == "exists"
        found = []
        for word, has in self._by_word(node.over).items():
            inner = Compiler(diagrams, {**self.names, node.variable: {word: YES}})
            body = inner.diagram(node.body)
            found.append(diagrams.choose(has, body, NO if exists else YES))
        return diagrams.any_of(found) if exists else diagrams.all_of(found)

    def _compare(self, operator: str, left: Node, right: Node) -> int:
        one, other = self._meaning(left), self._meaning(right)
        if isinstance(one, int) or isinstance(other, int):
            equal = self.diagrams.same(_yes_or_no(one), _yes_or_no(other))
        elif operator in _ORDERS:
            return self._order(_ORDERS[operator], one, other)
        else:
            equal = self._meet(one, other)
        return equal if operator == "==" else self.diagrams.negate(equal)

    def _order(self, signs: tuple[int, ...], one: ByWord, other: ByWord) -> int:
        pairs = (
            self.diagrams.choose(one.get(low, NO), other.get(high, NO), NO)
            for (i, low), (j, high) in product(enumerate(TIERS), enumerate(TIERS))
            if (i > j) - (i < j) in signs
        )
        return self.diagrams.any_of(pairs)

    def _meet(self, one: ByWord, other: ByWord) -> int:
        """Where both have, or are, one word."""
        self.diagrams.step((len(one) + len(other)) // WORDS_A_STEP)
        common = (word for word in one if word in other)
        return self.diagrams.any_of(
            self.diagrams.choose(one[word], other[word], NO) for word in common
        )

    def _by_word(self, node: Node) -> ByWord:
        found = self._meaning(node)
        return {} if isinstance(found, int) else found

    def _meaning(self, node: Node) -> Meaning:
        match node:
            case Word(text=text):
                return {text: YES}
            case Words(items=items):
                return {item.text: YES for item in items}
            case Level(tier=tier):
                return {tier: YES}
            case Name(name=name):
                if name not in self.names:
                    raise BadInput("condition-unknown-name", f"nothing is known of {name!r}")
                return self.names[name]
            case _:
                return self.diagram(node)


def _yes_or_no(meaning: Meaning) -> int:
    return meaning if isinstance(meaning, int) else NO
