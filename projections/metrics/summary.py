"""From observations to numbers: medians, counts and shares, in a window and at a moment.

A *duration* and a *share* are of what was observed in the window; a *count* counts it. A
*level* counts what holds at its end, whenever that began; an *age* is how long ago the last
that holds began. A *state* counts what holds as the views are, whatever the window.

A percentile is the smallest value that so many of the observations do not exceed
(``percentile_disc`` in SQL): always one that was observed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final, Literal

from sqlalchemy import Connection, Select, func, select

from ledger.model.terms import format_instant, parse_instant
from projections.metrics.definition import Dimension, Metric

MEDIAN: Final = 0.5
NINE_TENTHS: Final = 0.9

Apart = Dimension | Literal["what"]
"""The column that the observations of a metric are told apart by; ``what`` holds its parts."""


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

    ``value`` is a median in seconds (``p90`` with it), an age in seconds, a count, a level,
    or the share of the ``observations`` of which ``total`` were so.
    """

    observations: int
    total: int
    value: float | None
    p90: float | None = None


Summaries = Mapping[str | None, Summary]
"""What a metric comes to in all, under ``None``, and for each value of what it is told by."""


def measured(
    connection: Connection, metric: Metric, window: Window, by: Apart | None = None
) -> dict[str | None, Summary]:
    """What *metric* comes to in *window*: in all (under ``None``), and for each value of *by*.

    What is of no alias, role or person counts in all, and stands under none of them.
    """
    if metric.kind == "duration":
        return _ranked(connection, metric, window, by)
    column = metric.view.c
    sums = (func.count(), func.coalesce(func.sum(column.value), 0), func.max(column.at))
    wanted = _within(select(*sums), metric, window)
    if by is not None:
        wanted = wanted.add_columns(column[by]).group_by(column[by]).order_by(column[by])
    rows = [tuple(row) for row in connection.execute(wanted)]
    lasts = [last for _, _, last, *_ in rows if last is not None]
    count, total = sum(row[0] for row in rows), sum(row[1] for row in rows)
    found: dict[str | None, Summary] = {
        None: _summed(metric, window, count, total, max(lasts, default=None))
    }
    for *numbers, name in rows if by is not None else ():
        if name is not None:
            found[name] = _summed(metric, window, *numbers)
    return found


def trend(connection: Connection, metric: Metric, windows: Iterable[Window]) -> list[Summary]:
    """What *metric* comes to in each of *windows*; nothing of a state, whose past is not kept."""
    if metric.kind == "state":
        return []
    return [measured(connection, metric, window)[None] for window in windows]


def percentile(values: Sequence[int], share: float) -> float | None:
    """The smallest of *values* that *share* of them do not exceed; ``None`` where there is none."""
    ranked = sorted(values)
    return ranked[ceil(share * len(ranked)) - 1] if ranked else None


def _ranked(
    connection: Connection, metric: Metric, window: Window, by: Apart | None
) -> dict[str | None, Summary]:
    """What durations come to: every one is asked for, as SQLite knows no percentile."""
    column = metric.view.c
    columns = (column.value,) if by is None else (column.value, column[by])
    rows: Iterable[Any] = connection.execute(_within(select(*columns), metric, window))
    grouped: dict[str | None, list[int]] = {None: []}
    for value, *names in rows:
        grouped[None].append(value)
        for name in names:
            if name is not None:
                grouped.setdefault(name, []).append(value)
    names = sorted(name for name in grouped if name is not None)
    return {name: _spread(grouped[name]) for name in (None, *names)}


def _spread(values: Sequence[int]) -> Summary:
    ranked = sorted(values)
    middle, high = percentile(ranked, MEDIAN), percentile(ranked, NINE_TENTHS)
    return Summary(len(ranked), sum(ranked), middle, high)


def _summed(metric: Metric, window: Window, count: int, total: int, last: str | None) -> Summary:
    if last is None:
        return Summary(0, 0, None)
    match metric.kind:
        case "age":
            return Summary(count, count, window.end - parse_instant(last))
        case "share":
            return Summary(count, total, total / count)
        case _:
            return Summary(count, total, total)


def _within(question: Select[Any], metric: Metric, window: Window) -> Select[Any]:
    """*question* about the observations that count in *window*."""
    column = metric.view.c
    start, end = format_instant(window.start), format_instant(window.end)
    match metric.kind:
        case "state":
            return question
        case "level" | "age":
            return question.where(column.at <= end, column.until.is_(None) | (column.until > end))
        case _:
            return question.where(column.at <= end, column.at > start)
