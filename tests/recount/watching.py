"""Whether what was observed passes, and what nobody observed though it was promised."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tests.recount.story import Line, Story
from tests.recount.things import (
    Act,
    Event,
    Release,
    seconds,
)

DAY = 86_400
MISSING = "missing-observation"


def judge_observation(story: Story, act: Act) -> tuple[bool, list[str], list[str]]:
    """Whether the observation *act* passes; what its stage lacks, and what it breaches."""
    said = [one for one in act.event["metrics"] if one["segment"] is None]
    numbers = {one["name"]: Decimal(one["value"]) for one in said}
    triggers = story.policy["rollback"]["triggers"]
    lacking = [
        one["name"]
        for one in _bounds_of_stage(story, act)
        if one["name"] not in numbers or not _within(numbers[one["name"]], one)
    ]
    breached = [
        one["name"]
        for one in triggers["metrics"]
        if one["name"] in numbers and not _within(numbers[one["name"]], one)
    ]
    if triggers["incident"] and act.event["incident"] is not None:
        breached.append("incident")
    return not (lacking or breached), lacking, breached


def _within(value: Decimal, bound: Mapping[str, Any]) -> bool:
    low, high = bound.get("min"), bound.get("max")
    return (low is None or value >= Decimal(low)) and (high is None or value <= Decimal(high))


def _bounds_of_stage(story: Story, act: Act) -> list[Event]:
    """The bounds of the stage that was observed, by the policy of the start."""
    release = story.releases[act.event["proposal"]]
    number = release.started.event["policy"]
    policy = story.policy_numbered(number)
    stages = [one for one in policy["stages"] if one["id"] == act.event["stage"]]
    return [bound for stage in stages for bound in stage["metrics"]]


def take_result(story: Story, act: Act) -> None:
    """Keep *act* with its release if it is the first to reach the end of the window."""
    release = story.releases[act.event["proposal"]]
    if release.window is None or release.result is not None or act.event["stage"] is not None:
        return
    if seconds(act.event["until"]) >= release.window:
        release.result = act


def time_passed(story: Story, line: Line) -> None:
    """Note what was due before *line* and had not been done: results of windows.

    A window is open while its release is what the alias runs; its result is due a day later.
    """
    known = {position for position, _, _ in story.missed}
    for release in _watched(story):
        assert release.window is not None
        assert release.completed is not None
        at = release.completed.position
        if line.judged_at >= release.window + DAY and at not in known:
            story.missed.append((at, line.position, MISSING))


def _watched(story: Story) -> Iterator[Release]:
    """The releases whose windows are open, without a result: what aliases run."""
    for alias in story.aliases.values():
        stable = alias.stable
        if stable is not None and stable.window is not None and stable.result is None:
            yield stable
