"""What ``assent metrics`` has to answer, in all, told apart, and over six windows."""

from collections.abc import Iterator
from typing import Any

from tests.recount.measures import MEASURES, PEOPLE
from tests.recount.story import Story
from tests.recount.summing import Measure, Seen, Sum, told_apart
from tests.recount.waiting import waiting

WINDOWS = 6

Numbers = tuple[int, float | None, float | None, int | None]
"""How often something was observed, the value, the ninth tenth, and the sum."""


def metrics(story: Story, end: int, window: int, by: str | None) -> dict[str, Any]:
    """Each metric that *by* tells apart, in the *window* seconds up to *end*."""
    found = {}
    asked = Measure("state", PEOPLE, lambda then: _waiting(then, end))
    for name, measure in {**MEASURES, "approvals-waiting": asked}.items():
        if by is not None and by not in measure.by:
            continue
        seen = list(measure.seen(story))
        apart = by or ("what" if measure.parts else None)
        sums = told_apart(measure, seen, apart, end - window, end)
        ends = [end - window * turn for turn in reversed(range(WINDOWS))]
        trend = [
            _numbers(told_apart(measure, seen, None, one - window, one)[None])
            for one in ([] if measure.kind == "state" else ends)
        ]
        groups = {key: _numbers(one) for key, one in sums.items() if key is not None}
        found[name] = {"all": _numbers(sums[None]), "groups": groups, "trend": trend}
    return found


def _waiting(story: Story, at: int) -> Iterator[Seen]:
    """Each person who could give an approval that is asked for at the time *at*, by role."""
    for one in story.proposals.values():
        for role, person in waiting(story, one, at):
            tier = one.judged.tier
            yield Seen(at, alias=one.alias, tier=tier, role=role, approver=person)


def _numbers(one: Sum) -> Numbers:
    return one.observations, one.value, one.p90, one.total


def printed(body: dict[str, Any]) -> dict[str, Any]:
    """The same of the JSON *body* that ``assent metrics`` printed."""
    return {
        one["name"]: {
            "all": _printed(one),
            "groups": {group["of"]: _printed(group) for group in one["groups"]},
            "trend": [_printed(part) for part in one["trend"]],
        }
        for one in body["metrics"]
    }


def _printed(one: dict[str, Any]) -> Numbers:
    return one["observations"], one["value"], one["p90"], one["total"]
