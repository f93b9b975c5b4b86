"""The population of candidates: ceilings in all, per service, and a reserve for people."""

import pytest

from tests import acts
from tests.acts import refused
from tests.organisation import Organisation, change, new_policy, stack
from tests.policies import numbered, under

BREEDERS = {"breeder": ("frank", ()), "other": ("frank", ())}


def limits(total: int, each: int, reserve: int) -> Organisation:
    return under(
        f"""
[limits]
open_candidates = {total}
open_candidates_per_service = {each}
reserved_for_people = {reserve}
""",
        services=BREEDERS,
    )


def test_a_service_opens_no_more_than_its_share() -> None:
    org = limits(10, 2, 0)
    org.open("breeder")
    org.open("breeder")

    with refused("too-many-candidates", "breeder has 2 open candidates, the most for a service"):
        org.open("breeder")
    org.open("other")
    org.open("frank")


def test_what_is_withdrawn_or_started_makes_room() -> None:
    org = limits(10, 1, 0)
    of = org.open("breeder")
    acts.withdraw(org, "breeder", of)
    again = org.open("breeder")
    org.attach("erin", again)
    org.approve("alice", again, "model-owner")
    org.approve("dana", again, "data-owner")
    with refused("too-many-candidates"):
        org.open("breeder")

    org.start("omar", again)

    org.open("breeder", change(stack(model="m9"), alias="fraud/else"))


def test_there_are_no_more_than_the_ceiling_whoever_opens() -> None:
    org = limits(2, 2, 0)
    org.open("frank")
    org.open("breeder")

    with refused("too-many-candidates", "there are 2 open candidates, the most in all"):
        org.open("alice")


def test_services_leave_the_reserve_to_people() -> None:
    org = limits(4, 3, 2)
    org.open("breeder")
    org.open("other")

    with refused("too-many-candidates", "services have 2 open candidates, the rest is reserved"):
        org.open("breeder")
    org.open("frank")
    org.open("alice")


def test_people_do_not_use_the_services_share_up_before_the_ceiling() -> None:
    org = limits(4, 4, 2)
    for _ in range(3):
        org.open("frank")

    org.open("breeder")

    with refused("too-many-candidates", "in all"):
        org.open("breeder")


def test_a_proposal_for_a_policy_is_no_candidate() -> None:
    org = limits(1, 1, 0)
    org.open("frank", new_policy(numbered(2)))
    org.open("frank")

    with refused("too-many-candidates"):
        org.open("frank")
    org.open("frank", new_policy(numbered(2)))
    assert org.standing.head.candidates == 1


@pytest.mark.parametrize("name", ["frank", "breeder"])
def test_the_counts_are_those_of_the_open_proposals(name: str) -> None:
    org = limits(9, 9, 0)
    for _ in range(3):
        org.open(name)
    acts.withdraw(org, name, "00000000-0000-0000-0000-000000000002")

    services = 2 if name == "breeder" else 0
    assert org.standing.head.candidates == 2
    assert org.standing.head.service_candidates == services
    assert org.standing.candidates_of(name) == services
    assert org.replayed().head == org.standing.head


def test_a_candidate_forced_past_the_ceiling_is_a_finding_and_counts_nowhere() -> None:
    org = limits(1, 1, 0)
    opened = org.open("breeder")
    free = under(services=BREEDERS)
    free.open("breeder")
    free.open("breeder", change(stack(model="m2")))
    late = free.judged[-1].entry
    assert late is not None

    judged = org.force("breeder", late.event)

    assert judged.finding is not None
    assert judged.finding.rule == "too-many-candidates"
    assert org.standing.head.candidates == 1
    assert org.proposal(opened).closed is None
