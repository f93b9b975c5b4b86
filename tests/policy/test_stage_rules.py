"""Which stages a release passes, who observes them, and what an observation says of them."""

import pytest

from ledger.model.events import Metric
from ledger.model.names import TIERS, Tier
from ledger.policy.bounded import MetricCheck, SegmentCheck, SegmentTrigger
from ledger.policy.document import Policy
from ledger.policy.numbers import numbers_of
from ledger.policy.reading import read_policy
from ledger.policy.rollout import Rollback, Stage, Triggers
from ledger.policy.stages import (
    GENERAL,
    Observed,
    breaches,
    complaints,
    observers_of,
    stages_of,
    unreported,
)
from tests.organisation import POLICY, metric
from tests.policies import STAGED

NOTHING = Triggers()


def parsed(text: str = STAGED) -> Policy:
    return read_policy(text, file="policy.toml")


def seen(
    *metrics: Metric, before: tuple[Metric, ...] | None = None, incident: str | None = None
) -> Observed:
    """An observation of *metrics*, over a stack that was started with those *before*."""
    return Observed(numbers_of(metrics), None if before is None else numbers_of(before), incident)


def rate(value: str) -> Metric:
    return metric(value, name="rate")


def recall(value: str, segment: str | None) -> Metric:
    return metric(value, name="recall", segment=segment)


# Which stages


@pytest.mark.parametrize(
    ("tier", "ids"),
    [
        ("low", ["general"]),
        ("medium", ["shadow", "guarded", "general"]),
        ("high", ["shadow", "guarded", "general"]),
    ],
)
def test_a_tier_passes_the_stages_that_name_it_in_their_order(tier: Tier, ids: list[str]) -> None:
    assert [one.id for one in stages_of(parsed(), "fraud/production", tier)] == ids


@pytest.mark.parametrize("tier", TIERS)
def test_before_the_last_environment_there_is_one_general_stage(tier: Tier) -> None:
    assert stages_of(parsed(), "fraud/staging", tier) == (GENERAL,)


@pytest.mark.parametrize("tier", TIERS)
def test_a_policy_without_stages_has_one_general_stage(tier: Tier) -> None:
    assert stages_of(parsed(POLICY), "fraud/production", tier) == (GENERAL,)


def test_the_general_stage_asks_for_nothing() -> None:
    assert GENERAL.id == "general"
    assert not GENERAL.is_watched
    assert (GENERAL.soak, GENERAL.observe, GENERAL.tiers) == (None, (), TIERS)


@pytest.mark.parametrize(
    ("stage", "watched"),
    [
        (Stage(id="s"), False),
        (Stage(id="s", share="0.1", observed_by=("watchdog",)), False),
        (Stage(id="s", soak=3600), True),
        (Stage(id="s", metrics=(MetricCheck(name="rate", max="1"),)), True),
        (Stage(id="s", segments=(SegmentCheck(metric="rate", names=("eu",), max="1"),)), True),
    ],
    ids=["nothing", "share", "soak", "metrics", "segments"],
)
def test_a_stage_with_a_soak_or_checks_is_watched(stage: Stage, *, watched: bool) -> None:
    assert stage.is_watched is watched


# Who observes


def test_a_stage_is_observed_by_those_it_names() -> None:
    policy = parsed()
    (shadow, _, _) = policy.stages

    assert observers_of(policy, shadow) == ("watchdog", "evaluation-owner")


def test_a_stage_that_names_nobody_is_observed_by_those_of_all_each_once() -> None:
    policy = parsed()
    shadow, guarded, general = policy.stages
    one = shadow.model_copy(update={"observed_by": ("watchdog",)})
    other = guarded.model_copy(update={"observed_by": ("erin", "watchdog")})
    mixed = policy.model_copy(update={"stages": (one, other, general)})

    assert observers_of(mixed, general) == ("watchdog", "erin")
    assert observers_of(mixed, GENERAL) == ("watchdog", "erin")
    assert observers_of(mixed, one) == ("watchdog",)


def test_without_observers_those_observe_who_roll_back() -> None:
    policy = parsed(POLICY)
    rollback = Rollback(by=("on-call", "release-owner"), services=("watchdog",))

    assert observers_of(policy.model_copy(update={"rollback": rollback}), GENERAL) == (
        "on-call",
        "release-owner",
        "watchdog",
    )
    assert observers_of(policy, GENERAL) == ()


# What is missing


def test_what_a_stage_names_and_nobody_reported_is_named_in_words() -> None:
    stage = Stage(
        id="s",
        metrics=(MetricCheck(name="rate", max="1"), MetricCheck(name="latency", max="9")),
        segments=(SegmentCheck(metric="recall", names=("eu", "us"), min="0.5"),),
    )

    assert unreported(stage, seen()) == ("rate", "latency", "recall in eu", "recall in us")
    assert unreported(stage, seen(rate("1"), recall("0.9", "us"))) == ("latency", "recall in eu")
    whole = seen(rate("1"), metric("1", name="latency"), recall("1", "eu"), recall("1", "us"))
    assert unreported(stage, whole) == ()


def test_a_number_of_a_segment_is_not_the_one_overall() -> None:
    stage = Stage(id="s", metrics=(MetricCheck(name="recall", min="0"),))
    segments = Stage(id="s", segments=(SegmentCheck(metric="recall", names=("eu",), min="0"),))

    assert unreported(stage, seen(recall("1", "eu"))) == ("recall",)
    assert unreported(segments, seen(recall("1", None))) == ("recall in eu",)


def test_nothing_is_missing_where_a_stage_names_nothing() -> None:
    assert unreported(GENERAL, seen()) == ()


def test_a_trigger_does_not_ask_to_be_reported() -> None:
    triggers = Triggers(
        metrics=(MetricCheck(name="rate", max="1"),),
        segments=(SegmentTrigger(metric="recall", names=("eu",), min="0.5"),),
    )

    assert breaches(triggers, seen()) == ()


# What does not pass


@pytest.mark.parametrize(("value", "holds"), [("0.05", True), ("0.050000000001", False)])
def test_a_bound_of_a_stage_is_inclusive(value: str, *, holds: bool) -> None:
    stage = Stage(id="s", metrics=(MetricCheck(name="rate", max="0.05"),))

    assert (complaints(stage, seen(rate(value))) == ()) is holds


def test_everything_that_does_not_pass_is_said() -> None:
    stage = Stage(
        id="s",
        metrics=(MetricCheck(name="rate", max="0.05"), MetricCheck(name="latency", max="9")),
        segments=(SegmentCheck(metric="recall", names=("eu", "us"), min="0.5"),),
    )

    told = complaints(stage, seen(rate("0.06"), recall("0.4", "eu"), incident="INC-7"))

    assert told == (
        "incident: INC-7",
        "rate is 0.06, above the maximum 0.05",
        "latency is missing",
        "recall in eu is 0.4, below the minimum 0.5",
        "recall in us is missing",
    )


def test_an_incident_never_passes() -> None:
    assert complaints(GENERAL, seen(incident="INC-7")) == ("incident: INC-7",)
    assert complaints(GENERAL, seen()) == ()


@pytest.mark.parametrize(("value", "holds"), [("0.93", True), ("0.929999999999", False)])
def test_a_bound_against_the_baseline_is_inclusive(value: str, *, holds: bool) -> None:
    stage = Stage(id="s", metrics=(MetricCheck(name="auc", max_drop="0.02"),))

    assert (complaints(stage, seen(metric(value), before=(metric("0.95"),))) == ()) is holds


def test_without_a_baseline_nothing_has_moved_and_bounds_of_the_value_hold() -> None:
    stage = Stage(id="s", metrics=(MetricCheck(name="auc", max_drop="0.02", min="0.1"),))

    assert complaints(stage, seen(metric("0.1"))) == ()
    assert complaints(stage, seen(metric("0.09"))) == ("auc is 0.09, below the minimum 0.1",)


def test_a_baseline_that_lacks_the_metric_passes_no_stage() -> None:
    stage = Stage(id="s", metrics=(MetricCheck(name="rate", max_rise="1"),))

    assert complaints(stage, seen(rate("0.1"), before=(metric("0.95"),))) == (
        "rate has no baseline to compare with",
    )


def test_segments_are_held_against_the_best_of_those_that_are_named() -> None:
    stage = Stage(
        id="s", segments=(SegmentCheck(metric="recall", names=("eu", "us"), max_gap="0.1"),)
    )

    assert complaints(stage, seen(recall("0.8", "eu"), recall("0.9", "us"))) == ()
    assert complaints(
        stage, seen(recall("0.7999", "eu"), recall("0.9", "us"), recall("0.1", "asia"))
    ) == ("recall in eu is 0.1001 behind the best segment, more than 0.1",)


# What breaches a trigger


def test_an_incident_breaches_where_the_policy_says_so() -> None:
    assert breaches(Triggers(incident=True), seen(incident="INC-7")) == ("incident: INC-7",)
    assert breaches(Triggers(incident=True), seen()) == ()
    assert breaches(NOTHING, seen(incident="INC-7")) == ()


@pytest.mark.parametrize(("value", "breached"), [("0.08", False), ("0.080000000001", True)])
def test_a_bound_of_a_trigger_is_inclusive(value: str, *, breached: bool) -> None:
    triggers = Triggers(metrics=(MetricCheck(name="rate", max="0.08"),))

    assert bool(breaches(triggers, seen(rate(value)))) is breached


def test_every_trigger_that_is_breached_is_said() -> None:
    triggers = Triggers(
        incident=True,
        metrics=(MetricCheck(name="rate", max="0.08"), MetricCheck(name="auc", min="0.9")),
        segments=(SegmentTrigger(metric="recall", names=("eu",), min="0.5"),),
    )

    told = breaches(
        triggers, seen(rate("0.09"), metric("0.8"), recall("0.1", "eu"), incident="INC-7")
    )

    assert told == (
        "incident: INC-7",
        "rate is 0.09, above the maximum 0.08",
        "auc is 0.8, below the minimum 0.9",
        "recall in eu is 0.1, below the minimum 0.5",
    )


def test_a_trigger_against_a_baseline_that_lacks_the_metric_is_held_to_its_value_alone() -> None:
    triggers = Triggers(metrics=(MetricCheck(name="rate", max="0.08", max_rise="0.01"),))

    assert breaches(triggers, seen(rate("0.08"), before=(metric("0.95"),))) == ()
    assert breaches(triggers, seen(rate("0.09"), before=(metric("0.95"),))) == (
        "rate is 0.09, above the maximum 0.08",
    )
    assert breaches(triggers, seen(rate("0.08"), before=(rate("0.06"),))) == (
        "rate rose from 0.06 to 0.08, more than 0.01",
    )


def test_a_segment_trigger_without_names_is_about_each_that_was_reported() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", min="0.5"),))

    told = breaches(triggers, seen(recall("0.4", "us"), recall("0.3", "eu"), recall("0.1", None)))

    assert told == (
        "recall in eu is 0.3, below the minimum 0.5",
        "recall in us is 0.4, below the minimum 0.5",
    )


def test_a_segment_trigger_with_names_is_about_those_that_were_reported() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", names=("eu", "us"), min="0.5"),))

    assert breaches(triggers, seen(recall("0.4", "asia"), recall("0.6", "us"))) == ()
    assert breaches(triggers, seen(recall("0.4", "eu"))) == (
        "recall in eu is 0.4, below the minimum 0.5",
    )


def test_a_segment_moves_only_where_it_had_a_baseline() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", max_drop="0.05", min="0.1"),))
    before = (recall("0.9", "eu"),)

    assert breaches(triggers, seen(recall("0.85", "eu"), recall("0.2", "us"), before=before)) == ()
    assert breaches(triggers, seen(recall("0.84", "eu"), before=before)) == (
        "recall in eu fell from 0.9 to 0.84, more than 0.05",
    )
    assert breaches(triggers, seen(recall("0.84", "eu"))) == ()


def test_a_segment_out_of_its_bounds_is_said_once() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", max_drop="0.5", min="0.1"),))

    told = breaches(triggers, seen(recall("0.05", "eu"), before=(recall("0.3", "eu"),)))

    assert told == ("recall in eu is 0.05, below the minimum 0.1",)


def test_segments_lie_behind_the_best_whether_or_not_they_had_a_baseline() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", max_gap="0.1", max_rise="0.5"),))
    reported = (recall("0.7", "eu"), recall("0.9", "us"))

    for before in (None, (recall("0.9", "us"),), (recall("0.7", "eu"),)):
        assert breaches(triggers, seen(*reported, before=before)) == (
            "recall in eu is 0.2 behind the best segment, more than 0.1",
        )


def test_which_way_is_better_says_who_lies_behind() -> None:
    lower = SegmentTrigger(metric="recall", max_gap="0.1", better="lower")

    assert breaches(
        Triggers(segments=(lower,)), seen(recall("0.7", "eu"), recall("0.9", "us"))
    ) == ("recall in us is 0.2 behind the best segment, more than 0.1",)


def test_a_number_of_another_metric_breaches_nothing() -> None:
    triggers = Triggers(segments=(SegmentTrigger(metric="recall", min="0.5"),))

    assert breaches(triggers, seen(metric("0.1", name="precision", segment="eu"))) == ()
