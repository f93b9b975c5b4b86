"""Rollbacks: who takes back what, to which stack, on what, and what they leave behind."""

import pytest

from ledger.model.events import ReleaseRolledBack
from ledger.model.terms import format_instant
from tests.acts import look, refused
from tests.decide.rollouts import (
    BREACH,
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
    rollout,
    soaked,
    stable,
    started,
    take_back,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import STAGED, STEWARDSHIP, duty, numbered
from tests.roster import carried, delegate, event_of, finding, roles_of, rows, speak, stop

DIGEST = stack().digest


# To which stack


def test_a_first_candidate_is_taken_back_to_nothing() -> None:
    org = rollout()
    of = started(org)

    org.roll_back("olga")

    alias = org.standing.alias(PRODUCTION)
    assert (alias.stable, alias.candidate, alias.changed) == (None, None, None)
    event = event_of(org.judged[-1]).model_dump()
    assert (event["proposal"], event["target"]) == (of, None)
    assert rows(org.replayed()) == rows(org.standing)


def test_a_candidate_is_taken_back_and_what_runs_goes_on() -> None:
    org = rollout()
    first = released(org)
    before = org.standing.alias(PRODUCTION)
    second = guarded(org, "m2")

    org.roll_back("olga")

    alias = org.standing.alias(PRODUCTION)
    assert alias == before
    event = event_of(org.judged[-1]).model_dump()
    assert (event["proposal"], event["target"]) == (second, first)


def test_what_waits_for_its_place_starts_once_the_candidate_was_taken_back() -> None:
    org = rollout()
    released(org)
    started(org, "m2")
    waiting = consented(org, "m3")
    with refused("candidate-running"):
        org.start("omar", waiting)

    org.roll_back("olga")

    assert org.start("omar", waiting).admitted


def test_stacks_are_taken_back_one_by_one_until_the_alias_is_empty() -> None:
    org = rollout()
    proposals = [released(org, model) for model in ("m1", "m2", "m3")]
    first, second, third = proposals
    assert stable(org).before == second

    gone: list[tuple[object, object]] = []
    for _ in proposals:
        org.roll_back("olga")
        event = event_of(org.judged[-1]).model_dump()
        gone.append((event["proposal"], event["target"]))

    assert gone == [(third, second), (second, first), (first, None)]
    alias = org.standing.alias(PRODUCTION)
    assert (alias.stable, alias.candidate) == (None, None)
    assert alias.changed == org.judged[-1].position
    with refused("not-released", "fraud/production has no such release"):
        take_back(org, "olga", first)
    assert rows(org.replayed()) == rows(org.standing)


def test_what_comes_back_is_as_it_was() -> None:
    org = rollout()
    released(org)
    org.observe("erin")
    before = stable(org)
    released(org, "m2")
    assert org.standing.earlier(before.proposal) == before

    org.roll_back("olga")

    assert stable(org) == before


def test_what_was_taken_back_never_comes_back_by_a_rollback() -> None:
    org = rollout()
    first = released(org)
    released(org, "m2")
    org.roll_back("olga")
    third = released(org, "m3")
    assert stable(org).before == first

    org.roll_back("olga")

    assert stable(org).proposal == first
    assert third != first


def test_the_same_stack_comes_back_by_a_proposal_only() -> None:
    org = rollout()
    released(org)
    second = released(org, "m2")
    org.roll_back("olga")
    with refused("closed", "enacted"):
        org.start("omar", second)

    released(org, "m2")

    assert stable(org).stack == stack(model="m2")
    assert stable(org).proposal != second


def test_a_rollback_of_what_runs_moves_the_base_of_what_waits() -> None:
    org = rollout()
    released(org)
    waiting = consented(org, "m2")
    org.roll_back("olga")

    assert org.standing.alias(PRODUCTION).changed == org.judged[-1].position
    with refused("base-moved"):
        org.start("omar", waiting)


def test_what_is_under_way_on_top_goes_with_what_is_taken_back() -> None:
    org = rollout()
    first = released(org)
    second = released(org, "m2")
    third = guarded(org, "m3")

    take_back(org, "olga", second)

    event = event_of(org.judged[-1]).model_dump()
    assert (event["proposal"], event["target"], event["candidate"]) == (second, first, third)
    alias = org.standing.alias(PRODUCTION)
    assert (alias.candidate, stable(org).proposal) == (None, first)
    with refused("no-candidate"):
        org.advance("omar")
    with refused("not-released"):
        take_back(org, "olga", third)
    assert rows(org.replayed()) == rows(org.standing)


def test_a_service_takes_back_what_runs_though_something_is_under_way() -> None:
    org = rollout()
    first = released(org)
    started(org, "m2")
    seen = org.observe("erin", PRODUCTION, *BREACH, of=first)

    org.roll_back("watchdog", observation=seen.position, of=first)

    alias = org.standing.alias(PRODUCTION)
    assert (alias.stable, alias.candidate) == (None, None)


def test_a_candidate_that_is_taken_back_takes_nothing_along() -> None:
    org = rollout()
    released(org)
    started(org, "m2")

    org.roll_back("olga")

    assert event_of(org.judged[-1]).model_dump()["candidate"] is None


@pytest.mark.parametrize("which", ["earlier", "unknown", "elsewhere", "open"])
def test_what_the_alias_does_not_have_is_not_taken_back(which: str) -> None:
    org = rollout()
    first = released(org)
    released(org, "m2")
    others = {
        "earlier": first,
        "unknown": org.new_id(),
        "elsewhere": stable(org, STAGING).proposal,
        "open": org.open("frank"),
    }

    with refused("not-released"):
        take_back(org, "olga", others[which])


# What it leaves behind


def test_a_stack_taken_back_is_not_completed_in_its_environment_any_longer() -> None:
    org = rollout()
    of = consented(org)
    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)

    org.roll_back("omar", STAGING)

    assert org.standing.completed_in("fraud", DIGEST) == ()
    assert [block.code for block in look(org, of).blocks] == ["environment-before"]
    with refused("environment-before"):
        org.start("omar", of)


def test_a_stack_taken_back_and_completed_again_opens_the_next_environment() -> None:
    org = rollout()
    of = consented(org)
    org.roll_back("omar", STAGING)
    in_staging(org)

    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)
    assert org.start("omar", of).admitted


def test_a_stack_taken_back_in_one_environment_stands_in_the_other() -> None:
    org = rollout()
    released(org)
    assert org.standing.completed_in("fraud", DIGEST) == ("production", "staging")

    org.roll_back("olga")

    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)


def test_a_candidate_taken_back_was_completed_nowhere_and_undoes_nothing() -> None:
    org = rollout()
    in_staging(org)
    of = org.open("frank", change(stack(model="m1", sdk="s2"), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)

    org.roll_back("omar", STAGING)

    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)


def test_what_is_under_way_in_the_next_environment_waits_for_it_to_be_completed_again() -> None:
    org = rollout()
    started(org)
    org.roll_back("omar", STAGING)
    soaked(org)

    with refused("consent-lost", "#2 has lost its consent since the start"):
        org.advance("omar")
    in_staging(org)

    assert org.advance("omar").admitted


def test_a_rollback_in_a_later_environment_keeps_nothing_from_going_on_in_an_earlier_one() -> None:
    org = rollout()
    released(org)
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)

    org.roll_back("olga")

    assert org.complete("deployer", STAGING).admitted


def test_what_is_complete_in_the_next_environment_runs_on() -> None:
    org = rollout()
    of = released(org)

    org.roll_back("omar", STAGING)

    assert (stable(org).proposal, stable(org).unsupported) == (of, False)


def test_a_stack_taken_back_was_never_completed_there_however_often_it_was() -> None:
    org = rollout()
    for model in ("m1", "m2", "m1"):
        in_staging(org, model)

    org.roll_back("omar", STAGING)

    assert stable(org, STAGING).stack == stack(model="m2")
    assert org.standing.completed_in("fraud", DIGEST) == ()
    assert org.standing.completed_in("fraud", stack(model="m2").digest) == ("staging",)


def test_a_stack_that_comes_back_is_completed_there_again() -> None:
    org = rollout()
    for model in ("m1", "m2", "m1"):
        in_staging(org, model)

    org.roll_back("omar", STAGING)
    org.roll_back("omar", STAGING)

    assert stable(org, STAGING).stack == stack()
    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)
    assert org.standing.completed_in("fraud", stack(model="m2").digest) == ()


def test_what_comes_back_with_the_same_stack_stays_completed_there() -> None:
    org = rollout()
    for _ in range(2):
        in_staging(org)

    org.roll_back("omar", STAGING)

    assert org.standing.completed_in("fraud", DIGEST) == ("staging",)


def test_a_rollback_opens_a_review() -> None:
    org = rollout()
    of = released(org)

    subject = org.roll_back("olga")

    review = org.standing.review(subject)
    assert review is not None
    assert (review.alias, review.proposal) == (PRODUCTION, of)
    assert (review.position, review.at) == (org.judged[-1].position, org.judged[-1].at)
    assert review.persons == ("olga",)
    assert review.due == review.at + 2 * DAY
    assert review.closed_by is None


def test_each_rollback_has_an_id_of_its_own() -> None:
    org = rollout()
    of = released(org)
    subject = org.roll_back("olga")
    again = started(org, "m2")

    with refused("rollback-exists", f"there is something of the id {subject} already"):
        take_back(org, "olga", again, rollback_id=subject)
    assert of != again


def test_a_proposal_that_was_rolled_back_stays_closed() -> None:
    org = rollout()
    of = started(org)
    org.roll_back("olga")

    assert org.proposal(of).closed == "enacted"
    with refused("no-candidate"):
        org.advance("omar")


# Who


@pytest.mark.parametrize("name", ["olga", "omar"])
def test_persons_roll_back_in_a_role_that_the_policy_names(name: str) -> None:
    org = rollout()
    released(org)

    org.roll_back(name)

    assert org.standing.alias(PRODUCTION).stable is None


@pytest.mark.parametrize("name", ["alice", "erin", "frank", "rita"])
def test_nobody_else_rolls_back(name: str) -> None:
    org = rollout()
    released(org)

    with refused("not-rolling-back", f"{name} may not roll back on fraud/production"):
        org.roll_back(name)


def test_without_a_block_about_it_those_roll_back_who_operate() -> None:
    org = Organisation(services={"robot": ("omar", ["release-owner"])})
    org.release()

    with refused("not-rolling-back"):
        org.roll_back("alice")
    with refused("not-rolling-back", "the service robot may not roll back"):
        org.roll_back("robot")
    subject = org.roll_back("omar")

    review = org.standing.review(subject)
    assert review is not None
    assert review.due is None


def test_an_operator_whom_the_block_does_not_name_does_not_roll_back() -> None:
    org = rollout(text=STAGED.replace('by = ["release-owner", "on-call"]', 'by = ["on-call"]'))
    released(org)

    with refused("not-rolling-back"):
        org.roll_back("omar")


def test_a_role_limited_to_a_pattern_rolls_back_there_only() -> None:
    org = rollout(STEWARDSHIP)
    for name, pattern in (("frank", "churn/*"), ("bob", "fraud/*")):
        carried(
            org,
            roles_of(name, ["on-call"], aliases=pattern),
            by="alice",
            approvals=[("rita", "auditor")],
        )
    released(org)

    with refused("not-rolling-back"):
        org.roll_back("frank")
    assert org.roll_back("bob")


def test_a_role_that_is_lent_rolls_back_and_both_have_rolled_back() -> None:
    org = rollout()
    released(org)
    delegate(org, "olga", "rita", "on-call")

    subject = org.roll_back("rita")

    review = org.standing.review(subject)
    assert review is not None
    assert review.persons == ("olga", "rita")


def test_a_service_that_is_stopped_rolls_nothing_back() -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)
    stop(org, "alice", "watchdog")

    with refused("signer-stopped", "watchdog is stopped"):
        org.roll_back("watchdog", observation=seen.position)


def test_who_is_stopped_rolls_back_all_the_same() -> None:
    org = rollout()
    released(org)
    stop(org, "alice", "olga")

    org.roll_back("olga")

    assert org.standing.alias(PRODUCTION).stable is None


def test_no_duty_keeps_anybody_from_rolling_back() -> None:
    org = rollout(
        duty("on-call", "operate"),
        duty("on-call", "act", id_="other"),
        people={"olga": ["on-call"]},
    )
    released(org)

    assert org.roll_back("olga")


def test_a_rollback_may_lie_behind_ledger_time_and_is_judged_at_it() -> None:
    org = rollout()
    of = released(org)
    right = org.now
    org.now += 365 * DAY
    speak(org, "omar", of)
    org.now = right

    subject = org.roll_back("olga")

    review = org.standing.review(subject)
    assert review is not None
    assert review.at == org.standing.head.time > right + 364 * DAY


def test_who_rolls_back_is_asked_of_the_policy_in_force() -> None:
    org = rollout()
    released(org)
    text = STAGED.replace('by = ["release-owner", "on-call"]', 'by = ["data-owner"]')
    carried(
        org, new_policy(numbered(2, text=text)), by="frank", approvals=ROOT_VOTES, enactor="alice"
    )

    with refused("not-rolling-back"):
        org.roll_back("olga")
    assert org.roll_back("bob")


def test_a_release_that_lost_its_consent_is_taken_back() -> None:
    org = rollout()
    of = guarded(org)
    org.observe("erin", incident="INC-7")

    take_back(org, "olga", of)

    assert org.standing.alias(PRODUCTION).candidate is None


# Services


def test_a_service_takes_back_what_breached_a_trigger() -> None:
    org = rollout()
    of = released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)

    subject = org.roll_back("watchdog", observation=seen.position)

    assert org.standing.alias(PRODUCTION).stable is None
    event = event_of(org.judged[-1]).model_dump()
    assert (event["proposal"], event["observation"]) == (of, seen.position)
    review = org.standing.review(subject)
    assert review is not None
    assert review.persons == ("erin", "watchdog")


def test_a_service_takes_a_candidate_back_that_breached_a_trigger() -> None:
    org = rollout()
    guarded(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH)

    org.roll_back("watchdog", observation=seen.position)

    assert org.standing.alias(PRODUCTION).candidate is None


def test_an_incident_is_a_trigger_where_the_policy_says_so() -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", incident="INC-7")

    assert org.roll_back("watchdog", observation=seen.position)


def test_a_service_that_the_policy_does_not_name_takes_nothing_back() -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)

    with refused("not-rolling-back", "the service deployer may not roll back"):
        org.roll_back("deployer", observation=seen.position)


def test_a_service_names_an_observation() -> None:
    org = rollout()
    released(org)
    org.observe("watchdog", PRODUCTION, *BREACH)

    with refused("no-breach", "it names none"):
        org.roll_back("watchdog")


@pytest.mark.parametrize("name", ["watchdog", "olga"])
def test_an_observation_that_is_named_breached_a_trigger(name: str) -> None:
    org = rollout()
    guarded(org)
    fine = soaked(org, "erin", *GOOD)
    failing = org.observe("watchdog", PRODUCTION, BREACH[0].model_copy(update={"value": "0.06"}))

    for position in (fine.position, failing.position, 0, 10_000):
        with refused("no-breach", f"position {position} is none"):
            org.roll_back(name, observation=position)


@pytest.mark.parametrize("name", ["watchdog", "olga"])
def test_an_observation_that_is_named_is_of_the_release(name: str) -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)
    started(org, "m2")

    with refused("no-breach", f"position {seen.position} is none"):
        org.roll_back(name, observation=seen.position)


@pytest.mark.parametrize("name", ["watchdog", "olga"])
def test_an_observation_that_is_named_is_by_somebody_who_is_not_stopped(name: str) -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)
    stop(org, "alice", "erin")

    with refused("observer-stopped", f"erin, who made the observation at {seen.position}"):
        org.roll_back(name, observation=seen.position)
    assert org.roll_back("olga")


def test_a_person_may_name_the_observation_that_breached_a_trigger() -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, *BREACH)

    org.roll_back("olga", observation=seen.position)

    assert event_of(org.judged[-1]).model_dump()["observation"] == seen.position


@pytest.mark.parametrize(("value", "breached"), [("0.08", False), ("0.080000000001", True)])
def test_the_bounds_of_a_trigger_are_inclusive(value: str, *, breached: bool) -> None:
    org = rollout()
    released(org)
    seen = org.observe("erin", PRODUCTION, BREACH[0].model_copy(update={"value": value}))

    if breached:
        assert org.roll_back("watchdog", observation=seen.position)
    else:
        with refused("no-breach"):
            org.roll_back("watchdog", observation=seen.position)


# What it says


@pytest.mark.parametrize(("ahead", "rule"), [(0, None), (1, "since-ahead")])
def test_since_when_is_no_later_than_now(ahead: int, rule: str | None) -> None:
    org = rollout()
    of = released(org)
    since = org.now + 1 + ahead

    if rule is None:
        take_back(org, "olga", of, since=since)
        event = event_of(org.judged[-1]).model_dump()
        assert (event["since"], event["incident"]) == (format_instant(since), "INC-1")
    else:
        with refused(rule, "is later than now"):
            take_back(org, "olga", of, since=since)


def forged(org: Organisation, **other: object) -> ReleaseRolledBack:
    """A rollback as it would be made now, but for what is said otherwise."""
    fields: dict[str, object] = {
        "alias": PRODUCTION,
        "proposal": stable(org).proposal,
        "target": stable(org).before,
        "candidate": None,
        "rollback": org.new_id(),
        "trigger": "losses",
        "incident": None,
        "observation": None,
        "since": None,
    }
    return ReleaseRolledBack.model_validate({**fields, **other})


def test_nobody_chooses_the_target_of_a_rollback() -> None:
    org = rollout()
    first = released(org)
    released(org, "m2")
    released(org, "m3")

    for target in (first, None, stable(org).proposal):
        assert finding(org.force("olga", forged(org, target=target))) == "event-differs"
    assert org.force("olga", forged(org)).admitted
    assert rows(org.replayed()) == rows(org.standing)


def test_nobody_smuggles_a_rollback_that_is_not_theirs() -> None:
    org = rollout()
    released(org)

    assert finding(org.force("alice", forged(org))) == "not-rolling-back"
    assert finding(org.force("watchdog", forged(org))) == "no-breach"
    assert stable(org).stack == stack()


def test_nobody_says_otherwise_what_goes_with_it() -> None:
    org = rollout()
    released(org)
    of = started(org, "m2")

    assert finding(org.force("olga", forged(org))) == "event-differs"
    assert candidate(org).proposal == of
    assert org.force("olga", forged(org, candidate=of)).admitted
