"""What a metric came to, in words, as a small line, and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cli.wording import ago
from ledger.model.terms import format_instant

if TYPE_CHECKING:
    from projections.metrics.definition import Metric
    from projections.metrics.summary import Summary, Window

BARS: Final = "▁▂▃▄▅▆▇█"
"""The heights of a small line, the lowest first; what was not observed is a dot."""

UNITS: Final = {"duration": "seconds", "age": "seconds", "share": "ratio"}
"""The unit of each kind; the others are plain numbers."""

NUMBER: Final = "number"
"""The unit of what is counted."""

PAGE: Final = "docs/reference/metrics.md"
"""Where each metric is defined, under its name."""


@dataclass(frozen=True, slots=True)
class Told:
    """A metric with what it came to in the window, told apart, and how it went before.

    ``apart`` is what the groups are told apart by: a dimension, or the metric's own parts;
    ``course`` is empty for what has no past.
    """

    metric: "Metric"
    groups: "Mapping[str | None, Summary]"
    course: "Sequence[Summary]"
    apart: str | None = None


def unit_of(metric: "Metric") -> str:
    """What the values of *metric* are measured in: seconds, a ratio, or a plain number."""
    return UNITS.get(metric.kind, NUMBER)


def definition_of(metric: "Metric") -> str:
    """Where *metric* is defined: a page of the documentation and its heading."""
    return f"{PAGE}#{metric.name}"


def value_words(metric: "Metric", found: "Summary") -> str:
    """What *metric* came to, as people say it; ``none`` where nothing was observed."""
    if found.value is None:
        return "none"
    match metric.kind:
        case "duration":
            return f"{ago(int(found.value))}, 9 of 10 within {ago(int(found.p90 or 0))}"
        case "age":
            return ago(int(found.value))
        case "share":
            return f"{percent(found.value)} ({found.total} of {found.observations})"
        case _:
            return str(int(found.value))


def percent(share: float) -> str:
    """*share* in whole percent; what is not all, or not nothing, is never said to be."""
    rounded = round(100 * share)
    if rounded in (0, 100) and share not in (0, 1):
        return "< 1 %" if rounded == 0 else "> 99 %"
    return f"{rounded} %"


def trend_words(course: "Sequence[Summary]") -> str:
    """How a number went, oldest first: one character for each window."""
    known = [one.value for one in course if one.value is not None]
    top = max(known, default=0)
    return "".join("·" if one.value is None else _bar(one.value, top) for one in course)


def _bar(value: float, top: float) -> str:
    return BARS[round(value / top * (len(BARS) - 1))] if top else BARS[0]


def told_json(one: Told, windows: "Sequence[Window]") -> dict[str, object]:
    """What *one* came to, as JSON; ``trend`` has one item for each of *windows*, if any."""
    metric = one.metric
    course = zip(windows, one.course, strict=True) if one.course else ()
    return {
        "name": metric.name,
        "title": metric.title,
        "kind": metric.kind,
        "unit": unit_of(metric),
        "definition": definition_of(metric),
        "dimensions": list(metric.by),
        "by": one.apart,
        **_summary_json(metric, one.groups[None]),
        "groups": [
            {"of": key, **_summary_json(metric, found)}
            for key, found in one.groups.items()
            if key is not None
        ],
        "trend": [
            {"end": format_instant(window.end), **_summary_json(metric, found)}
            for window, found in course
        ],
    }


def _summary_json(metric: "Metric", found: "Summary") -> dict[str, object]:
    """What was *found*, as JSON; ages are not added up, and have no total."""
    return {
        "observations": found.observations,
        "total": None if metric.kind == "age" else found.total,
        "value": found.value,
        "p90": found.p90,
    }
