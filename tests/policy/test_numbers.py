"""Numbers against bounds and baselines: every bound at its exact value and one step beyond."""

import pytest

from ledger.model.events import Metric
from ledger.model.terms import SCALE
from ledger.policy.document import MetricCheck, SegmentCheck
from ledger.policy.numbers import (
    Numbers,
    check_metric,
    check_segments,
    numbers_of,
    relative_change_within,
)


def auc(value: str) -> Numbers:
    return numbers_of((Metric(name="auc", segment=None, value=value),))


def segments(**values: str) -> Numbers:
    return numbers_of(
        tuple(Metric(name="recall", segment=s, value=v) for s, v in sorted(values.items()))
    )


HELD = [
    (MetricCheck(name="auc", min="0.90"), "0.9", None),
    (MetricCheck(name="auc", max="0.90"), "0.900000000000", None),
    (MetricCheck(name="auc", max_drop="0.01"), "0.94", "0.95"),
    (MetricCheck(name="auc", max_drop="0"), "0.95", "0.95"),
    (MetricCheck(name="auc", max_drop="0.01"), "0.99", "0.95"),
    (MetricCheck(name="auc", max_rise="0.01"), "0.96", "0.95"),
    (MetricCheck(name="auc", max_drop_ratio="0.1"), "90", "100"),
    (MetricCheck(name="auc", max_rise_ratio="0.1"), "110", "100"),
    (MetricCheck(name="auc", max_rise_ratio="0.1"), "-90", "-100"),
    (MetricCheck(name="auc", max_rise_ratio="0.5"), "0", "0"),
    (MetricCheck(name="auc", max_drop="0.01"), "0.1", None),
]

BROKEN = [
    (MetricCheck(name="auc", min="0.90"), "0.899999999999", None, "below the minimum 0.90"),
    (MetricCheck(name="auc", max="0.90"), "0.900000000001", None, "above the maximum 0.90"),
    (MetricCheck(name="auc", max_drop="0.01"), "0.939999999999", "0.95", "fell from 0.95"),
    (MetricCheck(name="auc", max_drop="0"), "0.949999999999", "0.95", "more than 0"),
    (MetricCheck(name="auc", max_rise="0.01"), "0.960000000001", "0.95", "rose from 0.95"),
    (MetricCheck(name="auc", max_drop_ratio="0.1"), "89.9", "100", "0.1 of the baseline"),
    (MetricCheck(name="auc", max_rise_ratio="0.1"), "110.000000000001", "100", "rose from 100"),
    (MetricCheck(name="auc", max_rise_ratio="0.1"), "-89", "-100", "rose from -100"),
    (MetricCheck(name="auc", max_rise_ratio="0.5"), "0.000000000001", "0", "rose from 0"),
    (MetricCheck(name="auc", max_drop_ratio="0.5"), "0.000000000001", "0", "fell from 0"),
]


@pytest.mark.parametrize(("check", "now", "before"), HELD)
def test_a_number_exactly_at_its_bound_holds(
    check: MetricCheck, now: str, before: str | None
) -> None:
    found = check_metric(check, auc(now), None if before is None else auc(before))

    assert found.complaints == ()


@pytest.mark.parametrize(("check", "now", "before", "complaint"), BROKEN)
def test_a_number_one_step_beyond_its_bound_does_not_hold(
    check: MetricCheck, now: str, before: str | None, complaint: str
) -> None:
    found = check_metric(check, auc(now), None if before is None else auc(before))

    assert len(found.complaints) == 1
    assert complaint in found.complaints[0]


def test_a_number_that_is_missing_does_not_hold() -> None:
    found = check_metric(MetricCheck(name="auc", min="0.9"), {}, None)

    assert found.complaints == ("auc is missing",)
    assert found.value is None


def test_a_baseline_without_the_metric_leaves_a_relative_check_unmet() -> None:
    found = check_metric(MetricCheck(name="auc", max_drop="0.01"), auc("0.95"), {})

    assert found.complaints == ("auc has no baseline to compare with",)


def test_a_baseline_without_the_metric_does_not_matter_to_an_absolute_check() -> None:
    found = check_metric(MetricCheck(name="auc", min="0.9"), auc("0.95"), {})

    assert found.complaints == ()


def test_a_segments_gap_to_the_best_holds_at_the_bound_and_not_beyond() -> None:
    check = SegmentCheck(metric="recall", names=("north", "south"), max_gap="0.05")

    at_bound = check_segments(check, segments(north="0.90", south="0.85"), None)
    beyond = check_segments(check, segments(north="0.90", south="0.849999999999"), None)

    assert [one.complaints for one in at_bound] == [(), ()]
    assert "behind the best segment, more than 0.05" in beyond[1].complaints[0]


def test_where_lower_is_better_the_best_segment_is_the_lowest() -> None:
    check = SegmentCheck(metric="recall", names=("north", "south"), better="lower", max_gap="1")

    found = check_segments(check, segments(north="10", south="12"), None)

    assert found[0].complaints == ()
    assert "recall in south is 2 behind" in found[1].complaints[0]


def test_a_segment_that_is_missing_does_not_hold_and_the_others_are_still_judged() -> None:
    check = SegmentCheck(metric="recall", names=("north", "south", "west"), min="0.8")

    found = check_segments(check, segments(north="0.9", south="0.7"), None)

    assert [len(one.complaints) for one in found] == [0, 1, 1]
    assert found[2].complaints == ("recall in west is missing",)


def test_a_segment_nobody_named_is_not_judged_and_not_the_best() -> None:
    check = SegmentCheck(metric="recall", names=("north", "south"), max_gap="0.05")

    found = check_segments(check, segments(east="0.99", north="0.80", south="0.80"), None)

    assert [one.segment for one in found] == ["north", "south"]
    assert all(one.complaints == () for one in found)


@pytest.mark.parametrize(
    ("new", "old", "limit", "within"),
    [
        (SCALE * 101, SCALE * 100, SCALE // 100, True),
        (SCALE * 101 + 1, SCALE * 100, SCALE // 100, False),
        (SCALE * 99, SCALE * 100, SCALE // 100, True),
        (-SCALE * 101, -SCALE * 100, SCALE // 100, True),
        (0, 0, 0, True),
        (1, 0, SCALE, False),
    ],
)
def test_a_relative_change_is_exact(new: int, old: int, limit: int, within: bool) -> None:  # noqa: FBT001 - the expected answer
    assert relative_change_within(new, old, limit) is within
