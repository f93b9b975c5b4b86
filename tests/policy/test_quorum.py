"""Lock-out: whether the people there are could ever give what a policy asks for."""

from collections.abc import Mapping
from itertools import permutations
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from ledger.model.problems import Problem
from ledger.policy.checks import check_policy
from ledger.policy.quorum import can_seat
from ledger.policy.reading import read_policy

POLICY: Final = """\
name = "p"
number = 1
[roles]
owner = ""
security = ""
release = ""
[[requirement]]
id = "quality"
approvals = { owner = 2 }
[[requirement]]
id = "threats"
when = "expands_permissions"
approvals = { security = 1 }
[operation]
by = ["release"]
[approvals]
distinct_people = DISTINCT
"""


def problems_for(roster: Mapping[str, str], *, distinct: bool = True) -> list[Problem]:
    text = POLICY.replace("DISTINCT", str(distinct).lower())
    people = {name: frozenset(roles.split()) for name, roles in roster.items()}
    return check_policy(read_policy(text, file="p"), people)


def test_enough_people_are_no_lock_out() -> None:
    roster = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "release"}

    assert problems_for(roster) == []


def test_too_few_holders_of_a_role_are_named() -> None:
    found = problems_for({"ann": "owner", "cleo": "security", "dan": "release"})

    assert (found[0].code, found[0].path) == (
        "lock-out",
        ("requirement", 0, "approvals"),
    )
    assert "it needs 2 owner, and ann holds it" in found[0].message


def test_a_role_that_nobody_holds_locks_its_requirement_even_where_it_is_conditional() -> None:
    found = problems_for({"ann": "owner", "bob": "owner", "dan": "release"})

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "nobody holds it" in found[0].message


def test_one_person_is_not_needed_twice_in_different_roles() -> None:
    roster = {"ann": "owner security", "bob": "owner", "dan": "release"}

    found = problems_for(roster)

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "different people as 1 security, 2 owner" in found[0].message
    assert problems_for(roster, distinct=False) == []


def test_whoever_proposes_cannot_be_needed() -> None:
    roster = {"ann": "owner release", "bob": "owner", "cleo": "security"}

    found = problems_for(roster)

    assert [one.path for one in found] == [("requirement", 1, "approvals")]
    assert "whoever proposes cannot approve" in found[0].message
    everybody = {"ann": "owner security release", "bob": "owner security"}
    assert "cannot approve" in problems_for(everybody, distinct=False)[0].message


def test_somebody_must_be_able_to_operate_releases() -> None:
    roster = {"ann": "owner", "bob": "owner", "cleo": "security", "dan": "owner"}

    assert [one.path for one in problems_for(roster)] == [("operation", "by")]


def by_trying_everything(seats: Mapping[str, int], people: Mapping[str, frozenset[str]]) -> bool:
    wanted = [role for role, count in seats.items() for _ in range(count)]
    return any(
        all(role in people[name] for role, name in zip(wanted, order, strict=True))
        for order in permutations(people, len(wanted))
    )


ROLES: Final = st.sampled_from("abcd")


@given(
    st.dictionaries(ROLES, st.integers(1, 2), max_size=3),
    st.dictionaries(st.sampled_from("12345"), st.frozensets(ROLES), max_size=5),
)
def test_the_matching_is_exact(seats: dict[str, int], people: dict[str, frozenset[str]]) -> None:
    assert can_seat(seats, people) is by_trying_everything(seats, people)
