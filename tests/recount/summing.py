"""What observations come to in a window: medians, counts, shares, levels and ages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from tests.recount.story import Story


@dataclass(frozen=True)
class Seen:
    """One observation; ``until`` is where what it says ended, ``None`` while it goes on."""

    at: int
    value: int = 1
    until: int | None = None
    alias: str | None = None
    tier: str | None = None
    role: str | None = None
    approver: str | None = None
    what: str | None = None


Counted = Callable[[Story], Iterator[Seen]]


@dataclass(frozen=True)
class Measure:
    """How the observations of a metric are summed up, and what it may be told apart by."""

    kind: str
    by: tuple[str, ...]
    seen: Counted
    parts: bool = False


@dataclass(frozen=True)
class Sum:
    """What observations come to: as ``assent metrics --json`` tells it."""

    observations: int
    value: float | None
    p90: float | None = None
    total: int | None = 0


def percentile(values: Sequence[int], share: float) -> int | None:
    """The smallest of *values* that so large a share of them does not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1] if values else None


def summed(measure: Measure, seen: Sequence[Seen], start: int, end: int) -> Sum:
    """What *seen* comes to in the window after *start* up to *end*."""
    match measure.kind:
        case "state":
            within = list(seen)
        case "level" | "age":
            within = [one for one in seen if one.at <= end and (one.until or end + 1) > end]
        case _:
            within = [one for one in seen if start < one.at <= end]
    values = [one.value for one in within]
    if not values:
        return Sum(0, None, total=None if measure.kind == "age" else 0)
    match measure.kind:
        case "duration":
            return Sum(len(values), percentile(values, 0.5), percentile(values, 0.9), sum(values))
        case "share":
            return Sum(len(values), sum(values) / len(values), total=sum(values))
        case "age":
            return Sum(len(values), end - max(one.at for one in within), total=None)
        case _:
            return Sum(len(values), sum(values), total=sum(values))


def told_apart(
    measure: Measure, seen: Sequence[Seen], by: str | None, start: int, end: int
) -> dict[str | None, Sum]:
    """What *seen* comes to in all, under ``None``, and for each value of *by*."""
    groups: dict[str, list[Seen]] = {}
    for one in seen:
        key = None if by is None else getattr(one, by)
        if key is not None:
            groups.setdefault(key, []).append(one)
    found = {key: summed(measure, some, start, end) for key, some in groups.items()}
    filled: dict[str | None, Sum] = {key: one for key, one in found.items() if one.observations}
    return {None: summed(measure, seen, start, end), **filled}
