"""Numeric checks: a reported number against limits and against the number the alias runs on.

All comparisons are exact, on whole units of 10⁻¹², and by cross-multiplication:
nothing here divides. Bounds are inclusive. A relative check on a baseline of 0
holds only for an equal value; without a stable stack there is nothing to compare
with, and checks against the baseline do not apply.

Bounds judge the value. A confidence interval decides nothing: it is carried along,
so that whoever reads a change can tell it from noise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.model.events import Metric
from ledger.model.terms import SCALE, format_decimal, parse_decimal
from ledger.policy.bounded import MetricCheck, SegmentTrigger

Key = tuple[str, str | None]
"""A metric and its segment; ``None``: overall."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Reported numbers by metric and segment."""

    metrics: Mapping[Key, Metric]

    def get(self, key: Key) -> int | None:
        """The value under *key* in units of 10⁻¹², if it was reported."""
        metric = self.metrics.get(key)
        return None if metric is None else parse_decimal(metric.value)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number held against its bounds; ``complaints`` is empty where all hold."""

    metric: str
    segment: str | None
    value: Metric | None
    baseline: Metric | None
    bounds: str
    complaints: tuple[str, ...]

    @property
    def change(self) -> int | None:
        """The value less its baseline, in units of 10⁻¹²."""
        if self.value is None or self.baseline is None:
            return None
        return parse_decimal(self.value.value) - parse_decimal(self.baseline.value)

    @property
    def within(self) -> bool:
        """Whether the baseline lies in the value's interval, ends included: it may be noise."""
        now, before = self.value, self.baseline
        if now is None or before is None or now.low is None or now.high is None:
            return False
        return parse_decimal(now.low) <= parse_decimal(before.value) <= parse_decimal(now.high)


def numbers_of(metrics: tuple[Metric, ...]) -> Numbers:
    """The numbers in *metrics*, by metric and segment."""
    return Numbers({(metric.name, metric.segment): metric for metric in metrics})


def number_text(metric: Metric | None) -> str:
    """A number as people read it: ``0.912 [0.905, 0.919] at 0.95``, or ``-`` for none."""
    if metric is None:
        return "-"
    text = _shortest(metric.value)
    if metric.low is not None and metric.high is not None:
        text += f" [{_shortest(metric.low)}, {_shortest(metric.high)}]"
    return text if metric.level is None else f"{text} at {_shortest(metric.level)}"


def _shortest(text: str) -> str:
    return format_decimal(parse_decimal(text))


def check_metric(check: MetricCheck, now: Numbers, before: Numbers | None) -> Measurement:
    """Hold one overall number against *check*; *before* is ``None`` on a first release."""
    key = (check.name, None)
    complaints = tuple(_complaints(check, check.name, key, now, before))
    return _measurement(key, now, before, _bounds(check), complaints)


def check_segments(
    check: SegmentTrigger,
    now: Numbers,
    before: Numbers | None,
    names: Sequence[str] | None = None,
) -> tuple[Measurement, ...]:
    """Hold each segment of *names*, or that *check* names, against it and the best of them."""
    wanted = check.names if names is None else names
    named = (now.get((check.metric, name)) for name in wanted)
    known = [value for value in named if value is not None]
    best = (min if check.better == "lower" else max)(known, default=None)
    return tuple(_segment(check, name, best, now, before) for name in wanted)


def relative_change_within(new: int, old: int, limit: int) -> bool:
    """Whether *new* differs from *old* by at most *limit* of it; all in units of 10⁻¹²."""
    return abs(new - old) * SCALE <= limit * abs(old)


def _segment(
    check: SegmentTrigger, name: str, best: int | None, now: Numbers, before: Numbers | None
) -> Measurement:
    key = (check.metric, name)
    label = f"{check.metric} in {name}"
    complaints = list(_complaints(check, label, key, now, before))
    value = now.get(key)
    if check.max_gap is not None and best is not None and value is not None:
        gap = abs(best - value)
        if gap > parse_decimal(check.max_gap):
            complaints.append(
                f"{label} is {format_decimal(gap)} behind the best segment,"
                f" more than {check.max_gap}"
            )
    return _measurement(key, now, before, _bounds(check), tuple(complaints))


def _complaints(
    check: MetricCheck | SegmentTrigger,
    label: str,
    key: Key,
    now: Numbers,
    before: Numbers | None,
) -> Iterator[str]:
    value = now.get(key)
    if value is None:
        yield f"{label} is missing"
        return
    if check.min is not None and value < parse_decimal(check.min):
        yield f"{label} is {format_decimal(value)}, below the minimum {check.min}"
    if check.max is not None and value > parse_decimal(check.max):
        yield f"{label} is {format_decimal(value)}, above the maximum {check.max}"
    if before is None:
        return
    baseline = before.get(key)
    if baseline is not None:
        yield from _against_baseline(check, label, value, baseline)
    elif any(bound is not None for bound in _relative_bounds(check).values()):
        yield f"{label} has no baseline to compare with"


def _against_baseline(
    check: MetricCheck | SegmentTrigger, label: str, value: int, baseline: int
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


def _relative_bounds(check: MetricCheck | SegmentTrigger) -> dict[str, str | None]:
    bounds = {"max_drop": check.max_drop, "max_rise": check.max_rise}
    if isinstance(check, MetricCheck):
        bounds["max_drop_ratio"] = check.max_drop_ratio
        bounds["max_rise_ratio"] = check.max_rise_ratio
    return bounds


def _bounds(check: MetricCheck | SegmentTrigger) -> str:
    named = {"min": check.min, "max": check.max, **_relative_bounds(check)}
    if isinstance(check, SegmentTrigger):
        named["max_gap"] = check.max_gap
    return ", ".join(f"{name} {bound}" for name, bound in named.items() if bound is not None)


def _measurement(
    key: Key,
    now: Numbers,
    before: Numbers | None,
    bounds: str,
    complaints: tuple[str, ...],
) -> Measurement:
    return Measurement(
        metric=key[0],
        segment=key[1],
        value=now.metrics.get(key),
        baseline=None if before is None else before.metrics.get(key),
        bounds=bounds,
        complaints=complaints,
    )
