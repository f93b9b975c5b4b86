"""Which stages a release passes, who observes them, and what an observation says of them.

Bounds are held as everywhere (``numbers``): what a stage names has to be reported, within
its bounds; a trigger is breached only by a number that was reported. Against a baseline:
the metrics with which the stack that the alias runs was allowed to start.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ledger.model.names import Tier
from ledger.policy.bounded import SegmentTrigger
from ledger.policy.circumstances import is_production
from ledger.policy.document import Policy
from ledger.policy.numbers import Key, Numbers, check_metric, check_segments
from ledger.policy.rollout import Stage, Triggers

GENERAL: Final = Stage(id="general")
"""The one stage of a release under a policy without stages, and before the last environment."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed of a release: numbers, those of its baseline if it has one, an incident."""

    numbers: Numbers
    before: Numbers | None
    incident: str | None


def stages_of(policy: Policy, alias: str, tier: Tier) -> tuple[Stage, ...]:
    """The stages that a release to *alias* at *tier* passes, in order; none: it cannot start."""
    if not policy.stages or not is_production(policy, alias.partition("/")[2]):
        return (GENERAL,)
    return tuple(stage for stage in policy.stages if tier in stage.tiers)


def observers_of(policy: Policy, stage: Stage) -> tuple[str, ...]:
    """The roles and services that observe *stage*: its own, else those of the other stages.

    A policy without any is served by who rolls releases back.
    """
    if stage.observed_by:
        return stage.observed_by
    named = dict.fromkeys(name for one in policy.stages for name in one.observed_by)
    if named or policy.rollback is None:
        return tuple(named)
    return (*policy.rollback.by, *policy.rollback.services)


def is_role(policy: Policy, name: str) -> bool:
    """Whether *name* in a list of roles and services is a role: a service never acts by it."""
    return any(role.name == name for role in policy.roles)


def window_of(stage: Stage, tier: Tier) -> int | None:
    """How many seconds a stack of *tier* is watched once it has passed *stage*, the last one."""
    return next((one.seconds for one in stage.observe if one.tier == tier), None)


def unreported(stage: Stage, observed: Observed) -> tuple[str, ...]:
    """The numbers that *stage* names and *observed* does not report, in words."""
    wanted: list[Key] = [(check.name, None) for check in stage.metrics]
    wanted += [(check.metric, name) for check in stage.segments for name in check.names]
    return tuple(
        metric if segment is None else f"{metric} in {segment}"
        for metric, segment in wanted
        if observed.numbers.get((metric, segment)) is None
    )


def complaints(stage: Stage, observed: Observed) -> tuple[str, ...]:
    """Everything for which *observed* does not pass *stage*; what is missing is among it."""
    return tuple(_complaints(stage, observed))


def _complaints(stage: Stage, observed: Observed) -> Iterator[str]:
    if observed.incident is not None:
        yield f"incident: {observed.incident}"
    for check in stage.metrics:
        yield from check_metric(check, observed.numbers, observed.before).complaints
    for segments in stage.segments:
        for one in check_segments(segments, observed.numbers, observed.before):
            yield from one.complaints


def breaches(triggers: Triggers, observed: Observed) -> tuple[str, ...]:
    """Every one of *triggers* that *observed* breaches, in words."""
    return tuple(_breaches(triggers, observed))


def _breaches(triggers: Triggers, observed: Observed) -> Iterator[str]:
    numbers = observed.numbers
    if triggers.incident and observed.incident is not None:
        yield f"incident: {observed.incident}"
    for check in triggers.metrics:
        key = (check.name, None)
        if numbers.get(key) is not None:
            known = observed.before is not None and observed.before.get(key) is not None
            before = observed.before if known else None
            yield from check_metric(check, numbers, before).complaints
    for trigger in triggers.segments:
        yield from _segment_breaches(trigger, observed)


def _segment_breaches(trigger: SegmentTrigger, observed: Observed) -> Iterator[str]:
    """Where a reported segment breaches *trigger*.

    One without a baseline cannot have moved, so only the bounds of its value are held.
    """
    metric, numbers, before = trigger.metric, observed.numbers, observed.before
    reported = sorted(name for of, name in numbers.metrics if of == metric and name is not None)
    named = [name for name in reported if not trigger.names or name in trigger.names]
    for one in check_segments(trigger, numbers, None, named):
        yield from one.complaints
    comparable = [n for n in named if before is not None and before.get((metric, n)) is not None]
    moved = SegmentTrigger(metric=metric, max_drop=trigger.max_drop, max_rise=trigger.max_rise)
    for one in check_segments(moved, numbers, before, comparable):
        yield from one.complaints
