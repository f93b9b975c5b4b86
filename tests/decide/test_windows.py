"""The window after a completion: how long a stack is watched, and what is noted if nobody does."""

import pytest

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import MISSING_OBSERVATION, Finding, Judged
from ledger.decide.release_states import OpenWindow
from ledger.decide.windows import RESULT_WITHIN, window_end
from ledger.model.terms import format_instant
from ledger.seal.envelope import examine
from tests.acts import acknowledge, refused
from tests.decide.rollouts import (
    DAY,
    GOOD,
    PRODUCTION,
    STAGING,
    in_staging,
    released,
    report,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import Organisation, change, stack
from tests.policies import STAGED
from tests.roster import event_of, finding, rows, speak
from tests.signer_acts import by_root, correction, disown, now_at

LASTING = {"low": DAY, "medium": 3 * DAY, "high": 7 * DAY}


def waiting(org: Organisation) -> tuple[OpenWindow, ...]:
    """The windows that are open, or whose result is due."""
    return org.standing.windows().windows


def due(org: Organisation, alias: str = PRODUCTION) -> int:
    """When the result of what *alias* runs is due."""
    return next(one.due for one in waiting(org) if one.alias == alias)


def noted(org: Organisation, of: str, at: int | None = None) -> list[str]:
    """The aliases of which nobody reported the result, once it is *at*, or long after."""
    judged = speaking_at(org, of, org.now + 30 * DAY if at is None else at)
    assert {one.rule for one in judged.notices} <= {MISSING_OBSERVATION}
    return [one.message.split()[3] for one in judged.notices]


def speaking_at(org: Organisation, of: str, at: int) -> Judged:
    """Somebody comments, so that ledger time becomes *at*."""
    org.now = at - 1
    return speak(org, "frank", of)


def released_at(org: Organisation, tier: str) -> str:
    """A release of *tier* over a first one; its proposal."""
    released(org)
    if tier == "low":
        of = started_low(org)
    else:
        of = started(org, "m2", declares={"personal_data": tier == "high", "online": True})
        for _ in range(2):
            soaked(org)
            org.advance("omar")
    org.complete("omar")
    return of


def started_low(org: Organisation) -> str:
    in_staging(org, "m2")
    offline = {"personal_data": False, "online": False}
    of = org.open("frank", change(stack(model="m2"), declares=offline))
    org.attach("erin", of)
    org.approve("alice", of, "model-owner")
    org.start("omar", of)
    return of


@pytest.mark.parametrize("tier", ["low", "medium", "high"])
def test_a_completed_release_is_watched_for_the_window_of_its_tier(tier: str) -> None:
    org = rollout()

    of = released_at(org, tier)

    running = stable(org)
    assert (running.tier, running.completed_at) == (tier, org.now)
    assert running.window == org.now + LASTING[tier]
    (window,) = waiting(org)
    assert (window.alias, window.proposal) == (PRODUCTION, of)
    assert window.position == running.completed_position
    assert (window.at, window.due) == (org.now, running.window + RESULT_WITHIN)
    assert window_end(org.standing, running) == running.window
    assert rows(org.replayed()) == rows(org.standing)


def test_a_result_is_asked_for_within_a_day() -> None:
    assert RESULT_WITHIN == DAY


def test_before_the_last_environment_nobody_is_asked_for_a_result() -> None:
    org = rollout()

    in_staging(org)

    assert stable(org, STAGING).window is None
    assert waiting(org) == ()


def test_a_tier_without_a_window_asks_for_no_result() -> None:
    org = rollout(text=STAGED.replace('{ low = "24h", medium = "72h", high = "168h" }', "{}"))

    released(org)

    assert stable(org).window is None
    assert waiting(org) == ()


@pytest.mark.parametrize(("short", "missing"), [(0, []), (1, [PRODUCTION])])
def test_the_result_is_an_observation_that_reaches_the_end_of_the_window(
    short: int, missing: list[str]
) -> None:
    org = rollout()
    of = released(org)
    end = stable(org).window
    assert end is not None
    org.now = end + 60

    seen = report(org, "erin", until=end - short)

    result = stable(org).result
    assert (None if result is None else result.position) == (None if missing else seen.position)
    assert noted(org, of) == missing


def test_bad_news_is_a_result_too() -> None:
    org = rollout()
    of = released(org)
    org.now = due(org) - 60

    org.observe("erin", incident="INC-7")

    assert noted(org, of) == []


def test_a_result_says_no_stage() -> None:
    org = rollout()
    released(org)

    seen = org.observe("erin")

    assert event_of(seen).model_dump()["stage"] is None


@pytest.mark.parametrize(("early", "noted"), [(0, True), (1, False)])
def test_a_result_that_is_due_and_missing_is_noted_where_the_release_was_completed(
    early: int, *, noted: bool
) -> None:
    org = rollout()
    of = released(org)
    completed = stable(org).completed_position
    assert completed is not None
    end = due(org)

    judged = speaking_at(org, of, end - early)

    assert judged.admitted
    assert judged.finding is None
    if not noted:
        assert judged.notices == ()
        assert org.standing.finding(completed) is None
        return
    (notice,) = judged.notices
    assert (notice.position, notice.rule) == (completed, MISSING_OBSERVATION)
    assert notice.severity == "notice"
    assert notice.message == "nobody reported how fraud/production did until its window ended"
    until, by = format_instant(end - DAY), format_instant(end)
    assert notice.expected == f"an observation until {until}, reported by {by}"
    kept = org.standing.finding(completed)
    assert kept is not None
    assert (kept.rules, kept.notice, kept.alarm) == ((MISSING_OBSERVATION,), True, False)
    assert rows(org.replayed()) == rows(org.standing)


def test_a_missing_result_is_noted_once() -> None:
    org = rollout()
    of = released(org)
    speaking_at(org, of, due(org))

    later = speaking_at(org, of, org.now + DAY)

    assert later.notices == ()
    assert waiting(org) == ()


def test_a_missing_result_changes_no_count_of_what_is_unanswered() -> None:
    org = rollout()
    of = released(org)
    before = (org.standing.head.refused, org.standing.head.alarms)

    speaking_at(org, of, due(org))

    assert (org.standing.head.refused, org.standing.head.alarms) == before == (0, 0)


def test_a_missing_result_is_acknowledged_once_by_an_auditor() -> None:
    org = rollout()
    of = released(org)
    completed = stable(org).completed_position
    assert completed is not None
    speaking_at(org, of, due(org))

    with refused("not-auditor"):
        acknowledge(org, "erin", completed)
    acknowledge(org, "rita", completed)

    noted = org.standing.finding(completed)
    assert noted is not None
    assert noted.acknowledged_by == "rita"
    assert (org.standing.head.refused, org.standing.head.alarms) == (0, 0)
    with refused("already-acknowledged"):
        acknowledge(org, "alice", completed)


def test_an_acknowledgement_of_a_missing_result_by_a_thief_is_none() -> None:
    org = rollout()
    of = released(org)
    completed = stable(org).completed_position
    assert completed is not None
    speaking_at(org, of, due(org))
    after = now_at(org)
    acknowledge(org, "rita", completed)

    disown(org, "rita", after)

    noted = org.standing.finding(completed)
    assert noted is not None
    assert noted.acknowledged_by is None
    assert (org.standing.head.refused, org.standing.head.alarms) == (0, 0)
    assert acknowledge(org, "alice", completed).admitted


def test_there_is_nothing_to_acknowledge_before_it_is_due() -> None:
    org = rollout()
    released(org)
    completed = stable(org).completed_position
    assert completed is not None

    with refused("no-finding"):
        acknowledge(org, "rita", completed)


def test_an_entry_that_is_refused_brings_no_time_and_no_notice() -> None:
    org = rollout()
    released(org)
    event = event_of(org.judged[-1])
    org.now = due(org) + DAY

    judged = org.force("frank", event)

    assert finding(judged) is not None
    assert judged.notices == ()
    assert len(waiting(org)) == 1


@pytest.mark.parametrize(("late", "missing"), [(0, True), (1, False)])
def test_a_result_is_given_before_it_is_due(late: int, *, missing: bool) -> None:
    org = rollout()
    of = released(org)
    org.now = due(org) - 1 - late

    judged = org.observe("erin")

    assert bool(judged.notices) is missing
    assert noted(org, of) == []


def test_the_first_result_is_kept() -> None:
    org = rollout()
    released(org)
    org.now = due(org) - 60
    first = org.observe("erin")

    org.observe("watchdog")

    assert stable(org).result is not None
    assert stable(org).result == next(
        one for one in stable(org).watched if one.position == first.position
    )


def test_a_result_of_a_disowned_key_is_none() -> None:
    org = rollout()
    of = released(org)
    after = now_at(org)
    org.now = due(org) - 600
    org.observe("erin")
    disown(org, "erin", after)

    assert noted(org, of, due(org)) == [PRODUCTION]


def test_another_result_is_given_for_that_of_a_disowned_key() -> None:
    org = rollout()
    of = released(org)
    after = now_at(org)
    org.now = due(org) - 600
    org.observe("watchdog")
    disown(org, "watchdog", after)
    org.observe("erin")

    assert noted(org, of, due(org)) == []


def test_a_result_by_a_clock_that_ran_ahead_is_none_once_it_is_set_right() -> None:
    org = rollout()
    of = released(org)
    right = org.now
    org.now = due(org) - 60
    position = org.observe("erin").position
    by_root(org, correction(position, right))
    org.now = right

    assert noted(org, of, due(org)) == [PRODUCTION]


def test_a_result_that_comes_too_late_is_noted_as_missing_though_it_is_the_next_entry() -> None:
    org = rollout()
    released(org)
    completed = stable(org).completed_position
    org.now = due(org) + 5 * DAY

    judged = org.observe("erin")

    assert [one.position for one in judged.notices] == [completed]


@pytest.mark.parametrize("how", ["rolled back", "replaced"])
def test_a_result_that_is_due_is_missing_though_the_next_entry_ends_what_was_watched(
    how: str,
) -> None:
    org = rollout()
    released(org)
    completed = stable(org).completed_position
    org.now = due(org) - 60
    if how == "replaced":
        started_low(org)
    org.now = due(org)

    if how == "replaced":
        org.complete("omar")
    else:
        org.roll_back("olga")

    assert [one.position for one in org.judged[-1].notices] == [completed]


def test_another_release_takes_the_place_of_what_was_watched() -> None:
    org = rollout()
    released(org)

    second = released(org, "m2")

    (window,) = waiting(org)
    assert window.proposal == second


def test_a_release_without_a_window_ends_that_of_the_one_before() -> None:
    org = rollout(text=STAGED.replace('low = "24h", ', ""))
    released(org)
    assert len(waiting(org)) == 1

    started_low(org)
    org.complete("omar")

    assert stable(org).window is None
    assert waiting(org) == ()


def test_what_comes_back_by_a_rollback_is_asked_for_its_result_again() -> None:
    org = rollout()
    first = released(org)
    end = due(org)
    second = released(org, "m2")
    assert [one.proposal for one in waiting(org)] == [second]

    org.roll_back("olga")

    (window,) = waiting(org)
    assert (window.proposal, window.position, window.at) == (first, now_at(org), org.now)
    assert window.due == end
    completed = stable(org).completed_position
    (notice,) = speaking_at(org, first, end).notices
    assert notice.position == completed


def test_what_comes_back_after_its_window_is_asked_for_its_result_within_a_day() -> None:
    org = rollout()
    of = released(org)
    started(org, "m2")
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    org.now += 30 * DAY
    org.observe("erin")

    org.roll_back("olga")

    back = org.now
    assert due(org) == back + DAY
    assert noted(org, of, back + DAY) == [PRODUCTION]


@pytest.mark.parametrize("missing", [True, False])
def test_what_comes_back_with_its_result_known_is_not_asked_again(*, missing: bool) -> None:
    org = rollout()
    of = released(org)
    org.now = due(org) - 60
    if not missing:
        org.observe("erin")
    assert bool(speaking_at(org, of, due(org)).notices) is missing
    released(org, "m2")

    org.roll_back("olga")

    assert waiting(org) == ()
    assert noted(org, of) == []


def test_what_is_rolled_back_is_not_asked_for_a_result() -> None:
    org = rollout()
    of = released(org)
    end = due(org)
    org.roll_back("olga")

    assert waiting(org) == ()
    assert speaking_at(org, of, end + DAY).notices == ()


def test_a_candidate_rolled_back_leaves_the_window_of_what_runs() -> None:
    org = rollout()
    first = released(org)
    started(org, "m2")

    org.roll_back("olga")

    assert [one.proposal for one in waiting(org)] == [first]


def test_an_observation_of_the_candidate_is_no_result_of_what_runs() -> None:
    org = rollout()
    first = released(org)
    second = started(org, "m2")
    org.now = due(org) - 60

    org.observe("erin", of=second)
    assert stable(org).result is None
    org.observe("erin", of=first)

    assert stable(org).result is not None


def test_windows_of_several_aliases_lapse_each_in_its_time() -> None:
    org = rollout()
    released(org)
    first = due(org)
    other = elsewhere(org)
    assert [one.alias for one in waiting(org)] == [PRODUCTION, "churn/production"]
    second = waiting(org)[1].due

    early = speaking_at(org, other, first)
    late = speaking_at(org, other, second)

    assert [one.message.split()[3] for one in early.notices] == [PRODUCTION]
    assert [one.message.split()[3] for one in late.notices] == ["churn/production"]


def test_windows_that_lapse_by_one_entry_are_noted_each() -> None:
    org = rollout()
    released(org)
    other = elsewhere(org)

    judged = speaking_at(org, other, org.now + 30 * DAY)

    aliases = [one.message.split()[3] for one in judged.notices]
    assert aliases == [PRODUCTION, "churn/production"]
    assert waiting(org) == ()


def elsewhere(org: Organisation) -> str:
    """A release of another model to production; its proposal."""
    of = org.open("frank", change(stack(), alias="churn/staging"))
    org.attach("erin", of)
    org.start("deployer", of)
    org.complete("deployer", "churn/staging")
    other = org.open("frank", change(stack(), alias="churn/production"))
    org.attach("erin", other)
    org.approve("alice", other, "model-owner")
    org.approve("dana", other, "data-owner")
    org.start("omar", other)
    for _ in range(2):
        org.now += DAY
        org.observe("erin", "churn/production", *GOOD)
        org.advance("omar", "churn/production")
    org.complete("omar", "churn/production")
    return other


def test_a_step_of_the_next_release_does_not_end_the_window() -> None:
    org = rollout()
    first = released(org)
    started(org, "m2")
    soaked(org)
    org.advance("omar")

    assert [one.proposal for one in waiting(org)] == [first]


def test_a_release_completed_by_a_clock_that_ran_ahead_is_watched_once_it_is_set_right() -> None:
    org = rollout()
    of = started(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    right = org.now
    org.now = right + 365 * DAY
    position = org.complete("omar").position
    by_root(org, correction(position, right))
    org.now = right

    judged = speaking_at(org, of, right + 8 * DAY)

    assert [one.rule for one in judged.notices] == [MISSING_OBSERVATION]


@pytest.mark.parametrize(("short", "missing"), [(0, False), (1, True)])
def test_its_result_reaches_the_end_as_it_was_set_right(short: int, *, missing: bool) -> None:
    org = rollout()
    of = started(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    right = org.now
    org.now = right + 365 * DAY
    position = org.complete("omar").position
    by_root(org, correction(position, right))
    org.now = end = right + 7 * DAY
    assert window_end(org.standing, stable(org)) == end

    report(org, "erin", until=end - short)

    assert (noted(org, of) == [PRODUCTION]) is missing


def lapsed_ahead() -> tuple[Organisation, str, int]:
    """A window that lapsed by a clock thirty days ahead, set right since; and when it is due."""
    org = rollout()
    of = released(org)
    end, right = due(org), org.now
    org.now = right + 30 * DAY
    judged = speak(org, "omar", of)
    assert [one.rule for one in judged.notices] == [MISSING_OBSERVATION]
    assert waiting(org) == ()
    by_root(org, correction(judged.position, right))
    org.now = right
    return org, of, end


@pytest.mark.parametrize(("early", "missed"), [(0, True), (1, False)])
def test_a_window_that_lapsed_by_a_clock_that_ran_ahead_is_open_once_it_is_set_right(
    early: int, *, missed: bool
) -> None:
    org, of, end = lapsed_ahead()
    assert [one.due for one in waiting(org)] == [end]
    assert not stable(org).missed

    assert speaking_at(org, of, end - early).admitted

    assert stable(org).missed is missed
    assert (waiting(org) == ()) is missed
    assert rows(org.replayed()) == rows(org.standing)


def test_what_is_missing_is_said_again_where_it_was_acknowledged_as_noted_too_early() -> None:
    org, of, end = lapsed_ahead()
    completed = stable(org).completed_position
    assert completed is not None
    acknowledge(org, "rita", completed)

    assert noted(org, of, end) == [PRODUCTION]

    kept = org.standing.finding(completed)
    assert kept is not None
    assert kept.acknowledged_by is None


def test_its_result_is_reported_in_time_then() -> None:
    org, of, end = lapsed_ahead()
    org.now = end - 60

    org.observe("erin")

    assert noted(org, of, end) == []
    assert not stable(org).missed


def test_a_window_that_had_lapsed_before_the_clock_ran_ahead_stays_so() -> None:
    org = rollout()
    of = released(org)
    speaking_at(org, of, due(org))
    right = org.now
    org.now = right + 30 * DAY
    position = speak(org, "omar", of).position

    by_root(org, correction(position, right))

    assert waiting(org) == ()


def test_a_window_of_what_was_rolled_back_ahead_of_time_is_not_opened_again() -> None:
    org = rollout()
    of = released(org)
    right = org.now
    org.now = right + 30 * DAY
    position = speak(org, "omar", of).position
    org.roll_back("olga")

    by_root(org, correction(position, right))

    assert waiting(org) == ()


def test_a_replay_says_the_same_at_the_same_entry() -> None:
    org = rollout()
    of = released(org)
    speaking_at(org, of, due(org))
    standing, found = Standing(), list[tuple[int, Finding]]()

    for raw in org.envelopes:
        judged = judge(standing, examine(raw), org.id)
        found += [(judged.position, one) for one in judged.notices]

    assert [position for position, _ in found] == [now_at(org)]
    assert [one for _, one in found] == list(org.judged[-1].notices)
