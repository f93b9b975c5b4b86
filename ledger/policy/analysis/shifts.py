"""The words of ``shift`` that two policies can have for one change of the metrics."""

from ledger.model.terms import parse_decimal
from ledger.policy.document import Shift
from ledger.policy.facts import SHIFTS


def measure(shift: Shift | None) -> object:
    """What *shift* looks at, comparable: equal where two always have the same word."""
    if shift is None:
        return None
    bounds = (parse_decimal(shift.small), parse_decimal(shift.moderate))
    return (frozenset(shift.metrics), bounds)


def shift_pairs(one: Shift, other: Shift) -> set[tuple[str, str]]:
    """The words that *one* and *other* can have for one change of the metrics."""
    mine, theirs = set(one.metrics), set(other.metrics)
    bounds = {parse_decimal(text) for s in (one, other) for text in (s.small, s.moderate)}
    changes = sorted({0, *(bound for bound in bounds if bound > 0), max(*bounds, 0) + 1})
    # Unknown is large; where fewer metrics are looked at, the other may still know.
    unknown = {(SHIFTS[-1], SHIFTS[-1])}
    if mine < theirs:
        unknown |= {(word, SHIFTS[-1]) for word in SHIFTS if can_be(one, word)}
    if theirs < mine:
        unknown |= {(SHIFTS[-1], word) for word in SHIFTS if can_be(other, word)}
    known = (
        (_word(one, change), _word(other, seen))
        for change in changes
        for seen in changes
        if (change <= seen or not mine <= theirs) and (change >= seen or not theirs <= mine)
    )
    return unknown.union(known)


def can_be(shift: Shift, word: str) -> bool:
    """Whether *shift* ever has *word*: with a bound of 0, nothing is small."""
    small, moderate = parse_decimal(shift.small), parse_decimal(shift.moderate)
    return word not in SHIFTS[1:3] or (small > 0 if word == SHIFTS[1] else moderate > small)


def _word(shift: Shift, change: int) -> str:
    if change == 0:
        return SHIFTS[0]
    if change <= parse_decimal(shift.small):
        return SHIFTS[1]
    return SHIFTS[2] if change <= parse_decimal(shift.moderate) else SHIFTS[3]
