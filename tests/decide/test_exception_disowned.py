"""What a disowned key takes with it where an exception was relied on, and what it leaves."""

import pytest

from ledger.decide import review
from ledger.decide.disowning import impact
from ledger.decide.waivers import ends_at, is_over, owed_by
from tests.acts import look, refused
from tests.decide.rollouts import PRODUCTION, candidate, soaked, stable
from tests.exception_acts import DAY, HOUR, close_exception, granted, urgent, waiving
from tests.organisation import Organisation, unsafe_key
from tests.policies import exceptional
from tests.roster import carried, enrolment, rows
from tests.signer_acts import disown, disowning, now_at

LONGEST = 3 * DAY


def before(org: Organisation) -> int:
    """The position of the last entry so far."""
    return now_at(org)


def under_way(org: Organisation) -> tuple[str, str, int]:
    """A release started under an exception, that, and a position before it was asked for."""
    of = urgent(org)
    after = before(org)
    exception = granted(org, waiving(org, of, lasting=LONGEST), enactor="rita")
    org.start("omar", of)
    return of, exception, after


def is_void(org: Organisation, exception: str) -> bool:
    """Whether the consent to the exception was lost."""
    state = org.standing.exception(exception)
    assert state is not None
    return state.void


@pytest.mark.parametrize("name", ["sam", "rosa", "rita"])
def test_an_exception_ends_with_the_key_of_who_approved_or_granted_it(name: str) -> None:
    org = exceptional()
    of = urgent(org)
    after = before(org)
    exception = granted(org, waiving(org, of), enactor="rita")
    assert look(org, of).verdict == "ready"

    disown(org, name, after)

    state = org.standing.exception(exception)
    assert state is not None
    assert state.void
    assert is_over(org.standing, state, org.now)
    assert ends_at(org.standing, state) <= org.now
    assert look(org, of).verdict == "open"
    assert rows(org.replayed()) == rows(org.standing)


@pytest.mark.parametrize("name", ["sam", "rosa", "rita"])
def test_a_release_that_needed_an_exception_that_is_void_goes_no_further(name: str) -> None:
    org = exceptional()
    of, exception, after = under_way(org)
    lost = {one.id for one in impact(org.standing, name, *_keys(org, name), after).lost}

    disown(org, name, after)

    assert lost == {of, exception}
    assert candidate(org).unsupported
    soaked(org)
    with refused("unsupported"):
        org.advance("omar")


def _keys(org: Organisation, name: str) -> tuple[tuple[str, ...]]:
    return (disowning(org, name, 0).keys,)


@pytest.mark.parametrize("name", ["sam", "rosa", "rita"])
def test_a_release_that_was_settled_outlives_its_exception(name: str) -> None:
    org = exceptional()
    of, exception, after = under_way(org)
    org.approve("alice", of, "model-owner")

    disown(org, name, after)

    assert is_void(org, exception)
    assert not candidate(org).unsupported
    soaked(org)
    assert org.advance("omar").admitted


def test_the_key_of_who_asked_for_an_exception_takes_it_nowhere() -> None:
    """Others consented to it as it was: whoever had asked."""
    org = exceptional()
    of, exception, after = under_way(org)

    disown(org, "olga", after)

    assert not is_void(org, exception)
    assert not candidate(org).unsupported
    assert org.proposal(of).closure is not None


def test_an_act_before_the_position_stands() -> None:
    org = exceptional()
    _, exception, _ = under_way(org)

    disown(org, "sam", before(org))

    assert not is_void(org, exception)
    assert not candidate(org).unsupported


@pytest.mark.parametrize("finished", [False, True])
def test_what_a_late_approval_had_settled_is_owed_again_with_its_key(*, finished: bool) -> None:
    org = exceptional()
    of, _, _ = under_way(org)
    if finished:
        for _ in range(2):
            soaked(org)
            org.advance("omar")
        org.complete("omar")
    enrol_bea(org)
    after = before(org)
    org.approve("bea", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == ()

    disown(org, "bea", after)

    assert not (stable(org) if finished else candidate(org)).unsupported
    assert org.standing.alias(PRODUCTION).owing == (of,)
    org.approve("mona", of, "model-owner")
    assert org.standing.alias(PRODUCTION).owing == ()
    assert rows(org.replayed()) == rows(org.standing)


def test_what_went_on_past_the_end_by_a_late_approval_is_lost_with_its_key() -> None:
    org = exceptional()
    of, _, _ = under_way(org)
    enrol_bea(org)
    after = before(org)
    org.approve("bea", of, "model-owner")
    org.now += 2 * DAY
    soaked(org)
    org.advance("omar")

    disown(org, "bea", after)

    assert candidate(org).unsupported
    assert org.standing.alias(PRODUCTION).owing == (of,)
    assert rows(org.replayed()) == rows(org.standing)


def enrol_bea(org: Organisation) -> None:
    """Let bea, who is no root signer, sign as model owner."""
    org.keys["bea"] = unsafe_key("bea")
    carried(org, enrolment("bea", ["model-owner"]), approvals=(("stella", "steward"),))
    org.accept("bea")


def test_the_key_of_who_approved_before_the_start_takes_what_no_exception_waives() -> None:
    org = exceptional()
    of = urgent(org, data=True)
    exception = granted(org, waiving(org, of, "data-lineage"), enactor="rita")
    org.start("omar", of)

    disown(org, "erin", org.proposal(of).opened_position)

    assert candidate(org).unsupported
    assert not is_void(org, exception)


def test_a_void_exception_gets_its_review_at_once() -> None:
    org = exceptional()
    _, exception, after = under_way(org)
    with refused("exception-in-force"):
        org.close_review("dana", exception)

    disown(org, "sam", after)

    assert org.close_review("dana", exception).admitted
    with refused("exception-ended"):
        close_exception(org, "olga", exception)


def test_what_owes_for_a_void_exception_is_due_at_once() -> None:
    org = exceptional()
    of, _, after = under_way(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")

    disown(org, "sam", after)

    assert stable(org).unsupported
    assert owed_by(org.standing, of).until <= org.now


def test_a_review_closed_by_a_key_that_was_disowned_is_due_again() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=HOUR))
    org.now += HOUR
    after = before(org)
    org.close_review("mona", exception)
    org.now += 2 * DAY

    disown(org, "mona", after)

    state = org.standing.review(exception)
    assert state is not None
    assert review.is_overdue(org.standing, state, org.now)
    with refused("review-overdue"):
        org.open("olga", waiving(org, of))


def test_what_was_closed_early_stays_closed_though_the_key_was_disowned() -> None:
    """It only restricts."""
    org = exceptional()
    exception = granted(org, waiving(org, urgent(org)))
    after = before(org)
    close_exception(org, "olga", exception)

    disown(org, "olga", after)

    state = org.standing.exception(exception)
    assert state is not None
    assert is_over(org.standing, state, org.now)


def test_an_exception_that_is_void_still_counts_as_one_that_was() -> None:
    org = exceptional()
    _, exception, after = under_way(org)
    disown(org, "sam", after)

    assert [one.id for one in org.standing.exceptions_of(f"alias/{PRODUCTION}")] == [exception]


def test_an_open_exception_loses_the_approval_of_a_disowned_key() -> None:
    org = exceptional()
    of = urgent(org)
    after = before(org)
    new = org.open("olga", waiving(org, of))
    org.approve("sam", new, "security-owner")
    org.approve("rosa", new, "release-owner")

    disown(org, "sam", after)

    with refused("not-ready"):
        org.enact("rita", new)
    org.approve("mona", new, "security-owner")
    assert org.enact("rita", new).admitted


def test_an_exception_that_was_never_used_does_not_make_up_for_what_a_key_takes() -> None:
    org = exceptional()
    of = urgent(org)
    org.approve("alice", of, "model-owner")
    granted(org, waiving(org, of, "data-lineage", lasting=LONGEST), enactor="rita")
    org.start("omar", of)
    assert candidate(org).exceptions == ()

    disown(org, "dana", org.proposal(of).opened_position)

    assert candidate(org).unsupported


def test_an_unrelated_key_takes_nothing_from_a_release_that_was_rolled_back() -> None:
    org = exceptional()
    of, _, after = under_way(org)
    org.roll_back("omar")

    disown(org, "mona", after)

    closure = org.proposal(of).closure
    assert closure is not None
    assert closure.lost_at is None


def test_nor_from_one_that_was_completed_before_it_was_rolled_back() -> None:
    org = exceptional()
    of, _, after = under_way(org)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    org.roll_back("omar")

    disown(org, "mona", after)

    closure = org.proposal(of).closure
    assert closure is not None
    assert closure.lost_at is None
