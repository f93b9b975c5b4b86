"""What happened, told again from ``assent log --json`` alone: the state after any entry.

Written from ``docs/reference/events.md`` and ``docs/reference/policy.md``, with the standard
library and nothing of the ledger's own code. Which entries a rule refused is taken from the
log; what follows from the others is worked out here. Times are seconds since 1970.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.recount.things import (
    Act,
    Alias,
    Event,
    Exempt,
    Policy,
    Proposal,
    Release,
    Review,
    Signer,
    Stop,
    seconds,
)


@dataclass
class Line:
    """An entry of the log: what became of it, and its time."""

    position: int
    judged_at: int
    admitted: bool
    rule: str | None
    kind: str | None
    by: str
    event: Event
    raw: Event


@dataclass
class Story:
    """Everything that follows from the entries up to ``position``."""

    lines: list[Line] = field(default_factory=list)
    position: int = -1
    time: int = 0
    founded: Act | None = None
    roots: set[str] = field(default_factory=set)
    threshold: int = 0
    policies: list[tuple[Act, Policy]] = field(default_factory=list)
    signers: dict[str, Signer] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    observations: dict[int, Act] = field(default_factory=dict)
    judgements: dict[int, Any] = field(default_factory=dict)
    exceptions: dict[str, Exempt] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    stops: dict[str, Stop] = field(default_factory=dict)
    drills: list[Act] = field(default_factory=list)
    comments: list[Act] = field(default_factory=list)
    acknowledged: dict[int, Act] = field(default_factory=dict)
    missed: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.policies[-1][1]

    def policy_numbered(self, number: int) -> Policy:
        """The policy that people call by *number*."""
        return next(policy for act, policy in self.policies if act.event["number"] == number)

    def stopped(self, target: str) -> list[Stop]:
        """The stops of *target* that hold."""
        named = [one for one in self.stops.values() if one.target == target]
        return [one for one in named if one.lifted is None]

    def active(self, name: str | None) -> bool:
        """Whether *name* is a person who signs and is not stopped."""
        found = self.signers.get(name or "")
        if found is None or found.kind != "person" or found.accepted is None:
            return False
        return not self.stopped(f"signer/{name}")

    def numbered(self, number: int) -> Proposal:
        """The proposal that people call by *number*."""
        return next(one for one in self.proposals.values() if one.number == number)


def covers(pattern: str | None, alias: str | None) -> bool:
    """Whether *pattern* covers *alias*; a pattern is never about the whole ledger."""
    if pattern is None or alias is None:
        return pattern is None
    parts = zip(pattern.split("/"), alias.split("/"), strict=True)
    return all(wide in ("*", name) for wide, name in parts)


def lines_of(texts: Iterable[str]) -> list[Line]:
    """The entries that ``assent log --json`` printed as *texts*."""
    found = []
    for text in texts:
        raw = json.loads(text)
        found.append(
            Line(
                raw["position"],
                seconds(raw["judged_at"]),
                raw["admitted"],
                raw["rule"],
                raw["kind"],
                raw["signer"] or "",
                raw["event"] or {},
                raw,
            )
        )
    return found
