"""Ledger time: it goes forwards, entries lie near it, and the root sets it right."""

import pytest

from ledger.decide.clock import JUMP
from ledger.model.effects import ClockEffect
from ledger.model.events import ClockCorrected
from ledger.model.terms import format_instant
from tests.acts import look, refused, withdraw
from tests.organisation import START, Organisation
from tests.roster import (
    DAY,
    carried,
    consented,
    delegate,
    enrolment,
    finding,
    grant,
    rows,
    speak,
    stewarded,
    stop,
)
from tests.signer_acts import ROOT_VOTES, by_root, correction

YEAR = 365 * DAY


def ahead(by: int = YEAR) -> tuple[Organisation, int, int]:
    """An entry of frank's ran *by* seconds ahead: the ledger, its position, and the right time."""
    org = stewarded(people={"zed": []})
    right = org.now
    org.now = right + by - 1
    org.open("frank")
    org.now = right + 60
    return org, org.judged[-1].position, right


def opened(org: Organisation, name: str) -> str | None:
    """Open something as *name*; the rule that it broke, if it broke one."""
    org.open(name)
    return finding(org.judged[-1])


@pytest.mark.parametrize(("late", "rule"), [(300, None), (301, "back-dated")])
def test_an_entry_lies_five_minutes_before_ledger_time_at_most(late: int, rule: str | None) -> None:
    org = stewarded()
    org.now += DAY
    org.open("frank")

    org.now = org.standing.head.time - late - 1

    assert opened(org, "dana") == rule


def test_ledger_time_is_the_largest_that_an_admitted_entry_claimed() -> None:
    org = stewarded()
    org.now += DAY
    org.open("frank")
    latest = org.now

    org.now -= 200
    assert opened(org, "dana") is None
    assert org.judged[-1].at == org.standing.head.time == latest


def test_an_entry_that_is_refused_takes_ledger_time_nowhere() -> None:
    org = stewarded()
    before = org.standing.head.time
    of = org.open("frank")
    org.now += YEAR

    forged = ClockCorrected(
        proposal=of, review="sha256:" + "0" * 64, position=3, at="2020-01-01T00:00:00Z"
    )

    assert finding(org.force("frank", forged)) is not None
    assert org.standing.head.time == before + 1


def test_an_entry_that_ran_ahead_shuts_everybody_out_whose_clock_is_right() -> None:
    org, _, _ = ahead()

    assert [opened(org, name) for name in ("alice", "dana", "frank")] == ["back-dated"] * 3


def test_stops_are_set_whatever_the_ledger_time() -> None:
    """Whoever has a stolen key takes time ahead as well: a stop asks for no condition."""
    org, _, _ = ahead()

    stop(org, "omar", "frank")
    stop(org, "frank", "frank")

    assert [one.admitted for one in org.judged[-2:]] == [True, True]
    assert org.judged[-1].at == org.standing.head.time


def test_a_clock_that_ran_ahead_a_year_is_set_right_by_the_root_at_once() -> None:
    org, position, right = ahead()

    of = by_root(org, correction(position, right))
    assert org.proposal(of).closed == "enacted"
    assert org.standing.head.time == right

    assert opened(org, "erin") is None
    assert org.standing.head.time == org.now == org.judged[-1].at
    assert rows(org.replayed()) == rows(org.standing)


def test_anybody_may_ask_for_a_correction_and_only_the_root_consents() -> None:
    org, position, right = ahead()
    of = org.open("erin", correction(position, right))
    assert look(org, of).missing() == ("approval of 2 root",)

    with refused("role-not-asked", "asks for steward"):
        org.approve("sam", of, "steward")
    org.approve("alice", of, "root")
    with refused("not-ready"):
        org.enact("alice", of)
    org.approve("dana", of, "root")
    with refused("self-enactment", "erin had a hand"):
        org.enact("erin", of)
    org.enact("bob", of)

    assert org.standing.head.time == right


def test_who_asks_for_a_correction_counts_among_the_root() -> None:
    org, position, right = ahead()

    by_root(org, correction(position, right), votes=(("dana", "root"), ("bob", "root")))

    assert org.standing.head.time == right


def test_what_is_about_the_clock_is_judged_at_ledger_time_all_the_same() -> None:
    org, position, right = ahead()
    of = consented(org, correction(position, right), by="alice", approvals=ROOT_VOTES)

    assert [one.admitted for one in org.judged[-3:]] == [True] * 3
    assert {one.at for one in org.judged[-3:]} == {org.judged[position].at}
    speak(org, "frank", of)
    assert org.judged[-1].admitted
    withdraw(org, "alice", of)
    assert org.judged[-1].admitted


@pytest.mark.parametrize(("jump", "kept"), [(JUMP, True), (JUMP - 1, False)])
def test_what_completes_an_hour_can_be_corrected(jump: int, *, kept: bool) -> None:
    org = stewarded()
    org.now = START + jump - 1
    org.open("frank")
    position = org.judged[-1].position
    wanted = correction(position, START)

    if kept:
        by_root(org, wanted)
        assert org.standing.head.time == START
    else:
        with refused("not-ahead", f"the entry at {position} did not take ledger time"):
            org.open("alice", wanted)


@pytest.mark.parametrize("position", [0, 3, 4_000])
def test_what_did_not_run_ahead_is_not_corrected(position: int) -> None:
    org, _, right = ahead()

    with refused("not-ahead"):
        org.open("alice", correction(position, right))


def test_ledger_time_is_set_to_no_earlier_than_an_hour_before_and_no_later_than_it_is() -> None:
    org, position, _ = ahead()
    now = org.standing.head.time

    for wrong in (START - 1, now, now + 1):
        with refused("no-correction", "ledger time cannot be set to"):
            org.open("alice", correction(position, wrong))
    org.open("alice", correction(position, now - 1))
    by_root(org, correction(position, START))

    assert org.standing.head.time == START


def test_hours_are_counted_from_the_last_one_that_was_kept() -> None:
    org = stewarded()
    assert JUMP == 3_600
    org.now = START + JUMP + 600 - 1
    org.open("frank")
    org.now += JUMP - 2
    org.open("frank")
    with refused("not-ahead"):
        org.open("alice", correction(org.judged[-1].position, org.now - 60))
    org.now = START + 2 * JUMP + 600 - 1
    org.open("frank")
    position = org.judged[-1].position

    with refused("no-correction"):
        org.open("alice", correction(position, START + JUMP + 599))
    by_root(org, correction(position, START + JUMP + 600))


def test_a_correction_that_was_overtaken_is_not_enacted() -> None:
    org, position, right = ahead()
    late = consented(org, correction(position, right + DAY), by="alice", approvals=ROOT_VOTES)
    by_root(org, correction(position, right))

    with refused("no-correction"):
        org.enact("dana", late)


def test_after_a_correction_only_what_runs_ahead_again_shuts_anybody_out() -> None:
    org, position, right = ahead()
    by_root(org, correction(position, right))
    org.now = right + 2 * DAY
    org.open("frank")
    again = org.judged[-1].position
    org.now = right + 120

    assert opened(org, "erin") == "back-dated"
    by_root(org, correction(again, right + 120))
    assert opened(org, "erin") is None


def test_what_ended_by_the_false_time_has_not_ended_by_the_right_one() -> None:
    org = stewarded(people={"zed": []})
    week = org.now + 7 * DAY
    grant(org, "frank", "data-owner", until=week)
    delegate(org, "bob", "zed", "model-owner", until=week)
    carried(org, enrolment("yan"))
    right = org.now
    org.now = right + YEAR
    of = org.open("omar")
    with refused("role-not-held"):
        org.approve("frank", of, "data-owner")
    position = org.judged[-1].position
    org.now = right

    by_root(org, correction(position, right))

    org.approve("frank", of, "data-owner")
    org.approve("zed", of, "model-owner")
    assert len(look(org, of).approvals) == 2


def test_a_correction_without_consent_is_a_finding() -> None:
    org, position, right = ahead()
    of = org.open("alice", correction(position, right))
    event = ClockCorrected(
        proposal=of,
        review=look(org, of).review_digest,
        position=position,
        at=format_instant(right),
    )
    time = org.standing.head.time

    assert finding(org.force("alice", event)) == "not-ready"
    assert org.standing.head.time == time


@pytest.mark.parametrize("other", ["at", "position"])
def test_a_correction_to_another_time_than_was_approved_is_a_finding(other: str) -> None:
    org, position, right = ahead()
    of = consented(org, correction(position, right), by="alice", approvals=ROOT_VOTES)
    content = {"position": position, "at": format_instant(right)}
    content |= {other: {"at": format_instant(right + 1), "position": position + 1}[other]}
    event = ClockCorrected.model_validate(
        {"proposal": of, "review": look(org, of).review_digest, **content}
    )
    time = org.standing.head.time

    assert finding(org.force("alice", event)) == "event-differs"
    assert org.standing.head.time == time


def test_no_other_proposal_may_be_back_dated_for_the_clocks_sake() -> None:
    org, position, right = ahead()
    of = org.open("alice", correction(position, right))
    other = org.open("alice")

    assert finding(org.judged[-1]) == "back-dated"
    assert org.standing.proposal(other) is None
    changed = ClockEffect(**{**correction(position, right).model_dump(), "summary": "again"})
    assert org.open("bob", changed)
    assert org.judged[-1].admitted
    assert org.proposal(of).closed is None


def test_steps_of_less_than_an_hour_are_corrected_as_well() -> None:
    """Else a thief took ledger time ahead by a day in twenty-five entries, for good."""
    org = stewarded()
    right = org.now
    of = org.open("frank")
    steps = []
    for _ in range(30):
        org.now += JUMP - 2
        steps.append(speak(org, "frank", of).position)
    org.now = right + 60
    assert opened(org, "erin") == "back-dated"

    by_root(org, correction(steps[0], right + 60))

    assert opened(org, "erin") is None
