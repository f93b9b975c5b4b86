"""Whether the people of a roster could give the approvals that a policy asks for.

An approval counts for every requirement that names its role, and a person approves in one
role only: so a role needs as many people as the largest count asks of it, and different
roles need different people (unless ``distinct_people = false``). Whether that works out
is a matching of seats with people; there is no shorter test that is right.
"""

from collections.abc import Iterator, Mapping

from ledger.model.problems import Problem, listed
from ledger.policy.document import Policy, Requirement

People = Mapping[str, frozenset[str]]
"""Persons and the roles they hold."""

Seats = Mapping[str, int]
"""Roles, and how many people each needs."""


def quorum_problems(policy: Policy, people: People | None) -> Iterator[Problem]:
    """Yield ``requires-nobody`` and, where *people* are given, every ``lock-out``."""
    always = tuple(need for need in policy.requirements if need.when is None)
    if not any(need.approvals for need in always):
        yield Problem(
            "requires-nobody",
            "no requirement asks for an approval in every case, so a release could need nobody",
            "add approvals to a requirement without a condition (when)",
        )
    if people is None:
        return
    for i, need in enumerate(policy.requirements):
        if need.approvals:
            hindrance = _hindrance(policy, (*always, need), need, people)
            if hindrance is not None:
                path = ("requirement", i, "approvals")
                message = f"the requirement {need.id!r} could never be met: {hindrance}"
                hint = "give the role to more people, or ask for fewer approvals"
                yield Problem("lock-out", message, hint, path)
    if not any(set(policy.operation.by) & roles for roles in people.values()):
        yield Problem(
            "lock-out",
            f"no person holds a role that operates releases: {listed(policy.operation.by)}",
            "give one of these roles to a person, or name another role",
            ("operation", "by"),
        )


def _hindrance(
    policy: Policy, applying: tuple[Requirement, ...], need: Requirement, people: People
) -> str | None:
    """Say why *people* cannot meet *need* together with all that always applies, if so."""
    for one in need.approvals:
        holders = [name for name, roles in people.items() if one.role in roles]
        if len(holders) < one.count:
            held = f"{listed(holders)} {'holds' if len(holders) == 1 else 'hold'} it"
            return f"it needs {one.count} {one.role}, and {held if holders else 'nobody holds it'}"
    seats = _seats(applying)
    if policy.consent.distinct_people and not can_seat(seats, people):
        wanted = listed(f"{count} {role}" for role, count in seats.items())
        return f"with what always applies it takes different people as {wanted}"
    if len(people) > 1 and not _somebody_can_propose(policy, seats, people):
        return "everybody is needed to approve, and whoever proposes cannot approve"
    return None


def _seats(applying: tuple[Requirement, ...]) -> Seats:
    seats: dict[str, int] = {}
    for need in applying:
        for one in need.approvals:
            seats[one.role] = max(one.count, seats.get(one.role, 0))
    return seats


def _somebody_can_propose(policy: Policy, seats: Seats, people: People) -> bool:
    """Whether the approvals are still possible without one of the people: the proposer."""
    for proposer, roles in people.items():
        others = {name: held for name, held in people.items() if name != proposer}
        if roles.isdisjoint(seats):
            return True
        if policy.consent.distinct_people:
            if can_seat(seats, others):
                return True
        elif all(
            sum(role in held for held in others.values()) >= count for role, count in seats.items()
        ):
            return True
    return False


def can_seat(seats: Seats, people: People) -> bool:
    """Whether every seat can be given to a different person who holds its role."""
    if sum(seats.values()) > len(people):
        return False
    taken: dict[str, str] = {}
    return all(
        _find_person(role, people, taken, set())
        for role, count in seats.items()
        for _ in range(count)
    )


def _find_person(role: str, people: People, taken: dict[str, str], asked: set[str]) -> bool:
    """Give a seat of *role* to somebody, moving others to another seat where that helps."""
    for name in sorted(people):
        if role in people[name] and name not in asked:
            asked.add(name)
            if name not in taken or _find_person(taken[name], people, taken, asked):
                taken[name] = role
                return True
    return False
