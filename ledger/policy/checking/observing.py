"""Whether the people and services of a roster could watch a release, and take it back.

Who starts, advances or completes a release never observes it, nor does a service that answers
to them: so it takes two people. Who a duty keeps from acting at all is not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ledger.model.problems import Path, Problem, listed
from ledger.policy.checking.bars import Act, Bars
from ledger.policy.checking.naming import meant
from ledger.policy.checking.quorum import People, Services
from ledger.policy.document import Policy
from ledger.policy.stages import observers_of

_OBSERVE: Final = Act("act", "release")
_OPERATE: Final = Act("operate", "release")


def observing_problems(
    policy: Policy, people: People | None, services: Services | None = None
) -> Iterator[Problem]:
    """Yield what of stages and rollback nobody of a roster could do, and names nobody has there.

    Nothing without *people*. Codes: ``lock-out``; where *services* are given also
    ``unknown-service`` and ``not-a-service``.
    """
    if people is None:
        return
    roster = _Roster(policy, people, services, Bars(policy))
    if services is not None:
        yield from roster.misnamed()
    yield from roster.unobserved()
    yield from roster.kept()


@dataclass(frozen=True)
class _Roster:
    """Who there is to watch under ``policy``; without ``services`` only persons are known."""

    policy: Policy
    people: People
    services: Services | None
    bars: Bars

    def misnamed(self) -> Iterator[Problem]:
        """What stands for a service and is none; a role's name is never a service."""
        for i, stage in enumerate(self.policy.stages):
            for j, name in enumerate(stage.observed_by):
                yield from self._service(name, "observed_by", ("stage", i, "observed_by", j))
        rollback = self.policy.rollback
        for j, name in enumerate(() if rollback is None else rollback.services):
            yield from self._service(name, "by", ("rollback", "services", j))

    def _service(self, name: str, key: str, path: Path) -> Iterator[Problem]:
        known = self.services or {}
        if name in known or name in self._roles:
            return
        if name in self.people:
            message = f"{name!r} is a person, and a service is meant"
            hint = f"people are named by their roles: write one under {key}"
            yield Problem("not-a-service", message, hint, path)
        else:
            roles = self._roles if key == "observed_by" else frozenset[str]()
            what = "neither a role nor a service" if roles else "no service"
            hint = meant(name, roles | known.keys(), "there are")
            yield Problem("unknown-service", f"{name!r} is {what} of the roster", hint, path)

    def unobserved(self) -> Iterator[Problem]:
        """Stages that have to be watched, and that nobody here could watch."""
        operators = self._operators()
        for i, stage in enumerate(self.policy.stages):
            named = observers_of(self.policy, stage)
            watched = stage.is_watched or bool(stage.observe)
            if not (watched and named) or not self._all_known(named):
                continue
            observers = self._observers(named)
            why = f"nobody who may is one of {listed(named)}"
            if observers:
                (only, *more) = sorted(observers | operators)
                why = f"only {only} could, and nobody else operates releases"
                if more or not operators:
                    continue
            yield Problem(
                "lock-out",
                f"stage {stage.id!r} could never be observed: {why}",
                "name a role or a service of somebody else, or give the role to more people",
                ("stage", i, "observed_by"),
            )

    def kept(self) -> Iterator[Problem]:
        """A rollback for which no person is there."""
        block = self.policy.rollback
        if block is not None and not any(held & set(block.by) for held in self.people.values()):
            yield Problem(
                "lock-out",
                f"no person holds a role that rolls back: {listed(block.by)}",
                "give one of these roles to a person, or name another role",
                ("rollback", "by"),
            )

    @cached_property
    def _roles(self) -> frozenset[str]:
        return frozenset(role.name for role in self.policy.roles)

    def _operators(self) -> frozenset[str]:
        return frozenset(self._able(_OPERATE, frozenset(self.policy.operation.by)))

    def _observers(self, named: tuple[str, ...]) -> frozenset[str]:
        """The persons behind every possible observation; services are named, not by a role."""
        found = set(self._able(_OBSERVE, frozenset(named)))
        for name, (person, own) in (self.services or {}).items():
            held = own | self.people.get(person, frozenset())
            if name in named and name not in self._roles:
                found |= set() if self.bars.barring(_OBSERVE, held, held) else {person}
        return frozenset(found)

    def _able(self, act: Act, asked: frozenset[str]) -> Iterator[str]:
        for name, held in self.people.items():
            if held & asked and self.bars.barring(act, held, held & asked) is None:
                yield name

    def _all_known(self, named: tuple[str, ...]) -> bool:
        """Whether services are known, or *named* are all roles."""
        return self.services is not None or self._roles.issuperset(named)
