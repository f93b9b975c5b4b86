"""An operator who wants to ship without being watched, and who rolled back without need."""

import pytest

from tests.acts import look, prepared, statuses
from tests.attacks.trying import ALLOWED, Attack, Outcome, aside, named, refused, tried
from tests.decide.rollouts import (
    DAY,
    GOOD,
    PRODUCTION,
    STAGING,
    candidate,
    consented,
    in_staging,
    released,
    report,
    rollout,
    soaked,
    started,
)
from tests.organisation import Organisation, change, stack
from tests.roster import delegate, event_of, speak
from tests.signer_acts import by_root, correction


def starts_without_consent() -> Outcome:
    org = rollout()
    in_staging(org)
    of = org.open("frank")
    twin = aside(org)
    twin.attach("erin", of)
    twin.approve("alice", of, "model-owner")
    twin.approve("dana", of, "data-owner")
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def starts_in_production_what_was_nowhere_before() -> Outcome:
    org = rollout()
    of = org.open("frank")
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    twin = aside(org)
    in_staging(twin)
    return tried(org, "omar", lambda o, name: o.start(name, of), where=twin)


def starts_a_second_release_beside_the_first() -> Outcome:
    org = rollout()
    of = consented(org)
    twin = aside(org)
    org.start("omar", of)
    in_staging(org, "m2")
    in_staging(twin, "m2")
    second = []
    for one in (org, twin):
        second.append(one.open("frank", change(stack(model="m2"))))
        one.attach("erin", second[-1])
        one.approve("alice", second[-1], "model-owner")
        one.approve("dana", second[-1], "data-owner")
    assert second[0] == second[1]
    return tried(org, "omar", lambda o, name: o.start(name, second[0]), where=twin)


def observes_what_they_operate() -> Outcome:
    """Their numbers stand there, and pass nothing."""
    org = rollout(people={"omar": ["release-owner", "evaluation-owner"]})
    started(org)
    org.now += DAY
    return tried(org, "omar", lambda o, name: o.observe(name, PRODUCTION, *GOOD), may="erin")


def advances_unwatched() -> Outcome:
    org = rollout()
    started(org)
    twin = aside(org)
    soaked(twin)
    org.now += DAY
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def completes_before_the_last_stage() -> Outcome:
    org = rollout()
    started(org)
    twin = aside(org)
    for _ in range(2):
        soaked(twin)
        twin.advance("omar")
    return tried(org, "omar", lambda o, name: o.complete(name), where=twin)


def takes_the_clock_ahead() -> Outcome:
    """Two days pass by their word alone; what was observed before reaches no further for it."""
    org = rollout()
    of = started(org)
    twin = aside(org)
    right = org.now
    org.now += 2 * DAY
    speak(org, "omar", of)
    report(org, "watchdog", *GOOD, until=right + 60)
    soaked(twin)
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def advances_on_bad_numbers() -> Outcome:
    org = rollout()
    started(org)
    twin = aside(org)
    for one in (org, twin):
        soaked(one)
        one.advance("omar")
    soaked(twin)
    soaked(org, "erin", GOOD[0].model_copy(update={"value": "0.06"}))
    return tried(org, "omar", lambda o, name: o.advance(name), where=twin)


def lends_the_watcher_a_role() -> Outcome:
    """It does not silence them: who may observe in a role of another still may."""
    org = rollout()
    started(org)
    delegate(org, "omar", "erin", "release-owner")
    org.now += DAY
    outcome = tried(org, "erin", lambda o, name: o.observe(name, PRODUCTION, *GOOD))
    assert candidate(org).watched
    return outcome


def has_what_runs_taken_back_first() -> Outcome:
    """Their stack is a first release then: of the highest tier, with all the consent of that."""
    org = rollout()
    released(org)
    outcome = tried(org, "omar", lambda o, name: o.roll_back(name))
    in_staging(org, "m2")
    of = org.open("frank", change(stack(model="m2")))
    assert look(org, of).tier == "high"
    assert statuses(org, of)["model-owner"] == "unsatisfied"
    return outcome


def rolls_back_twice_from_one_release() -> Outcome:
    org = rollout()
    of = released(org)
    twin = aside(org)
    org.roll_back("omar")
    return tried(org, "omar", lambda o, name: o.roll_back(name, of=of), where=twin)


def reviews_their_own_rollback() -> Outcome:
    org = rollout()
    released(org)
    of = org.roll_back("omar")
    return tried(org, "omar", lambda o, name: o.close_review(name, of), may="rita")


def has_their_program_review_it() -> Outcome:
    org = rollout()
    released(org)
    of = org.roll_back("omar")
    return tried(org, "deployer", lambda o, name: o.close_review(name, of), may="rita")


def reviews_what_their_delegate_rolled_back() -> Outcome:
    org = rollout()
    released(org)
    delegate(org, "omar", "frank", "release-owner")
    of = org.roll_back("frank")
    return tried(org, "omar", lambda o, name: o.close_review(name, of), may="rita")


def completes_another_stack_than_was_started() -> Outcome:
    org, of = prepared()
    twin = aside(org)
    twin.start("omar", of)
    begun = event_of(twin.judged[-1]).model_copy(update={"stack": stack(["everything"])})
    judged = org.force("omar", begun)
    assert judged.finding is not None
    return Outcome("detected", judged.finding.rule)


def dates_a_start_back_on_a_quiet_ledger() -> Outcome:
    """By as long as nobody wrote: the soak begins that much earlier, and is watched as ever."""
    org = rollout()
    of = consented(org)
    org.now += DAY
    quiet = org.now
    org.now -= DAY
    outcome = tried(org, "omar", lambda o, name: o.start(name, of))
    org.now = quiet
    assert candidate(org).watched == ()
    return outcome


def has_the_clock_set_back_alone() -> Outcome:
    org = rollout()
    of = consented(org)
    right = org.now
    org.now += DAY
    ahead = speak(org, "omar", of).position
    fix = org.open("frank", correction(ahead, right))
    twin = aside(org)
    for name in ("alice", "bob"):
        twin.approve(name, fix, "root")
    assert org.proposal(of).closed is None
    return tried(org, "omar", lambda o, name: o.enact(name, fix), may="alice", where=twin)


ATTACKS: dict[Attack, Outcome] = {
    starts_without_consent: refused("not-ready"),
    starts_in_production_what_was_nowhere_before: refused("environment-before"),
    starts_a_second_release_beside_the_first: refused("candidate-running"),
    observes_what_they_operate: refused("operator-observes"),
    advances_unwatched: refused("stage-unobserved"),
    completes_before_the_last_stage: refused("stage-before"),
    takes_the_clock_ahead: refused("stage-unobserved"),
    advances_on_bad_numbers: refused("stage-failing"),
    lends_the_watcher_a_role: ALLOWED,
    has_what_runs_taken_back_first: ALLOWED,
    rolls_back_twice_from_one_release: refused("not-released"),
    reviews_their_own_rollback: refused("own-review"),
    has_their_program_review_it: refused("service-review"),
    reviews_what_their_delegate_rolled_back: refused("own-review"),
    completes_another_stack_than_was_started: Outcome("detected", "event-differs"),
    dates_a_start_back_on_a_quiet_ledger: ALLOWED,
    has_the_clock_set_back_alone: refused("not-ready"),
}


@pytest.mark.parametrize(("attack", "outcome"), ATTACKS.items(), ids=named)
def test_what_becomes_of_an_attack_by_an_operator(attack: Attack, outcome: Outcome) -> None:
    assert attack() == outcome


def test_the_root_sets_a_clock_right_that_an_operator_took_ahead() -> None:
    org: Organisation = rollout()
    of = started(org)
    right = org.now
    org.now += 2 * DAY
    position = speak(org, "omar", of).position
    by_root(org, correction(position, right + 60))
    org.now = right + 120
    in_staging(org, "m2")
    assert org.standing.alias(STAGING).stable is not None
