"""What the views say of exceptions, and of the releases that owe for one."""

import json

from projections.aliases import alias_named, history_of
from projections.evidence import approval_list
from projections.exceptions import exception_list, exception_of
from projections.inbox import current_assessments, inbox, proposal_lines
from projections.log import log_entries
from projections.proposals import owing_list, proposal_by_id, requirement_list
from projections.releases import release_list
from projections.reviews import review_list, review_of
from tests.acts import retract, revise
from tests.decide.rollouts import PRODUCTION, soaked
from tests.exception_acts import DAY, HOUR, close_exception, granted, urgent, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.projections.kept import asked
from tests.roster import carried, roles_of
from tests.signer_acts import by_root, correction, disown, now_at


def at_once(org: Organisation, *, lasting: int = DAY) -> tuple[str, str]:
    """A release started under an exception that waives alice's approval; both their ids."""
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=lasting))
    org.start("omar", of)
    return of, exception


def statuses(org: Organisation, of: str) -> dict[str, tuple[str, int | None]]:
    with asked(org) as connection:
        rows = requirement_list(connection, of)
    return {row.requirement: (row.status, row.waived_by) for row in rows}


def waiting(org: Organisation, person: str) -> list[tuple[int, str, tuple[int, ...], str | None]]:
    with asked(org) as connection:
        found = inbox(connection, person)
    return [(one.number, one.role, one.under, one.owed_until) for one in found]


def test_an_exception_is_listed_with_all_that_was_asked_and_came_of_it() -> None:
    org = exceptional()
    of = urgent(org)
    effect = waiving(org, of)
    exception = granted(org, effect)
    position = now_at(org)
    with asked(org) as connection:
        (row,) = exception_list(connection)
        assert exception_of(connection, exception) == row
        assert exception_of(connection, of) is None
    assert (row.id, row.number, row.release, row.release_number) == (exception, 3, of, 2)
    assert (row.revision, row.alias, row.policy) == (1, PRODUCTION, 1)
    assert (json.loads(row.waives), row.owner) == (["model-owner"], "olga")
    assert (row.incident, json.loads(row.controls)) == ("INC-7", list(effect.controls))
    assert row.until == row.ends_at == effect.until
    assert (row.granted_position, row.granted_by) == (position, "sam")
    later = (row.used_position, row.settled_position, row.closed_position, row.owed_until)
    assert later == (None,) * 4

    org.start("omar", of)
    used = now_at(org)
    org.approve("alice", of, "model-owner")
    settled = now_at(org)
    close_exception(org, "olga", exception)
    closed = org.judged[-1]
    org.close_review("dana", exception)
    with asked(org) as connection:
        (row,) = exception_list(connection, alias=PRODUCTION)
        assert exception_list(connection, release=of, up_to=position) == [row]
        assert exception_list(connection, alias="fraud/staging") == []
        assert exception_list(connection, up_to=position - 1) == []
    assert (row.used_position, row.settled_position) == (used, settled)
    assert (row.closed_position, row.closed_by, row.reason) == (
        closed.position,
        "olga",
        "it is over",
    )
    assert row.ends_at == row.closed_at < row.until == effect.until
    assert (row.reviewed_position, row.reviewed_by) == (now_at(org), "dana")


def test_what_is_waived_says_so_and_by_which_exception() -> None:
    org = exceptional()
    of = urgent(org)
    assert statuses(org, of)["model-owner"] == ("unsatisfied", None)
    granted(org, waiving(org, of))
    found = statuses(org, of)
    assert found["model-owner"] == ("waived", 3)
    assert {number for status, number in found.values() if status != "waived"} == {None}
    org.approve("alice", of, "model-owner")
    assert statuses(org, of)["model-owner"] == ("satisfied", None)


def test_a_release_that_owes_is_asked_about_until_it_owes_nothing() -> None:
    org = exceptional()
    of, exception = at_once(org)
    (ends,) = [one.until for one in map(org.standing.exception, [exception]) if one is not None]
    with asked(org) as connection:
        (owing,) = owing_list(connection)
        (release,) = release_list(connection, alias=PRODUCTION)
        alias = alias_named(connection, PRODUCTION)
        (row,) = exception_list(connection, owing=True)
    assert (owing.id, owing.closed) == (of, "enacted")
    assert (json.loads(release.exceptions), row.owed_until) == ([3], owing.owed_until)
    assert alias is not None
    assert json.loads(alias.owing) == [2]
    assert waiting(org, "alice") == [(2, "model-owner", (3,), owing.owed_until)]
    assert waiting(org, "frank") == waiting(org, "omar") == []
    assert ends > org.now

    org.approve("alice", of, "model-owner")
    assert waiting(org, "alice") == []
    with asked(org) as connection:
        assert owing_list(connection) == exception_list(connection, owing=True) == []
        alias = alias_named(connection, PRODUCTION)
        approvals = {row.signer: (row.held, row.counts) for row in approval_list(connection, 2)}
        proposal = proposal_by_id(connection, of)
    assert alias is not None
    assert json.loads(alias.owing) == []
    assert approvals == {"dana": (True, True), "alice": (True, True)}
    assert statuses(org, of)["model-owner"] == ("waived", 3), "a closed one is as it was closed"
    assert proposal is not None
    assert proposal.position == now_at(org)


def test_a_late_approval_that_is_taken_back_is_owed_and_asked_for_again() -> None:
    org = exceptional()
    of, exception = at_once(org)
    org.approve("alice", of, "model-owner")
    with asked(org) as connection:
        row = exception_of(connection, exception)
    assert row is not None
    assert row.settled_position == now_at(org)
    retract(org, "alice", of)
    with asked(org) as connection:
        row = exception_of(connection, exception)
        (last,) = [row for row in approval_list(connection, 2) if row.signer == "alice"]
        assert [owing.id for owing in owing_list(connection)] == [of]
    assert row is not None
    assert row.settled_position is None
    assert (last.held, last.counts) == (False, False)
    assert [number for number, *_ in waiting(org, "alice")] == [2]


def test_who_is_given_a_role_is_asked_about_what_owes_and_is_not_once_that_ends() -> None:
    org = exceptional()
    at_once(org)
    effect = roles_of("rita", ["model-owner"], until=org.now + HOUR)
    carried(org, effect, approvals=[("stella", "steward")])
    assert [number for number, *_ in waiting(org, "rita")] == [2]
    with asked(org) as connection:
        fresh = current_assessments(connection, org.standing, org.now + 2 * HOUR)
        assert inbox(connection, "rita", fresh=fresh) == []
        assert [one.number for one in inbox(connection, "alice", fresh=fresh)] == [2]


def test_a_rollback_takes_the_debt_from_the_views() -> None:
    org = exceptional()
    of, exception = at_once(org)
    org.roll_back("omar")
    assert waiting(org, "alice") == []
    with asked(org) as connection:
        assert owing_list(connection) == []
        row = exception_of(connection, exception)
        (review, other) = review_list(connection, alias=PRODUCTION)
        assert proposal_by_id(connection, of) is not None
    assert row is not None
    assert row.settled_position is None
    assert {review.about, other.about} == {"rollback", "exception"}


def test_what_waits_on_an_alias_is_blocked_once_what_runs_there_owes_past_the_end() -> None:
    org = exceptional()
    of, _ = at_once(org)
    waits = org.open("frank", change(stack(model="m2")))
    with asked(org) as connection:
        before = proposal_by_id(connection, waits)
        fresh = current_assessments(connection, org.standing, org.now + DAY + HOUR)
        (line,) = proposal_lines(connection, fresh=fresh)
        owed = fresh.get(of)
    assert before is not None
    assert "exception-owing" not in json.loads(before.blocks)
    blocks = {block.code for block in fresh[waits].assessment.blocks}
    assert "exception-owing" in blocks
    assert line.verdict == "blocked"
    assert owed is None, "nobody else is asked because it ended"


def test_an_exception_is_in_force_until_it_ends_is_closed_or_loses_its_consent() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    with asked(org) as connection:
        (row,) = exception_list(connection)
        assert exception_list(connection, in_force=row.granted_at) == [row]
        assert exception_list(connection, in_force=row.ends_at) == []
        early = row.granted_at
    close_exception(org, "olga", exception)
    with asked(org) as connection:
        assert exception_list(connection, in_force=early) == []


def test_an_exception_whose_consent_is_lost_says_where_and_waives_nothing() -> None:
    org = exceptional()
    of = urgent(org)
    after = now_at(org)
    exception = granted(org, waiving(org, of))
    disown(org, "sam", after)
    with asked(org) as connection:
        row = exception_of(connection, exception)
        assert exception_list(connection, in_force="2000-01-01T00:00:00Z") == []
    assert row is not None
    assert row.unsupported_position == now_at(org)
    assert row.ends_at == row.granted_at
    assert statuses(org, of)["model-owner"] == ("unsatisfied", None)


def test_an_exception_granted_while_a_clock_ran_ahead_ends_as_it_was_set_right() -> None:
    org = exceptional()
    of = urgent(org)
    now = org.now
    org.now += 3650 * DAY
    exception = granted(org, waiving(org, of))
    ahead = next(one for one in org.judged if one.at > now + 3000 * DAY)
    with asked(org) as connection:
        before = exception_of(connection, exception)
    org.now = now + 60
    by_root(org, correction(ahead.position, org.now))
    with asked(org) as connection:
        after = exception_of(connection, exception)
    assert before is not None
    assert after is not None
    assert after.ends_at < before.ends_at == before.until


def test_the_review_of_an_exception_is_due_earlier_where_it_was_closed_early() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    with asked(org) as connection:
        row = review_of(connection, exception)
    assert row is not None
    assert (row.about, row.alias, row.number) == ("exception", PRODUCTION, 3)
    assert row.opened_by == "sam"
    close_exception(org, "olga", exception)
    with asked(org) as connection:
        sooner = review_of(connection, exception)
        (open_one,) = review_list(connection, about=("exception",))
        assert review_list(connection, about=("rollback",)) == []
        assert review_list(connection, overdue=row.due) == [open_one]
    assert sooner is not None
    assert sooner.due < row.due
    org.close_review("dana", exception)
    with asked(org) as connection:
        assert review_list(connection) == []
        assert review_list(connection, overdue=row.due) == []


def test_a_new_revision_of_the_release_blocks_who_asks_for_an_exception_of_the_old_one() -> None:
    org = exceptional()
    of = urgent(org)
    asking = org.open("olga", waiving(org, of))
    with asked(org) as connection:
        before = proposal_by_id(connection, asking)
    revise(org, "frank", of, change(stack(model="m1"), mutations=["adapter"]))
    with asked(org) as connection:
        after = proposal_by_id(connection, asking)
    assert before is not None
    assert after is not None
    assert (before.effect, before.alias, before.release) == ("exception", PRODUCTION, of)
    assert "base-moved" not in json.loads(before.blocks)
    assert "base-moved" in json.loads(after.blocks)


def test_the_history_of_an_alias_names_the_exceptions_and_the_numbers_that_came_late() -> None:
    org = exceptional()
    of, _ = at_once(org)
    org.approve("alice", of, "model-owner")
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    soaked(org)
    org.complete("omar")
    with asked(org) as connection:
        (row,) = history_of(connection, PRODUCTION)
    assert json.loads(row.exceptions) == [3]
    stable = org.standing.alias(PRODUCTION).stable
    assert stable is not None
    assert [one["name"] for one in json.loads(row.metrics)] == [one.name for one in stable.metrics]


def test_the_log_says_in_one_line_what_became_of_an_exception() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    close_exception(org, "olga", exception)
    org.close_review("dana", exception)
    with asked(org) as connection:
        (opened,) = log_entries(connection, kind="proposal.opened", limit=1)
        rows = log_entries(connection, limit=3)
    asked_for = f"asked for an exception for {PRODUCTION} from model-owner: fraud gets through"
    assert opened.summary == asked_for
    assert [(row.proposal, row.summary.split(" until ")[0]) for row in rows] == [
        (3, f"waived model-owner for {PRODUCTION}"),
        (3, "ended the exception: it is over"),
        (3, "closed the review: a feature was stale"),
    ]
