"""What an exception changes: what is waived, under which policy, until when, and how often."""

import pytest

from ledger.errors import Refused
from ledger.model.terms import format_instant
from ledger.policy.assessment import assessment_json
from tests.acts import add_fact, look, refused, reject, reopen, retract, revise, statuses
from tests.decide.rollouts import PRODUCTION, STAGING, candidate
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
from tests.policies import EXCEPTIONAL, exceptional, numbered
from tests.roster import carried, rows, stop

STEWARD = (("stella", "steward"),)


def end_of(org: Organisation, exception: str) -> int:
    """When the exception ends."""
    state = org.standing.exception(exception)
    assert state is not None
    return state.until


def published(org: Organisation, text: str = EXCEPTIONAL, number: int = 2) -> None:
    """Put the policy in *text* in force."""
    carried(org, new_policy(numbered(number, text=text)), approvals=STEWARD)


def test_what_is_not_met_is_waived_and_what_is_met_stays_so() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, "model-owner", "evaluation"))

    found = look(org, of)

    assert found.verdict == "ready"
    assert statuses(org, of)["model-owner"] == "waived"
    assert statuses(org, of)["evaluation"] == "satisfied"
    assert statuses(org, of)["data-lineage"] == "satisfied"
    assert found.missing() == ()
    assert [one.missing for one in found.waived] == [("approval of 1 model-owner",)]


def test_an_assessment_says_what_is_waived_by_which_exception_until_when() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of, "model-owner", "evaluation"))
    number = org.proposal(exception).number

    found = assessment_json(look(org, of))

    assert found["exceptions"] == [
        {
            "exception": number,
            "id": exception,
            "waives": ["evaluation", "model-owner"],
            "owner": "olga",
            "until": format_instant(end_of(org, exception)),
        }
    ]
    needs = found["requirements"]
    assert isinstance(needs, list)
    by = {one["id"]: one["waived_by"] for one in needs}
    assert by["model-owner"] == number
    assert {name for name, one in by.items() if one is not None} == {"model-owner"}
    assert look(org, of).until == end_of(org, exception)


@pytest.mark.parametrize(("early", "verdict"), [(1, "ready"), (0, "open")])
def test_what_ends_at_a_moment_waives_nothing_at_that_moment(early: int, verdict: str) -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    end = end_of(org, exception)

    assert look(org, of, end - early).verdict == verdict
    org.now = end - early - 1
    if early:
        assert org.start("omar", of).admitted
    else:
        with refused("not-ready"):
            org.start("omar", of)


def test_an_exception_that_its_owner_has_ended_waives_nothing() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))

    close_exception(org, "olga", exception)

    assert look(org, of).verdict == "open"
    assert look(org, of).exceptions == ()
    with refused("not-ready"):
        org.start("omar", of)


def test_a_revision_of_the_release_ends_the_use_of_its_exception() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))

    revise(org, "frank", of, org.change(of))
    org.attach("erin", of, document="again")
    org.approve("dana", of, "data-owner")

    assert look(org, of).missing() == ("approval of 1 model-owner",)
    assert look(org, of).exceptions == ()


def test_another_policy_ends_the_use_of_an_exception() -> None:
    """Under the same words: what is waived was judged by another number."""
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    published(org)
    org.approve("dana", of, "data-owner")

    assert look(org, of).missing() == ("approval of 1 model-owner",)

    granted(org, waiving(org, of))
    assert look(org, of).verdict == "ready"


def test_an_exception_is_used_for_what_it_takes_and_named_by_the_start() -> None:
    org = exceptional()
    of = urgent(org)
    used = granted(org, waiving(org, of))
    idle = granted(org, waiving(org, of, "evaluation"))

    org.start("omar", of)

    assert candidate(org).exceptions == (used,)
    one, other = org.standing.exception(used), org.standing.exception(idle)
    assert one is not None
    assert other is not None
    assert one.used_position == org.standing.head.size - 1
    assert other.used_position is None


def test_a_release_that_lacks_nothing_uses_no_exception_and_owes_nothing() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    org.approve("alice", of, "model-owner")

    org.start("omar", of)

    assert candidate(org).exceptions == ()
    assert org.standing.alias(PRODUCTION).owing == ()


def test_two_exceptions_waive_each_its_own_of_one_revision() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(), alias=STAGING))
    both = [granted(org, waiving(org, of, name)) for name in ("evaluation", "quality")]

    assert [one.waived_by.exception for one in look(org, of).waived if one.waived_by] == both
    org.start("deployer", of)

    assert candidate(org, STAGING).exceptions == tuple(sorted(both))
    assert rows(org.replayed()) == rows(org.standing)


def test_of_two_exceptions_for_the_same_the_first_is_used_while_it_lasts() -> None:
    org = exceptional()
    of = urgent(org)
    first = granted(org, waiving(org, of, lasting=HOUR))
    second = granted(org, waiving(org, of, lasting=DAY))
    org.now = end_of(org, first)

    org.start("omar", of)

    assert candidate(org).exceptions == (second,)


def test_a_veto_is_not_waived() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))

    reject(org, "bob", of)

    assert look(org, of).verdict == "blocked"
    assert statuses(org, of)["model-owner"] == "blocked"
    with refused("rejected"):
        org.start("omar", of)
    reopen(org, "bob", of)
    assert look(org, of).verdict == "ready"


def test_what_expired_stays_expired_under_an_exception() -> None:
    org = exceptional()
    of = urgent(org)
    org.now += 14 * DAY

    granted(org, waiving(org, of))

    assert look(org, of).verdict == "expired"
    with refused("expired"):
        org.start("omar", of)


def test_the_time_to_use_it_runs_from_the_exception_that_makes_a_release_ready() -> None:
    org = exceptional(text=EXCEPTIONAL.replace('max_life = "72h"', 'max_life = "10d"'))
    of = urgent(org)
    org.now += DAY
    granted(org, waiving(org, of, lasting=9 * DAY))
    at = org.judged[-1].at

    assert look(org, of).ready_at == at
    assert look(org, of, at + 3 * DAY - 1).verdict == "ready"
    assert look(org, of, at + 3 * DAY).verdict == "expired"


@pytest.mark.parametrize("closed", [False, True])
def test_what_expired_under_one_exception_is_not_ready_again_as_that_ends(*, closed: bool) -> None:
    """Neither the passing of time nor who ends an exception opens a gate."""
    org = exceptional(text=EXCEPTIONAL.replace('max_life = "72h"', 'max_life = "10d"'))
    of = urgent(org)
    first = granted(org, waiving(org, of, lasting=4 * DAY))
    at = org.judged[-1].at
    org.now = at + 2 * DAY
    granted(org, waiving(org, of, lasting=5 * DAY))
    assert look(org, of, at + 3 * DAY - 1).verdict == "ready"
    assert look(org, of, at + 3 * DAY).verdict == "expired"

    org.now = at + 3 * DAY
    if closed:
        close_exception(org, "olga", first)
    org.now = end_of(org, first)

    assert look(org, of).verdict == "expired"


def test_what_expired_under_an_exception_takes_a_revision_once_that_has_ended() -> None:
    org = exceptional(text=EXCEPTIONAL.replace('max_life = "72h"', 'max_life = "10d"'))
    of = urgent(org)
    exception = granted(org, waiving(org, of, lasting=4 * DAY))
    org.now = end_of(org, exception)

    assert look(org, of).verdict == "expired"
    with refused("expired"):
        org.approve("alice", of, "model-owner")


def test_an_approval_that_is_missing_is_waived_and_one_retracted_as_well() -> None:
    org = exceptional()
    of = urgent(org)
    org.approve("alice", of, "model-owner")
    granted(org, waiving(org, of))
    assert statuses(org, of)["model-owner"] == "satisfied"

    retract(org, "alice", of)

    assert statuses(org, of)["model-owner"] == "waived"


def test_what_somebody_else_takes_back_is_missing_and_not_waived() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))

    retract(org, "dana", of)

    assert look(org, of).verdict == "open"
    assert statuses(org, of)["model-owner"] == "waived"
    assert statuses(org, of)["data-lineage"] == "unsatisfied"


def test_a_fact_that_asks_for_more_is_not_waived_with_the_rest() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))

    add_fact(org, "alice", of)

    assert statuses(org, of)["personal-data"] == "unsatisfied"
    with refused("not-ready"):
        org.start("omar", of)


def test_an_exception_is_about_the_one_proposal_it_names() -> None:
    org = exceptional()
    of = urgent(org)
    other = org.open("frank", change(stack(model="m1")))
    org.attach("erin", other, document="of the other")
    org.approve("dana", other, "data-owner")

    granted(org, waiving(org, of))

    assert look(org, of).verdict == "ready"
    assert look(org, other).verdict == "open"


def test_evidence_is_waived_where_it_is_missing_and_its_numbers_apart() -> None:
    org = exceptional()
    of = org.open("frank", change(stack(), alias=STAGING))
    granted(org, waiving(org, of, "evaluation"))

    assert statuses(org, of)["evaluation"] == "waived"
    assert statuses(org, of)["quality"] == "unsatisfied"
    with refused("not-ready"):
        org.start("deployer", of)


def test_an_exception_opens_no_gate_that_something_else_blocks() -> None:
    """The environment before it has not completed the stack."""
    org = exceptional()
    of = org.open("frank", change(stack()))
    org.attach("erin", of)
    org.approve("dana", of, "data-owner")

    granted(org, waiving(org, of))

    with refused("environment-before"):
        org.start("omar", of)


def test_an_exception_waives_no_duty_and_no_role_of_who_operates() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))

    with refused("not-operator"):
        org.start("alice", of)


def test_an_exception_outlives_its_owner_and_its_approvers_being_stopped() -> None:
    """A stop looks forward: what was granted had its consent. Who closes it ends it."""
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    for name in ("olga", "sam", "rosa"):
        stop(org, "alice", name)

    org.start("omar", of)

    assert org.standing.alias(PRODUCTION).owing == (of,)


def test_a_start_that_hides_its_exception_is_not_admitted() -> None:
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of))
    fork = exceptional()
    same = urgent(fork)
    granted(fork, waiving(fork, same))
    entry = fork.start("omar", same).entry
    assert entry is not None

    judged = org.force("omar", entry.event.model_copy(update={"exceptions": ()}))

    assert judged.finding is not None
    assert judged.finding.rule == "event-differs"
    assert org.standing.alias(PRODUCTION).candidate is None


def test_a_proposal_started_under_an_exception_stays_closed_after_its_rollback() -> None:
    org = exceptional()
    of = urgent(org)
    exception = granted(org, waiving(org, of))
    org.start("omar", of)
    org.roll_back("omar")

    with refused("closed"):
        org.start("omar", of)
    with pytest.raises(Refused, match="is closed: enacted"):
        org.open("olga", asked(waiving(org, of), owner="olga"))
    state = org.standing.exception(exception)
    assert state is not None
    assert state.used_position is not None
