"""What the views say of reviews, and of results that are waited for."""

import json

from ledger.decide import acknowledgement
from ledger.decide.judgement import MISSING_OBSERVATION
from ledger.decide.windows import RESULT_WITHIN
from ledger.model.terms import format_instant
from projections.aliases import windows_waiting
from projections.inbox import counts
from projections.log import entry_at, finding_list
from projections.releases import release_list
from projections.reviews import review_list
from tests.decide.rollouts import (
    BAD,
    DAY,
    PRODUCTION,
    STAGING,
    in_staging,
    released,
    rollout,
    soaked,
    stable,
    started,
)
from tests.organisation import Organisation, metric
from tests.policies import STAGED
from tests.projections.kept import asked
from tests.signer_acts import by_root, correction, disown, now_at

WEEK = 7 * DAY
"""The window of a release of the tier high."""


def take_note(org: Organisation, position: int) -> None:
    """Let the auditor take note of what was found at *position*."""
    org.act(
        "rita",
        lambda s, by, at: acknowledgement.acknowledge(
            s, by=by, at=at, position=position, note="we were late"
        ),
    )


# Reviews


def test_a_rollback_opens_a_review_that_is_due_and_somebody_closes_it() -> None:
    org = rollout()
    of = released(org)
    subject = org.roll_back("olga")
    back = org.judged[-1]
    with asked(org) as connection:
        (row,) = review_list(connection)
        assert review_list(connection, alias=STAGING) == []
    assert (row.subject, row.about, row.alias) == (subject, "rollback", PRODUCTION)
    assert (row.proposal, row.number) == (of, org.proposal(of).number)
    assert (row.opened_position, row.opened_by) == (back.position, "olga")
    assert (row.opened_at, row.due) == (format_instant(back.at), format_instant(back.at + 2 * DAY))
    assert (row.closed_position, row.cause) == (None, None)

    org.close_review("alice", subject)
    with asked(org) as connection:
        assert review_list(connection) == []
        (row,) = review_list(connection, everything=True)
    assert (row.closed_position, row.closed_by) == (now_at(org), "alice")
    assert row.closed_at == format_instant(org.judged[-1].at)
    assert (row.cause, json.loads(row.tests)) == ("a feature was stale", ["a test of it"])
    assert json.loads(row.changes) == ["the feature is checked"]


def test_a_review_is_overdue_from_the_moment_it_is_due_until_it_is_closed() -> None:
    org = rollout()
    released(org)
    released(org, "m2")
    first, second = org.roll_back("olga"), org.roll_back("omar")
    with asked(org) as connection:
        rows = review_list(connection)
        due = [row.due for row in rows]
        early = format_instant(org.judged[-2].at + 2 * DAY - 1)
        assert review_list(connection, overdue=early) == []
        assert review_list(connection, overdue=due[0]) == rows[:1]
        assert review_list(connection, overdue=due[1]) == rows
    assert [row.subject for row in rows] == [first, second]
    assert due == sorted(due)

    org.close_review("alice", first)
    with asked(org) as connection:
        late = review_list(connection, overdue=due[1])
        everything = review_list(connection, everything=True)
    assert [row.subject for row in late] == [second]
    assert [row.subject for row in everything] == [second, first]


def test_a_review_is_due_at_no_time_where_the_policy_sets_none() -> None:
    org = rollout(text=STAGED.replace('review_within = "48h"\n', ""))
    in_staging(org)
    org.roll_back("olga", STAGING)
    with asked(org) as connection:
        (row,) = review_list(connection)
        assert review_list(connection, overdue="9999-01-01T00:00:00Z") == []
    assert row.due is None


def test_a_review_closed_with_a_key_disowned_since_is_open_again() -> None:
    org = rollout()
    released(org)
    subject = org.roll_back("olga")
    after = now_at(org)
    org.close_review("erin", subject)
    disown(org, "erin", after)
    with asked(org) as connection:
        (row,) = review_list(connection)
    assert (row.subject, row.closed_position, row.closed_by, row.cause) == (
        *(subject, None),
        *(None, None),
    )

    org.close_review("alice", subject)
    with asked(org) as connection:
        (row,) = review_list(connection, everything=True)
    assert (row.closed_by, row.cause) == ("alice", "a feature was stale")


def test_a_disowning_leaves_the_reviews_of_others_closed() -> None:
    org = rollout()
    released(org)
    subject = org.roll_back("olga")
    after = now_at(org)
    org.close_review("alice", subject)
    disown(org, "erin", after)
    with asked(org) as connection:
        assert review_list(connection) == []


# Windows


def test_the_window_of_a_completed_release_waits_for_its_result() -> None:
    org = rollout()
    of = released(org)
    done = org.judged[-1]
    end = done.at + WEEK
    with asked(org) as connection:
        (row,) = windows_waiting(connection)
        assert windows_waiting(connection, ended_by=format_instant(end)) == [row]
        assert windows_waiting(connection, ended_by=format_instant(end - 1)) == []
    assert (row.proposal, row.window_until) == (of, format_instant(end))
    assert stable(org).window == end

    org.now = end - 2
    org.observe("erin")
    with asked(org) as connection:
        (row,) = windows_waiting(connection)
    assert (row.result_position, row.result_passing) == (None, None)

    first = org.observe("erin", PRODUCTION, metric("0.09", name="retry_rate"))
    org.observe("erin")
    with asked(org) as connection:
        assert windows_waiting(connection) == []
        (row,) = release_list(connection, alias=PRODUCTION)
    assert (row.result_position, row.result_passing) == (first.position, False)


def test_a_result_out_of_no_bounds_passes() -> None:
    org = rollout()
    released(org)
    org.now += WEEK
    result = org.observe("watchdog", PRODUCTION, *BAD)
    with asked(org) as connection:
        (row,) = release_list(connection, alias=PRODUCTION)
    assert (row.result_position, row.result_passing) == (result.position, True)


def test_the_result_of_what_an_alias_runs_is_waited_for_also_of_what_came_back() -> None:
    org = rollout()
    first, second = released(org), released(org, "m2")
    with asked(org) as connection:
        assert [row.proposal for row in windows_waiting(connection)] == [second]
    org.roll_back("olga")
    with asked(org) as connection:
        assert [row.proposal for row in windows_waiting(connection)] == [first]
    org.roll_back("olga")
    with asked(org) as connection:
        assert windows_waiting(connection) == []


def test_a_result_that_is_known_is_not_asked_for_again_when_its_stack_comes_back() -> None:
    org = rollout()
    released(org)
    org.now += WEEK
    result = org.observe("erin")
    released(org, "m2")
    org.roll_back("olga")
    with asked(org) as connection:
        assert windows_waiting(connection) == []
        first, _ = release_list(connection, alias=PRODUCTION)
    assert first.result_position == result.position


def test_a_result_reported_with_a_key_disowned_since_is_none() -> None:
    org = rollout()
    released(org)
    org.now += WEEK
    after = now_at(org)
    org.observe("erin")
    disown(org, "erin", after)
    with asked(org) as connection:
        (row,) = windows_waiting(connection)
    assert (row.result_position, row.result_passing) == (None, None)

    again = org.observe("watchdog")
    with asked(org) as connection:
        assert windows_waiting(connection) == []
        (row,) = release_list(connection, alias=PRODUCTION)
    assert (row.result_position, row.result_passing) == (again.position, True)


def test_a_window_and_a_review_that_began_by_a_clock_ahead_end_as_it_was_set_right() -> None:
    org = rollout()
    in_staging(org)
    started(org, "m2")
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    now = org.now
    org.now += 3650 * DAY
    org.complete("omar")
    ahead = org.judged[-1]
    org.roll_back("omar", STAGING)
    with asked(org) as connection:
        (window,) = windows_waiting(connection)
        (review,) = review_list(connection)
    assert window.window_until == format_instant(ahead.at + WEEK)
    assert review.due == format_instant(org.judged[-1].at + 2 * DAY)

    org.now = now + 60
    by_root(org, correction(ahead.position, org.now))
    right = org.judged[-1].at
    with asked(org) as connection:
        (window,) = windows_waiting(connection)
        (review,) = review_list(connection)
    assert ahead.at > right + WEEK
    assert window.window_until == format_instant(now + 60 + WEEK)
    assert review.due == format_instant(now + 60 + 2 * DAY)


def test_a_release_without_a_window_waits_for_nothing() -> None:
    org = rollout()
    in_staging(org)
    with asked(org) as connection:
        (row,) = release_list(connection)
        assert windows_waiting(connection) == []
    assert (row.alias, row.window_until) == (STAGING, None)


def test_a_missing_result_is_a_notice_where_the_release_was_completed() -> None:
    org = rollout()
    released(org)
    done = org.judged[-1]
    org.now = done.at + WEEK + RESULT_WITHIN
    org.open("frank")
    late = org.judged[-1]
    with asked(org) as connection:
        (found,) = finding_list(connection, unacknowledged=True)
        (row,) = windows_waiting(connection)
        entry = entry_at(connection, done.position)
        tally = counts(connection)
    assert (found.position, found.found_position) == (done.position, late.position)
    assert (found.rule, found.severity) == (MISSING_OBSERVATION, "notice")
    assert row.completed_position == done.position
    assert entry is not None
    assert (entry.admitted, entry.rule) == (True, None)
    assert (tally.findings, tally.notices) == (0, 1)

    take_note(org, done.position)
    with asked(org) as connection:
        (found,) = finding_list(connection)
        tally = counts(connection)
    assert (found.acknowledged_by, found.acknowledged_position) == ("rita", now_at(org))
    assert (tally.findings, tally.notices) == (0, 0)


def test_a_notice_noted_with_a_key_disowned_since_is_noted_by_nobody() -> None:
    org = rollout()
    released(org)
    done = now_at(org)
    org.now += WEEK + RESULT_WITHIN
    org.open("frank")
    after = now_at(org)
    take_note(org, done)
    disown(org, "rita", after)
    with asked(org) as connection:
        (found,) = finding_list(connection, unacknowledged=True)
        tally = counts(connection)
    assert (found.position, found.acknowledged_position) == (done, None)
    assert (tally.findings, tally.notices) == (0, 1)


def test_a_notice_that_is_said_again_waits_to_be_noted_again() -> None:
    org = rollout()
    released(org)
    done, right = org.judged[-1], org.now
    org.now = right + 30 * DAY
    org.open("frank")
    early = org.judged[-1]
    by_root(org, correction(early.position, right))
    org.now = right
    take_note(org, done.position)
    with asked(org) as connection:
        (found,) = finding_list(connection)
    assert (found.found_position, found.acknowledged_by) == (early.position, "rita")

    org.now = done.at + WEEK + RESULT_WITHIN
    org.open("frank")
    with asked(org) as connection:
        (found,) = finding_list(connection, unacknowledged=True)
    assert (found.position, found.found_position) == (done.position, now_at(org))


def test_refused_entries_are_counted_apart_from_what_was_left_undone() -> None:
    org = rollout()
    released(org)
    org.now += WEEK + RESULT_WITHIN
    org.open("frank")
    org.smuggle(b"rubbish\n")
    refused = now_at(org)
    with asked(org) as connection:
        tally = counts(connection)
        notice, found = finding_list(connection)
    assert (tally.findings, tally.notices) == (1, 1)
    assert (notice.severity, found.position, found.found_position) == ("notice", refused, refused)
