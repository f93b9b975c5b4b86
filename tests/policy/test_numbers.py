"""Numbers against bounds and baselines: every bound at its exact value and one step beyond."""

import pytest

from ledger.model.events import Metric
from ledger.model.terms import SCALE
from ledger.policy.bounded import MetricCheck, SegmentCheck
from ledger.policy.numbers import (
    Numbers,
    check_metric,
    check_segments,
    number_text,
    numbers_of,
    relative_change_within,
)

NONE = Numbers({})


def metric(
    value: str, ends: tuple[str, str] | None = None, level: str | None = None, **named: str | None
) -> Metric:
    """A number with the ends of its interval; *named* are name and segment."""
    low, high = ends or (None, None)
    about = {"name": "auc", "segment": None} | named
    return Metric.model_validate(about | {"value": value, "low": low, "high": high, "level": level})


def auc(value: str, ends: tuple[str, str] | None = None) -> Numbers:
    return numbers_of((metric(value, ends),))


def segments(**values: str) -> Numbers:
    return numbers_of(tuple(metric(v, name="recall", segment=s) for s, v in sorted(values.items())))


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
    found = check_metric(MetricCheck(name="auc", min="0.9"), NONE, None)

    assert found.complaints == ("auc is missing",)
    assert found.value is None


def test_a_baseline_without_the_metric_leaves_a_relative_check_unmet() -> None:
    found = check_metric(MetricCheck(name="auc", max_drop="0.01"), auc("0.95"), NONE)

    assert found.complaints == ("auc has no baseline to compare with",)


def test_a_baseline_without_the_metric_does_not_matter_to_an_absolute_check() -> None:
    found = check_metric(MetricCheck(name="auc", min="0.9"), auc("0.95"), NONE)

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


@pytest.mark.parametrize(("check", "now", "before"), HELD)
def test_an_interval_beyond_every_bound_does_not_break_what_the_value_holds(
    check: MetricCheck, now: str, before: str | None
) -> None:
    wide = ("-1000", "1000")

    found = check_metric(check, auc(now, wide), None if before is None else auc(before, wide))

    assert found.complaints == ()


@pytest.mark.parametrize(("check", "now", "before", "complaint"), BROKEN)
def test_an_interval_within_every_bound_does_not_mend_what_the_value_breaks(
    check: MetricCheck, now: str, before: str | None, complaint: str
) -> None:
    wide = ("-1000", "1000")

    found = check_metric(check, auc(now, wide), None if before is None else auc(before, wide))

    assert len(found.complaints) == 1
    assert complaint in found.complaints[0]


@pytest.mark.parametrize(
    ("now", "ends", "before", "within"),
    [
        ("0.912", ("0.905", "0.919"), "0.905", True),
        ("0.912", ("0.905", "0.919"), "0.919000000000", True),
        ("0.912", ("0.905", "0.919"), "0.904999999999", False),
        ("0.912", ("0.905", "0.919"), "0.919000000001", False),
        ("0.912", None, "0.912", False),
        ("-3", ("-5", "-2"), "-4", True),
        ("-3", ("-5", "-2"), "4", False),
    ],
)
def test_a_baseline_lies_within_the_interval_up_to_its_ends(
    now: str,
    ends: tuple[str, str] | None,
    before: str,
    within: bool,  # noqa: FBT001 - the expected answer
) -> None:
    found = check_metric(MetricCheck(name="auc", min="-9"), auc(now, ends), auc(before))

    assert found.within is within


def test_the_interval_of_the_baseline_does_not_make_a_change_noise() -> None:
    """Whether a change is noise is for the interval of the number that is proposed."""
    found = check_metric(MetricCheck(name="auc", min="0"), auc("0.9"), auc("0.8", ("0", "1")))

    assert found.within is False


def test_a_change_is_exact_and_has_a_sign() -> None:
    check = MetricCheck(name="auc", min="-9")
    pairs = (("0.3", "0.1"), ("0.1", "0.3"), ("0.10", "0.1"), ("-0.000000000001", "0"))

    found = [check_metric(check, auc(now), auc(before)).change for now, before in pairs]

    assert found == [SCALE // 5, -SCALE // 5, 0, -1]


def test_there_is_no_change_where_a_number_or_its_baseline_is_missing() -> None:
    check = MetricCheck(name="auc", min="0")

    for now, before in ((NONE, auc("1")), (auc("1", ("0", "2")), NONE), (auc("1"), None)):
        found = check_metric(check, now, before)
        assert (found.change, found.within) == (None, False)


def test_a_segment_carries_its_own_interval_and_its_baseline() -> None:
    check = SegmentCheck(metric="recall", names=("north", "south"), min="0")
    north = metric("0.9", ("0.8", "0.95"), name="recall", segment="north")
    south = metric("0.7", ("0.6", "0.75"), name="recall", segment="south")

    found = check_segments(check, numbers_of((north, south)), segments(north="0.85", south="0.8"))

    assert [(one.value, one.within) for one in found] == [(north, True), (south, False)]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "-"),
        (metric("0.910"), "0.91"),
        (metric("0.912", ("0.905", "0.9190")), "0.912 [0.905, 0.919]"),
        (metric("-1", ("-2", "0.0"), "0.950"), "-1 [-2, 0] at 0.95"),
    ],
)
def test_a_number_is_read_with_its_interval_and_level(number: Metric | None, text: str) -> None:
    assert number_text(number) == text
