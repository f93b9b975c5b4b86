"""How an exception ends before its time, and its review: by whom, from when, due when."""

import pytest

from ledger.decide import review
from ledger.decide.exception_states import ExceptionState
from ledger.decide.release_states import ReviewState
from ledger.decide.waivers import ends_at, is_over, owed_by
from ledger.model.events import ExceptionClosed
from tests.acts import refused, withdraw
from tests.decide.rollouts import PRODUCTION, STAGING
from tests.exception_acts import (
    DAY,
    HOUR,
    asked,
    close_exception,
    granted,
    urgent,
    waiving,
)
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import EXCEPTIONAL, EXCEPTIONS, exceptional, numbered
from tests.roster import carried, delegate, finding, roles_of, rows, stop
from tests.signer_acts import by_root, correction

REVIEWED = 2 * DAY


def kept(org: Organisation, of: str) -> ExceptionState:
    """The exception there is."""
    state = org.standing.exception(of)
    assert state is not None
    return state


def reviewed(org: Organisation, of: str) -> ReviewState:
    """The review there is."""
    state = org.standing.review(of)
    assert state is not None
    return state


def idle(org: Organisation, *, owner: str = "olga", lasting: int = HOUR) -> str:
    """An exception of a release that is withdrawn at once."""
    of = org.open("frank", change(stack()))
    new = granted(org, waiving(org, of, owner=owner, lasting=lasting))
    withdraw(org, "frank", of)
    return new


# Ended before its time


@pytest.mark.parametrize("name", ["mona", "olga", "sam", "rosa", "omar", "alice", "dana"])
def test_who_owns_asked_or_consents_and_the_root_close_an_exception(name: str) -> None:
    """Dana holds no such role, and is a root signer."""
    org = exceptional()
    of = granted(org, waiving(org, urgent(org), owner="mona"))

    closed = close_exception(org, name, of)

    state = kept(org, of)
    assert (state.closed_by, state.closed_position) == (name, closed.position)
    assert (state.closed_at, ends_at(org.standing, state)) == (closed.at, closed.at)
    assert rows(org.replayed()) == rows(org.standing)


@pytest.mark.parametrize("name", ["frank", "erin", "rita", "stella", "watchdog"])
def test_nobody_else_closes_an_exception(name: str) -> None:
    org = exceptional()
    of = granted(org, waiving(org, urgent(org)))

    with refused("no-part", f"{name} has no part in the exception #3"):
        close_exception(org, name, of)
    judged = org.force(name, ExceptionClosed(exception=of, reason="no"))

    assert finding(judged) == "no-part"
    assert kept(org, of).closed_position is None


def test_where_the_stewards_had_to_consent_they_close_it_as_well() -> None:
    org = exceptional(text=EXCEPTIONAL.replace("repeat_after = 2", "repeat_after = 1"))
    idle(org)
    new = org.open("olga", waiving(org, urgent(org)))
    for name, role in (
        ("sam", "security-owner"),
        ("rosa", "release-owner"),
        ("stella", "steward"),
    ):
        org.approve(name, new, role)
    org.enact("sam", new)

    assert close_exception(org, "stella", new).admitted


def test_who_asked_for_it_closes_it_without_any_role() -> None:
    org = exceptional()
    wanted = asked(waiving(org, urgent(org)), contributors=("erin",))
    of = granted(org, wanted, by="watchdog")
    other = granted(org, waiving(org, urgent(org, "m2", "d2")), by="rita")

    assert close_exception(org, "erin", of).admitted
    assert close_exception(org, "rita", other).admitted


def test_an_owner_without_any_role_that_consents_closes_it() -> None:
    org = exceptional()
    of = granted(org, waiving(org, urgent(org), owner="rita"))

    assert close_exception(org, "rita", of).admitted


@pytest.mark.parametrize(("aliases", "may"), [("fraud/*", True), ("churn/*", False)])
def test_a_role_limited_to_some_aliases_closes_exceptions_of_these(
    aliases: str, *, may: bool
) -> None:
    org = exceptional()
    effect = roles_of("rita", ["security-owner"], aliases=aliases)
    carried(org, effect, approvals=(("stella", "steward"),))
    of = granted(org, waiving(org, urgent(org)))

    if may:
        assert close_exception(org, "rita", of).admitted
    else:
        with refused("no-part"):
            close_exception(org, "rita", of)


def test_a_lent_role_and_a_stopped_signer_close_an_exception() -> None:
    """It only restricts."""
    org = exceptional()
    of = granted(org, waiving(org, urgent(org)))
    other = granted(org, waiving(org, urgent(org, "m2", "d2")))
    delegate(org, "sam", "rita", "security-owner")
    stop(org, "alice", "rosa")

    assert close_exception(org, "rita", of).admitted
    assert close_exception(org, "rosa", other).admitted


def test_by_the_roles_that_consented_then_and_not_by_those_of_today() -> None:
    org = exceptional()
    of = granted(org, waiving(org, urgent(org), lasting=3 * DAY))
    other = EXCEPTIONAL.replace(EXCEPTIONS, EXCEPTIONS.replace("security-owner", "auditor"))
    carried(org, new_policy(numbered(2, text=other)), approvals=(("stella", "steward"),))

    with refused("no-part"):
        close_exception(org, "rita", of)
    assert close_exception(org, "sam", of).admitted


@pytest.mark.parametrize("early", [1, 0])
def test_what_has_ended_is_not_closed(early: int) -> None:
    org = exceptional()
    of = granted(org, waiving(org, urgent(org), lasting=HOUR))
    org.now = kept(org, of).until - early - 1

    if early:
        assert close_exception(org, "olga", of).admitted
    else:
        with refused("exception-ended", "the exception #3 ended at"):
            close_exception(org, "olga", of)


def test_an_exception_is_closed_once_and_there_is_no_other() -> None:
    org = exceptional()
    of = granted(org, waiving(org, urgent(org)))
    close_exception(org, "olga", of)

    with refused("exception-ended"):
        close_exception(org, "sam", of)
    with refused("unknown-exception", "there is no exception"):
        close_exception(org, "sam", org.new_id())


def test_closing_the_exception_of_a_release_that_was_settled_changes_nothing_for_it() -> None:
    org = exceptional()
    of = urgent(org)
    new = granted(org, waiving(org, of))
    org.start("omar", of)
    org.approve("alice", of, "model-owner")
    before = org.standing.alias(PRODUCTION)

    close_exception(org, "olga", new)

    assert org.standing.alias(PRODUCTION) == before


# Its review


def test_granting_an_exception_opens_its_review() -> None:
    org = exceptional()
    new = granted(org, waiving(org, urgent(org), owner="mona"), by="omar")
    state = reviewed(org, new)

    assert (state.what, state.alias, state.proposal) == ("exception", PRODUCTION, new)
    assert state.due == kept(org, new).until + REVIEWED
    assert set(state.persons) == {"mona", "omar", "sam", "rosa", "frank"}


@pytest.mark.parametrize("early", [1, 0])
def test_an_exception_is_reviewed_from_the_moment_it_ends(early: int) -> None:
    org = exceptional()
    new = granted(org, waiving(org, urgent(org)))
    org.now = kept(org, new).until - early - 1

    if early:
        with refused("exception-in-force", "the exception #3 has not ended yet"):
            org.close_review("dana", new)
        return
    assert org.close_review("dana", new).admitted
    assert review.is_closed(org.standing, reviewed(org, new))


@pytest.mark.parametrize("name", ["olga", "sam", "rosa", "frank", "omar"])
def test_nobody_reviews_an_exception_they_had_a_part_in(name: str) -> None:
    org = exceptional()
    wanted = asked(waiving(org, urgent(org)), contributors=("omar",))
    new = granted(org, wanted, enactor="rita")
    org.now = kept(org, new).until

    with refused("own-review", f"{name} owns this exception, asked for it or"):
        org.close_review(name, new)


def test_who_granted_and_who_closed_it_may_review_it() -> None:
    org = exceptional()
    new, other = idle(org), idle(org)
    for one in (new, other):
        close_exception(org, "alice", one)

    assert org.close_review("mona", new).admitted
    assert org.close_review("alice", other).admitted


def test_who_lent_the_role_in_which_it_was_approved_does_not_review_it() -> None:
    org = exceptional()
    delegate(org, "sam", "rita", "security-owner")
    approvals = (("rita", "security-owner"), ("rosa", "release-owner"))
    new = granted(org, waiving(org, urgent(org)), approvals=approvals, enactor="mona")
    close_exception(org, "olga", new)

    for name in ("sam", "rita"):
        with refused("own-review"):
            org.close_review(name, new)


def test_a_review_of_an_exception_is_for_people_with_a_role() -> None:
    org = exceptional(text=EXCEPTIONAL)
    of = org.open("omar", change(stack()))
    new = granted(
        org,
        waiving(org, of),
        approvals=(("sam", "security-owner"), ("rosa", "release-owner")),
        enactor="rita",
    )
    close_exception(org, "olga", new)

    with refused("no-role"):
        org.close_review("frank", new)
    with refused("service-review"):
        org.close_review("watchdog", new)


def test_closed_early_an_exception_is_to_be_reviewed_so_much_earlier() -> None:
    org = exceptional()
    new = idle(org, lasting=3 * DAY)
    closed = close_exception(org, "olga", new)

    due = review.due_at(org.standing, reviewed(org, new))

    assert due == closed.at + REVIEWED


@pytest.mark.parametrize(("early", "overdue"), [(1, False), (0, True)])
def test_until_its_review_is_done_an_owner_and_an_alias_get_no_other(
    early: int, *, overdue: bool
) -> None:
    org = exceptional()
    new = idle(org)
    of, elsewhere = urgent(org), org.open("frank", change(stack(), alias=STAGING))
    org.now = kept(org, new).until + REVIEWED - early - 1

    if not overdue:
        assert org.open("olga", waiving(org, of))
        return
    with refused("review-overdue", "exception #2 of olga was due at"):
        org.open("rita", waiving(org, elsewhere, "evaluation"))
    with refused("review-overdue", "exception #2 of fraud/production was due at"):
        org.open("rita", waiving(org, of, owner="mona"))
    assert org.open("olga", waiving(org, elsewhere, "evaluation", owner="mona"))
    org.close_review("dana", new)
    assert org.open("olga", waiving(org, of))


def test_an_overdue_review_keeps_an_exception_that_has_all_consent_from_being_granted() -> None:
    org = exceptional(
        text=EXCEPTIONAL.replace('review_within = "48h"\nrepeat', 'review_within = "1m"\nrepeat')
    )
    of = urgent(org)
    first = granted(org, waiving(org, of, lasting=10))
    second = org.open("olga", waiving(org, of))
    for name, role in (("sam", "security-owner"), ("rosa", "release-owner")):
        org.approve(name, second, role)
    org.now = kept(org, first).until + 60

    with refused("review-overdue"):
        org.enact("sam", second)


def test_an_overdue_review_of_a_rollback_keeps_nobody_from_an_exception() -> None:
    org = exceptional()
    of = urgent(org)
    org.roll_back("olga", STAGING)
    org.now += 4 * DAY
    elsewhere = org.open("frank", change(stack(), alias=STAGING))

    assert org.open("olga", waiving(org, of))
    assert org.open("olga", waiving(org, elsewhere, "evaluation"))


def test_an_owner_is_asked_for_an_overdue_review_only_of_what_they_own() -> None:
    org = exceptional()
    new = idle(org, owner="mona")
    elsewhere = org.open("frank", change(stack(), alias=STAGING))
    org.now = kept(org, new).until + REVIEWED

    assert org.open("olga", waiving(org, elsewhere, "evaluation"))


# A clock that ran ahead


def test_an_exception_of_a_clock_that_ran_ahead_ends_once_it_is_set_right() -> None:
    org = exceptional()
    of = urgent(org)
    right = org.now
    org.now += 30 * DAY
    new = granted(org, waiving(org, of, lasting=DAY))
    first = org.proposal(new).opened_position
    lasted = kept(org, new).until - kept(org, new).at

    by_root(org, correction(first, right))

    state = kept(org, new)
    assert ends_at(org.standing, state) == right + lasted
    assert not is_over(org.standing, state, right + lasted - 1)
    assert is_over(org.standing, state, right + lasted)
    assert review.due_at(org.standing, reviewed(org, new)) == right + lasted + REVIEWED


def test_what_was_closed_by_a_clock_that_ran_ahead_is_over_and_its_release_due() -> None:
    org = exceptional()
    of = urgent(org)
    new = granted(org, waiving(org, of, lasting=3 * DAY))
    org.start("omar", of)
    right = org.now
    org.now += DAY
    position = close_exception(org, "olga", new).position

    by_root(org, correction(position, right))

    state = kept(org, new)
    assert is_over(org.standing, state, org.now)
    assert ends_at(org.standing, state) <= right
    assert owed_by(org.standing, of).until <= right
    assert review.due_at(org.standing, reviewed(org, new)) == right + REVIEWED


def test_a_review_closed_by_a_clock_that_ran_ahead_is_open_while_the_exception_lasts() -> None:
    org = exceptional()
    new = granted(org, waiving(org, urgent(org)))
    right = org.now
    org.now = kept(org, new).until
    position = org.close_review("dana", new).position
    assert review.is_closed(org.standing, reviewed(org, new))

    by_root(org, correction(position, right))

    assert not review.is_closed(org.standing, reviewed(org, new))
    org.now = kept(org, new).until
    assert org.close_review("mona", new).admitted
    assert review.is_closed(org.standing, reviewed(org, new))
