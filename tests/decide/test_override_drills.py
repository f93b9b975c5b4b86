"""Drills of a stop: who rehearses, what is kept, when the next is due, and what one would hold."""

import pytest

from ledger.decide import override, proposal
from ledger.decide.context import Standing
from ledger.decide.exception_states import DrillState
from ledger.decide.override_drill import (
    DrilledStop,
    due_at,
    last_of,
    stopped_on_a_copy,
    told_of,
)
from ledger.decide.signer_states import SignerState
from ledger.decide.stops import stops_on
from ledger.model.events import OverrideDrilled
from tests.acts import prepared, refused
from tests.decide.rollouts import in_staging, soaked
from tests.exception_acts import DAY, drilled, set_stop
from tests.organisation import START, Organisation, change, stack
from tests.policies import EXCEPTIONAL, exceptional
from tests.roster import delegate, finding, rows, stop
from tests.signer_acts import by_root, correction, disown

EVERY = 90 * DAY
FROZEN = "alias/fraud/production"


def last(org: Organisation) -> DrillState:
    """The last drill."""
    state = last_of(org.standing)
    assert state is not None
    return state


def rehearse(standing: Standing, *, by: SignerState, at: int, target: str) -> DrilledStop:
    """Stop *target* on a copy as *by*, and say what that would do."""
    stopped = stopped_on_a_copy(standing, by=by, at=at, target=target)
    return told_of(standing, stopped, at, target)


@pytest.mark.parametrize("target", ["generation", FROZEN, "capability/pay", "signer/erin"])
@pytest.mark.parametrize("name", ["olga", "alice", "stella"])
def test_whoever_could_stop_a_target_keeps_that_it_was_rehearsed(name: str, target: str) -> None:
    org = exceptional()

    judged = drilled(org, name, target, seconds=0)

    state = last(org)
    assert (state.target, state.by, state.position) == (target, name, judged.position)
    assert (state.at, state.seconds) == (judged.at, 0)
    assert org.standing.target(target) is None
    assert org.standing.head.stops == 0
    assert rows(org.replayed()) == rows(org.standing)


@pytest.mark.parametrize("name", ["erin", "frank", "watchdog"])
def test_nobody_else_rehearses_a_stop(name: str) -> None:
    org = exceptional()
    event = OverrideDrilled(
        override=org.new_id(), target="generation", seconds=1, note="it was quick"
    )

    with refused("no-power", f"{name} may not stop generation"):
        drilled(org, name, "generation")
    assert finding(org.force(name, event)) == "no-power"

    assert last_of(org.standing) is None


def test_a_stop_of_nobody_is_not_rehearsed() -> None:
    with refused("unknown-signer"):
        drilled(exceptional(), "olga", "signer/nobody")


def test_who_is_stopped_rehearses_nothing() -> None:
    org = exceptional()
    stop(org, "alice", "olga")

    with refused("signer-stopped"):
        drilled(org, "olga", "generation")


def test_who_could_only_stop_themself_has_no_drill_of_it() -> None:
    with refused("no-power"):
        drilled(exceptional(), "erin", "signer/erin")


def test_a_drill_has_an_id_that_nothing_else_has() -> None:
    org = exceptional()
    of = org.open("frank", change(stack()))

    drilled(org, "olga", "generation")
    for taken in (of, set_stop(org, "olga", "generation"), last(org).id):
        event = OverrideDrilled(override=taken, target=FROZEN, seconds=1, note=None)
        assert finding(org.force("olga", event)) == "override-exists"


def test_drills_are_due_so_long_after_the_founding_and_then_after_the_last_of_any_target() -> None:
    org = exceptional()
    assert due_at(org.standing) == START + EVERY

    org.now += 5 * DAY
    first = drilled(org, "olga", "generation")
    assert due_at(org.standing) == first.at + EVERY
    second = drilled(org, "sam", FROZEN)

    assert due_at(org.standing) == second.at + EVERY


def test_where_the_policy_asks_for_no_drills_none_is_due() -> None:
    org = exceptional(text=EXCEPTIONAL.replace('drill_every = "90d"', ""))
    drilled(org, "olga", "generation")

    assert due_at(org.standing) is None


def test_a_drill_by_a_key_that_was_disowned_does_not_count() -> None:
    org = exceptional()
    org.now += DAY
    first = drilled(org, "sam", "generation")
    drilled(org, "olga", "generation")
    drilled(org, "olga", "generation")

    disown(org, "olga", first.position or 0)
    assert due_at(org.standing) == first.at + EVERY
    disown(org, "sam", (first.position or 0) - 1)

    assert last_of(org.standing) is None
    assert due_at(org.standing) == START + EVERY


def test_a_drill_of_a_clock_that_ran_ahead_counts_from_when_it_was_set_right() -> None:
    org = exceptional()
    right = org.now
    org.now += 80 * DAY
    position = drilled(org, "olga", "generation").position

    by_root(org, correction(position, right))

    assert due_at(org.standing) == right + EVERY


def opened(org: Organisation, *permissions: str, by: str = "frank") -> str:
    """An open release to staging."""
    return org.open(by, change(stack(permissions), alias="fraud/staging"))


@pytest.mark.parametrize(
    ("target", "held"),
    [
        ("generation", [2]),
        ("capability/pay", [3]),
        ("alias/fraud/staging", [1, 2, 3]),
        ("alias/fraud/dev", []),
        ("signer/erin", []),
    ],
)
def test_a_drill_says_which_proposals_the_stop_would_hold(target: str, held: list[int]) -> None:
    org = exceptional()
    opened(org)
    opened(org, by="deployer")
    opened(org, "pay")
    before = rows(org.standing)

    found = rehearse(org.standing, by=org.signer("olga"), at=org.now, target=target)

    assert [one.number for one in found.proposals] == held
    assert found.target == target
    assert rows(org.standing) == before


def test_a_drill_names_what_is_under_way_and_nothing_that_is_over() -> None:
    org = exceptional()
    in_staging(org)
    _, of = prepared(org, change(stack(model="m1")))
    org.start("omar", of)

    found = rehearse(org.standing, by=org.signer("olga"), at=org.now, target=FROZEN)
    assert [one.id for one in found.proposals] == [of]
    for _ in range(2):
        soaked(org)
        org.advance("omar")
    org.complete("omar")
    found = rehearse(org.standing, by=org.signer("olga"), at=org.now, target=FROZEN)

    assert found.proposals == ()


def test_a_drill_names_who_could_set_the_stop() -> None:
    org = exceptional()
    stop(org, "alice", "frank")
    delegate(org, "olga", "rita", "on-call")

    found = rehearse(org.standing, by=org.signer("rita"), at=org.now, target="generation")

    assert set(found.people) == {
        "alice",
        "bob",
        "dana",
        "olga",
        "omar",
        "rosa",
        "sam",
        "mona",
        "stella",
        "rita",
    }
    with refused("no-power"):
        rehearse(org.standing, by=org.signer("erin"), at=org.now, target="generation")


def test_nothing_takes_the_id_of_a_drill() -> None:
    org = exceptional()
    drilled(org, "olga", "generation")
    taken = last(org).id

    with refused("proposal-exists"):
        org.act(
            "frank",
            lambda s, by, at: proposal.open_proposal(
                s, by=by, at=at, proposal=taken, effect=change()
            ),
        )
    with refused("override-exists"):
        org.act(
            "olga",
            lambda s, by, at: override.stop(
                s, by=by, at=at, override=taken, target="generation", reason="odd"
            ),
        )


def test_a_rehearsal_finds_a_free_id_and_leaves_the_stops_that_hold() -> None:
    org = exceptional()
    set_stop(org, "olga", FROZEN)
    of = org.open("frank", change(stack()))

    found = rehearse(org.standing, by=org.signer("olga"), at=org.now, target=FROZEN)

    assert [one.id for one in found.proposals] == [of]
    target = org.standing.target(FROZEN)
    assert target is not None
    assert target.stops == 1
    assert stops_on(org.standing, org.proposal(of))
