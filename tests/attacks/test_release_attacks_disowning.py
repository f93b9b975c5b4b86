"""Attacks on releases by stolen keys and clocks: what a theft passed, and what outlives it."""

from ledger.decide.review import is_overdue
from tests.acts import refused
from tests.organisation import Organisation, change, metric, stack
from tests.policies import STAGED, STAGED_PEOPLE, STAGED_SERVICES, numbered, staged
from tests.roster import carried, delegate, roles_of
from tests.signer_acts import ROOT_VOTES, by_root, correction, disown, now_at

DAY = 86_400
YEAR = 365 * DAY
STAGING, PRODUCTION = "fraud/staging", "fraud/production"


def joined(**people: list[str]) -> Organisation:
    """The organisation of STAGED, with more *people*."""
    more = {**STAGED_PEOPLE, **people}
    return Organisation(policy=numbered(1, text=STAGED), people=more, services=STAGED_SERVICES)


def in_staging(org: Organisation, model: str = "m1", who: str = "deployer") -> str:
    of = org.open("frank", change(stack(model=model), alias=STAGING))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete(who, STAGING)
    return of


def ready(org: Organisation, model: str = "m1") -> str:
    of = org.open("frank", change(stack(model=model)))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    return of


def started(org: Organisation, model: str = "m1") -> str:
    in_staging(org, model)
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


def is_lost(org: Organisation, of: str) -> bool:
    closure = org.proposal(of).closure
    return closure is not None and closure.lost_at is not None


def test_an_observation_in_a_role_lent_by_a_thief_passes_no_stage() -> None:
    org = joined(will=[])
    started(org)
    org.now += DAY
    after = now_at(org)
    delegate(org, "erin", "will", "evaluation-owner")
    watch(org, "will")
    disown(org, "erin", after)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_a_stage_passed_by_an_observation_in_a_role_lent_by_a_thief_is_not_passed() -> None:
    org = joined(will=[])
    of = started(org)
    org.now += DAY
    after = now_at(org)
    delegate(org, "erin", "will", "evaluation-owner")
    watch(org, "will")
    org.advance("omar")
    disown(org, "erin", after)

    assert is_lost(org, of)


def test_a_stage_passed_in_an_operators_role_lent_by_a_thief_is_not_passed() -> None:
    org = joined(will=[])
    of = started(org)
    org.now += DAY
    watch(org)
    after = now_at(org)
    delegate(org, "omar", "will", "release-owner")
    org.advance("will")
    disown(org, "omar", after)

    assert is_lost(org, of)


def test_a_breach_observed_in_a_role_lent_by_a_thief_serves_no_service() -> None:
    org = joined(will=[])
    released(org)
    after = now_at(org)
    delegate(org, "erin", "will", "evaluation-owner")
    breach = watch(org, "will", "0.09")
    disown(org, "erin", after)
    assert not org.signer("will").is_disowned_at(breach)

    with refused("observer-stopped"):
        org.roll_back("watchdog", observation=breach)


def test_an_observation_in_a_role_that_thieves_granted_passes_no_stage() -> None:
    org = joined(will=[])
    started(org)
    org.now += DAY
    after = now_at(org)
    carried(org, roles_of("will", ["evaluation-owner"]), approvals=ROOT_VOTES, enactor="rita")
    watch(org, "will")
    disown(org, "alice", after, votes=(("bob", "root"), ("dana", "root")))
    assert all(one.void for one in org.signer("will").grants)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_what_a_thief_completed_opens_nothing_although_it_was_taken_back_since() -> None:
    org = joined(zed=["release-owner"])
    of = org.open("frank", change(stack(), alias=STAGING))
    org.attach("erin", of)
    org.start("zed", of)
    after = now_at(org)
    org.complete("omar", STAGING)
    production = ready(org)
    org.start("zed", production)
    org.roll_back("omar", STAGING)
    disown(org, "omar", after)

    assert is_lost(org, production)


def jumped(org: Organisation, back_to: int, position: int) -> None:
    """Let the root set ledger time right, and everybody's clock."""
    org.now = org.standing.head.time
    by_root(org, correction(position, back_to))
    org.now = back_to


def test_a_clock_ahead_at_a_stage_silences_no_watcher_once_it_is_set_right() -> None:
    org = staged()
    started(org)
    org.now += DAY
    watch(org)
    right = org.now + 60
    org.now += 10 * YEAR
    position = org.advance("omar").position
    jumped(org, right, position)

    org.now += DAY
    assert watch(org, retry="0.09")


def test_a_clock_ahead_at_the_completion_leaves_no_window_of_ten_years() -> None:
    org = staged()
    started(org)
    for _ in range(2):
        org.now += DAY
        watch(org)
        org.advance("omar")
    right = org.now + 60
    org.now += 10 * YEAR
    position = org.complete("omar").position
    jumped(org, right, position)

    org.now = right + 10 * DAY
    org.open("frank", change(stack(model="m9"), alias=STAGING))

    assert [one.rule for one in org.judged[-1].notices] == ["missing-observation"]


def test_what_was_observed_of_a_time_that_never_was_passes_no_soak() -> None:
    org = staged()
    started(org)
    right = org.now + 60
    org.now += DAY
    position = watch(org)
    jumped(org, right, position)

    with refused("stage-unobserved"):
        org.advance("omar")


def test_a_clock_ahead_at_the_rollback_puts_no_review_off() -> None:
    org = staged()
    released(org)
    right = org.now + 60
    org.now += 10 * YEAR
    subject = org.roll_back("omar")
    jumped(org, right, org.judged[-1].position)

    org.now = right + 3 * DAY
    review = org.standing.review(subject)
    assert review is not None
    assert is_overdue(org.standing, review, org.now)


def test_the_result_of_a_thief_leaves_the_window_open() -> None:
    org = staged()
    released(org)
    org.now += 7 * DAY + 60
    after = now_at(org)
    watch(org, "erin")
    disown(org, "erin", after)

    org.now += 2 * DAY
    org.open("frank", change(stack(model="m9"), alias=STAGING))
    assert "missing-observation" in [f.rule for one in org.judged for f in one.notices]
