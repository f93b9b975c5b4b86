"""The two clocks: to approve within, to use within, each at exactly its end."""

from tests.acts import look, prepared, refused, revise
from tests.organisation import Organisation, change

DAY = 86_400
APPROVE, USE = 14 * DAY, 3 * DAY


def test_a_proposal_expires_at_exactly_the_end_of_the_time_to_approve() -> None:
    org = Organisation()
    of = org.open("frank")
    opened = org.now

    assert look(org, of, opened + APPROVE - 1).verdict == "open"
    assert look(org, of, opened + APPROVE).verdict == "expired"
    assert look(org, of).until == opened + APPROVE


def test_an_approval_in_the_last_second_is_in_time_and_one_second_later_is_not() -> None:
    for late, verdict in ((0, "ready"), (1, "expired")):
        org = Organisation()
        of = org.open("frank")
        opened = org.now
        org.attach("erin", of)
        org.approve("dana", of, "data-owner")
        org.now = opened + APPROVE - 2 + late
        if late:
            with refused("expired", "waited longer"):
                org.approve("alice", of, "model-owner")
        else:
            org.approve("alice", of, "model-owner")
        assert look(org, of).verdict == verdict


def test_the_time_to_use_runs_from_the_approval_that_made_it_ready() -> None:
    org, of = prepared()
    ready = org.now

    assert look(org, of).ready_at == ready
    assert look(org, of, ready + USE - 1).verdict == "ready"
    assert look(org, of, ready + USE).verdict == "expired"
    assert look(org, of).until == ready + USE


def test_an_expired_proposal_is_not_started() -> None:
    org, of = prepared()
    org.now += USE

    with refused("expired", "waited longer"):
        org.start("omar", of)


def test_a_proposal_is_started_in_the_last_second_of_its_time() -> None:
    org, of = prepared()
    org.now += USE - 2

    org.start("omar", of)

    assert org.standing.alias("fraud/production").candidate is not None


def test_a_revision_starts_the_clock_again() -> None:
    org, of = prepared()
    org.now += APPROVE
    assert look(org, of).verdict == "expired"

    revise(org, "frank", of, change())

    assert look(org, of).verdict == "open"
    assert look(org, of, org.now + APPROVE).verdict == "expired"


def test_a_second_approval_in_a_role_that_needs_one_does_not_move_the_clock() -> None:
    org, of = prepared()
    ready = org.now
    org.now += DAY

    org.approve("bob", of, "model-owner")

    assert look(org, of).ready_at == ready


def test_a_fact_that_voids_approvals_leaves_nothing_to_use() -> None:
    org, of = prepared()
    org.now += USE

    assert look(org, of).verdict == "expired"
    revise(org, "frank", of, change())
    assert look(org, of).ready_at is None
