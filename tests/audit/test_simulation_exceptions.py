"""Releases under an exception, under a draft that would have waived as much, or less."""

import pytest

from ledger.audit.simulated import Decision, Load, Simulation
from ledger.audit.simulation import simulate
from ledger.policy.reading import read_policy
from ledger.seal.envelope import examine
from tests.acts import retract
from tests.exception_acts import granted, set_stop, urgent, waiving
from tests.organisation import Organisation
from tests.policies import EXCEPTIONAL, EXCEPTIONS, exceptional
from tests.roster import carried, lifting

MISSING = ("missing for model-owner: approval of 1 model-owner",)


def simulated(org: Organisation, text: str = EXCEPTIONAL) -> Simulation:
    draft = read_policy(text, file="draft.toml")
    return simulate(draft, map(examine, org.envelopes), org.id)


def last(found: Simulation) -> Decision:
    """The decision about production; that about staging comes before."""
    return found.decisions[-1]


def given(found: tuple[Load, ...], name: str) -> tuple[int, int]:
    return next(one.given for one in found if one.name == name)


def released() -> Organisation:
    """A release to production that alice never approved: an exception waived that."""
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, "model-owner"))
    org.start("omar", of)
    return org


def test_what_was_waived_is_waived_under_the_same_draft() -> None:
    found = simulated(released())

    one = last(found)
    assert (one.ending, one.change, one.why(), one.delay) == ("released", None, (), 0)
    assert one.draft == one.then
    assert one.then.unmet == ()
    assert "model-owner" in one.then.asked


def test_it_is_ready_from_the_grant_and_not_before() -> None:
    org = exceptional()
    of = urgent(org)
    before = last(simulated(org))
    exception = granted(org, waiving(org, of, "model-owner"))

    ready = last(simulated(org))

    state = org.standing.exception(exception)
    assert state is not None
    assert (before.then.ready_at, before.then.unmet) == (None, ("model-owner",))
    assert (ready.then.ready_at, ready.draft.ready_at) == (state.at, state.at)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (EXCEPTIONS, ""),
        ('never = ["personal-data"]', 'never = ["model-owner"]'),
        ("approvals = { model-owner = 1 }", "approvals = { model-owner = 1 }\nhard = true"),
    ],
    ids=["no exceptions", "never waived", "hard"],
)
def test_a_draft_that_waives_less_would_have_held_it_back(old: str, new: str) -> None:
    one = last(simulated(released(), EXCEPTIONAL.replace(old, new, 1)))

    assert (one.change, one.why()) == ("held-back", MISSING)


def test_an_approval_that_was_waived_is_not_one_that_was_waited_for() -> None:
    """She gives it all the same: it counts as asked for where the draft waives nothing.

    Of the data owner an approval is missing all the while, so there is somebody to wait for.
    """
    org = exceptional()
    of = urgent(org)
    granted(org, waiving(org, of, "model-owner"))
    retract(org, "dana", of)
    org.approve("alice", of, "model-owner")

    found = simulated(org, EXCEPTIONAL.replace(EXCEPTIONS, ""))

    assert given(found.people, "alice") == (0, 1)
    assert given(simulated(org).people, "alice") == (0, 0)


def test_a_lift_makes_ready_what_was_stopped() -> None:
    org = exceptional()
    of = urgent(org)
    stop = set_stop(org, "olga", "alias/fraud/production")
    org.approve("alice", of, "model-owner")
    stopped = last(simulated(org))
    carried(
        org,
        lifting(stop),
        by="frank",
        approvals=(("sam", "security-owner"), ("bob", "model-owner")),
        enactor="rosa",
    )

    ready = last(simulated(org))

    assert stopped.then.ready_at is None
    assert ready.then.ready_at == ready.draft.ready_at == org.standing.head.time
