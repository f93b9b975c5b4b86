"""Whether the stages of a policy lead somewhere, and its rollback can be set off.

Paths lead to the TOML people write. Who of a roster could observe is for ``observing``.
"""

from collections.abc import Iterator
from typing import Final

from ledger.model.names import TIERS
from ledger.model.problems import Path, Problem, listed
from ledger.model.terms import SCALE, parse_decimal
from ledger.policy.checking.bounds import bound_problems, relative_bound
from ledger.policy.document import Policy
from ledger.policy.rollout import Rollback, Stage

TRIGGER_KEYS: Final = ("incident", "segments")
"""The keys of ``[rollback.triggers]``, which no metric that triggers can be called."""


def stage_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[[stage]]``.

    Codes: ``tier-without-stage``, ``share-range``, ``share-falls``, ``observe-not-last``,
    ``observe-other-tier``, ``duplicate-id``, ``stage-unobserved``,
    ``stage-without-baseline``, and those of :func:`bound_problems`.
    """
    yield from _tiers(policy)
    yield from _falling(policy)
    anybody = any(stage.observed_by for stage in policy.stages)
    for i, stage in enumerate(policy.stages):
        at: Path = ("stage", i)
        yield from _share(stage, at)
        yield from _windows(policy, i)
        if not anybody and (stage.is_watched or stage.observe):
            yield _unobserved(stage, at)
        for metric in stage.metrics:
            where = f"metric {metric.name!r} of stage {stage.id!r}"
            yield from bound_problems(metric, where, (*at, "metrics", metric.name))
        for one in stage.segments:
            where = f"segments of {one.metric!r} in stage {stage.id!r}"
            yield from bound_problems(one, where, (*at, "segments", one.metric))
    yield from _without_baseline(policy)


def rollback_problems(policy: Policy) -> Iterator[Problem]:
    """Yield what is wrong with ``[rollback]``.

    Codes: ``services-without-trigger``, ``not-a-service``, ``name-taken``, and those of
    :func:`bound_problems`.
    """
    block = policy.rollback
    if block is None:
        return
    triggers = block.triggers
    if block.services and not (triggers.incident or triggers.metrics or triggers.segments):
        yield _untriggered(block)
    yield from _roles_as_services(policy, block)
    at: Path = ("rollback", "triggers")
    for metric in triggers.metrics:
        if metric.name in TRIGGER_KEYS:
            yield Problem(
                "name-taken",
                f"the metric {metric.name!r} has the name of a key of [rollback.triggers]",
                "report it under another name",
                (*at, metric.name),
            )
        yield from bound_problems(metric, f"trigger {metric.name!r}", (*at, metric.name))
    for one in triggers.segments:
        where = f"trigger of {one.metric!r} in segments"
        yield from bound_problems(one, where, (*at, "segments", one.metric))


def _tiers(policy: Policy) -> Iterator[Problem]:
    if not policy.stages:
        return
    for tier in TIERS:
        if not any(tier in stage.tiers for stage in policy.stages):
            yield Problem(
                "tier-without-stage",
                f"no stage is for the tier {tier}, so no release of it could start",
                f"add {tier} to the tiers of a stage, such as the last: {policy.stages[-1].id}",
                ("stage", len(policy.stages) - 1),
            )


def _falling(policy: Policy) -> Iterator[Problem]:
    """Stages with less of the traffic than one before them on the way of some tier."""
    for i, stage in enumerate(policy.stages):
        before = [one for one in policy.stages[:i] if set(one.tiers) & set(stage.tiers)]
        larger = [one for one in before if _units(one) > _units(stage) > 0]
        if larger:
            yield Problem(
                "share-falls",
                f"the share of stage {stage.id!r}, {stage.share}, is less than that of"
                f" {larger[-1].id!r} before it, {larger[-1].share}",
                "exchange the stages, or the shares: a release reaches more people, never fewer",
                ("stage", i, "share"),
            )


def _units(stage: Stage) -> int:
    """The share in units of 10⁻¹²; 0 without one, which says nothing about the traffic."""
    return 0 if stage.share is None else parse_decimal(stage.share)


def _share(stage: Stage, at: Path) -> Iterator[Problem]:
    if stage.share is not None and not 0 < _units(stage) <= SCALE:
        yield Problem(
            "share-range",
            f"the share of stage {stage.id!r} is {stage.share}, which is no part of the traffic",
            'write a fraction such as "0.05"; a shadow takes no traffic and has no share',
            (*at, "share"),
        )


def _windows(policy: Policy, i: int) -> Iterator[Problem]:
    stage = policy.stages[i]
    seen = set[str]()
    for one in stage.observe:
        path: Path = ("stage", i, "observe", one.tier)
        if one.tier in seen:
            message = f"the window of stage {stage.id!r} for the tier {one.tier} stands twice"
            yield Problem("duplicate-id", message, "keep one", path)
        seen.add(one.tier)
        after = [later.id for later in policy.stages[i + 1 :] if one.tier in later.tiers]
        if one.tier not in stage.tiers:
            yield Problem(
                "observe-other-tier",
                f"stage {stage.id!r} is for {listed(stage.tiers)} and has a window for {one.tier}",
                f"take it out, or add {one.tier} to its tiers",
                path,
            )
        elif after:
            yield Problem(
                "observe-not-last",
                f"stage {stage.id!r} is not the last of the tier {one.tier}, and its window would"
                " begin when the release is completed",
                f"move it to the stage {after[-1]!r}; how long a stage lasts is its soak",
                path,
            )


def _unobserved(stage: Stage, at: Path) -> Problem:
    why = "is not passed without an observation" if stage.is_watched else "has windows to observe"
    return Problem(
        "stage-unobserved",
        f"stage {stage.id!r} {why}, and no stage says who observes",
        'add observed_by = ["…"], roles or services that do not operate the release',
        at,
    )


def _without_baseline(policy: Policy) -> Iterator[Problem]:
    """Bounds against numbers that no release is ever started with: such a stage would fail.

    What a stack was started with are the numbers that requirements check.
    """
    checked = {(one.name, "") for need in policy.requirements for one in need.metrics}
    checked |= {
        (one.metric, name)
        for need in policy.requirements
        for one in need.segments
        for name in one.names
    }
    for i, stage in enumerate(policy.stages):
        for metric in stage.metrics:
            if (metric.name, "") not in checked and (bound := relative_bound(metric)):
                path: Path = ("stage", i, "metrics", metric.name, bound)
                yield _incomparable(stage, bound, metric.name, path)
        for one in stage.segments:
            lacking = [name for name in one.names if (one.metric, name) not in checked]
            if lacking and (bound := relative_bound(one)):
                what = f"{one.metric} in {listed(lacking)}"
                path = ("stage", i, "segments", one.metric, bound)
                yield _incomparable(stage, bound, what, path)


def _incomparable(stage: Stage, bound: str, what: str, path: Path) -> Problem:
    return Problem(
        "stage-without-baseline",
        f"stage {stage.id!r} compares {what} with the stack that runs ({bound}), and no"
        " requirement asks for that number",
        "use min or max, or let a requirement check it, so that every stack starts with one",
        path,
    )


def _roles_as_services(policy: Policy, block: Rollback) -> Iterator[Problem]:
    roles = {role.name for role in policy.roles}
    for i, name in enumerate(block.services):
        if name in roles:
            yield Problem(
                "not-a-service",
                f"{name!r} is a role, and under services stand services",
                "people are named by their roles: write it under by",
                ("rollback", "services", i),
            )


def _untriggered(block: Rollback) -> Problem:
    return Problem(
        "services-without-trigger",
        f"a service rolls back on a trigger only, and {listed(block.services)} would have none",
        "add [rollback.triggers], such as incident = true, or take services out",
        ("rollback", "services"),
    )
