"""What a disowning takes from releases: steps, observations, stacks below, reviews, rollbacks."""

from collections.abc import Sequence

import pytest

from ledger.decide import review
from ledger.decide.disowning import impact
from tests.acts import refused
from tests.decide.rollouts import (
    BREACH,
    DAY,
    GOOD,
    PRODUCTION,
    STAGING,
    candidate,
    consented,
    guarded,
    in_staging,
    released,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import Organisation, new_policy, stack, unsafe_key
from tests.policies import STAGED, STEWARDSHIP, numbered
from tests.roster import carried, delegate, enrolment, roles_of, rows
from tests.signer_acts import disown, disowning, now_at

ZOE = {"zoe": ["release-owner"], "eve": ["evaluation-owner"]}
VOTES = (("rita", "auditor"),)


def again(org: Organisation) -> None:
    """All the same when everything is judged anew."""
    assert rows(org.replayed()) == rows(org.standing)


# Steps


def test_what_a_thief_advanced_goes_no_further() -> None:
    org = rollout(people=ZOE)
    of = started(org)
    soaked(org)
    after = now_at(org)
    org.advance("zoe")
    assert [one.id for one in impact(org.standing, "zoe", keys_of(org, "zoe"), after).lost] == [of]

    disown(org, "zoe", after)

    assert candidate(org).unsupported
    soaked(org)
    with refused("unsupported", "#2 has lost its consent"):
        org.advance("omar")
    again(org)


def keys_of(org: Organisation, name: str) -> Sequence[str]:
    return disowning(org, name, 0).keys


def test_what_was_advanced_before_the_position_goes_on() -> None:
    org = rollout(people=ZOE)
    started(org)
    soaked(org)
    org.advance("zoe")
    after = now_at(org)
    org.observe("erin", PRODUCTION, *GOOD)

    disown(org, "zoe", after)

    assert not candidate(org).unsupported
    soaked(org, "erin")
    assert org.advance("omar").admitted


def test_what_advanced_on_the_word_of_a_thief_goes_no_further() -> None:
    org = rollout()
    of = started(org)
    after = now_at(org)
    soaked(org)
    org.advance("omar")
    found = impact(org.standing, "watchdog", keys_of(org, "watchdog"), after)
    assert [one.id for one in found.lost] == [of]

    disown(org, "watchdog", after)

    assert candidate(org).unsupported
    soaked(org, "erin")
    with refused("unsupported"):
        org.advance("omar")
    again(org)


def test_what_advanced_on_the_word_of_another_goes_on() -> None:
    org = rollout()
    started(org)
    after = now_at(org)
    org.now += DAY
    org.observe("erin")
    org.observe("watchdog")
    org.advance("omar")

    disown(org, "watchdog", after)

    assert not candidate(org).unsupported


def test_what_was_observed_before_the_position_passed_though_the_step_came_after() -> None:
    org = rollout()
    started(org)
    soaked(org)
    after = now_at(org)
    org.advance("omar")

    disown(org, "watchdog", after)

    assert not candidate(org).unsupported


def test_a_stage_that_asks_for_no_observation_rests_on_nobodys_word() -> None:
    org = rollout()
    released(org)
    after = now_at(org) - 1
    org.observe("erin", PRODUCTION)

    disown(org, "watchdog", after)

    assert stable(org).steps[-1].seen is None
    assert not stable(org).unsupported


def test_what_was_completed_on_the_word_of_a_thief_is_marked_and_opens_nothing() -> None:
    org = rollout()
    started(org)
    soaked(org)
    org.advance("omar")
    after = now_at(org)
    soaked(org)
    org.advance("omar")
    org.complete("omar")
    assert org.standing.completed_in("fraud", stack().digest) == ("production", "staging")

    disown(org, "watchdog", after)

    assert stable(org).unsupported
    assert org.standing.completed_in("fraud", stack().digest) == ("staging",)
    again(org)


def test_what_a_thief_completed_is_marked_though_all_before_was_in_order() -> None:
    org = rollout(people=ZOE)
    guarded(org)
    soaked(org)
    org.advance("omar")
    after = now_at(org)
    org.complete("zoe")

    disown(org, "zoe", after)

    assert stable(org).unsupported


def test_a_stack_below_the_one_that_runs_is_marked_and_comes_back_marked() -> None:
    org = rollout(people=ZOE)
    first = guarded(org)
    soaked(org)
    org.advance("omar")
    after = now_at(org)
    org.complete("zoe")
    released(org, "m2")

    disown(org, "zoe", after)

    below = org.standing.earlier(first)
    assert below is not None
    assert below.unsupported
    org.roll_back("olga")
    assert (stable(org).proposal, stable(org).unsupported) == (first, True)
    again(org)


def test_two_stacks_below_are_marked_as_well() -> None:
    org = rollout(people=ZOE)
    first = guarded(org)
    after = now_at(org)
    soaked(org, "watchdog")
    org.advance("omar")
    org.complete("omar")
    released(org, "m2")
    released(org, "m3")

    disown(org, "watchdog", after)

    below = org.standing.earlier(first)
    assert below is not None
    assert below.unsupported


def test_what_was_rolled_back_before_the_disowning_stays_away() -> None:
    org = rollout(people=ZOE)
    first = released(org)
    second = guarded(org, "m2")
    after = now_at(org)
    soaked(org, "erin")
    org.advance("zoe")
    org.roll_back("olga")

    disown(org, "zoe", after)

    assert org.standing.alias(PRODUCTION).candidate is None
    assert (stable(org).proposal, stable(org).unsupported) == (first, False)
    assert org.standing.earlier(second) is None
    again(org)


def test_what_rested_on_an_environment_that_a_thief_completed_is_lost() -> None:
    org = rollout()
    after = now_at(org)
    started(org)

    disown(org, "deployer", after)

    assert candidate(org).unsupported
    assert org.standing.completed_in("fraud", stack().digest) == ()


def test_what_was_completed_by_a_thief_in_staging_does_not_open_production() -> None:
    org = rollout()
    after = now_at(org)
    of = consented(org)

    disown(org, "deployer", after)

    with refused("environment-before"):
        org.start("omar", of)


def test_a_completion_rolled_back_after_the_start_in_the_next_environment_counted_then() -> None:
    org = rollout()
    started(org)
    org.roll_back("omar", STAGING)
    after = now_at(org)
    org.observe("erin")

    disown(org, "erin", after)

    assert not candidate(org).unsupported


# Roles that are void


def test_what_was_advanced_in_a_role_given_without_consent_goes_no_further() -> None:
    """Rita's key was stolen: it made a release owner of frank's colleague bob."""
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    carried(org, roles_of("bob", ["release-owner"]), by="alice", approvals=VOTES)
    soaked(org)
    org.advance("bob")

    disown(org, "rita", after)

    assert candidate(org).unsupported


def test_what_was_completed_in_a_role_given_without_consent_is_marked() -> None:
    org = rollout(STEWARDSHIP)
    guarded(org)
    soaked(org)
    org.advance("omar")
    after = now_at(org)
    carried(org, roles_of("bob", ["release-owner"]), by="alice", approvals=VOTES)
    org.complete("bob")

    disown(org, "rita", after)

    assert stable(org).unsupported


def test_what_advanced_on_an_observation_in_a_role_given_without_consent_goes_no_further() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    carried(org, roles_of("bob", ["evaluation-owner"]), by="alice", approvals=VOTES)
    soaked(org, "bob")
    org.advance("omar")

    disown(org, "rita", after)

    assert candidate(org).unsupported


def test_an_observation_in_a_role_given_without_consent_passes_nothing() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    carried(org, roles_of("bob", ["evaluation-owner"]), by="alice", approvals=VOTES)
    soaked(org, "bob")

    disown(org, "rita", after)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_an_observation_in_a_role_that_a_thief_lent_passes_nothing() -> None:
    org = rollout()
    started(org)
    after = now_at(org)
    delegate(org, "erin", "rita", "evaluation-owner")
    soaked(org, "rita")

    disown(org, "erin", after)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_what_advanced_on_an_observation_in_a_role_that_a_thief_lent_goes_no_further() -> None:
    org = rollout()
    started(org)
    after = now_at(org)
    delegate(org, "erin", "rita", "evaluation-owner")
    soaked(org, "rita")
    org.advance("omar")

    disown(org, "erin", after)

    assert candidate(org).unsupported


def test_what_was_advanced_in_a_role_that_a_thief_lent_goes_no_further() -> None:
    org = rollout(people={**ZOE, "yan": []})
    started(org)
    after = now_at(org)
    delegate(org, "zoe", "yan", "release-owner")
    soaked(org)
    org.advance("yan")

    disown(org, "zoe", after)

    assert candidate(org).unsupported


def test_the_role_of_a_step_is_one_that_the_policy_of_then_asked_for() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    text = STAGED.replace('[operation]\nby = ["release-owner"]', '[operation]\nby = ["on-call"]')
    policy = new_policy(numbered(2, STEWARDSHIP, text=text))
    carried(org, policy, by="frank", approvals=VOTES, enactor="alice")
    after = now_at(org)
    carried(org, roles_of("bob", ["on-call"]), by="alice", approvals=VOTES)
    soaked(org)
    org.advance("bob")

    disown(org, "rita", after)

    assert candidate(org).unsupported


def test_the_role_of_an_observation_is_one_that_its_stage_asked_for() -> None:
    observed_by = 'observed_by = ["watchdog", "evaluation-owner"]'
    shadow, guarded_, rest = STAGED.split(observed_by)
    text = shadow + observed_by + guarded_ + 'observed_by = ["watchdog"]' + rest
    org = rollout(STEWARDSHIP, text=text)
    started(org)
    after = now_at(org)
    carried(org, roles_of("bob", ["evaluation-owner"]), by="alice", approvals=VOTES)
    soaked(org, "bob")
    org.advance("omar")
    assert candidate(org).stage == "guarded"

    disown(org, "rita", after)

    assert candidate(org).unsupported


def test_what_was_advanced_in_a_role_that_two_lent_stands_by_the_other() -> None:
    org = rollout(people={**ZOE, "yan": []})
    started(org)
    after = now_at(org)
    for name in ("zoe", "omar"):
        delegate(org, name, "yan", "release-owner")
    soaked(org)
    org.advance("yan")

    disown(org, "zoe", after)

    assert not candidate(org).unsupported


def test_a_review_closed_in_a_role_given_without_consent_is_open_again() -> None:
    org = rollout(STEWARDSHIP)
    released(org)
    subject = org.roll_back("olga")
    after = now_at(org)
    carried(org, roles_of("frank", ["model-owner"], aliases="churn/*"), by="alice", approvals=VOTES)
    org.close_review("frank", subject)

    disown(org, "rita", after)

    found = org.standing.review(subject)
    assert found is not None
    assert not review.is_closed(org.standing, found)


def test_a_service_does_not_roll_back_on_the_word_in_a_role_given_without_consent() -> None:
    org = rollout(STEWARDSHIP)
    released(org)
    after = now_at(org)
    carried(org, roles_of("bob", ["evaluation-owner"]), by="alice", approvals=VOTES)
    seen = org.observe("bob", PRODUCTION, *BREACH)
    disown(org, "rita", after)

    with refused("observer-stopped"):
        org.roll_back("watchdog", observation=seen.position)


def test_what_rests_on_what_a_thief_completed_is_lost_though_that_was_taken_back() -> None:
    org = rollout()
    after = now_at(org)
    started(org)
    org.roll_back("omar", STAGING)

    disown(org, "deployer", after)

    assert candidate(org).unsupported


def test_who_was_enrolled_without_consent_advanced_nothing() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    org.keys["eva"] = unsafe_key("eva")
    carried(org, enrolment("eva", ["release-owner"]), by="alice", approvals=VOTES)
    org.accept("eva")
    soaked(org)
    org.advance("eva")

    disown(org, "rita", after)

    assert candidate(org).unsupported


# What restricts stands, what closes does not


def test_a_rollback_by_a_thief_stands() -> None:
    org = rollout(people=ZOE)
    released(org)
    after = now_at(org)
    subject = org.roll_back("zoe")

    disown(org, "zoe", after)

    assert org.standing.alias(PRODUCTION).stable is None
    assert org.standing.review(subject) is not None
    assert org.standing.completed_in("fraud", stack().digest) == ("staging",)


def test_a_service_does_not_roll_back_on_the_word_of_a_thief() -> None:
    org = rollout()
    released(org)
    after = now_at(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)
    disown(org, "erin", after)

    with refused("observer-stopped", "erin, who made the observation"):
        org.roll_back("watchdog", observation=seen.position)
    assert org.roll_back("olga")


def test_a_service_rolls_back_on_what_was_seen_before_the_position() -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)
    disown(org, "erin", now_at(org))

    assert org.roll_back("watchdog", observation=seen.position)


def test_a_review_that_a_thief_closed_is_open_again_and_is_closed_by_another() -> None:
    org = rollout()
    released(org)
    subject = org.roll_back("olga")
    after = now_at(org)
    org.close_review("rita", subject)

    disown(org, "rita", after)

    found = org.standing.review(subject)
    assert found is not None
    assert not review.is_closed(org.standing, found)
    assert review.is_overdue(org.standing, found, found.at + 2 * DAY)
    assert org.close_review("erin", subject).admitted
    with refused("review-closed", "erin closed this review already"):
        org.close_review("alice", subject)
    again(org)


def test_a_review_closed_before_the_position_stays_closed() -> None:
    org = rollout()
    released(org)
    subject = org.roll_back("olga")
    org.close_review("rita", subject)

    disown(org, "rita", now_at(org))

    with refused("review-closed", "rita closed this review already"):
        org.close_review("erin", subject)


@pytest.mark.parametrize("name", ["watchdog", "omar"])
def test_a_release_that_rests_on_none_of_it_stands(name: str) -> None:
    org = rollout()
    in_staging(org, "m9")
    released(org)

    disown(org, name, now_at(org))

    assert not stable(org).unsupported
