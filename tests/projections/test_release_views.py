"""What the views say of releases: their stages, what was observed of them, and their ends."""

import json
import uuid

import pytest
from sqlalchemy import select

from ledger.decide.cases import assess_proposal
from ledger.errors import Refused
from ledger.model.events import ReviewClosed
from ledger.model.terms import format_instant
from projections.aliases import alias_history, alias_named, history_of, stable_as_of
from projections.log import log_entries
from projections.observations import observation_list
from projections.proposals import proposal_by_id
from projections.release_stages import stage_list
from projections.releases import candidate_as_of, release_list, rollback_list
from tests.decide.rollouts import (
    BAD,
    BREACH,
    DAY,
    PRODUCTION,
    STAGING,
    consented,
    guarded,
    in_staging,
    released,
    rollout,
    soaked,
    started,
    take_back,
)
from tests.organisation import Organisation, change, metric, new_policy, stack
from tests.policies import STAGED, numbered
from tests.projections.kept import asked
from tests.roster import carried
from tests.signer_acts import ROOT_VOTES, disown, now_at

WATCHED = {"wanda": ["release-owner"]}
"""Somebody else who operates, and whose key may be stolen."""


def publish(org: Organisation, text: str) -> None:
    """Let the root publish *text* as the next policy."""
    number = org.standing.head.policy + 1
    effect = new_policy(numbered(number, text=text))
    carried(org, effect, approvals=ROOT_VOTES, enactor="alice")
    assert org.standing.head.policy == number


# Stages


def test_a_release_has_a_row_for_each_stage_and_how_it_passed() -> None:
    org = rollout()
    of = released(org)
    said = {one.entry.event.kind: one for one in org.judged if one.entry and one.admitted}
    with asked(org) as connection:
        shadow, watched, general = stage_list(connection, of)
        (row,) = release_list(connection, alias=PRODUCTION)
    assert [one.stage for one in (shadow, watched, general)] == ["shadow", "guarded", "general"]
    assert [one.share for one in (shadow, watched, general)] == [None, "0.05", None]
    assert shadow.entered_position == row.started_position
    assert (shadow.entered_by, shadow.passed_by, watched.entered_by) == ("omar",) * 3
    assert shadow.passed_position == watched.entered_position == shadow.observation + 1
    assert shadow.passed_at == watched.entered_at
    assert watched.observation == said["observation.recorded"].position
    assert (general.passed_position, general.observation) == (row.completed_position, None)
    assert (row.tier, row.stage, row.share) == ("high", "general", None)


def test_an_alias_says_in_which_stage_and_at_which_share_its_candidate_is() -> None:
    org = rollout()
    guarded(org)
    advanced = org.judged[-1]
    with asked(org) as connection:
        row = alias_named(connection, PRODUCTION)
        (release,) = release_list(connection, alias=PRODUCTION)
    assert row is not None
    assert (row.candidate_stage, row.candidate_share) == ("guarded", "0.05")
    assert row.candidate_stage_position == advanced.position
    assert row.candidate_stage_since == format_instant(advanced.at)
    assert row.candidate_position == release.started_position
    assert (release.stage, release.share) == ("guarded", "0.05")


# Observations


def test_an_observation_stands_with_what_was_wrong_with_it() -> None:
    org = rollout()
    of = started(org)
    good = soaked(org)
    org.advance("omar")
    bad = soaked(org, "erin", *BAD)
    breach = soaked(org, "watchdog", *BREACH)
    incident = org.observe("erin", incident="INC-3")
    with asked(org) as connection:
        rows = observation_list(connection, proposal=of)
        assert observation_list(connection, alias=STAGING) == []
        assert observation_list(connection, alias=PRODUCTION, up_to=bad.position) == rows[:2]
        assert observation_list(connection, failing=True) == rows[1:]
    assert [row.position for row in rows] == [one.position for one in (good, bad, breach, incident)]
    assert [row.passing for row in rows] == [True, False, False, False]
    assert [row.stage for row in rows] == ["shadow", "guarded", "guarded", "guarded"]
    assert [row.observer for row in rows] == ["watchdog", "erin", "watchdog", "erin"]
    assert [len(json.loads(row.breaches)) for row in rows] == [0, 0, 1, 1]
    assert "0.05" in rows[1].complaints
    assert "0.08" in rows[2].breaches
    assert (rows[3].incident, json.loads(rows[3].breaches)) == ("INC-3", ["incident: INC-3"])
    assert json.loads(rows[0].metrics)[0]["name"] == "retry_rate"
    assert rows[0].until == rows[0].at == format_instant(good.at)


def test_what_was_observed_keeps_the_judgement_of_its_day() -> None:
    org = rollout()
    released(org)
    before = org.observe("erin", PRODUCTION, metric("0.04", name="retry_rate"))
    publish(org, STAGED.replace('retry_rate = { max = "0.08" }', 'retry_rate = { max = "0.03" }'))
    after = org.observe("erin", PRODUCTION, metric("0.04", name="retry_rate"))
    with asked(org) as connection:
        rows = {row.position: row for row in observation_list(connection, alias=PRODUCTION)}
    assert rows[before.position].passing
    assert not rows[after.position].passing
    assert "0.03" in rows[after.position].breaches


# Rollbacks


def test_what_comes_back_after_a_rollback_has_a_row_of_its_own() -> None:
    org = rollout()
    first, second = released(org), released(org, "m2")
    completed = now_at(org)
    subject = org.roll_back("olga")
    back = org.judged[-1]
    with asked(org) as connection:
        one, two, three = history_of(connection, PRODUCTION)
        now = alias_named(connection, PRODUCTION)
        stable = [
            None if row is None else row.proposal
            for at in (completed - 1, completed, back.position - 1, back.position)
            for row in [stable_as_of(connection, PRODUCTION, at)]
        ]
        (rolled,) = rollback_list(connection)
        assert rollback_list(connection, alias=STAGING) == []
        assert rollback_list(connection, up_to=back.position - 1) == []
    assert stable == [first, second, second, first]
    assert (one.began, one.began_by, one.ended, one.ended_by) == (
        *("completed", "omar"),
        *("replaced", "omar"),
    )
    assert (two.ended, two.ended_by, two.valid_to_position) == (
        *("rolled back", "olga"),
        back.position,
    )
    assert two.valid_to == three.valid_from == format_instant(back.at)
    assert (three.proposal, three.began, three.began_by) == (first, "returned", "olga")
    assert (three.valid_to_position, three.ended, three.ended_by) == (None, None, None)
    assert three.stack == one.stack
    assert now is not None
    assert (now.proposal, now.position, now.changed) == (
        *(first, one.valid_from_position),
        back.position,
    )
    assert (rolled.proposal, rolled.target, rolled.rollback) == (second, first, subject)
    assert (rolled.rolled_back_by, rolled.trigger) == ("olga", "conversion fell")


def test_an_alias_that_is_empty_again_has_no_row_of_that_time() -> None:
    org = rollout()
    of = released(org)
    org.roll_back("olga")
    gone = now_at(org)
    with asked(org) as connection:
        (row,) = history_of(connection, PRODUCTION)
        now = alias_named(connection, PRODUCTION)
        (rolled,) = rollback_list(connection, alias=PRODUCTION)
        assert stable_as_of(connection, PRODUCTION, gone - 1) == row
        assert stable_as_of(connection, PRODUCTION, gone) is None
    assert (row.valid_to_position, row.ended) == (gone, "rolled back")
    assert now is not None
    assert (now.stack, now.stack_digest, now.proposal, now.position) == (None,) * 4
    assert (rolled.proposal, rolled.target) == (of, None)


def test_a_release_that_is_rolled_back_under_way_leaves_the_history_alone() -> None:
    org = rollout()
    first, second = released(org), guarded(org, "m2")
    advanced = now_at(org)
    org.roll_back("omar")
    with asked(org) as connection:
        (row,) = history_of(connection, PRODUCTION)
        (rolled,) = rollback_list(connection, alias=PRODUCTION)
        *_, last = stage_list(connection, second)
        under_way = candidate_as_of(connection, PRODUCTION, advanced)
        assert candidate_as_of(connection, PRODUCTION, advanced + 1) is None
        now = alias_named(connection, PRODUCTION)
    assert (row.proposal, row.ended) == (first, None)
    assert (rolled.target, rolled.completed_position, rolled.stage) == (first, None, "guarded")
    assert (last.stage, last.passed_position) == ("guarded", None)
    assert under_way is not None
    assert under_way.proposal == second
    assert now is not None
    assert now.candidate_proposal is None


def test_what_is_under_way_on_top_of_what_is_rolled_back_goes_with_it() -> None:
    org = rollout()
    first, second, third = released(org), released(org, "m2"), guarded(org, "m3")
    subject = org.roll_back("olga", of=second)
    gone = org.judged[-1]
    with asked(org) as connection:
        (rolled,) = rollback_list(connection)
        *_, above = release_list(connection, alias=PRODUCTION)
        assert candidate_as_of(connection, PRODUCTION, gone.position) is None
        under_way = candidate_as_of(connection, PRODUCTION, gone.position - 1)
        *_, now = history_of(connection, PRODUCTION)
    assert (rolled.proposal, rolled.target, rolled.rolled_back_with) == (second, first, None)
    assert above.proposal == third
    assert (above.rolled_back_position, above.rolled_back_with) == (gone.position, second)
    assert (above.rolled_back_by, above.rollback, above.target) == ("olga", subject, None)
    assert under_way is not None
    assert (under_way.proposal, now.proposal) == (third, first)


def test_stacks_come_back_one_by_one_until_there_is_none_and_then_another_comes() -> None:
    org = rollout()
    one, two, three = (released(org, model) for model in ("m1", "m2", "m3"))
    for _ in range(3):
        org.roll_back("olga")
    emptied = now_at(org)
    four = released(org, "m4")
    with asked(org) as connection:
        rows = history_of(connection, PRODUCTION)
    assert [row.proposal for row in rows] == [one, two, three, two, one, four]
    assert [row.ended for row in rows] == ["replaced"] * 2 + ["rolled back"] * 3 + [None]
    assert [row.began for row in rows] == ["completed"] * 3 + ["returned"] * 2 + ["completed"]
    assert rows[4].valid_to_position == emptied


@pytest.mark.parametrize("seconds", [600, 601])
def test_the_time_to_a_rollback_runs_from_what_is_said(seconds: int) -> None:
    org = rollout()
    of = released(org)
    take_back(org, "olga", of, since=org.now + 1 - seconds)
    with asked(org) as connection:
        (row,) = rollback_list(connection)
    assert row.since == format_instant(org.now - seconds)
    assert (row.rollback_seconds, row.in_time) == (seconds, seconds <= 600)
    assert row.incident == "INC-1"


def test_the_time_to_a_rollback_runs_from_the_observation_where_nothing_is_said() -> None:
    org = rollout()
    released(org)
    breach = org.observe("watchdog", PRODUCTION, *BREACH)
    org.now += 100
    org.roll_back("watchdog", observation=breach.position)
    with asked(org) as connection:
        (row,) = rollback_list(connection)
    assert (row.observation, row.since) == (breach.position, format_instant(breach.at))
    assert (row.rollback_seconds, row.in_time) == (101, True)


def test_the_time_to_a_rollback_is_unknown_where_nobody_knows_it() -> None:
    org = rollout()
    released(org)
    org.roll_back("olga")
    with asked(org) as connection:
        (row,) = rollback_list(connection)
    assert (row.since, row.rollback_seconds, row.in_time) == (None, None, None)


def test_the_longest_time_is_that_of_the_policy_in_force_at_the_rollback() -> None:
    org = rollout()
    first, second = released(org), released(org, "m2")
    take_back(org, "olga", second, since=org.now - 60)
    publish(org, STAGED.replace('within = "10m"', 'within = "1m"'))
    take_back(org, "olga", first, since=org.now - 60)
    publish(org, STAGED.replace('within = "10m"\n', ""))
    third = released(org, "m3")
    take_back(org, "olga", third, since=org.now - 60)
    with asked(org) as connection:
        rows = rollback_list(connection)
    assert [row.rollback_seconds for row in rows] == [61, 61, 61]
    assert [row.in_time for row in rows] == [True, False, None]


def test_open_proposals_lose_their_base_and_the_environment_before_by_a_rollback() -> None:
    org = rollout()
    released(org)
    released(org, "m2")
    behind = org.open("frank", change(stack(model="m3")))
    in_staging(org, "m4")
    waits = org.open("frank", change(stack(model="m4")))
    org.roll_back("omar", STAGING)
    org.roll_back("omar", PRODUCTION)
    with asked(org) as connection:
        rows = [proposal_by_id(connection, of) for of in (behind, waits)]
    for of, row in zip((behind, waits), rows, strict=True):
        found = assess_proposal(org.standing, org.proposal(of), org.standing.head.time)
        assert row is not None
        assert json.loads(row.blocks) == [block.code for block in found.blocks]
    assert rows[0] is not None
    assert rows[1] is not None
    assert "base-moved" in rows[0].blocks
    assert "environment-before" in rows[1].blocks


def test_a_candidate_that_is_rolled_back_makes_room_for_what_waited() -> None:
    org = rollout()
    released(org)
    started(org, "m2")
    waits = consented(org, "m3")
    with asked(org) as connection:
        before = proposal_by_id(connection, waits)
    org.roll_back("omar")
    with asked(org) as connection:
        after = proposal_by_id(connection, waits)
    assert before is not None
    assert after is not None
    assert (before.verdict, before.blocks) == ("blocked", '["candidate-running"]')
    assert (after.verdict, after.blocks) == ("ready", "[]")


# What is unsupported


def test_a_release_that_a_thief_advanced_is_unsupported_since_the_disowning() -> None:
    org = rollout(people=WATCHED)
    of = started(org)
    soaked(org)
    after = now_at(org)
    org.advance("wanda")
    disown(org, "wanda", after)
    lost = now_at(org)
    with asked(org) as connection:
        (row,) = release_list(connection, alias=PRODUCTION)
        now = alias_named(connection, PRODUCTION)
        state = proposal_by_id(connection, of)
    assert row.unsupported_position == lost
    assert now is not None
    assert now.candidate_unsupported_position == lost
    assert state is not None
    assert state.unsupported_position == lost


def test_a_stack_below_the_running_one_is_marked_and_comes_back_marked() -> None:
    org = rollout(people=WATCHED)
    first = started(org)
    soaked(org)
    after = now_at(org)
    org.advance("wanda")
    soaked(org)
    org.advance("omar")
    org.complete("omar")
    released(org, "m2")
    disown(org, "wanda", after)
    lost = now_at(org)
    with asked(org) as connection:
        one, two = history_of(connection, PRODUCTION)
        now = alias_named(connection, PRODUCTION)
    assert (one.unsupported_position, two.unsupported_position) == (lost, None)
    assert now is not None
    assert now.unsupported_position is None

    org.roll_back("olga")
    with asked(org) as connection:
        rows = connection.execute(
            select(alias_history).where(alias_history.c.proposal == first)
        ).all()
        now = alias_named(connection, PRODUCTION)
    assert [row.unsupported_position for row in rows] == [lost, lost]
    assert now is not None
    assert now.unsupported_position == lost


# The log


def test_the_log_says_what_happened_to_a_release_and_to_which() -> None:
    org = rollout()
    of = started(org)
    soaked(org)
    org.advance("omar")
    org.observe("erin", incident="INC-3")
    subject = org.roll_back("olga")
    org.close_review("alice", subject)
    with pytest.raises(Refused, match="closed this review already"):
        org.close_review("bob", subject)
    with asked(org) as connection:
        rows = log_entries(connection, limit=6)
    assert [row.summary for row in rows] == [
        f"started {stack().digest[:17]} towards {PRODUCTION}",
        f"observed {PRODUCTION} in shadow",
        f"advanced the release to {PRODUCTION}: guarded",
        f"observed {PRODUCTION} in guarded, with the incident: INC-3",
        f"rolled the release to {PRODUCTION} back: conversion fell",
        "closed the review: a feature was stale",
    ]
    assert {row.proposal for row in rows} == {org.proposal(of).number}


def test_what_is_observed_after_the_completion_says_so() -> None:
    org = rollout()
    released(org)
    org.now += DAY
    org.observe("erin")
    with asked(org) as connection:
        (row,) = log_entries(connection, limit=1)
        *_, last = observation_list(connection, alias=PRODUCTION)
    assert row.summary == f"observed {PRODUCTION} once completed"
    assert last.stage is None


def test_an_entry_about_a_review_that_is_opened_later_is_about_no_release() -> None:
    org = rollout()
    of = released(org)
    later = str(uuid.UUID(int=org.standing.head.size + 10**6))
    event = ReviewClosed(subject=later, cause="x", changes=(), tests=(), summary=None, why=None)
    early = org.force("alice", event)
    take_back(org, "olga", of, rollback_id=later)
    org.close_review("alice", later)
    with asked(org) as connection:
        *_, refused, _, closed = log_entries(connection, limit=3)
    assert (refused.position, refused.proposal) == (early.position, None)
    assert closed.proposal is not None
