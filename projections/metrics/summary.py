"""From observations to numbers: medians, counts and shares, in a window and at a moment.

A *duration* and a *share* are of what was observed in the window; a *count* counts it, or adds
its values up. A *level* counts what holds at its end, whenever that began; an *age* is how long
ago that began. A percentile is the smallest value that so many of the observations do not
exceed (``percentile_disc`` in SQL): always one that was observed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from sqlalchemy import Connection, select

from ledger.model.terms import format_instant, parse_instant
from projections.metrics.definition import Dimension, Metric

MEDIAN: Final = 0.5
NINE_TENTHS: Final = 0.9


@dataclass(frozen=True, slots=True)
class Window:
    """The time from ``start``, exclusive, to ``end``, inclusive, in seconds since 1970."""

    start: int
    end: int

    def earlier(self, count: int) -> "tuple[Window, ...]":
        """*count* windows as long as this one, side by side, of which this one is the last."""
        length = self.end - self.start
        ends = (self.end - length * step for step in reversed(range(count)))
        return tuple(Window(end - length, end) for end in ends)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was observed: how often, and the number it comes to; ``None`` where there is none.

    ``value`` is a median in seconds (``p90`` with it), a count, a level, or the share of the
    ``observations`` of which ``total`` were so.
    """

    observations: int
    total: int
    value: float | None
    p90: float | None = None


def measured(
    connection: Connection, metric: Metric, window: Window, by: Dimension | None = None
) -> dict[str | None, Summary]:
    """What *metric* comes to in *window*: in all (under ``None``), and for each value of *by*."""
    rows = _observed(connection, metric, window, by)
    grouped: dict[str | None, list[int]] = {None: []}
    for value, key in rows:
        grouped[None].append(value)
        if by is not None and key is not None:
            grouped.setdefault(key, []).append(value)
    return {key: summarize(metric, values) for key, values in grouped.items()}


def trend(connection: Connection, metric: Metric, windows: Iterable[Window]) -> list[Summary]:
    """What *metric* comes to in each of *windows*."""
    return [measured(connection, metric, window)[None] for window in windows]


def summarize(metric: Metric, values: Sequence[int]) -> Summary:
    """The number that *values* of *metric* come to."""
    count, total = len(values), sum(values)
    match metric.kind:
        case "duration" | "age":
            return Summary(
                count, total, percentile(values, MEDIAN), percentile(values, NINE_TENTHS)
            )
        case "share":
            return Summary(count, total, total / count if count else None)
        case "count" | "level":
            return Summary(count, total, total if count else None)


def percentile(values: Sequence[int], share: float) -> float | None:
    """The smallest of *values* that *share* of them do not exceed; ``None`` where there is none."""
    ranked = sorted(values)
    return ranked[ceil(share * len(ranked)) - 1] if ranked else None


def _observed(
    connection: Connection, metric: Metric, window: Window, by: Dimension | None
) -> list[tuple[int, str | None]]:
    """The value of each observation of *window*, and what it is told apart by."""
    column = metric.view.c
    start, end = format_instant(window.start), format_instant(window.end)
    wanted = select(column.value, column[by or "alias"], column.at).where(column.at <= end)
    if metric.kind in ("level", "age"):
        wanted = wanted.where(column.until.is_(None) | (column.until > end))
    else:
        wanted = wanted.where(column.at > start)
    rows: Iterable[Any] = connection.execute(wanted)
    if metric.kind == "age":
        return [(window.end - parse_instant(row[2]), row[1]) for row in rows]
    return [(row[0], row[1]) for row in rows]


Summaries = Mapping[str | None, Summary]
"""What a metric comes to in all, under ``None``, and for each value of what it is told by."""
