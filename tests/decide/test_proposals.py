"""Proposals: opened, revised, withdrawn, and the facts added to them."""

import pytest

from ledger.decide import proposal
from ledger.decide.authority import parties
from tests.acts import add_fact, prepared, refused, revise, withdraw
from tests.organisation import Organisation, change, stack

SERVICES = {"robot": ("rita", ["evaluation-owner"])}


def test_any_accepted_signer_opens_a_proposal_and_it_gets_the_next_number() -> None:
    org = Organisation(services=SERVICES)

    numbers = [org.proposal(org.open(name)).number for name in ("frank", "robot", "alice")]

    assert numbers == [1, 2, 3]


def test_an_id_is_opened_once() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("proposal-exists"):
        org.act(
            "erin",
            lambda s, by, at: proposal.open_proposal(s, by=by, at=at, proposal=of, effect=change()),
        )


def test_a_contributor_has_to_be_a_signer_of_the_ledger() -> None:
    org = Organisation()

    with refused("unknown-signer", "the contributor zoe"):
        org.open("frank", change(contributors=["zoe"]))
    org.open("frank", change(contributors=["erin"]))


def test_only_facts_of_the_policy_are_declared() -> None:
    org = Organisation()

    with refused("unknown-fact", "moonlight is not a declared fact"):
        org.open("frank", change(declares={"moonlight": False}))


def test_the_opener_revises() -> None:
    org = Organisation()
    of = org.open("frank")

    revise(org, "frank", of, change(stack(model="m2")))

    assert org.proposal(of).revision == 2
    assert org.change(of).stack == stack(model="m2")


def test_a_contributor_revises_and_withdraws() -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["erin"]))

    revise(org, "erin", of, change(contributors=["erin"]))
    withdraw(org, "erin", of)

    assert org.proposal(of).closed == "withdrawn"


@pytest.mark.parametrize("name", ["alice", "omar", "rita"])
def test_nobody_else_revises_or_withdraws(name: str) -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("not-yours", "opened by frank"):
        revise(org, name, of, change())
    with refused("not-yours", "opened by frank"):
        withdraw(org, name, of)


def test_who_contributed_to_an_earlier_revision_only_does_not_revise() -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["erin"]))
    revise(org, "frank", of, change())

    with refused("not-yours"):
        revise(org, "erin", of, change())


def test_a_revision_stays_with_its_alias() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("other-alias", "is about fraud/production, not churn/production"):
        revise(org, "frank", of, change(alias="churn/production"))


def test_what_is_withdrawn_takes_nothing_more() -> None:
    org = Organisation()
    of = org.open("frank")
    withdraw(org, "frank", of)

    with refused("closed", "withdrawn at"):
        revise(org, "frank", of, change())
    with refused("closed"):
        withdraw(org, "frank", of)
    with refused("closed"):
        org.attach("erin", of)
    with refused("closed"):
        org.approve("alice", of, "model-owner")
    with refused("closed"):
        add_fact(org, "frank", of)
    with refused("closed"):
        org.start("omar", of)


def test_a_proposal_whose_release_has_started_is_not_revised_nor_withdrawn() -> None:
    org, of = prepared()
    org.start("omar", of)

    with refused("closed", "enacted at"):
        revise(org, "frank", of, change())
    with refused("closed"):
        withdraw(org, "frank", of)


def test_what_nobody_opened_is_not_known() -> None:
    org = Organisation()

    with refused("unknown-proposal"):
        withdraw(org, "frank", "00000000-0000-0000-0000-00000000dead")


@pytest.mark.parametrize("name", ["frank", "erin", "alice", "dana"])
def test_parties_and_holders_of_an_approving_role_add_facts(name: str) -> None:
    org = Organisation()
    of = org.open("frank", change(contributors=["erin"]))

    add_fact(org, name, of)

    assert [one.fact for one in org.proposal(of).added] == ["personal_data"]


@pytest.mark.parametrize("name", ["omar", "rita"])
def test_nobody_else_adds_facts(name: str) -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("no-part", f"{name} has no part"):
        add_fact(org, name, of)


def test_a_fact_that_counts_already_is_not_added() -> None:
    org = Organisation()
    of = org.open("frank", change(declares={"personal_data": False}))

    with refused("fact-known", "already counts online as yes"):
        add_fact(org, "frank", of, "online")
    add_fact(org, "frank", of)
    with refused("fact-known"):
        add_fact(org, "alice", of)


def test_a_fact_that_the_policy_does_not_know_is_not_added() -> None:
    org = Organisation()
    of = org.open("frank")

    with refused("unknown-fact"):
        add_fact(org, "frank", of, "moonlight")


def test_a_revision_declares_anew_what_was_added_to_the_one_before() -> None:
    org = Organisation()
    of = org.open("frank")
    add_fact(org, "alice", of)

    revise(org, "frank", of, change())

    assert org.proposal(of).added == ()


def test_everyone_who_had_a_hand_in_any_revision_is_a_party() -> None:
    org = Organisation(services=SERVICES)
    of = org.open("robot", change(contributors=["erin"]))
    revise(org, "erin", of, change(contributors=["frank"]))

    assert parties(org.standing, org.proposal(of)) == {"robot", "rita", "erin", "frank"}
