"""Numeric checks: a reported number against limits and against the number the alias runs on.

All comparisons are exact, on whole units of 10⁻¹², and by cross-multiplication:
nothing here divides. Bounds are inclusive. A relative check on a baseline of 0
holds only for an equal value; without a stable stack there is nothing to compare
with, and checks against the baseline do not apply.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ledger.model.events import Metric
from ledger.model.terms import SCALE, format_decimal, parse_decimal
from ledger.policy.document import MetricCheck, SegmentCheck

Numbers = Mapping[tuple[str, str | None], int]
"""Reported numbers in units of 10⁻¹², by metric and segment (``None``: overall)."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number held against its bounds; ``complaints`` is empty where all hold."""

    metric: str
    segment: str | None
    value: str | None
    baseline: str | None
    bounds: str
    complaints: tuple[str, ...]


def numbers_of(metrics: tuple[Metric, ...]) -> Numbers:
    """The numbers in *metrics*, by metric and segment."""
    return {(metric.name, metric.segment): parse_decimal(metric.value) for metric in metrics}


def check_metric(check: MetricCheck, now: Numbers, before: Numbers | None) -> Measurement:
    """Hold one overall number against *check*; *before* is ``None`` on a first release."""
    key = (check.name, None)
    complaints = tuple(_complaints(check, check.name, key, now, before))
    return _measurement(key, now, before, _bounds(check), complaints)


def check_segments(
    check: SegmentCheck, now: Numbers, before: Numbers | None
) -> tuple[Measurement, ...]:
    """Hold each named segment against *check*, and against the best of them."""
    known = [now[check.metric, name] for name in check.names if (check.metric, name) in now]
    best = (min if check.better == "lower" else max)(known, default=None)
    return tuple(_segment(check, name, best, now, before) for name in check.names)


def relative_change_within(new: int, old: int, limit: int) -> bool:
    """Whether *new* differs from *old* by at most *limit* of it; all in units of 10⁻¹²."""
    return abs(new - old) * SCALE <= limit * abs(old)


def _segment(
    check: SegmentCheck, name: str, best: int | None, now: Numbers, before: Numbers | None
) -> Measurement:
    key = (check.metric, name)
    label = f"{check.metric} in {name}"
    complaints = list(_complaints(check, label, key, now, before))
    if check.max_gap is not None and best is not None and key in now:
        gap = abs(best - now[key])
        if gap > parse_decimal(check.max_gap):
            complaints.append(
                f"{label} is {format_decimal(gap)} behind the best segment,"
                f" more than {check.max_gap}"
            )
    return _measurement(key, now, before, _bounds(check), tuple(complaints))


def _complaints(
    check: MetricCheck | SegmentCheck,
    label: str,
    key: tuple[str, str | None],
    now: Numbers,
    before: Numbers | None,
) -> Iterator[str]:
    if key not in now:
        yield f"{label} is missing"
        return
    value = now[key]
    if check.min is not None and value < parse_decimal(check.min):
        yield f"{label} is {format_decimal(value)}, below the minimum {check.min}"
    if check.max is not None and value > parse_decimal(check.max):
        yield f"{label} is {format_decimal(value)}, above the maximum {check.max}"
    if before is None:
        return
    if key in before:
        yield from _against_baseline(check, label, value, before[key])
    elif any(bound is not None for bound in _relative_bounds(check).values()):
        yield f"{label} has no baseline to compare with"


def _against_baseline(
    check: MetricCheck | SegmentCheck, label: str, value: int, baseline: int
) -> Iterator[str]:
    change = value - baseline
    for name, bound in _relative_bounds(check).items():
        if bound is None:
            continue
        moved = -change if name.startswith("max_drop") else change
        limit = parse_decimal(bound)
        if name.endswith("_ratio"):
            holds = change == 0 if baseline == 0 else moved * SCALE <= limit * abs(baseline)
        else:
            holds = moved <= limit
        if not holds:
            word = "fell" if name.startswith("max_drop") else "rose"
            share = " of the baseline" if name.endswith("_ratio") else ""
            yield (
                f"{label} {word} from {format_decimal(baseline)} to {format_decimal(value)},"
                f" more than {bound}{share}"
            )


def _relative_bounds(check: MetricCheck | SegmentCheck) -> dict[str, str | None]:
    bounds = {"max_drop": check.max_drop, "max_rise": check.max_rise}
    if isinstance(check, MetricCheck):
        bounds["max_drop_ratio"] = check.max_drop_ratio
        bounds["max_rise_ratio"] = check.max_rise_ratio
    return bounds


def _bounds(check: MetricCheck | SegmentCheck) -> str:
    named = {"min": check.min, "max": check.max, **_relative_bounds(check)}
    if isinstance(check, SegmentCheck):
        named["max_gap"] = check.max_gap
    return ", ".join(f"{name} {bound}" for name, bound in named.items() if bound is not None)


def _measurement(
    key: tuple[str, str | None],
    now: Numbers,
    before: Numbers | None,
    bounds: str,
    complaints: tuple[str, ...],
) -> Measurement:
    baseline = None if before is None else before.get(key)
    return Measurement(
        metric=key[0],
        segment=key[1],
        value=format_decimal(now[key]) if key in now else None,
        baseline=None if baseline is None else format_decimal(baseline),
        bounds=bounds,
        complaints=complaints,
    )
