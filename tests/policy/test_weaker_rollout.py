"""What a policy loosens of stages and rollback: each way, and never one that is not said."""

from collections.abc import Iterator
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.model.events import Metric
from ledger.policy.analysis.differences import differences
from ledger.policy.analysis.weaker import weakenings
from ledger.policy.analysis.weaker_rollout import rollout_loosened
from ledger.policy.bounded import MetricCheck, SegmentCheck, SegmentTrigger
from ledger.policy.document import Policy
from ledger.policy.numbers import numbers_of
from ledger.policy.reading import read_policy
from ledger.policy.rollout import Rollback, Stage, Triggers
from ledger.policy.stages import Observed, breaches, complaints
from tests.policies import STAGED

A: Final = STAGED.replace(
    'retry_rate = { max = "0.05" }',
    'retry_rate = { min = "0.01", max = "0.05" }\nauc = { max_drop = "0.02" }\n[stage.segments]\n'
    'recall = { names = ["web", "shop", "abroad"], min = "0.8", max_gap = "0.03" }',
)
"""STAGED with a bound of every kind in its second stage."""

SHADOW: Final = A[A.index('[[stage]]\nid = "shadow"') : A.index('[[stage]]\nid = "guarded"')]
GUARDED: Final = A[A.index('[[stage]]\nid = "guarded"') : A.index('[[stage]]\nid = "general"')]
ROLLBACK: Final = A[A.index("[rollback]") :]
ENVIRONMENTS: Final = A[A.index("[environments]") : A.index(SHADOW)]


def policy(text: str) -> Policy:
    return read_policy(text, file="policy.toml")


def said(old: str, new: str, text: str = A) -> list[tuple[str, str, str, str]]:
    """What *text* loosens where *new* stands for *old* in it."""
    assert old in text
    return list(rollout_loosened(policy(text), policy(text.replace(old, new, 1))))


UP: Final = "tier medium and high"

LOOSER: Final = {
    "a stage gone": (
        SHADOW, "", ("stage", f"stage shadow at {UP}", "to be passed", "no such stage"),
    ),
    "a stage gone for a tier": (
        'tiers = ["medium", "high"]',
        'tiers = ["high"]',
        ("stage", "stage shadow at tier medium", "to be passed", "no such stage"),
    ),
    "another order": (
        SHADOW + GUARDED,
        GUARDED + SHADOW,
        ("stage-order", f"order of stages at {UP}", "shadow, guarded, general",
         "guarded, shadow, general"),
    ),
    "a larger share": (
        '"0.05"\nsoak', '"0.2"\nsoak',
        ("share", f"traffic until stage guarded is passed at {UP}", "0.05", "0.2"),
    ),
    "a shadow with traffic": (
        'soak = "24h"\nobserved', 'share = "0.01"\nsoak = "24h"\nobserved',
        ("share", f"traffic until stage shadow is passed at {UP}", "none", "0.01"),
    ),
    "a shorter soak": (
        'soak = "24h"', 'soak = "90m"', ("soak", f"soak of stage shadow at {UP}", "1d", "90m"),
    ),
    "a looser maximum": (
        'max = "0.05"', 'max = "0.06"',
        ("stage-check", f"max of retry_rate in stage guarded at {UP}", "0.05", "0.06"),
    ),
    "a looser minimum": (
        'min = "0.01"', 'min = "0"',
        ("stage-check", f"min of retry_rate in stage guarded at {UP}", "0.01", "0"),
    ),
    "a bound gone": (
        'auc = { max_drop = "0.02" }', "",
        ("stage-check", f"max_drop of auc in stage guarded at {UP}", "0.02", "nothing"),
    ),
    "a segment gone": (
        '["web", "shop", "abroad"]', '["shop", "abroad"]',
        ("stage-check", f"recall in stage guarded, segments at {UP}", "web, shop, abroad",
         "shop, abroad"),
    ),
    "a wider gap": (
        'max_gap = "0.03"', 'max_gap = "0.04"',
        ("stage-check", f"max_gap of recall in stage guarded at {UP}", "0.03", "0.04"),
    ),
    "a lower minimum in segments": (
        'min = "0.8"', 'min = "0.7"',
        ("stage-check", f"min of recall in segments in stage guarded at {UP}", "0.8", "0.7"),
    ),
    "another observer": (
        '["watchdog", "evaluation-owner"]', '["watchdog", "evaluation-owner", "auditor"]',
        ("observed-by", f"stage shadow observed by auditor at {UP}", "not allowed", "allowed"),
    ),
    "a shorter window": (
        'high = "168h"', 'high = "167h"',
        ("observe", "window after completion at tier high", "7d", "167h"),
    ),
    "no window": (
        'low = "24h", ', "",
        ("observe", "window after completion at tier low", "1d", "nothing"),
    ),
    "production further on": (
        '"production"]', '"production", "everywhere"]',
        ("stage", "stages in environment production", "to be passed", "only in everywhere"),
    ),
    "fewer who roll back": (
        '["release-owner", "on-call"]', '["release-owner"]',
        ("rollback", "rollback by on-call", "allowed", "not allowed"),
    ),
    "another service": (
        'services = ["watchdog"]', 'services = ["watchdog", "deployer"]',
        ("rollback", "rollback by the service deployer", "not allowed", "on a trigger"),
    ),
    "no service": (
        'services = ["watchdog"]\n', "",
        ("rollback", "rollback by the service watchdog", "on a trigger", "not allowed"),
    ),
    "more time to roll back": (
        '"10m"', '"1h"', ("rollback-within", "time from trigger to rollback", "10m", "1h"),
    ),
    "a later review": (
        'review_within = "48h"\n', "",
        ("review-within", "time until a rollback is reviewed", "2d", "any time"),
    ),
    "no incident": (
        "incident = true\n", "",
        ("trigger", "rollback on an incident", "called for", "not called for"),
    ),
    "a looser trigger": (
        'max = "80"', 'max = "81"', ("trigger", "max of latency_p95_ms as a trigger", "80", "81"),
    ),
    "a trigger gone": (
        'latency_p95_ms = { max = "80" }\n', "",
        ("trigger", "max of latency_p95_ms as a trigger", "80", "nothing"),
    ),
    "a trigger for named segments only": (
        "recall = { max_drop", 'recall = { names = ["web"], max_drop',
        ("trigger", "recall as a trigger, segments", "every one that is reported", "web"),
    ),
}  # fmt: skip


ALSO: Final = {
    "another order": {("share", f"traffic until stage shadow is passed at {UP}", "none", "0.05")},
    "a segment gone": {
        ("stage-check", f"max_gap of recall in stage guarded at {UP}", "0.03", "nothing")
    },
    "another observer": {
        ("observed-by", "window after completion observed by auditor at every tier",
         "not allowed", "allowed"),
    },
}  # fmt: skip
"""What else each of these loosens."""


@pytest.mark.parametrize("name", LOOSER)
def test_what_is_loosened_is_said_and_so_it_is_by_the_comparison_of_all_cases(name: str) -> None:
    old, new, expected = LOOSER[name]

    found = said(old, new)

    assert {*found} == {expected, *ALSO.get(name, set())}
    everything = weakenings(policy(A), policy(A.replace(old, new, 1)))
    assert expected in [(one.code, one.what, one.before, one.after) for one in everything]


STRICTER: Final = {
    "a stage more": (GUARDED, GUARDED + GUARDED.replace('"guarded"', '"again"')),
    "a smaller share": ('"0.05"\nsoak', '"0.01"\nsoak'),
    "a longer soak": ('soak = "24h"', 'soak = "25h"'),
    "a tighter maximum": ('max = "0.05"', 'max = "0.04"'),
    "a higher minimum": ('min = "0.8"', 'min = "0.81"'),
    "another segment": ('"web", "shop"', '"web", "app", "shop"'),
    "fewer observers": ('"watchdog", "evaluation-owner"', '"evaluation-owner"'),
    "a longer window": ('low = "24h"', 'low = "25h"'),
    "more who roll back": ('"on-call"]', '"on-call", "auditor"]'),
    "less time to roll back": ('"10m"', '"9m"'),
    "an earlier review": ('"48h"', '"47h"'),
    "a tighter trigger": ('max = "80"', 'max = "79"'),
    "the production of others": ('order = ["staging",', 'order = ["dev", "staging",'),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), STRICTER.values(), ids=STRICTER.keys())
def test_what_asks_for_more_is_not_called_weaker(old: str, new: str) -> None:
    assert said(old, new) == []


@pytest.mark.parametrize("block", [SHADOW, GUARDED, ROLLBACK, ENVIRONMENTS])
def test_to_add_a_block_is_weaker_only_where_a_service_may_roll_back(block: str) -> None:
    before = policy(A.replace(block, ""))

    found = list(rollout_loosened(before, policy(A)))

    services = [("rollback", "rollback by the service watchdog", "not allowed", "on a trigger")]
    assert found == (services if block == ROLLBACK else _of_places(block))


def _of_places(block: str) -> list[tuple[str, str, str, str]]:
    """Without [environments] stages apply everywhere; with it only in the last."""
    if block != ENVIRONMENTS:
        return []
    return [("stage", "stages in environment staging", "to be passed", "only in production")]


def test_without_a_rollback_block_those_who_operate_roll_back() -> None:
    by = 'by = ["release-owner", "on-call"]'
    assert said(ROLLBACK, "")[0] == ("rollback", "rollback by on-call", "allowed", "not allowed")

    operated = A.replace('[operation]\nby = ["release-owner"]', f"[operation]\n{by}")
    assert not any("by on-call" in what for _, what, _, _ in said(ROLLBACK, "", operated))


def test_stages_of_a_tier_that_no_release_has_are_not_missed() -> None:
    without_low = A.replace('is = "low"\n', 'is = "medium"\n')

    found = said('low = "24h", ', "", without_low)

    assert found == []


def test_a_renamed_last_stage_is_as_good() -> None:
    assert said('id = "general"', 'id = "everybody"') == []


def test_differences_show_stages_and_rollback_as_they_are_written() -> None:
    def changed(old: str, new: str) -> list[tuple[str, ...]]:
        found = differences(policy(A), policy(A.replace(old, new, 1)))
        return [(one.block, one.id, one.key, str(one.old), str(one.new)) for one in found]

    assert changed('soak = "24h"', 'soak = "90m"') == [("stage", "shadow", "soak", "1d", "90m")]
    assert changed('high = "168h"', 'high = "1h"') == [
        ("stage", "general", "observe.high", "7d", "1h")
    ]
    assert changed('max = "80"', 'max = "81"') == [
        ("rollback", "", "triggers.metrics.latency_p95_ms.max", "80", "81")
    ]
    assert changed('"48h"', '"49h"') == [("rollback", "", "review_within", "2d", "49h")]
    assert changed(SHADOW + GUARDED, GUARDED + SHADOW) == [
        ("stage", "", "order", "shadow, guarded, general", "guarded, shadow, general")
    ]


NAMES: Final = ("x", "y")
SEGMENTS: Final = ("s", "t")
values = st.sampled_from(["-1", "0", "0.5", "1", "2"])
amounts = st.sampled_from(["0", "0.5", "1"])
absolute = {"min": values, "max": values}
moved = {"max_drop": amounts, "max_rise": amounts}
ratios = {"max_drop_ratio": amounts, "max_rise_ratio": amounts}


def bounds(known: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[dict[str, str]]:
    """Some of the *known* bounds, at least one."""
    return st.one_of(
        *(
            st.fixed_dictionaries(
                {name: amount}, optional={k: v for k, v in known.items() if k != name}
            )
            for name, amount in known.items()
        )
    )


def in_segments(names: list[tuple[str, ...]]) -> st.SearchStrategy[dict[str, object]]:
    """A check of the metric x in some of *names*."""
    found = bounds({**absolute, **moved, "max_gap": amounts})
    ways = st.sampled_from([None, "higher", "lower"])
    return st.tuples(found, st.sampled_from(names), ways).map(
        lambda one: {**one[0], "metric": "x", "names": one[1], "better": one[2]}
    )


named = [("s",), ("t",), ("s", "t")]


def metric_checks(name: str) -> st.SearchStrategy[MetricCheck]:
    return bounds({**absolute, **moved, **ratios}).map(
        lambda found: MetricCheck.model_validate({"name": name, **found})
    )


segment_checks = in_segments(named).map(SegmentCheck.model_validate)
segment_triggers = in_segments([*named, ()]).map(SegmentTrigger.model_validate)
metrics = st.tuples(*(st.none() | metric_checks(name) for name in NAMES)).map(
    lambda found: tuple(one for one in found if one is not None)
)
stages = st.builds(
    Stage,
    id=st.just("only"),
    metrics=metrics,
    segments=st.none().map(lambda _: ()) | st.tuples(segment_checks),
)
triggers = st.builds(
    Triggers,
    incident=st.booleans(),
    metrics=metrics,
    segments=st.none().map(lambda _: ()) | st.tuples(segment_triggers),
)


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Metric, ...]:
    keys = draw(st.sets(st.sampled_from([*product(NAMES, (None, *SEGMENTS))])))
    return tuple(
        Metric(name=name, segment=segment, value=draw(values), low=None, high=None, level=None)
        for name, segment in sorted(keys, key=str)
    )


observations = st.builds(
    lambda now, before, incident: Observed(
        numbers_of(now), None if before is None else numbers_of(before), incident
    ),
    numbers(),
    st.none() | numbers(),
    st.sampled_from([None, "spoofed"]),
)

BARE: Final = policy(A.replace(A[A.index("[environments]") :], ""))


def with_rollout(stage: Stage, found: Triggers) -> Policy:
    fields = {name: getattr(BARE, name) for name in Policy.model_fields}
    rollback = Rollback(by=("release-owner",), triggers=found)
    return Policy(**{**fields, "stages": (stage,), "rollback": rollback})


def lost(a: Policy, b: Policy, observed: Observed) -> Iterator[str]:
    """What A says of *observed* and B does not."""
    if complaints(a.stages[0], observed) and not complaints(b.stages[0], observed):
        yield "stage-check"
    assert a.rollback is not None
    assert b.rollback is not None
    if breaches(a.rollback.triggers, observed) and not breaches(b.rollback.triggers, observed):
        yield "trigger"


@given(stages, stages, triggers, triggers, observations)
def test_where_nothing_is_said_no_observation_is_judged_more_mildly(
    one: Stage, other: Stage, mine: Triggers, theirs: Triggers, observed: Observed
) -> None:
    a, b = with_rollout(one, mine), with_rollout(other, theirs)

    assert {*lost(a, b, observed)} <= {code for code, *_ in rollout_loosened(a, b)}
