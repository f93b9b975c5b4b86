"""Which mutants are tried, and against which tests."""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final

PACKAGES: Final = ("seal", "decide", "policy", "audit")

MOST_TESTS: Final = 150
MOST_SECONDS: Final = 8.0
"""What one mutant may take: the quickest of the tests that reach its function."""


def draw(names: Mapping[str, Sequence[str]], count: int, seed: int) -> list[str]:
    """*count* of the mutants in *names*, by module: one of each module in turn."""
    modules = [sorted(names[module]) for module in sorted(names)]
    order = random.Random(seed)  # noqa: S311 - a sample that can be drawn again
    for module in modules:
        order.shuffle(module)
    order.shuffle(modules)
    return [name for turn in zip_longest(*modules) for name in turn if name][:count]


def quickest(tests: Iterable[str], seconds: Mapping[str, float]) -> tuple[list[str], float]:
    """The quickest of *tests*, as far as they fit, and how long they take in all."""
    kept: list[str] = []
    spent = 0.0
    for test in sorted(tests, key=lambda test: (seconds[test], test)):
        spent += seconds[test] + 0.02
        if kept and (spent > MOST_SECONDS or len(kept) >= MOST_TESTS):
            break
        kept.append(test)
    return kept, spent
