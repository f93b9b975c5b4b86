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
from functools import cached_property
from typing import Final

from ledger.model.problems import Path, Problem, listed
from ledger.policy.checking.bars import Act, Bars
from ledger.policy.checking.seats import Seats, can_seat, spared
from ledger.policy.consent import EXCEPTION, LIFT, STEWARDSHIP
from ledger.policy.document import Policy, Requirement

People = Mapping[str, frozenset[str]]
"""Persons and the roles they hold."""

Services = Mapping[str, tuple[str, frozenset[str]]]
"""Services, each with the person who answers for it and the roles it holds itself."""

_MEND: Final = "give the role to more people, or ask for fewer approvals"

_STEWARDED: Final = {
    "policy": "another policy",
    "enrolment": "an enrolment",
    "roles": "a change of roles",
}
"""What stewards consent to with all their approvals, by effect."""


def quorum_problems(
    policy: Policy, people: People | None, services: Services | None = None
) -> Iterator[Problem]:
    """Yield ``requires-nobody`` and, where *people* are given, ``lock-out`` and ``nobody-stops``.

    Whether somebody could attach the evidence, and whether a service would be a steward
    (``service-steward``), is only asked where *services* are given too.
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
    bars = Bars(policy)
    consent = _Consent(policy, people, bars, "release", always)
    for i, need in enumerate(policy.requirements):
        if need.approvals:
            what = f"the requirement {need.id!r} could never be met"
            yield from _locked(what, consent.hindrance(need), ("requirement", i, "approvals"))
    yield from _stewardship(policy, people, bars)
    yield from _exceptions(policy, people, bars)
    yield from _overrides(policy, people, bars)
    yield from _operation(policy, people, bars)
    if services is not None:
        yield from _service_stewards(policy, services)
        yield from _evidence(policy, people, services, bars)


def _locked(what: str, why: str | None, path: Path, mend: str = _MEND) -> Iterator[Problem]:
    if why is not None:
        yield Problem("lock-out", f"{what}: {why}", mend, path)


def _stewardship(policy: Policy, people: People, bars: Bars) -> Iterator[Problem]:
    """The first of their matters to which stewards could never consent."""
    if policy.stewardship is None:
        return
    need = Requirement(id=STEWARDSHIP, approvals=policy.stewardship.approvals)
    for effect, what in _STEWARDED.items():
        why = _Consent(policy, people, bars, effect, (need,)).hindrance(need)
        if why is not None:
            message = f"stewards could never consent to {what}"
            yield from _locked(message, why, ("stewardship", "approvals"))
            return


def _exceptions(policy: Policy, people: People, bars: Bars) -> Iterator[Problem]:
    """Exceptions that nobody could grant, or that nobody would be left to review."""
    block = policy.exceptions
    if block is None:
        return
    path: Path = ("exceptions", "approvals")
    need = Requirement(id=EXCEPTION, approvals=block.approvals)
    why = _Consent(policy, people, bars, "exception", (need,)).hindrance(need)
    yield from _locked("nobody could ever grant an exception", why, path)
    counts = [one.count for one in block.approvals]
    takes = sum(counts) if policy.consent.distinct_people else max(counts)
    if why is None and len(people) < takes + 2:
        who = "1 person consents to it" if takes == 1 else f"{takes} people consent to it"
        why = f"{who}, 1 asks for it, and there are {len(people)} in all"
        yield from _locked("nobody would be left to review an exception", why, path)


def _overrides(policy: Policy, people: People, bars: Bars) -> Iterator[Problem]:
    """Stops that nobody but the root could set, or lift, though the policy names others."""
    block = policy.overrides
    if block is None:
        return
    if block.set and not any(roles.intersection(block.set) for roles in people.values()):
        yield Problem(
            "nobody-stops",
            f"no person holds a role that may stop: {listed(block.set)}",
            "give one of these roles to a person, name another, or leave stops to the root",
            ("overrides", "set"),
        )
    if block.lift:
        need = Requirement(id=LIFT, approvals=block.lift)
        why = _Consent(policy, people, bars, "lift", (need,)).hindrance(need)
        yield from _locked("nobody but the root could ever lift a stop", why, ("overrides", "lift"))


def _service_stewards(policy: Policy, services: Services) -> Iterator[Problem]:
    if policy.stewardship is None:
        return
    asked = {count.role for count in policy.stewardship.approvals}
    for name, (_, roles) in sorted(services.items()):
        if not roles.isdisjoint(asked):
            yield Problem(
                "service-steward",
                f"the service {name} holds {listed(roles & asked)}, and stewards are people",
                "take the role from the service, or name another role",
                ("stewardship", "approvals"),
            )


def _operation(policy: Policy, people: People, bars: Bars) -> Iterator[Problem]:
    act = Act("operate", "release")
    if not any(_can(bars, act, roles, policy.operation.by) for roles in people.values()):
        holders = [name for name, roles in people.items() if roles & set(policy.operation.by)]
        but = f"; a duty always bars {listed(holders)}" if holders else ""
        yield Problem(
            "lock-out",
            f"no person holds a role that operates releases: {listed(policy.operation.by)}{but}",
            "give one of these roles to a person, or name another role",
            ("operation", "by"),
        )


def _can(bars: Bars, act: Act, held: frozenset[str], asked: Iterable[str]) -> bool:
    """Whether who holds *held* could do *act* in one of the roles *asked*."""
    acting = held.intersection(asked)
    return bool(acting) and bars.barring(act, held, acting) is None


@dataclass(frozen=True)
class _Consent:
    """What always applies, and the people who may consent to it or propose it."""

    policy: Policy
    people: People
    bars: Bars
    effect: str
    always: tuple[Requirement, ...]

    @cached_property
    def _seats(self) -> Seats:
        return _seats_of(self.always)

    @cached_property
    def _free(self) -> People:
        """The roles in which each person could take a seat of what always applies."""
        found: dict[str, set[str]] = {name: set() for name in self.people}
        for need in self.always:
            for name, roles in self._unbarred(need).items():
                found[name] |= roles
        return {name: frozenset(roles) for name, roles in found.items()}

    @cached_property
    def _proposers(self) -> frozenset[str]:
        """The people whom no duty always keeps from opening a proposal."""
        opening = Act("open", self.effect)
        able = (n for n, held in self.people.items() if not self.bars.barring(opening, held, held))
        return frozenset(able)

    def hindrance(self, need: Requirement) -> str | None:
        """Say why the people cannot meet *need* together with all that always applies, if so."""
        unbarred = self._unbarred(need)
        for one in need.approvals:
            if sum(one.role in roles for roles in unbarred.values()) < one.count:
                wanted = f"it needs {one.count} {one.role}"
                return f"{wanted}, and {self._holders(need, one.role)}"
        seats = dict(self._seats)
        for role, count in _seats_of((need,)).items():
            seats[role] = max(count, seats.get(role, 0))
        able = self._able(need, seats, unbarred)
        if not self._enough(seats, able):
            wanted = listed(f"{count} {role}" for role, count in seats.items())
            how = " different" if self.policy.consent.distinct_people else ""
            return f"with what always applies it takes{how} people as {wanted}"
        if len(able) > 1 and not self._somebody_can_propose(seats, able):
            return "everybody is needed to approve, and whoever proposes cannot approve"
        return None

    def _unbarred(self, need: Requirement) -> People:
        """The roles that *need* asks for in which each person may approve it."""
        asked = {one.role for one in need.approvals}
        return {
            name: frozenset(r for r in asked & held if self._bar(need, name, r) is None)
            for name, held in self.people.items()
        }

    def _bar(self, need: Requirement, name: str, role: str) -> str | None:
        """The duty that always keeps *name* from approving *need* as *role*, if there is one."""
        act = Act("approve", self.effect, need.id)
        return self.bars.barring(act, self.people[name], (role,))

    def _holders(self, need: Requirement, role: str) -> str:
        """Who holds *role*, and which duties keep some of them from approving *need*."""
        names = sorted(name for name, roles in self.people.items() if role in roles)
        if not names:
            return "nobody holds it"
        bars = ((name, self._bar(need, name, role)) for name in names)
        barred = [f"the duty {bar} always bars {name}" for name, bar in bars if bar is not None]
        held = f"{listed(names)} {'holds' if len(names) == 1 else 'hold'} it"
        return "; ".join([held, *barred])

    def _able(self, need: Requirement, seats: Seats, unbarred: People) -> People:
        """The roles in which each person could take a seat.

        Where *need* itself asks for all the seats of a role, they must be free to approve *need*;
        else one of the requirements that ask for the role.
        """
        own = frozenset(one.role for one in need.approvals if one.count == seats[one.role])
        return {name: (self._free[name] - own) | roles for name, roles in unbarred.items()}

    def _somebody_can_propose(self, seats: Seats, able: People) -> bool:
        """Whether the approvals are still possible without one of the people: the proposer."""
        if self.policy.consent.distinct_people:
            return not self._proposers.isdisjoint(spared(seats, able))
        holders = {role: sum(role in roles for roles in able.values()) for role in seats}
        full = {role for role, count in seats.items() if holders[role] == count}
        return any(full.isdisjoint(able[name]) for name in self._proposers)

    def _enough(self, seats: Seats, able: People) -> bool:
        if self.policy.consent.distinct_people:
            return can_seat(seats, able)
        return all(
            sum(role in roles for roles in able.values()) >= count for role, count in seats.items()
        )


def _seats_of(applying: Iterable[Requirement]) -> Seats:
    seats: dict[str, int] = {}
    for need in applying:
        for one in need.approvals:
            seats[one.role] = max(one.count, seats.get(one.role, 0))
    return seats


def _evidence(policy: Policy, people: People, services: Services, bars: Bars) -> Iterator[Problem]:
    # A service is bound through its accountable person, so it counts as holding both their roles:
    # where only the person holds the role that is asked for, the person can attach as well.
    everybody = {
        *people.values(),
        *(roles | people.get(person, frozenset()) for person, roles in services.values()),
    }
    for i, need in enumerate(policy.requirements):
        act = Act("attach-evidence", "release", need.domain or "")
        for rule in need.evidence:
            if rule.by and not any(_can(bars, act, held, rule.by) for held in everybody):
                yield Problem(
                    "lock-out",
                    f"the evidence {rule.type!r} of the requirement {need.id!r} could never be"
                    f" attached: nobody who may holds {' or '.join(rule.by)}",
                    "give one of the roles to somebody, or name another role",
                    ("requirement", i, "evidence", rule.type, "by"),
                )
