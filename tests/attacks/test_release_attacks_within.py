"""Attacks on releases from within: loans, stops, clocks and what others make of a rollback."""

import pytest

from ledger.audit.simulation import simulate
from ledger.decide.review import is_closed
from ledger.model.events import ReleaseAdvanced
from ledger.policy.reading import read_policy
from ledger.seal.envelope import examine
from tests.acts import comment, refused, withdraw
from tests.organisation import Organisation, change, metric, new_policy, stack
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, duty, numbered
from tests.roster import carried, delegate, roles_of, stop
from tests.signer_acts import ROOT_VOTES, by_root, correction, disown, now_at

DAY = 86_400
STAGING, PRODUCTION = "fraud/staging", "fraud/production"
OTHERS = (("bob", "root"), ("dana", "root"))


def joined(**people: list[str]) -> Organisation:
    """The organisation of STAGED, with more *people*."""
    more = {**STAGED_PEOPLE, **people}
    return Organisation(policy=numbered(1, text=STAGED), people=more, services=STAGED_SERVICES)


def ready(org: Organisation, model: str = "m1") -> str:
    """A proposal to production to which only the start is missing, completed in staging."""
    if org.standing.completed_in("fraud", stack(model=model).digest) == ():
        before = org.open("frank", change(stack(model=model), alias=STAGING))
        org.attach("erin", before)
        org.start("deployer", before)
        org.complete("deployer", STAGING)
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return of


def started(org: Organisation, model: str = "m1") -> str:
    of = ready(org, model)
    org.start("omar", of)
    return of


def released(org: Organisation, model: str = "m1") -> str:
    of = started(org, model)
    for _ in range(2):
        org.now += DAY
        watch(org)
        org.advance("omar")
    org.complete("omar")
    return of


def watch(org: Organisation, name: str = "watchdog", retry: str = "0.01") -> int:
    return org.observe(name, PRODUCTION, metric(retry, name="retry_rate")).position


def test_an_observation_in_a_role_of_somebody_stopped_passes_no_stage() -> None:
    org = joined(will=[])
    started(org)
    org.now += DAY
    delegate(org, "erin", "will", "evaluation-owner")
    watch(org, "will")
    stop(org, "alice", "erin")

    with refused("stage-unobserved"):
        org.advance("omar")


def test_a_review_that_was_closed_in_a_role_which_thieves_granted_is_open_again() -> None:
    org = joined(will=[])
    released(org)
    after = now_at(org)
    carried(org, roles_of("will", ["auditor"]), approvals=ROOT_VOTES, enactor="rita")
    subject = org.roll_back("omar")
    org.close_review("will", subject)
    disown(org, "alice", after, votes=OTHERS)

    review = org.standing.review(subject)
    assert review is not None
    assert not is_closed(org.standing, review)


def test_a_clock_ahead_ends_no_window_once_it_is_set_right() -> None:
    org = joined()
    first = released(org)
    right = org.now + 60
    org.now += 30 * DAY
    position = comment(org, "frank", first).position
    by_root(org, correction(position, right))

    assert [one.proposal for one in org.standing.windows().windows] == [first]


def test_a_simulation_sees_what_a_rollback_makes_ready() -> None:
    org = joined()
    released(org)
    in_the_way = started(org, "m2")
    waiting = ready(org, "m3")
    org.roll_back("omar", of=in_the_way)
    way_clear = org.judged[-1].at
    org.now += DAY
    withdraw(org, "frank", waiting)

    draft = read_policy(numbered(2, text=STAGED), file="draft.toml")
    found = simulate(draft, map(examine, org.envelopes), org.id)

    (one,) = [one for one in found.decisions if one.proposal == waiting]
    assert one.then.ready_at == way_clear


def test_nobody_evades_a_duty_by_lending_the_role_in_which_they_would_observe() -> None:
    text = STAGED.replace('auditor = "reviews"', 'auditor = "reviews"\ndeveloper = "builds"')
    org = Organisation(
        policy=numbered(1, duty("developer", "act"), text=text),
        people={**STAGED_PEOPLE, "mo": ["developer", "evaluation-owner"], "will": []},
        services=STAGED_SERVICES,
    )
    started(org)
    org.now += DAY
    with refused("duty"):
        watch(org, "mo")

    with refused("duty"):
        delegate(org, "mo", "will", "evaluation-owner")
        watch(org, "will")


def test_a_stack_taken_back_often_since_loses_nobody_the_consent_of_before() -> None:
    org = joined()
    after = now_at(org)
    production = released(org)
    for _ in range(18):
        org.roll_back("omar", STAGING)
        again = org.open("frank", change(stack(), alias=STAGING))
        org.attach("erin", again)
        org.start("deployer", again)
        org.complete("deployer", STAGING)

    disown(org, "rita", after)

    closure = org.proposal(production).closure
    assert closure is not None
    assert closure.lost_at is None


def test_an_operator_does_not_observe_by_a_loan_once_the_other_one_is_void() -> None:
    org = joined(will=[], zed=["release-owner", "evaluation-owner"])
    before = ready(org)
    org.start("zed", before)
    org.now += DAY
    after = now_at(org)
    delegate(org, "erin", "will", "evaluation-owner")
    delegate(org, "zed", "will", "evaluation-owner")
    watch(org, "will")
    disown(org, "erin", after)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_a_role_called_like_a_service_of_the_start_does_not_observe() -> None:
    org = joined(will=[])
    started(org)
    org.now += DAY
    text = numbered(2, text=STAGED).replace("[roles]", '[roles]\nwatchdog = "barks"')
    text = text.replace('"watchdog", ', "").replace('services = ["watchdog"]\n', "")
    carried(org, new_policy(text), approvals=ROOT_VOTES, enactor="rita")
    carried(org, roles_of("will", ["watchdog"]), approvals=ROOT_VOTES, enactor="rita")

    with refused("not-observer"):
        watch(org, "will")


def test_a_role_called_like_a_service_of_the_start_hides_no_loan_of_an_operator() -> None:
    org = joined(will=[], zed=["release-owner", "evaluation-owner"])
    of = ready(org)
    org.start("zed", of)
    org.now += DAY
    text = numbered(2, text=STAGED).replace("[roles]", '[roles]\nwatchdog = "barks"')
    text = text.replace('"watchdog", ', "").replace('services = ["watchdog"]\n', "")
    carried(org, new_policy(text), approvals=ROOT_VOTES, enactor="rita")
    carried(org, roles_of("will", ["watchdog"]), approvals=ROOT_VOTES, enactor="rita")
    delegate(org, "zed", "will", "evaluation-owner")

    with refused("operator-observes", "zed operated"):
        watch(org, "will")


def test_a_clock_ahead_at_a_rollback_asks_for_no_result_before_its_window_ends() -> None:
    org = joined()
    released(org)
    released(org, "m2")
    right = org.now + 60
    org.now += 30 * DAY
    org.roll_back("omar")
    position = org.judged[-1].position
    org.now = org.standing.head.time
    by_root(org, correction(position, right))
    before = len(org.judged)

    org.now = right + 2 * DAY
    comment(org, "frank", org.standing.alias(PRODUCTION).stable.proposal)  # type: ignore[union-attr]

    assert [one.notices for one in org.judged[before:]] == [()]


def test_a_result_of_a_time_that_never_was_is_none() -> None:
    org = joined()
    released(org)
    right = org.now + 60
    org.now += 7 * DAY + 3600
    position = watch(org)
    org.now = org.standing.head.time
    by_root(org, correction(position, right))

    org.now = right + 9 * DAY
    watch(org, "erin")

    assert [one.rule for one in org.judged[-1].notices] == ["missing-observation"]


def test_a_false_notice_leaves_no_stack_unwatched_that_comes_back() -> None:
    org = joined()
    first = released(org)
    right = org.now + 60
    org.now += 30 * DAY
    position = comment(org, "frank", first).position
    by_root(org, correction(position, right))
    org.now = right
    released(org, "m2")

    org.roll_back("omar")

    assert [one.proposal for one in org.standing.windows().windows] == [first]


def test_a_review_closed_in_a_void_role_for_another_alias_is_open_again() -> None:
    org = joined(will=[])
    released(org)
    after = now_at(org)
    elsewhere = roles_of("will", ["auditor"], aliases="other/*")
    carried(org, elsewhere, approvals=ROOT_VOTES, enactor="rita")
    subject = org.roll_back("omar")
    org.close_review("will", subject)
    disown(org, "alice", after, votes=OTHERS)

    review = org.standing.review(subject)
    assert review is not None
    assert not is_closed(org.standing, review)


@pytest.mark.parametrize("watcher", ["erin", "will"])
def test_nobody_binds_a_watcher_to_a_duty_by_lending_them_another_role(watcher: str) -> None:
    text = STAGED.replace('auditor = "reviews"', 'auditor = "reviews"\ndeveloper = "builds"')
    text = text.replace('"watchdog", "evaluation-owner"', '"evaluation-owner", "on-call"')
    org = Organisation(
        policy=numbered(1, duty("developer", "act"), text=text),
        people={**STAGED_PEOPLE, "mo": ["developer"], "will": []},
        services=STAGED_SERVICES,
    )
    started(org)
    org.now += DAY
    carried(org, roles_of("mo", ["on-call"]), approvals=ROOT_VOTES, enactor="rita")
    delegate(org, "erin", "will", "evaluation-owner")
    delegate(org, "mo", watcher, "on-call")

    assert watch(org, watcher, "0.09")


def test_who_observed_for_somebody_stopped_since_observes_again_in_a_role_of_their_own() -> None:
    org = joined(will=[])
    started(org)
    org.now += DAY
    delegate(org, "erin", "will", "evaluation-owner")
    watch(org, "will")
    stop(org, "alice", "erin")
    carried(org, roles_of("will", ["evaluation-owner"]), approvals=ROOT_VOTES, enactor="rita")

    again = watch(org, "will")

    entry = org.advance("omar").entry
    assert entry is not None
    assert isinstance(entry.event, ReleaseAdvanced)
    assert entry.event.observation == again


def test_a_stage_passed_by_a_loan_that_is_void_rests_on_no_loan_of_an_operator() -> None:
    org = joined(will=[], zed=["release-owner", "evaluation-owner"])
    of = ready(org)
    org.start("zed", of)
    org.now += DAY
    after = now_at(org)
    delegate(org, "erin", "will", "evaluation-owner")
    delegate(org, "zed", "will", "evaluation-owner")
    watch(org, "will")
    org.advance("omar")

    disown(org, "erin", after)

    closure = org.proposal(of).closure
    assert closure is not None
    assert closure.lost_at is not None
