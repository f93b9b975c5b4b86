"""Reviews of rollbacks: closed once, by another person with a role, in time."""

import pytest

from ledger.decide import review
from ledger.decide.release_states import ReviewState
from ledger.model.events import ReviewClosed
from tests.acts import refused
from tests.decide.rollouts import (
    BREACH,
    DAY,
    PRODUCTION,
    STAGING,
    in_staging,
    released,
    rollout,
    started,
)
from tests.organisation import Organisation
from tests.policies import STAGED, STEWARDSHIP, duty
from tests.roster import carried, delegate, event_of, finding, roles_of, rows, stop
from tests.signer_acts import by_root, correction


def rolled_back(org: Organisation, by: str = "olga") -> str:
    """A release that *by* rolled back; the id of its review."""
    released(org)
    return org.roll_back(by)


def found(org: Organisation, subject: str) -> ReviewState:
    """The review that exists."""
    state = org.standing.review(subject)
    assert state is not None
    return state


@pytest.mark.parametrize("name", ["alice", "dana", "erin", "omar", "rita"])
def test_any_person_with_a_role_who_did_not_roll_back_closes_a_review(name: str) -> None:
    org = rollout()
    subject = rolled_back(org)
    assert not review.is_closed(org.standing, found(org, subject))

    closed = org.close_review(name, subject)

    kept = found(org, subject)
    assert (kept.closed_by, kept.closed_position) == (name, closed.position)
    assert review.is_closed(org.standing, kept)
    assert event_of(closed).model_dump()["cause"] == "a feature was stale"
    assert rows(org.replayed()) == rows(org.standing)


def test_who_rolled_back_does_not_close_the_review() -> None:
    org = rollout()
    subject = rolled_back(org)

    with refused("own-review", "olga rolled back, or answers for who did"):
        org.close_review("olga", subject)


def test_who_rolled_something_else_back_closes_the_review() -> None:
    org = rollout()
    subject = rolled_back(org)
    started(org, "m2")
    other = org.roll_back("omar")

    assert org.close_review("omar", subject).admitted
    assert org.close_review("olga", other).admitted


def test_who_answers_for_the_service_that_rolled_back_does_not_close_the_review() -> None:
    org = rollout()
    released(org)
    seen = org.observe("watchdog", PRODUCTION, *BREACH)
    subject = org.roll_back("watchdog", observation=seen.position)

    with refused("own-review", "erin rolled back"):
        org.close_review("erin", subject)
    assert org.close_review("olga", subject).admitted


def test_who_lent_the_role_of_the_rollback_does_not_close_the_review() -> None:
    org = rollout()
    released(org)
    delegate(org, "olga", "rita", "on-call")
    subject = org.roll_back("rita")

    for name in ("olga", "rita"):
        with refused("own-review", f"{name} rolled back"):
            org.close_review(name, subject)
    assert org.close_review("omar", subject).admitted


def test_a_lender_of_whom_the_rollback_did_not_need_anything_closes_the_review() -> None:
    org = rollout()
    released(org)
    delegate(org, "omar", "olga", "release-owner")
    delegate(org, "erin", "olga", "evaluation-owner")

    subject = org.roll_back("olga")

    assert org.close_review("erin", subject).admitted


def test_services_close_no_review() -> None:
    org = rollout(services={"robot": ("alice", ["auditor"])})
    subject = rolled_back(org)

    with refused("service-review", "robot is a service"):
        org.close_review("robot", subject)


def test_who_holds_no_role_closes_no_review() -> None:
    org = rollout()
    subject = rolled_back(org)

    with refused("no-role", "frank holds no role"):
        org.close_review("frank", subject)


def test_a_root_signer_without_another_role_closes_a_review() -> None:
    org = rollout(people={"alice": []})
    in_staging(org)
    subject = org.roll_back("olga", STAGING)

    assert org.close_review("alice", subject).admitted


def test_a_role_on_any_alias_closes_a_review() -> None:
    org = rollout(STEWARDSHIP)
    votes = [("rita", "auditor")]
    effect = roles_of("frank", ["model-owner"], aliases="churn/*")
    carried(org, effect, by="alice", approvals=votes)
    subject = rolled_back(org)

    assert org.close_review("frank", subject).admitted


def test_a_role_that_has_ended_closes_no_review() -> None:
    org = rollout(STEWARDSHIP)
    end = org.now + 3 * DAY
    effect = roles_of("frank", ["model-owner"], until=end)
    carried(org, effect, by="alice", approvals=[("rita", "auditor")])
    subject = rolled_back(org)
    org.now = end - 1

    with refused("no-role"):
        org.close_review("frank", subject)


def test_a_role_that_is_only_lent_closes_no_review() -> None:
    org = rollout()
    delegate(org, "erin", "frank", "evaluation-owner")
    subject = rolled_back(org)

    with refused("no-role"):
        org.close_review("frank", subject)


def test_who_is_stopped_closes_no_review() -> None:
    org = rollout()
    subject = rolled_back(org)
    stop(org, "alice", "rita")

    with refused("signer-stopped"):
        org.close_review("rita", subject)


def test_no_duty_keeps_anybody_from_closing_a_review() -> None:
    org = rollout(duty("auditor", "act"))
    subject = rolled_back(org)

    assert org.close_review("rita", subject).admitted


def test_a_review_is_closed_once() -> None:
    org = rollout()
    subject = rolled_back(org)
    org.close_review("rita", subject)

    with refused("review-closed", "rita closed this review already"):
        org.close_review("alice", subject)


@pytest.mark.parametrize("opened", [True, False])
def test_what_was_never_rolled_back_has_no_review(*, opened: bool) -> None:
    org = rollout()
    of = released(org)
    subject = of if opened else org.new_id()

    with refused("unknown-review", f"there is no review {subject}"):
        org.close_review("rita", subject)


@pytest.mark.parametrize(("early", "overdue"), [(0, True), (1, False)])
def test_a_review_is_overdue_once_its_time_has_come(early: int, *, overdue: bool) -> None:
    org = rollout()
    subject = rolled_back(org)
    state = found(org, subject)
    assert state.due == state.at + 2 * DAY

    assert review.is_overdue(org.standing, state, state.due - early) is overdue


def test_a_review_that_was_closed_is_never_overdue() -> None:
    org = rollout()
    subject = rolled_back(org)
    org.close_review("rita", subject)
    state = found(org, subject)
    assert state.due is not None

    assert not review.is_overdue(org.standing, state, state.due + DAY)


def test_a_review_may_be_closed_when_it_is_overdue() -> None:
    org = rollout()
    subject = rolled_back(org)
    org.now += 30 * DAY

    assert org.close_review("rita", subject).admitted


def test_without_a_time_for_it_a_review_is_never_overdue() -> None:
    org = rollout(text=STAGED.replace('review_within = "48h"\n', ""))
    subject = rolled_back(org)
    state = found(org, subject)

    assert state.due is None
    assert not review.is_overdue(org.standing, state, org.now + 365 * DAY)


def test_a_review_opened_by_a_clock_that_ran_ahead_is_due_once_it_is_set_right() -> None:
    org = rollout()
    released(org)
    right = org.now
    org.now = right + 365 * DAY
    subject = org.roll_back("olga")
    position = found(org, subject).position
    by_root(org, correction(position, right))

    assert review.is_overdue(org.standing, found(org, subject), right + 2 * DAY)


def test_nobody_smuggles_the_end_of_their_own_review() -> None:
    org = rollout()
    subject = rolled_back(org)
    closing = ReviewClosed(
        subject=subject, cause="bad luck", changes=(), tests=(), summary=None, why=None
    )

    assert finding(org.force("olga", closing)) == "own-review"
    assert finding(org.force("watchdog", closing)) == "service-review"
    assert not review.is_closed(org.standing, found(org, subject))
