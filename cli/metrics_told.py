"""What a metric came to, in words and as a small line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.wording import ago

if TYPE_CHECKING:
    from projections.metrics.definition import Metric
    from projections.metrics.summary import Summary

BARS: Final = "▁▂▃▄▅▆▇█"
"""The heights of a small line, the lowest first; what was not observed is a dot."""


def value_words(metric: "Metric", found: "Summary") -> str:
    """What *metric* came to, as people say it; ``none`` where nothing was observed."""
    if found.value is None:
        return "none"
    match metric.kind:
        case "duration" | "age":
            return f"{ago(int(found.value))}, 9 of 10 within {ago(int(found.p90 or 0))}"
        case "share":
            return f"{100 * found.value:.0f} % ({found.total} of {found.observations})"
        case _:
            return str(int(found.value))


def trend_words(course: "Sequence[Summary]") -> str:
    """How a number went, oldest first: one character for each window."""
    known = [one.value for one in course if one.value is not None]
    top = max(known, default=0)
    return "".join("·" if one.value is None else _bar(one.value, top) for one in course)


def _bar(value: float, top: float) -> str:
    return BARS[round(value / top * (len(BARS) - 1))] if top else BARS[0]
