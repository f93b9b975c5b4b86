"""What there is in a ledger: acts, proposals, releases, exceptions, reviews, signers, stops.

Plain values, filled by :mod:`telling`. Times are seconds since 1970; an :class:`Act` is an
admitted entry.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

Event = Mapping[str, Any]
Policy = Mapping[str, Any]


@cache
def seconds(text: str) -> int:
    """The instant *text* in seconds since 1970."""
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def instant(at: int) -> str:
    """*at*, in seconds since 1970, as the ledger writes instants."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def canonical(value: object) -> str:
    """*value* as canonical JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: object) -> str:
    """The digest of *value* as canonical JSON."""
    return "sha256:" + sha256(canonical(value).encode()).hexdigest()


@dataclass
class Act:
    """Who did something, when, and at which position."""

    position: int
    at: int
    by: str
    event: Event


@dataclass
class Approval(Act):
    """An approval; ``ended`` where it was retracted or replaced."""

    ended: bool = False
    counts: bool = False

    @property
    def role(self) -> str:
        """In which role it was given."""
        return str(self.event["role"])


@dataclass
class Document(Act):
    """A document; ``first`` is the attachment that this one takes over, else itself."""

    first: Act
    withdrawn: bool = False
    expires_at: int | None = None
    counts: bool = False

    @property
    def type(self) -> str:
        """The type of evidence."""
        return str(self.event["type"])


@dataclass
class Proposal:
    """A proposal as it stands; ``judged`` is what was last said of it (:mod:`judging`)."""

    id: str
    number: int
    opened: Act
    revisions: list[Act]
    policy: int
    facts: list[Act] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    rejections: list[Act] = field(default_factory=list)
    reopened: set[int] = field(default_factory=set)
    widened: list[Act] = field(default_factory=list)
    closed: Act | None = None
    lapsed: bool = False
    judged: Any = None

    @property
    def effect(self) -> Event:
        """What the current revision asks for."""
        effect: Event = self.revisions[-1].event["effect"]
        return effect

    @property
    def alias(self) -> str | None:
        """The alias it is about."""
        alias: str | None = self.effect.get("alias")
        return alias if self.effect["effect"] in ("release", "exception") else None

    @property
    def revision(self) -> int:
        """The number of the current revision."""
        return len(self.revisions)

    @property
    def hands(self) -> set[str]:
        """Who opened or revised it."""
        return {one.by for one in self.revisions}


@dataclass
class Stage:
    """A stage that a release came into, and by what it left it."""

    name: str
    entered: Act
    passed: Act | None = None
    observation: int | None = None


@dataclass
class Release:
    """A release from its start on."""

    proposal: Proposal
    started: Act
    stages: list[Stage]
    completed: Act | None = None
    back: Act | None = None
    together: bool = False
    since: int | None = None
    allowed: int | None = None
    window: int | None = None
    result: Act | None = None
    settled: Act | None = None

    @property
    def alias(self) -> str:
        """Where it goes."""
        return str(self.started.event["alias"])

    @property
    def stack(self) -> Event:
        """What it brings."""
        stack: Event = self.started.event["stack"]
        return stack

    @property
    def under(self) -> list[str]:
        """The exceptions under which it was started."""
        return list(self.started.event["exceptions"])


@dataclass
class Run:
    """A time in which an alias ran a release."""

    release: Release
    began: Act
    how: str
    ended: Act | None = None
    ended_how: str | None = None


@dataclass
class Alias:
    """An alias: the completed releases that lie on each other, and what is under way."""

    name: str
    pile: list[Release] = field(default_factory=list)
    candidate: Release | None = None
    history: list[Run] = field(default_factory=list)
    changed: int | None = None

    @property
    def stable(self) -> Release | None:
        """What it runs."""
        return self.pile[-1] if self.pile else None


@dataclass
class Exempt:
    """An exception; ``release`` is the proposal whose requirements it waives."""

    proposal: Proposal
    release: Proposal
    granted: Act
    policy: int
    used: Act | None = None
    closed: Act | None = None

    @property
    def ends(self) -> int:
        """When it ends, or ended."""
        until = seconds(self.granted.event["until"])
        return until if self.closed is None else min(until, self.closed.at)


@dataclass
class Review:
    """A review: about a rollback, an exception or a stop."""

    subject: str
    about: str
    opened: Act
    proposal: Proposal | None
    alias: str | None
    within: int | None
    closed: Act | None = None


@dataclass
class Grant:
    """A role that somebody holds, from one position to another."""

    role: str
    given: Act
    aliases: str | None = None
    until: int | None = None
    ended: Act | None = None
    proposal: str | None = None


@dataclass
class Signer:
    """Somebody who may sign: their kind, keys and roles."""

    id: str
    kind: str
    accountable: str | None
    named: Act
    key: str
    enrolled: Act
    accepted: Act | None = None
    pending: tuple[Act, str] | None = None
    grants: list[Grant] = field(default_factory=list)
    lent: list[Act] = field(default_factory=list)

    @property
    def held(self) -> list[Grant]:
        """The roles granted to them and not taken away, whether time has ended them or not."""
        return [one for one in self.grants if one.ended is None]


@dataclass
class Stop:
    """What somebody stopped, and by what it was lifted."""

    id: str
    set: Act
    lifted: Act | None = None

    @property
    def target(self) -> str:
        """What is stopped."""
        return str(self.set.event["target"])
