"""A release passes its stages one by one, each watched by somebody else than who operates it."""

import pytest

from ledger.decide.release import require_stages
from ledger.decide.rollout import COMPLETIONS
from ledger.model.events import ReleaseAdvanced, ReleaseCompleted, ReleaseStarted
from ledger.model.stack import Stack
from ledger.policy.reading import read_policy
from ledger.policy.stages import GENERAL, stages_of
from tests.acts import add_fact, look, refused, reject, reopen, retract
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
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import STAGED, STEWARDSHIP, duty, numbered, staged
from tests.roster import carried, delegate, event_of, finding, roles_of, rows, stop
from tests.signer_acts import disown, now_at

ZOE = {"zoe": ["release-owner"]}
OFFLINE = {"personal_data": False, "online": False}
PERSONAL = {"personal_data": True, "online": True}


def publish(org: Organisation, text: str) -> None:
    """Publish *text* as the next policy, with the consent of the root."""
    carried(org, new_policy(text), by="frank", approvals=ROOT_VOTES, enactor="alice")


def test_a_stack_reaches_its_alias_through_every_stage_of_its_tier() -> None:
    org = staged()

    of = released(org)

    assert stable(org).proposal == of
    assert [step.stage for step in stable(org).steps] == ["shadow", "guarded", "general"]
    assert rows(org.replayed()) == rows(org.standing)


# Which stages


def test_a_start_says_the_tier_and_the_first_stage_of_it() -> None:
    org = rollout()
    of = consented(org)

    event = event_of(org.start("omar", of)).model_dump()

    assert (event["tier"], event["policy"], event["stage"]) == ("high", 1, "shadow")
    running = candidate(org)
    assert (running.tier, running.policy, running.stage) == ("high", 1, "shadow")
    assert running.stage_at == running.started_at == org.now
    assert running.stage_position == running.started_position == now_at(org)
    assert (running.steps, running.watched, running.window) == ((), (), None)


@pytest.mark.parametrize(
    ("declares", "tier", "first"),
    [(OFFLINE, "low", "general"), (None, "medium", "shadow"), (PERSONAL, "high", "shadow")],
)
def test_the_tier_of_the_start_says_which_stages_there_are(
    declares: dict[str, bool] | None, tier: str, first: str
) -> None:
    org = rollout()
    released(org)

    started(org, "m2", declares=declares)

    assert (candidate(org).tier, candidate(org).stage) == (tier, first)


def test_a_release_whose_tier_has_one_stage_is_completed_at_once() -> None:
    org = rollout()
    released(org)
    of = started(org, "m2", declares=OFFLINE)

    with refused("last-stage", "general is the last stage"):
        org.advance("omar")
    org.complete("omar")

    assert stable(org).proposal == of
    assert [step.stage for step in stable(org).steps] == ["general"]


def test_stages_are_passed_in_the_last_environment_only() -> None:
    org = rollout()
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)

    org.start("deployer", of)

    assert candidate(org, STAGING).stage == "general"
    assert org.complete("deployer", STAGING).admitted


def test_without_an_order_of_environments_each_is_the_last() -> None:
    order = STAGED.index("[environments]")
    org = rollout(text=STAGED[:order] + STAGED[STAGED.index("[[stage]]") :])
    of = org.open("frank", change(alias="fraud/canary"))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")

    org.start("omar", of)

    assert candidate(org, "fraud/canary").stage == "shadow"


def test_without_stages_there_is_one_that_asks_for_nothing() -> None:
    org = Organisation()

    org.release()

    assert [step.stage for step in stable(org).steps] == ["general"]
    assert stable(org).steps[0].seen is None


def test_the_stages_are_those_of_the_policy_of_the_start() -> None:
    org = rollout()
    started(org)
    text = STAGED.replace('id = "guarded"', 'id = "canary"').replace('soak = "24h"', 'soak = "48h"')
    publish(org, numbered(2, text=text))

    soaked(org)
    org.advance("omar")

    assert candidate(org).stage == "guarded"
    assert candidate(org).policy == 1


def test_a_policy_without_a_stage_for_the_tier_starts_nothing() -> None:
    """Such a policy is refused when it is proposed; nothing but this asks again."""
    policy = read_policy(STAGED, file="policy.toml")
    shadow, canary, last = policy.stages
    missing = policy.model_copy(update={"stages": (shadow, canary)})

    assert stages_of(missing, PRODUCTION, "low") == ()
    with refused("no-stage", "policy 1 has no stage for the tier low"):
        require_stages(missing, PRODUCTION, "low")
    assert require_stages(policy, PRODUCTION, "low") == (last,)
    assert require_stages(missing, STAGING, "low") == (GENERAL,)


# One by one


def test_an_advance_names_the_next_stage_and_the_observation_it_rests_on() -> None:
    org = rollout()
    of = started(org)
    seen = soaked(org)

    advanced = org.advance("omar")

    event = event_of(advanced).model_dump()
    assert (event["proposal"], event["stage"]) == (of, "guarded")
    assert event["observation"] == seen.position
    running = candidate(org)
    assert (running.stage, running.watched) == ("guarded", ())
    assert (running.stage_at, running.stage_position) == (org.now, advanced.position)
    (step,) = running.steps
    assert (step.stage, step.position, step.at) == ("shadow", advanced.position, org.now)
    assert (step.by, step.policy, step.loans) == ("omar", 1, ())
    assert step.seen is not None
    assert (step.seen.position, step.seen.signer) == (seen.position, "watchdog")


def test_a_completion_says_what_it_replaced() -> None:
    org = rollout()
    first = released(org)
    assert stable(org).before is None

    released(org, "m2")

    running = stable(org)
    assert running.before == first
    assert (running.completed_at, running.completed_position) == (org.now, now_at(org))
    assert (running.stage_at, running.stage_position) == (org.now, now_at(org))
    below = org.standing.earlier(first)
    assert below is not None
    assert below.proposal == first


def test_no_stage_is_left_out() -> None:
    org = rollout()
    started(org)
    soaked(org)

    with refused("stage-before", "#2 is in the stage shadow; guarded comes next"):
        org.complete("omar")
    org.advance("omar")
    soaked(org)
    with refused("stage-before", "general comes next"):
        org.complete("omar")


def test_the_last_stage_is_not_advanced_from() -> None:
    org = rollout()
    guarded(org)
    soaked(org)
    org.advance("omar")

    with refused("last-stage", "general is the last stage of #2"):
        org.advance("omar")


def test_nothing_is_advanced_that_is_not_under_way() -> None:
    org = rollout()

    with refused("no-candidate", "no release to fraud/production is under way"):
        org.advance("omar")
    released(org)
    with refused("no-candidate"):
        org.advance("omar")


def test_a_stage_that_asks_for_nothing_takes_no_observation() -> None:
    text = STAGED.replace(
        'tiers = ["medium", "high"]\nsoak = "24h"\nobserved_by = ["watchdog", "evaluation-owner"]',
        'tiers = ["medium", "high"]',
        1,
    )
    org = rollout(text=text)
    started(org)

    advanced = org.advance("omar")

    assert event_of(advanced).model_dump()["observation"] is None
    assert candidate(org).steps[0].seen is None


def test_nobody_advances_before_somebody_else_has_seen_the_soak_through() -> None:
    org = rollout()
    started(org)
    org.now += DAY - 60

    org.observe("watchdog", PRODUCTION)
    with refused("stage-unobserved", "nobody but its operators has observed"):
        org.advance("omar")


def test_a_stack_that_failed_goes_on_as_another_proposal() -> None:
    org = rollout()
    guarded(org)
    soaked(org, "watchdog", *BREACH)
    org.roll_back("olga")

    of = released(org)

    assert stable(org).proposal == of


# Who


@pytest.mark.parametrize("name", ["alice", "erin", "olga", "rita"])
def test_only_an_operator_advances(name: str) -> None:
    org = rollout()
    started(org)
    soaked(org)

    with refused("not-operator", f"{name} may not operate"):
        org.advance(name)


def test_a_service_does_not_advance_in_production() -> None:
    org = rollout()
    started(org)
    soaked(org)

    for name in ("deployer", "watchdog"):
        with refused("service-operator"):
            org.advance(name)


def test_a_service_that_no_list_names_does_not_operate_an_automatic_environment() -> None:
    org = rollout()
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)

    with refused("service-operator", "watchdog is not among"):
        org.start("watchdog", of)
    org.start("deployer", of)
    with refused("service-operator"):
        org.complete("watchdog", STAGING)


def test_an_operator_who_is_stopped_does_not_advance_and_another_does() -> None:
    org = rollout(people=ZOE)
    started(org)
    soaked(org)
    stop(org, "alice", "omar")

    with refused("signer-stopped"):
        org.advance("omar")
    assert org.advance("zoe").admitted


def test_operators_are_those_of_the_policy_in_force() -> None:
    org = rollout()
    started(org)
    soaked(org)
    text = STAGED.replace('[operation]\nby = ["release-owner"]', '[operation]\nby = ["on-call"]')
    publish(org, numbered(2, text=text))

    with refused("not-operator"):
        org.advance("omar")
    assert org.advance("olga").admitted


def test_an_operator_of_other_aliases_does_not_advance() -> None:
    org = rollout(STEWARDSHIP)
    for name, pattern in (("frank", "churn/*"), ("bob", "fraud/*")):
        carried(
            org,
            roles_of(name, ["release-owner"], aliases=pattern),
            by="alice",
            approvals=[("rita", "auditor")],
        )
    started(org)
    soaked(org)

    with refused("not-operator"):
        org.advance("frank")
    assert org.advance("bob").admitted


def test_everybody_who_brought_a_release_where_it_is_operates_it() -> None:
    org = rollout(people={**ZOE, "yan": []})
    delegate(org, "zoe", "yan", "release-owner")
    started(org)
    assert candidate(org).operators == ("omar",)
    soaked(org)
    org.advance("yan")
    assert candidate(org).operators == ("omar", "yan", "zoe")
    soaked(org)
    org.advance("omar")
    org.complete("zoe")

    assert stable(org).operators == ("omar", "yan", "zoe")


def test_who_answers_for_the_service_that_operates_operates_as_well() -> None:
    org = rollout()
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)

    assert candidate(org, STAGING).operators == ("deployer", "omar")
    org.complete("deployer", STAGING)
    assert stable(org, STAGING).operators == ("deployer", "omar")


def test_a_duty_binds_whoever_advances() -> None:
    org = rollout(
        duty("auditor", "operate"),
        '\n[[combine]]\nroles = ["auditor", "data-owner"]\nbecause = "few"\n',
        people={"zoe": ["auditor", "release-owner"]},
    )
    started(org)
    soaked(org)

    with refused("duty", "zoe holds auditor"):
        org.advance("zoe")
    assert org.advance("omar").admitted


# What has to be there first


def test_nothing_starts_in_production_that_was_not_completed_in_staging() -> None:
    org = rollout()
    of = org.open("frank", change(stack()))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    with refused("environment-before"):
        org.start("omar", of)

    in_staging(org, "m9")
    with refused("environment-before"):
        org.start("omar", of)
    in_staging(org)

    assert org.start("omar", of).admitted


def test_a_veto_keeps_a_release_in_its_stage_until_it_is_taken_back() -> None:
    org = rollout()
    of = started(org)
    soaked(org)
    reject(org, "bob", of)

    with refused("consent-lost", "#2 has lost its consent since the start"):
        org.advance("omar")
    reopen(org, "bob", of)

    assert org.advance("omar").admitted


def test_an_approval_taken_back_keeps_a_release_in_its_stage() -> None:
    org = rollout()
    of = started(org)
    soaked(org)
    retract(org, "alice", of)

    with refused("consent-lost"):
        org.advance("omar")


def test_a_veto_in_a_later_stage_keeps_it_there() -> None:
    org = rollout()
    of = guarded(org)
    soaked(org)
    reject(org, "bob", of)

    with refused("consent-lost"):
        org.advance("omar")


def test_what_expires_after_the_start_keeps_nothing_from_advancing() -> None:
    org = rollout()
    started(org)
    org.now += 365 * DAY

    soaked(org)

    assert org.advance("omar").admitted


def test_a_fact_takes_the_consent_of_those_who_had_not_known_it() -> None:
    org = rollout()
    of = started(org)
    add_fact(org, "dana", of)
    soaked(org)

    with refused("consent-lost"):
        org.advance("omar")


def test_a_fact_that_raises_the_tier_keeps_a_release_from_its_completion() -> None:
    org = rollout()
    in_staging(org)
    of = org.open("frank", change(stack(model="m2"), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    assert candidate(org, STAGING).tier == "medium"
    add_fact(org, "dana", of)

    with refused("tier-risen", "a fact added since makes #2 high; it was started as medium"):
        org.complete("deployer", STAGING)
    assert org.roll_back("omar", STAGING)


def test_a_fact_that_raises_no_tier_keeps_nothing() -> None:
    org = rollout()
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    assert candidate(org, STAGING).tier == "high"
    add_fact(org, "dana", of)

    assert org.complete("deployer", STAGING).admitted


def test_a_policy_that_lost_its_consent_keeps_releases_where_they_are() -> None:
    org = rollout(STEWARDSHIP)
    started(org)
    after = now_at(org)
    carried(
        org,
        new_policy(numbered(2, STEWARDSHIP, text=STAGED)),
        by="frank",
        approvals=[("rita", "auditor")],
        enactor="alice",
    )
    soaked(org)
    disown(org, "rita", after)

    with refused("policy-unsupported"):
        org.advance("omar")
    assert org.roll_back("olga")


def test_a_permission_that_is_prohibited_since_keeps_a_release_where_it_is() -> None:
    org = rollout()
    through(org, stack(("network",)), "fraud")
    soaked(org)
    prohibited = '\n[limits]\nprohibited_permissions = ["network"]\n'
    publish(org, numbered(2, prohibited, text=STAGED))

    with refused("prohibited-permission", "network"):
        org.advance("omar")


def through(org: Organisation, what: Stack, model: str) -> None:
    """Complete *what* in the staging of *model*, and start it in its production."""
    of = org.open("frank", change(what, alias=f"{model}/staging"))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", f"{model}/staging")
    of = org.open("frank", change(what, alias=f"{model}/production"))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    org.start("omar", of)


# Several aliases


def test_releases_to_two_aliases_pass_their_stages_each_on_its_own() -> None:
    org = rollout()
    guarded(org)
    through(org, stack(), "churn")
    soaked(org)

    with refused("stage-unobserved"):
        org.advance("omar", "churn/production")
    org.advance("omar")

    assert (candidate(org).stage, candidate(org, "churn/production").stage) == ("general", "shadow")


def test_completions_of_a_stack_in_an_environment_are_kept_up_to_a_number() -> None:
    org = rollout()
    for _ in range(COMPLETIONS + 2):
        in_staging(org)
    kept = org.standing.completions("fraud", stack().digest)
    assert len(kept) == COMPLETIONS

    for left in range(COMPLETIONS + 1, -1, -1):
        assert org.standing.completed_in("fraud", stack().digest) == ("staging",)
        org.roll_back("omar", STAGING)
        assert (org.standing.alias(STAGING).stable is None) is (left == 0)

    assert org.standing.completed_in("fraud", stack().digest) == ()


# What nobody can make up


def test_nobody_smuggles_a_start_into_another_stage_or_tier() -> None:
    org = rollout()
    of = consented(org)
    org.start("omar", of)
    true = event_of(org.judged[-1])
    org.roll_back("olga")
    again = consented(org)
    honest = ReleaseStarted.model_validate(
        {**true.model_dump(), "proposal": again, "review": review_of(org, again)}
    )

    for other in ({"stage": "general"}, {"stage": "guarded"}, {"tier": "low"}):
        forged = honest.model_copy(update=other)
        assert finding(org.force("omar", forged)) == "event-differs"
    assert org.force("omar", honest).admitted


def review_of(org: Organisation, of: str) -> str:
    return look(org, of).review_digest


@pytest.mark.parametrize("stage", ["shadow", "general", "elsewhere"])
def test_nobody_smuggles_an_advance_past_a_stage(stage: str) -> None:
    org = rollout()
    of = started(org)
    seen = soaked(org)
    honest = ReleaseAdvanced(
        alias=PRODUCTION,
        proposal=of,
        review=candidate(org).review,
        stage="guarded",
        observation=seen.position,
    )

    assert finding(org.force("omar", honest.model_copy(update={"stage": stage}))) == "event-differs"
    assert org.force("omar", honest).admitted
    assert rows(org.replayed()) == rows(org.standing)


def test_nobody_smuggles_an_advance_on_an_observation_that_passed_nothing() -> None:
    org = rollout()
    of = started(org)
    early = org.observe("erin")
    forged = ReleaseAdvanced(
        alias=PRODUCTION,
        proposal=of,
        review=candidate(org).review,
        stage="guarded",
        observation=early.position,
    )
    assert finding(org.force("omar", forged)) == "stage-unobserved"
    seen = soaked(org)

    for other in (early.position, None, seen.position + 1):
        wrong = forged.model_copy(update={"observation": other})
        assert finding(org.force("omar", wrong)) == "event-differs"
    assert candidate(org).stage == "shadow"


def test_nobody_smuggles_a_completion_of_what_is_in_its_first_stage() -> None:
    org = rollout()
    of = started(org)
    soaked(org, "watchdog", *GOOD)
    forged = ReleaseCompleted(
        alias=PRODUCTION, proposal=of, review=candidate(org).review, observation=None
    )

    assert finding(org.force("omar", forged)) == "stage-before"
    assert org.standing.alias(PRODUCTION).stable is None
