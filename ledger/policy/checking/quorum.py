"""Whether the people of a roster could give what a policy asks for.

An approval counts for every requirement that names its role, and a person approves in one
role only: so a role needs as many people as the largest count asks of it, and different
roles need different people (unless ``distinct_people = false``). Whether that works out
is a matching of seats with people; there is no shorter test that is right.

Who is barred from an act by a duty that binds in every case is not counted for it. What is
reported can never be met; where the duties of one role differ from requirement to
requirement, not everything that cannot be met is reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ledger.model.problems import Path, Problem, listed
from ledger.policy.checking.bars import Act, barring
from ledger.policy.document import Policy, Requirement
from ledger.policy.stewardship import STEWARDSHIP

People = Mapping[str, frozenset[str]]
"""Persons and the roles they hold."""

Services = Mapping[str, tuple[str, frozenset[str]]]
"""Services, each with the person who answers for it and the roles it holds itself."""

Seats = Mapping[str, int]
"""Roles, and how many people each needs."""

_MEND: Final = "give the role to more people, or ask for fewer approvals"


def quorum_problems(
    policy: Policy, people: People | None, services: Services | None = None
) -> Iterator[Problem]:
    """Yield ``requires-nobody`` and, where *people* are given, every ``lock-out``.

    Whether somebody could attach the evidence is only asked where *services* are given too.
    """
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
            why = _Consent(policy, people, "release", (*always, need)).hindrance(need)
            what = f"the requirement {need.id!r} could never be met"
            yield from _locked(what, why, ("requirement", i, "approvals"))
    yield from _stewardship(policy, people)
    yield from _operation(policy, people)
    if services is not None:
        yield from _evidence(policy, people, services)


def _locked(what: str, why: str | None, path: Path, mend: str = _MEND) -> Iterator[Problem]:
    if why is not None:
        yield Problem("lock-out", f"{what}: {why}", mend, path)


def _stewardship(policy: Policy, people: People) -> Iterator[Problem]:
    if policy.stewardship is not None:
        need = Requirement(id=STEWARDSHIP, approvals=policy.stewardship.approvals)
        why = _Consent(policy, people, "policy", (need,)).hindrance(need)
        yield from _locked(
            "stewards could never consent to another policy", why, ("stewardship", "approvals")
        )


def _operation(policy: Policy, people: People) -> Iterator[Problem]:
    act = Act("operate", {"effect": "release"})
    if not any(_can(policy, act, roles, policy.operation.by) for roles in people.values()):
        holders = [name for name, roles in people.items() if roles & set(policy.operation.by)]
        but = f"; a duty always bars {listed(holders)}" if holders else ""
        yield Problem(
            "lock-out",
            f"no person holds a role that operates releases: {listed(policy.operation.by)}{but}",
            "give one of these roles to a person, or name another role",
            ("operation", "by"),
        )


def _can(policy: Policy, act: Act, held: frozenset[str], asked: Iterable[str]) -> bool:
    """Whether who holds *held* could do *act* in one of the roles *asked*."""
    acting = held.intersection(asked)
    return bool(acting) and barring(policy, act, held, acting) is None


@dataclass(frozen=True, slots=True)
class _Consent:
    """What applies together, and the people who may consent to it or propose it."""

    policy: Policy
    people: People
    effect: Literal["release", "policy"]
    applying: tuple[Requirement, ...]

    def hindrance(self, need: Requirement) -> str | None:
        """Say why the people cannot meet *need* together with all that applies, if so."""
        for one in need.approvals:
            held = [name for name, roles in self.people.items() if one.role in roles]
            if sum(self._bar(need, name, one.role) is None for name in held) < one.count:
                wanted = f"it needs {one.count} {one.role}"
                return f"{wanted}, and {self._holders(need, one.role)}"
        seats = _seats(self.applying)
        able = {name: self._roles_for(need, seats, name) for name in self.people}
        if not self._enough(seats, able):
            wanted = listed(f"{count} {role}" for role, count in seats.items())
            how = " different" if self.policy.consent.distinct_people else ""
            return f"with what always applies it takes{how} people as {wanted}"
        if len(able) > 1 and not self._somebody_can_propose(seats, able):
            return "everybody is needed to approve, and whoever proposes cannot approve"
        return None

    def _bar(self, need: Requirement, name: str, role: str) -> str | None:
        """The duty that always keeps *name* from approving *need* as *role*, if there is one."""
        act = Act("approve", {"effect": self.effect, "requirement": need.id})
        return barring(self.policy, act, self.people[name], (role,))

    def _holders(self, need: Requirement, role: str) -> str:
        """Who holds *role*, and which duties keep some of them from approving *need*."""
        names = sorted(name for name, roles in self.people.items() if role in roles)
        if not names:
            return "nobody holds it"
        bars = ((name, self._bar(need, name, role)) for name in names)
        barred = [f"the duty {bar} always bars {name}" for name, bar in bars if bar is not None]
        held = f"{listed(names)} {'holds' if len(names) == 1 else 'hold'} it"
        return "; ".join([held, *barred])

    def _roles_for(self, need: Requirement, seats: Seats, name: str) -> frozenset[str]:
        """The roles in which *name* could take a seat.

        Where *need* itself asks for all the seats of a role, it must be free to approve *need*;
        else one of the requirements that ask for the role.
        """
        asks = {one.role for one in need.approvals if one.count == seats[one.role]}
        return frozenset(
            role
            for role in seats.keys() & self.people[name]
            if any(
                self._bar(one, name, role) is None
                for one in ((need,) if role in asks else self.applying)
                if any(count.role == role for count in one.approvals)
            )
        )

    def _somebody_can_propose(self, seats: Seats, able: People) -> bool:
        """Whether the approvals are still possible without one of the people: the proposer."""
        opening = Act("open", {"effect": self.effect})
        for proposer, held in self.people.items():
            if barring(self.policy, opening, held, held) is not None:
                continue
            if self._enough(seats, {n: roles for n, roles in able.items() if n != proposer}):
                return True
        return False

    def _enough(self, seats: Seats, able: People) -> bool:
        if self.policy.consent.distinct_people:
            return can_seat(seats, able)
        return all(
            sum(role in roles for roles in able.values()) >= count for role, count in seats.items()
        )


def _seats(applying: tuple[Requirement, ...]) -> Seats:
    seats: dict[str, int] = {}
    for need in applying:
        for one in need.approvals:
            seats[one.role] = max(one.count, seats.get(one.role, 0))
    return seats


def _evidence(policy: Policy, people: People, services: Services) -> Iterator[Problem]:
    # A service is bound through its accountable person, so it counts as holding both their roles:
    # where only the person holds the role that is asked for, the person can attach as well.
    everybody = [
        *people.values(),
        *(roles | people.get(person, frozenset()) for person, roles in services.values()),
    ]
    for i, need in enumerate(policy.requirements):
        known = {"effect": "release", "evidence_domain": need.domain or ""}
        for rule in need.evidence:
            act = Act("attach-evidence", known)
            if rule.by and not any(_can(policy, act, held, rule.by) for held in everybody):
                yield Problem(
                    "lock-out",
                    f"the evidence {rule.type!r} of the requirement {need.id!r} could never be"
                    f" attached: nobody who may holds {' or '.join(rule.by)}",
                    "give one of the roles to somebody, or name another role",
                    ("requirement", i, "evidence", rule.type, "by"),
                )


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
