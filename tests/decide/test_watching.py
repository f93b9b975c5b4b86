"""Observations: who makes them, of which time, what they must name, and when they pass a stage."""

import pytest

from ledger.model.events import Metric, ObservationRecorded
from ledger.model.terms import format_instant
from tests.acts import refused
from tests.decide.rollouts import (
    BAD,
    DAY,
    GOOD,
    PRODUCTION,
    ROOT_VOTES,
    STAGING,
    candidate,
    consented,
    guarded,
    in_staging,
    released,
    report,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import POLICY, Organisation, change, metric, new_policy, stack
from tests.policies import STAGED, STEWARDSHIP, duty, numbered
from tests.roster import (
    carried,
    delegate,
    event_of,
    finding,
    roles_of,
    rows,
    stop,
)

TWO = {"zoe": ["release-owner"], "eve": ["evaluation-owner"]}
"""A second operator and a second observer."""

NO_STAGES = (
    POLICY.replace('auditor = "reviews"', 'auditor = "reviews"\non-call = "at any hour"')
    + '[rollback]\nby = ["release-owner", "on-call"]\nservices = ["watchdog"]\n'
    + "[rollback.triggers]\nincident = true\n"
)


# Who observes


@pytest.mark.parametrize("name", ["watchdog", "erin"])
def test_a_person_with_a_role_that_the_stage_names_and_a_service_it_names_observe(
    name: str,
) -> None:
    org = rollout()
    of = started(org)

    seen = soaked(org, name)

    (kept,) = candidate(org).watched
    assert (kept.position, kept.signer, kept.passing) == (seen.position, name, True)
    assert kept.persons == tuple(sorted({name, "erin"}))
    assert event_of(seen).model_dump()["stage"] == "shadow"
    assert event_of(seen).model_dump()["proposal"] == of
    assert rows(org.replayed()) == rows(org.standing)


@pytest.mark.parametrize("name", ["alice", "frank", "rita", "olga", "deployer"])
def test_nobody_else_observes(name: str) -> None:
    org = rollout()
    started(org)

    with refused("not-observer", f"{name} does not observe releases to fraud/production"):
        org.observe(name)


def test_a_service_does_not_observe_by_a_role_that_it_holds() -> None:
    org = rollout(services={"robot": ("alice", ["evaluation-owner"])})
    started(org)

    with refused("not-observer"):
        org.observe("robot")


def test_a_stage_that_names_nobody_is_observed_by_those_of_all_the_stages() -> None:
    text = STAGED.replace('observed_by = ["watchdog", "evaluation-owner"]', "", 1).replace(
        'observed_by = ["watchdog", "evaluation-owner"]', 'observed_by = ["watchdog"]'
    )
    org = rollout(text=text)
    started(org)

    with refused("not-observer"):
        org.observe("erin")
    assert org.observe("watchdog").admitted


def test_an_environment_before_the_last_is_observed_by_those_of_the_stages() -> None:
    org = rollout()
    in_staging(org)

    with refused("not-observer"):
        org.observe("alice", STAGING)
    assert org.observe("erin", STAGING).admitted


@pytest.mark.parametrize("name", ["olga", "watchdog"])
def test_without_stages_those_observe_who_roll_back(name: str) -> None:
    org = rollout(text=NO_STAGES)
    org.release()

    assert org.observe(name).admitted
    with refused("not-observer"):
        org.observe("erin")


def test_without_stages_and_rollback_nobody_observes() -> None:
    org = Organisation()
    org.release()

    with refused("not-observer", "does not observe"):
        org.observe("omar")


def test_those_observe_whom_the_policy_of_the_start_names() -> None:
    org = rollout()
    started(org)
    text = numbered(2, text=STAGED.replace('["watchdog", "evaluation-owner"]', '["data-owner"]'))
    carried(org, new_policy(text), by="frank", approvals=ROOT_VOTES, enactor="alice")

    with refused("not-observer"):
        org.observe("dana")
    assert org.observe("erin").admitted


def test_a_role_limited_to_a_pattern_observes_there_only() -> None:
    org = rollout(STEWARDSHIP)
    carried(
        org,
        roles_of("frank", ["evaluation-owner"], aliases="churn/*"),
        by="alice",
        approvals=[("rita", "auditor")],
    )
    carried(
        org,
        roles_of("bob", ["evaluation-owner"], aliases="fraud/*"),
        by="alice",
        approvals=[("rita", "auditor")],
    )
    started(org)

    with refused("not-observer"):
        org.observe("frank")
    assert org.observe("bob").admitted


def test_a_role_that_has_ended_observes_no_longer() -> None:
    org = rollout(STEWARDSHIP)
    end = org.now + DAY
    carried(
        org,
        roles_of("bob", ["evaluation-owner"], until=end),
        by="alice",
        approvals=[("rita", "auditor")],
    )
    started(org)
    org.now = end - 2
    assert org.observe("bob").admitted

    with refused("not-observer"):
        org.observe("bob")


def test_who_is_stopped_observes_nothing() -> None:
    org = rollout()
    started(org)
    stop(org, "alice", "watchdog")

    with refused("signer-stopped", "watchdog is stopped"):
        org.observe("watchdog")


def test_a_duty_binds_whoever_observes() -> None:
    org = rollout(duty("auditor", "act"), people={"eve": ["auditor", "evaluation-owner"]})
    started(org)

    with refused("duty", "eve holds auditor"):
        org.observe("eve")
    assert org.observe("erin").admitted


def in_staging_by(org: Organisation) -> str:
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    return of


# Never who operates


def test_who_started_the_release_does_not_observe_it() -> None:
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"]})
    started(org)

    with refused("operator-observes", "omar operated #2"):
        org.observe("omar")


def test_who_advanced_the_release_does_not_observe_it_any_more() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    started(org)
    assert org.observe("zoe").admitted
    soaked(org)
    org.advance("zoe")

    with refused("operator-observes", "zoe operated #2"):
        org.observe("zoe", PRODUCTION, *GOOD)


def test_who_completed_the_release_does_not_say_how_it_did() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    started(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("zoe")

    with refused("operator-observes", "zoe operated"):
        org.observe("zoe")
    assert org.observe("erin").admitted


def test_a_service_of_the_operators_does_not_observe() -> None:
    org = rollout(services={"watchdog": ("omar", ())})
    started(org)

    with refused("operator-observes", "omar operated #2"):
        org.observe("watchdog")


def test_who_answers_for_the_service_that_started_a_release_does_not_observe_it() -> None:
    org = rollout(services={"deployer": ("erin", ())})
    in_staging_by(org)

    with refused("operator-observes", "erin operated #1"):
        org.observe("erin", STAGING)


def test_two_services_of_one_person_do_not_watch_each_other() -> None:
    org = rollout(services={"deployer": ("erin", ())})
    in_staging_by(org)

    with refused("operator-observes", "erin operated #1"):
        org.observe("watchdog", STAGING)


def test_a_role_lent_by_the_operator_does_not_observe() -> None:
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"]})
    delegate(org, "omar", "frank", "evaluation-owner")
    started(org)

    with refused("operator-observes", "omar operated #2"):
        org.observe("frank")


def test_who_lent_the_operator_their_role_does_not_observe() -> None:
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"], "zoe": []})
    delegate(org, "omar", "zoe", "release-owner")
    started(org, by="zoe")

    with refused("operator-observes", "omar operated #2"):
        org.observe("omar")


def test_a_role_lent_by_an_observer_observes_and_names_both() -> None:
    org = rollout()
    delegate(org, "erin", "rita", "evaluation-owner")
    started(org)

    org.now += DAY
    org.observe("rita")

    (seen,) = candidate(org).watched
    assert (seen.persons, [one.by for one in seen.loans]) == (("rita",), ["erin"])
    assert org.advance("omar").admitted


def test_a_role_of_ones_own_is_nobody_elses_though_the_operator_lends_it_too() -> None:
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"], "eve": TWO["eve"]})
    delegate(org, "omar", "eve", "evaluation-owner")
    started(org)

    assert org.observe("eve").admitted


def test_who_is_lent_the_role_by_another_besides_the_operator_acts_for_the_other() -> None:
    """So nobody keeps a watcher from reporting by lending them a role."""
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"]})
    delegate(org, "omar", "rita", "evaluation-owner")
    delegate(org, "erin", "rita", "evaluation-owner")
    started(org)

    soaked(org, "rita")

    (seen,) = candidate(org).watched
    assert (seen.persons, [one.by for one in seen.loans]) == (("rita",), ["omar", "erin"])
    assert org.advance("omar").admitted


def test_where_only_the_operators_loan_is_left_an_observation_does_not_count() -> None:
    org = rollout(people={"omar": ["evaluation-owner", "release-owner"], "zoe": TWO["zoe"]})
    delegate(org, "omar", "rita", "evaluation-owner")
    delegate(org, "erin", "rita", "evaluation-owner")
    started(org)
    soaked(org, "rita")
    stop(org, "alice", "erin")

    for name in ("omar", "zoe"):
        with refused("stage-unobserved"):
            org.advance(name)


def test_an_observer_whose_loan_was_stopped_observes_again_in_a_role_of_their_own() -> None:
    org = rollout(STEWARDSHIP)
    delegate(org, "erin", "bob", "evaluation-owner")
    started(org)
    soaked(org, "bob")
    stop(org, "alice", "erin")
    votes = [("rita", "auditor")]
    carried(org, roles_of("bob", ["evaluation-owner"]), by="frank", approvals=votes)

    seen = org.observe("bob")

    advanced = org.advance("omar")
    assert event_of(advanced).model_dump()["observation"] == seen.position


def test_a_second_role_lent_by_the_operator_keeps_nobody_from_observing() -> None:
    text = STAGED.replace('"evaluation-owner"]', '"evaluation-owner", "release-owner"]')
    org = rollout(text=text)
    delegate(org, "erin", "rita", "evaluation-owner")
    delegate(org, "omar", "rita", "release-owner")
    started(org)

    assert org.observe("rita").admitted


def test_a_service_called_like_a_role_does_not_observe_by_its_name() -> None:
    org = rollout(services={"evaluation-owner": ("rita", ())})
    started(org)

    with refused("not-observer"):
        org.observe("evaluation-owner")


def test_a_duty_of_who_lent_the_role_binds_whoever_observes_in_it() -> None:
    org = rollout(duty("auditor", "act"), people={"eve": ["auditor", "evaluation-owner"]})
    delegate(org, "eve", "frank", "evaluation-owner")
    in_staging(org)
    of = org.open("alice", change(stack()))
    org.attach("erin", of)
    org.approve("bob", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)

    with refused("duty", "auditor, which must not act here"):
        org.observe("frank")


def test_who_observed_does_not_advance_on_it() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    started(org)
    soaked(org, "zoe")

    with refused("stage-unobserved", "nobody but its operators"):
        org.advance("zoe")
    assert org.advance("omar").admitted


def test_who_answers_for_the_observing_service_does_not_advance_on_it() -> None:
    org = rollout(people=TWO, services={"watchdog": ("zoe", ())})
    started(org)
    soaked(org)

    with refused("stage-unobserved"):
        org.advance("zoe")
    assert org.advance("omar").admitted


def test_who_lent_the_observer_the_role_does_not_advance_on_it() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    delegate(org, "zoe", "rita", "evaluation-owner")
    started(org)
    soaked(org, "rita")

    with refused("stage-unobserved"):
        org.advance("zoe")
    assert org.advance("omar").admitted


def test_who_advances_in_a_role_lent_by_the_observer_does_not_do_it_on_their_word() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"], "yan": []})
    delegate(org, "zoe", "yan", "release-owner")
    started(org)
    soaked(org, "zoe")

    with refused("stage-unobserved"):
        org.advance("yan")


def test_the_observation_of_another_is_cited_where_the_first_is_the_operators_own() -> None:
    org = rollout(people={"zoe": ["evaluation-owner", "release-owner"]})
    started(org)
    soaked(org, "zoe")
    other = org.observe("erin")

    advanced = org.advance("zoe")

    assert event_of(advanced).model_dump()["observation"] == other.position


# Of which time


def test_there_is_nothing_to_observe_where_nothing_was_released() -> None:
    org = rollout()
    of = consented(org)

    with refused("not-released", "fraud/production has no such release"):
        org.observe("erin", of=of)


def test_what_was_replaced_is_not_observed_any_longer() -> None:
    org = rollout()
    first = released(org)
    released(org, "m2")

    with refused("not-released"):
        org.observe("erin", of=first)


def test_what_was_rolled_back_is_not_observed_any_longer() -> None:
    org = rollout()
    of = started(org)
    org.roll_back("olga")

    with refused("not-released"):
        org.observe("erin", of=of)


def test_the_candidate_and_what_it_would_replace_are_both_observed() -> None:
    org = rollout()
    first = released(org)
    second = started(org, "m2")

    of_first = org.observe("erin", PRODUCTION, of=first)
    of_second = org.observe("erin", PRODUCTION, of=second)

    assert event_of(of_first).model_dump()["stage"] is None
    assert event_of(of_second).model_dump()["stage"] == "shadow"


@pytest.mark.parametrize(("before", "rule"), [(0, None), (1, "window-before")])
def test_a_window_ends_in_the_stage(before: int, rule: str | None) -> None:
    org = rollout()
    started(org)
    until = candidate(org).stage_at - before

    if rule is None:
        assert report(org, "erin", until=until, start=until - DAY).admitted
    else:
        with refused(rule, "ends before #2 came into its present stage"):
            report(org, "erin", until=until)


def test_a_window_of_the_stage_before_says_nothing_of_this_one() -> None:
    org = rollout()
    guarded(org)

    with refused("window-before"):
        report(org, "erin", *GOOD, until=candidate(org).stage_at - 1)


@pytest.mark.parametrize(("ahead", "rule"), [(0, None), (1, "window-ahead")])
def test_nobody_observes_the_future(ahead: int, rule: str | None) -> None:
    org = rollout()
    started(org)
    until = org.now + 1 + ahead

    if rule is None:
        assert report(org, "erin", until=until).admitted
    else:
        with refused(rule, "nobody has observed yet"):
            report(org, "erin", until=until)


@pytest.mark.parametrize(("late", "rule"), [(0, None), (1, "window-reversed")])
def test_a_window_ends_no_earlier_than_it_begins(late: int, rule: str | None) -> None:
    org = rollout()
    started(org)

    if rule is None:
        assert report(org, "erin", until=org.now, start=org.now).admitted
    else:
        with refused(rule, "ends before it begins"):
            report(org, "erin", until=org.now, start=org.now + late)


def test_a_metric_stands_in_an_observation_once() -> None:
    org = rollout()
    started(org)

    with refused("metric-twice", "retry_rate stands twice"):
        org.observe("erin", PRODUCTION, *GOOD, *GOOD)


# What it names


def test_an_observation_names_every_metric_of_the_stage() -> None:
    org = rollout()
    guarded(org)

    with refused("observation-incomplete", "guarded asks for retry_rate"):
        org.observe("erin")
    with refused("observation-incomplete"):
        org.observe("erin", PRODUCTION, metric("0.01", name="retry_rate", segment="eu"))
    assert org.observe("erin", PRODUCTION, *GOOD).admitted


def test_an_observation_names_every_segment_of_the_stage() -> None:
    text = STAGED.replace(
        'retry_rate = { max = "0.05" }\n',
        'retry_rate = { max = "0.05" }\n[stage.segments]\n'
        'recall = { names = ["eu", "us"], min = "0.8" }\n',
    )
    org = rollout(text=text)
    guarded(org)
    us, eu = (metric("0.9", name="recall", segment=name) for name in ("us", "eu"))

    with refused("observation-incomplete", "asks for recall in eu"):
        org.observe("erin", PRODUCTION, *GOOD, us)
    assert org.observe("erin", PRODUCTION, *GOOD, us, eu).admitted


@pytest.mark.parametrize(
    ("metrics", "incident"),
    [((), "INC-7"), ((metric("81", name="latency_p95_ms"),), None)],
    ids=["incident", "trigger"],
)
def test_bad_news_is_taken_incomplete(metrics: tuple[Metric, ...], incident: str | None) -> None:
    org = rollout()
    guarded(org)

    org.now += DAY
    assert org.observe("erin", PRODUCTION, *metrics, incident=incident).admitted

    with refused("stage-failing", "erin observed at position"):
        org.advance("omar")


def test_a_number_out_of_bounds_is_taken_though_others_are_missing() -> None:
    text = STAGED.replace(
        'retry_rate = { max = "0.05" }\n',
        'retry_rate = { max = "0.05" }\nlosses = { max = "3" }\n',
    )
    org = rollout(text=text)
    guarded(org)

    with refused("observation-incomplete", "asks for losses"):
        org.observe("erin", PRODUCTION, *GOOD)
    assert org.observe("erin", PRODUCTION, *BAD).admitted
    with refused("stage-failing"):
        org.advance("omar")


def test_more_than_a_stage_asks_for_is_welcome() -> None:
    org = rollout()
    started(org)

    assert soaked(org, "erin", *GOOD, metric("7", name="cups_of_tea")).admitted
    assert org.advance("omar").admitted


# When it passes


@pytest.mark.parametrize(("value", "passes"), [("0.05", True), ("0.050000000001", False)])
def test_the_bounds_of_a_stage_are_inclusive(value: str, *, passes: bool) -> None:
    org = rollout()
    guarded(org)

    soaked(org, "erin", metric(value, name="retry_rate"))

    assert candidate(org).watched[0].passing is passes


@pytest.mark.parametrize(("value", "passes"), [("80", True), ("80.000000000001", False)])
def test_a_trigger_that_is_breached_does_not_pass_a_stage_that_does_not_ask_for_it(
    value: str, *, passes: bool
) -> None:
    org = rollout()
    started(org)

    soaked(org, "erin", metric(value, name="latency_p95_ms"))

    assert candidate(org).watched[0].passing is passes


def test_an_incident_never_passes_though_no_trigger_names_it() -> None:
    org = rollout(text=STAGED.replace("incident = true\n", ""))
    started(org)
    org.now += DAY

    seen = org.observe("erin", incident="INC-7")

    told = org.standing.observation(seen.position)
    assert told is not None
    assert told.breaches == ()
    with refused("stage-failing"):
        org.advance("omar")


def test_triggers_are_those_of_the_policy_in_force_and_checks_those_of_the_start() -> None:
    org = rollout()
    guarded(org)
    text = STAGED.replace('{ max = "0.05" }', '{ max = "0.001" }').replace(
        'retry_rate = { max = "0.08" }', 'retry_rate = { max = "0.02" }'
    )
    carried(
        org, new_policy(numbered(2, text=text)), by="frank", approvals=ROOT_VOTES, enactor="alice"
    )
    org.now += DAY

    org.observe("erin", PRODUCTION, metric("0.02", name="retry_rate"))
    assert candidate(org).watched[-1].passing
    seen = org.observe("watchdog", PRODUCTION, metric("0.03", name="retry_rate"))

    assert not candidate(org).watched[-1].passing
    told = org.standing.observation(seen.position)
    assert told is not None
    assert (told.complaints, len(told.breaches)) == ((), 1)


def relative() -> str:
    return STAGED.replace(
        'retry_rate = { max = "0.05" }\n', 'auc = { better = "higher", max_drop = "0.02" }\n'
    )


def test_a_candidate_is_compared_with_what_it_would_replace() -> None:
    org = rollout(text=relative())
    first = guarded_with(org, "m1", "0.95")
    finish(org, "0.50")
    assert stable(org).proposal == first
    guarded_with(org, "m2", "0.96")

    soaked(org, "erin", metric("0.93"))
    assert candidate(org).watched[-1].passing
    org.observe("watchdog", PRODUCTION, metric("0.9299"))

    assert not candidate(org).watched[-1].passing


def test_what_was_completed_is_compared_with_what_it_was_started_with() -> None:
    text = STAGED.replace(
        'id = "general"\n', 'id = "general"\nmetrics = { auc = { max_drop = "0.02" } }\n'
    )
    org = rollout(text=text)
    for model, auc in (("m1", "0.95"), ("m2", "0.98")):
        started(org, model, auc=auc)
        for _ in range(2):
            soaked(org)
            org.advance("omar")
        org.observe("erin", PRODUCTION, metric("0.96"))
        org.complete("omar")
    assert not stable(org).watched

    org.observe("erin", PRODUCTION, metric("0.9599"))
    org.observe("watchdog", PRODUCTION, metric("0.96"))

    assert [one.passing for one in stable(org).watched] == [False, True]


def guarded_with(org: Organisation, model: str, auc: str) -> str:
    of = started(org, model, auc=auc)
    soaked(org)
    org.advance("omar")
    return of


def finish(org: Organisation, auc: str) -> None:
    """On a first release nothing is compared: whatever *auc* there is passes."""
    soaked(org, "erin", metric(auc))
    org.advance("omar")
    org.complete("omar")


# What nobody can make up


def forged(org: Organisation, **other: object) -> ObservationRecorded:
    """An observation of erin's as it would be made now, but for what is said otherwise."""
    now = format_instant(org.now)
    fields: dict[str, object] = {
        "alias": PRODUCTION,
        "proposal": candidate(org).proposal,
        "stage": "shadow",
        "start": now,
        "until": now,
        "source": "dashboard",
        "metrics": (),
        "incident": None,
        "summary": None,
        "why": None,
    }
    return ObservationRecorded.model_validate({**fields, **other})


@pytest.mark.parametrize("stage", ["guarded", "general", None])
def test_an_observation_names_the_stage_that_the_release_is_in(stage: str | None) -> None:
    org = rollout()
    started(org)

    assert org.force("erin", forged(org)).admitted
    assert finding(org.force("erin", forged(org, stage=stage))) == "event-differs"


def test_an_observation_of_a_future_is_refused_at_replay_as_well() -> None:
    org = rollout()
    started(org)

    judged = org.force("erin", forged(org, until=format_instant(org.now + DAY)))

    assert finding(judged) == "window-ahead"
    assert rows(org.replayed()) == rows(org.standing)
