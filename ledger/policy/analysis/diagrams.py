"""Decision diagrams: every case of a yes-or-no question at once, in one form for each question.

Reduced ordered binary decision diagrams (R. E. Bryant, *Graph-Based Algorithms for Boolean
Function Manipulation*, 1986). A diagram is a whole number: :data:`NO`, :data:`YES`, or a
node that asks one variable. Two questions that have the same answer in every case are the
same number, so that "in no case" is a comparison with :data:`NO`.

The work is bounded, whatever asks for it: looking at a node is a step, and past so many a
question is refused, and never sampled.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final

from ledger.errors import Uncheckable

NO: Final = 0
YES: Final = 1

STEPS: Final = 200_000
"""The most steps that all questions of one collection may take together: about a second."""

VARIABLES: Final = 500
"""The most variables; the depth of every recursion here."""

_END: Final = VARIABLES + 1


class Diagrams:
    """A collection of diagrams over variables that are asked in the order of their numbers.

    Whatever builds a diagram raises :class:`Uncheckable` (``too-many-cases``) past the limits.
    """

    def __init__(self, steps: int = STEPS) -> None:
        self._nodes: list[tuple[int, int, int]] = [(_END, NO, NO), (_END, YES, YES)]
        self._known: dict[tuple[int, int, int], int] = {}
        self._chosen: dict[tuple[int, int, int], int] = {}
        self._most = steps
        self._taken = 0

    def step(self, count: int = 1) -> None:
        """Count *count* steps, which whoever asks many questions does as well."""
        self._taken += count
        if self._taken > self._most:
            raise too_many(f"more than {self._most} steps")

    def variable(self, number: int) -> int:
        """The question whether the variable of that number, counted from 0, holds."""
        if number >= VARIABLES:
            raise too_many(f"more than {VARIABLES} yes-or-no questions")
        return self._node(number, NO, YES)

    def choose(self, test: int, yes: int, no: int) -> int:
        """The answer of *yes* where *test* holds, and of *no* elsewhere."""
        if test in (NO, YES):
            return yes if test == YES else no
        if yes == no:
            return yes
        if (yes, no) == (YES, NO):
            return test
        self.step()
        key = (test, yes, no)
        known = self._chosen.get(key)
        if known is None:
            asked, asked_yes, asked_no = (self._nodes[node] for node in key)
            first = min(asked[0], asked_yes[0], asked_no[0])
            halves = [
                (found[1], found[2]) if found[0] == first else (node, node)
                for node, found in zip(key, (asked, asked_yes, asked_no), strict=True)
            ]
            without = self.choose(halves[0][0], halves[1][0], halves[2][0])
            with_it = self.choose(halves[0][1], halves[1][1], halves[2][1])
            known = self._chosen[key] = self._node(first, without, with_it)
        return known

    def negate(self, node: int) -> int:
        """Where *node* does not hold."""
        return self.choose(node, NO, YES)

    def same(self, one: int, other: int) -> int:
        """Where both hold, and where neither does."""
        return self.choose(one, other, self.negate(other))

    def all_of(self, nodes: Iterable[int]) -> int:
        """Where all of *nodes* hold."""
        result = YES
        for node in sorted(nodes, key=lambda node: self._nodes[node][0], reverse=True):
            result = self.choose(node, result, NO)
        return result

    def any_of(self, nodes: Iterable[int]) -> int:
        """Where any of *nodes* holds."""
        result = NO
        for node in sorted(nodes, key=lambda node: self._nodes[node][0], reverse=True):
            result = self.choose(node, YES, result)
        return result

    def holds(self, node: int, true: Collection[int]) -> bool:
        """Whether *node* holds where the variables of *true* hold and no other does."""
        while node not in (NO, YES):
            number, without, with_it = self._nodes[node]
            node = with_it if number in true else without
        return node == YES

    def asked(self, node: int) -> frozenset[int]:
        """The variables that the answer of *node* depends on."""
        found: set[int] = set()
        seen: set[int] = {NO, YES}
        waiting = [node]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                self.step()
                seen.add(one)
                number, without, with_it = self._nodes[one]
                found.add(number)
                waiting += [without, with_it]
        return frozenset(found)

    def smallest(self, node: int) -> frozenset[int] | None:
        """The case with the fewest true variables in which *node* holds; ``None`` without any.

        Among equals, the one in which the earlier variables are true.
        """
        if node == NO:
            return None
        fewest = self._fewest()
        true: set[int] = set()
        while node != YES:
            number, without, with_it = self._nodes[node]
            take = fewest(with_it) + 1 <= fewest(without)
            node = with_it if take else without
            if take:
                true.add(number)
        return frozenset(true)

    def _fewest(self) -> Callable[[int], int]:
        """How many variables at least are true where a node holds."""
        known = {NO: _END, YES: 0}

        def fewest(node: int) -> int:
            if node not in known:
                self.step()
                _, without, with_it = self._nodes[node]
                known[node] = min(fewest(without), fewest(with_it) + 1)
            return known[node]

        return fewest

    def _node(self, number: int, without: int, with_it: int) -> int:
        if without == with_it:
            return without
        key = (number, without, with_it)
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return node


def too_many(what: str) -> Uncheckable:
    """The refusal of a question (``too-many-cases``), with *what* is too much of it."""
    return Uncheckable(
        "too-many-cases",
        f"the conditions have too many cases to look at all of them: {what}",
        hint="make them simpler: fewer words in lists, fewer facts in one condition",
    )
