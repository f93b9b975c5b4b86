"""Findings are taken note of by auditors and root signers, once, and stay findings."""

import pytest

from tests.acts import acknowledge, comment, refused
from tests.organisation import Organisation


def with_finding() -> tuple[Organisation, int]:
    org = Organisation()
    return org, org.smuggle(b"rubbish").position


@pytest.mark.parametrize("name", ["rita", "alice"])
def test_an_auditor_or_a_root_signer_takes_note(name: str) -> None:
    org, position = with_finding()
    assert org.standing.head.refused == 1

    acknowledge(org, name, position)

    finding = org.standing.finding(position)
    assert finding is not None
    assert finding.acknowledged_by == name
    assert finding.rules == ("not-two-lines",)
    assert org.standing.head.refused == 0


@pytest.mark.parametrize("name", ["frank", "erin"])
def test_nobody_else_takes_note(name: str) -> None:
    org, position = with_finding()

    with refused("not-auditor", f"{name} is neither"):
        acknowledge(org, name, position)


def test_a_finding_is_taken_note_of_once() -> None:
    org, position = with_finding()
    acknowledge(org, "rita", position)

    with refused("already-acknowledged", "rita has acknowledged"):
        acknowledge(org, "alice", position)


def test_there_is_nothing_to_take_note_of_at_an_entry_that_broke_no_rule() -> None:
    org, _ = with_finding()
    fine = comment(org, "frank", org.open("frank")).position

    with refused("no-finding"):
        acknowledge(org, "rita", fine)
    with refused("no-finding"):
        acknowledge(org, "rita", 2**53 - 1)
