"""Whether the bounds that a policy puts on numbers can be met, and are supplied with numbers."""

from collections.abc import Iterator, Mapping
from typing import Final

from ledger.model.problems import Path, Problem
from ledger.model.terms import parse_decimal
from ledger.policy.bounded import MetricCheck, SegmentTrigger
from ledger.policy.document import Policy, Requirement

_RELATIVE: Final = ("max_drop", "max_rise", "max_drop_ratio", "max_rise_ratio")
_BOUNDS: Final = ("min", "max", *_RELATIVE, "max_gap")


def numbers_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with metrics and segments.

    Codes: ``from-needed``, ``from-unused``, ``no-bound``, ``empty-range``, ``negative-bound``,
    ``gap-of-one``, ``duplicate-id``.
    """
    for i, need in enumerate(policy.requirements):
        at: Path = ("requirement", i)
        yield from _source(need, at)
        for metric in need.metrics:
            where = f"metric {metric.name!r} of requirement {need.id!r}"
            yield from bound_problems(metric, where, (*at, "metrics", metric.name))
        for one in need.segments:
            where = f"segments of {one.metric!r} in requirement {need.id!r}"
            yield from bound_problems(one, where, (*at, "segments", one.metric))


def bound_problems(
    check: MetricCheck | SegmentTrigger, where: str, path: Path
) -> Iterator[Problem]:
    """Yield what is wrong with the bounds of one number, *where* they stand in words.

    Codes: ``no-bound``, ``empty-range``, ``negative-bound``, ``gap-of-one``, ``duplicate-id``.
    """
    yield from _bounds(check, where, path)
    if isinstance(check, SegmentTrigger):
        yield from _segments(check, where, path)


def shift_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[shift]``.

    Codes: ``shift-unchecked``, ``shift-order``, ``duplicate-id``.
    """
    shift = policy.shift
    if shift is None:
        return
    checked = {metric.name for need in policy.requirements for metric in need.metrics}
    for i, name in enumerate(shift.metrics):
        path: Path = ("shift", "metrics", i)
        if name in shift.metrics[:i]:
            yield Problem("duplicate-id", f"[shift] names {name!r} twice", "keep one", path)
        elif name not in checked:
            yield Problem(
                "shift-unchecked",
                f"[shift] names the metric {name!r}, which no requirement has under its metrics",
                "add it to [requirement.metrics], so that its number has a source, or take it out",
                path,
            )
    if parse_decimal(shift.small) < 0 or parse_decimal(shift.small) > parse_decimal(shift.moderate):
        yield Problem(
            "shift-order",
            f"[shift] small = {shift.small} and moderate = {shift.moderate} leave a word without"
            " a meaning",
            "0 <= small <= moderate",
            ("shift", "small"),
        )


def _source(need: Requirement, at: Path) -> Iterator[Problem]:
    has_numbers = bool(need.metrics or need.segments)
    if has_numbers and need.source is None:
        yield Problem(
            "from-needed",
            f"the requirement {need.id!r} checks numbers and does not say which document has them",
            'add from = "…", the type of evidence that supplies them',
            at,
        )
    if need.source is not None and not has_numbers:
        yield Problem(
            "from-unused",
            f"the requirement {need.id!r} names a source and checks no number of it",
            "add [requirement.metrics] or [requirement.segments], or take `from` out",
            (*at, "from"),
        )


def _set(check: MetricCheck | SegmentTrigger) -> Mapping[str, str]:
    found = {name: getattr(check, name, None) for name in _BOUNDS}
    return {name: bound for name, bound in found.items() if isinstance(bound, str)}


def _bounds(check: MetricCheck | SegmentTrigger, where: str, path: Path) -> Iterator[Problem]:
    bounds = _set(check)
    if not bounds:
        yield Problem(
            "no-bound",
            f"{where}: no bound is set, so every number would do",
            f"set one of: {', '.join(name for name in _BOUNDS if hasattr(check, name))}",
            path,
        )
    if {"min", "max"} <= bounds.keys() and _units(bounds, "min") > _units(bounds, "max"):
        yield Problem(
            "empty-range",
            f"{where}: min {bounds['min']} lies above max {bounds['max']}, so no number would do",
            "exchange them",
            path,
        )
    for name in sorted(bounds.keys() - {"min", "max"}):
        if _units(bounds, name) < 0:
            yield Problem(
                "negative-bound",
                f"{where}: {name} = {bounds[name]} is below 0",
                f'write how far it may go, such as {name} = "0.01"; "0" allows nothing',
                (*path, name),
            )


def relative_bound(check: MetricCheck | SegmentTrigger) -> str | None:
    """The first bound of *check* that is against a baseline, if it has one."""
    return next((name for name in _RELATIVE if getattr(check, name, None) is not None), None)


def _units(bounds: Mapping[str, str], name: str) -> int:
    return parse_decimal(bounds[name])


def _segments(check: SegmentTrigger, where: str, path: Path) -> Iterator[Problem]:
    for i, name in enumerate(check.names):
        if name in check.names[:i]:
            message = f"{where}: the segment {name!r} stands twice"
            yield Problem("duplicate-id", message, "keep one", (*path, "names", i))
    if check.max_gap is not None and len(set(check.names)) == 1:
        yield Problem(
            "gap-of-one",
            f"{where}: max_gap compares segments with each other, and there is only one",
            "name the other segments, or use min, max_drop or max_rise",
            (*path, "max_gap"),
        )
