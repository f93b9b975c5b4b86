"""Metrics in the text format of Prometheus: gauges, as of when they are asked for.

A window moves on, so nothing here is a counter: what was observed 31 days ago leaves again.
Where nothing was observed the number is absent and ``…_observations`` is 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from cli.metrics_told import Told, definition_of
from ledger.model.terms import format_duration

PREFIX: Final = "assent_"

PARTS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "duration": (
        ("_median_seconds", "median in seconds", "value"),
        ("_p90_seconds", "seconds that 9 of 10 do not exceed", "p90"),
    ),
    "age": (("_seconds", "seconds since", "value"),),
    "share": (("_ratio", "share, from 0 to 1", "value"),),
    "count": (("", "how many", "value"),),
    "level": (("", "how many hold", "value"),),
    "state": (("", "how many hold", "value"),),
}
"""For each kind the gauges it comes to: their suffix, what they say, and the number told."""

WINDOWED: Final = frozenset({"duration", "share", "count"})
"""The kinds that are about a window; the others are about its end."""

OBSERVATIONS: Final = ("_observations", "how many observations it rests on", "observations")


def exposition(told: Sequence[Told], by: str | None, window: int) -> str:
    """What *told* came to; with *by*, one sample for each group, under that label.

    Without it the parts of a metric that has some are gauges of their own, ``…_by_<what>``. The
    help of each gauge says over how many seconds *window* goes, and where it is defined.
    """
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415 - heavy

    registry = CollectorRegistry()
    for one, label, suffix, what, field in _gauges(told, by):
        samples = list(_samples(one, label, field))
        if not samples:
            continue
        over = f", over {format_duration(window)}" if one.metric.kind in WINDOWED else ""
        gauge = Gauge(
            f"{PREFIX}{one.metric.name.replace('-', '_')}{suffix}",
            f"{one.metric.title}: {what}{over}; {definition_of(one.metric)}",
            [] if label is None else [label],
            registry=registry,
        )
        for key, value in samples:
            (gauge if key is None else gauge.labels(key)).set(value)
    return generate_latest(registry).decode()


def _gauges(
    told: Sequence[Told], by: str | None
) -> Iterator[tuple[Told, str | None, str, str, str]]:
    """Each gauge: the metric, its label, the end of its name, what it says, and the field."""
    for one in told:
        for suffix, what, field in (*PARTS[one.metric.kind], OBSERVATIONS):
            yield one, by, suffix, what, field
            if by is None and one.apart is not None:
                yield one, one.apart, f"{suffix}_by_{one.apart}", what, field


def _samples(one: Told, by: str | None, field: str) -> Iterator[tuple[str | None, float]]:
    """The numbers of *one* that are known: of all, or with *by* of each group.

    Where nothing was observed no group is known either; the count of 0 stands under no name.
    """
    if by is not None and not one.groups[None].observations:
        yield from ((("", 0),) if field == "observations" else ())
    for key, found in one.groups.items():
        value = getattr(found, field)
        if (key is None) == (by is None) and value is not None:
            yield key, value
