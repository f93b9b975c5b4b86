"""What ``docs/explanation/limits.md`` says of exceptions and stops, shown to be so."""

import pytest

from ledger.decide import override_drill, review
from ledger.errors import Refused
from tests.acts import look, refused, statuses
from tests.decide.rollouts import (
    DAY,
    PRODUCTION,
    STAGING,
    candidate,
    consented,
    in_staging,
    soaked,
    stable,
)
from tests.exception_acts import close_exception, drilled, granted, set_stop, urgent, waiving
from tests.organisation import Organisation, change, stack
from tests.policies import exceptional
from tests.roster import stop

FROZEN = f"alias/{PRODUCTION}"


def test_a_disabled_capability_takes_nothing_from_what_runs() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(("network",)), alias=STAGING))
    org.attach("erin", of)
    org.approve("sam", of, "security-owner")
    org.start("deployer", of)
    org.complete("deployer", STAGING)

    set_stop(org, "olga", "capability/network")

    assert stable(org, STAGING).stack.permissions == ("network",)


def test_a_stop_of_a_misspelt_permission_holds_nothing() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(("network",)), alias=STAGING))

    set_stop(org, "olga", "capability/netwrok")

    assert org.standing.target("capability/netwrok") is not None
    assert look(org, of).blocks == ()


def test_who_is_stopped_goes_on_stopping() -> None:
    """Whoever has the key of on-call freezes what others have just agreed to let go on."""
    org = exceptional()
    of = consented(org)
    stop(org, "alice", "olga")

    set_stop(org, "olga", FROZEN)

    with refused("alias-frozen"):
        org.start("omar", of)


def test_a_person_signs_for_what_a_program_bred() -> None:
    """The program hands its candidate to frank, who proposes it as his own."""
    org = exceptional()
    in_staging(org)
    set_stop(org, "olga", "generation")

    of = org.open("frank", change(stack(model="m1"), contributors=("deployer",)))

    assert "generation-halted" not in {one.code for one in look(org, of).blocks}


def test_the_seconds_of_a_drill_are_somebodys_word() -> None:
    org = exceptional()
    before = override_drill.due_at(org.standing)
    org.now += DAY

    drilled(org, "olga", "capability/never-used", seconds=0)

    after = override_drill.due_at(org.standing)
    assert before is not None
    assert after is not None
    assert after - before >= DAY


def test_controls_are_words() -> None:
    org = exceptional()
    of = urgent(org)

    granted(org, waiving(org, of, controls=("x",)))

    assert look(org, of).verdict == "ready"


def test_an_owner_is_named_without_being_asked() -> None:
    """So a strict security owner has no say."""
    org = exceptional()
    of = urgent(org)
    asked = org.open("olga", waiving(org, of, owner="sam"))

    with pytest.raises(Refused, match="sam owns it"):
        org.approve("sam", asked, "security-owner")


def test_an_exception_covers_bad_numbers_like_missing_ones() -> None:
    """It was granted while the report was not there; then it comes, and is bad."""
    org = exceptional()
    in_staging(org)
    of = org.open("frank", change(stack(model="m1")))
    org.approve("alice", of, "model-owner")
    org.approve("dana", of, "data-owner")
    granted(org, waiving(org, of, "evaluation", "quality"))
    org.attach("erin", of, auc="0.10")

    found = statuses(org, of)

    assert (found["evaluation"], found["quality"]) == ("satisfied", "waived")
    assert org.start("omar", of).admitted


def test_nothing_rolls_back_by_itself() -> None:
    org = exceptional()
    of = _released_under_an_exception(org)

    org.now += 30 * DAY
    other = org.open("frank", change(stack(model="m2")))

    assert stable(org).proposal == of
    assert {one.code for one in look(org, other).blocks} >= {"exception-owing"}


def test_on_a_quiet_ledger_a_start_is_dated_back_before_the_end_of_its_exception() -> None:
    """The exception ended an hour ago; omar says that he started before."""
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=DAY))
    ended = org.standing.exception(exception)
    assert ended is not None
    assert org.standing.head.time < ended.until

    org.now = ended.until - 2
    org.start("omar", of)

    assert candidate(org).exceptions == (exception,)


def test_who_closes_a_review_says_what_they_like() -> None:
    org = exceptional()
    exception = granted(org, waiving(org, urgent(org)))
    close_exception(org, "olga", exception)

    org.act(
        "dana",
        lambda s, by, at: review.close(
            s,
            by=by,
            at=at,
            subject=exception,
            cause="-",
            changes=(),
            tests=(),
            summary=None,
            why=None,
        ),
    )

    found = org.standing.review(exception)
    assert found is not None
    assert found.closed_by == "dana"


def _released_under_an_exception(org: Organisation) -> str:
    """A release to production that still owes an approval; its proposal."""
    of = urgent(org)
    granted(org, waiving(org, of, lasting=3 * DAY))
    org.start("omar", of)
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    return of
