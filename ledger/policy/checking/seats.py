"""Seats of roles and people who hold them: whether every seat can be given to another person.

A matching in a bipartite graph by augmenting paths (H. W. Kuhn, *The Hungarian Method for
the Assignment Problem*, 1955), found without recursion: rosters are longer than a stack.
"""

from collections import deque
from collections.abc import Mapping

Seats = Mapping[str, int]
"""Roles, and how many people each needs."""

Able = Mapping[str, frozenset[str]]
"""Persons, and the roles in which each could take a seat."""


def can_seat(seats: Seats, people: Able) -> bool:
    """Whether every seat can be given to a different person who holds its role."""
    return seated(seats, people) is not None


def seated(seats: Seats, people: Able) -> Mapping[str, str] | None:
    """Whom which seat is given to, as persons with their roles; ``None`` where one stays empty."""
    if sum(seats.values()) > len(people):
        return None
    holders = _holders(seats, people)
    taken: dict[str, str] = {}
    for role, count in seats.items():
        for _ in range(count):
            if not _fill(role, holders, taken):
                return None
    return taken


def spared(seats: Seats, people: Able) -> frozenset[str]:
    """The people without each of whom all seats can still be given; nobody where they cannot.

    Who has no seat can be spared, and so can whoever they could take a seat over from, and
    so on: one look at the matching answers for everybody.
    """
    taken = seated(seats, people)
    if taken is None:
        return frozenset()
    sitting: dict[str, list[str]] = {role: [] for role in seats}
    for name, role in taken.items():
        sitting[role].append(name)
    found = people.keys() - taken.keys()
    waiting = deque(found)
    while waiting:
        for role in people[waiting.popleft()] & sitting.keys():
            for name in sitting.pop(role):
                if name not in found:
                    found.add(name)
                    waiting.append(name)
    return frozenset(found)


def _holders(seats: Seats, people: Able) -> Mapping[str, list[str]]:
    return {role: sorted(name for name in people if role in people[name]) for role in seats}


def _fill(role: str, holders: Mapping[str, list[str]], taken: dict[str, str]) -> bool:
    """Give a seat of *role* to somebody, moving others to another seat where that helps."""
    left: dict[str, tuple[str, str]] = {}  # a role: who would leave it, and for which role
    waiting = deque([role])
    while waiting:
        wanted = waiting.popleft()
        for name in holders[wanted]:
            if name not in taken:
                _move(name, wanted, left, taken)
                return True
            held = taken[name]
            if held != role and held not in left:
                left[held] = (name, wanted)
                waiting.append(held)
    return False


def _move(
    name: str, wanted: str, left: Mapping[str, tuple[str, str]], taken: dict[str, str]
) -> None:
    """Give *name* the seat *wanted*, and whoever leaves it for another seat that one, and so on."""
    taken[name] = wanted
    while wanted in left:
        name, wanted = left[wanted]
        taken[name] = wanted
