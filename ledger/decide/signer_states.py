"""The state of signers and of the stops that hold: rows of the standing.

Keys, grants and delegations that have ended are kept: who signed in which role at a
position is asked long afterwards. Positions are 0-based, times seconds since 1970.
"""

from dataclasses import dataclass
from typing import ClassVar

from ledger.decide.kept import Kept
from ledger.model.names import SignerKind, covers


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a signer: by which entry it was named, when it was accepted and when it ended.

    ``proposal`` allowed it; the roster of the founding had none. What it permitted after
    the position ``disowned_after`` is not held for the signer's, since ``disowned_at``.
    """

    id: str
    text: str
    named_by: str
    named_at: int
    named_time: int
    proposal: str | None
    accepted_at: int | None = None
    ended_at: int | None = None
    disowned_after: int | None = None
    disowned_at: int | None = None

    def is_in_force(self, position: int) -> bool:
        """Whether this is the key that signs for its signer at *position*."""
        if self.accepted_at is None or position < self.accepted_at:
            return False
        return self.ended_at is None or position < self.ended_at


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held on the aliases of a pattern (``None``: on all), until a time if it has an end.

    ``void`` says that what allowed it has lost its consent.
    """

    role: str
    aliases: str | None
    until: int | None
    proposal: str | None
    since: int
    ended_at: int | None = None
    void: bool = False

    def is_live(self, alias: str | None, at: int) -> bool:
        """Whether it gives the role on *alias* at the time *at*; ``None`` is the whole ledger."""
        ended = self.ended_at is not None or self.void
        return not ended and not _is_over(self.until, at) and covers(self.aliases, alias)

    def was_live(self, alias: str | None, position: int, at: int) -> bool:
        """Whether it gave the role at *position*, judged at *at*; without alias, anywhere."""
        ended = self.ended_at is not None and position >= self.ended_at
        here = alias is None or covers(self.aliases, alias)
        return self.since <= position and not ended and not _is_over(self.until, at) and here


@dataclass(frozen=True, slots=True)
class Delegation:
    """What a signer was lent by another: some of their roles on a pattern, until a time."""

    by: str
    roles: tuple[str, ...]
    aliases: str | None
    until: int
    position: int
    ended_at: int | None = None

    def is_live(self, alias: str | None, at: int) -> bool:
        """Whether it lends its roles on *alias* at the time *at*."""
        return self.ended_at is None and at < self.until and covers(self.aliases, alias)

    def was_live(self, alias: str | None, position: int, at: int) -> bool:
        """Whether it lent its roles at *position*, judged at *at*; without alias, anywhere."""
        ended = self.ended_at is not None and position >= self.ended_at
        here = alias is None or covers(self.aliases, alias)
        return self.position <= position and not ended and at < self.until and here


@dataclass(frozen=True, slots=True)
class SignerState(Kept):
    """A signer: who they are, and all keys, grants and delegations they ever had.

    ``enrolled_at`` is the position of the founding or enrolment that names them now.
    """

    id: str
    kind: SignerKind
    accountable: str | None
    root: bool
    enrolled_at: int
    keys: tuple[Key, ...]
    grants: tuple[Grant, ...]
    delegations: tuple[Delegation, ...] = ()

    prefix: ClassVar[str] = "signer"
    named: ClassVar[str | None] = "id"

    @property
    def current(self) -> Key | None:
        """The key that signs for them now."""
        return next((k for k in self.keys if k.accepted_at is not None and not _ended(k)), None)

    @property
    def pending(self) -> Key | None:
        """The key that was named for them and has not accepted yet."""
        return next((k for k in self.keys if k.accepted_at is None and not _ended(k)), None)

    @property
    def signing_key(self) -> Key | None:
        """The key that signs for them now, unless it was disowned."""
        current = self.current
        return None if current is None or current.disowned_after is not None else current

    @property
    def accepted_keys(self) -> tuple[Key, ...]:
        """Every key they ever accepted, in the order they were named."""
        return tuple(key for key in self.keys if key.accepted_at is not None)

    def key_of(self, key_id: str) -> Key | None:
        """Their key of that id, where it was ever named for them."""
        return next((key for key in self.keys if key.id == key_id), None)

    @property
    def named_key(self) -> Key:
        """The key people look for: the one that signs now, else the last that was named."""
        return self.current or self.pending or self.keys[-1]

    @property
    def accepted_at(self) -> int | None:
        """Where the key that signs for them now was accepted."""
        return None if self.current is None else self.current.accepted_at

    @property
    def roles(self) -> tuple[str, ...]:
        """The names of the roles granted to them, on whatever aliases, ended by time or not."""
        return tuple(sorted({g.role for g in self.grants if g.ended_at is None and not g.void}))

    def is_disowned_at(self, position: int) -> bool:
        """Whether what they permitted at *position* is not held for theirs."""
        key = next((key for key in self.keys if key.is_in_force(position)), None)
        return key is not None and key.disowned_after is not None and position > key.disowned_after


@dataclass(frozen=True, slots=True)
class KeyState(Kept):
    """Whose key a fingerprint is."""

    key_id: str
    signer: str

    prefix: ClassVar[str] = "key"
    named: ClassVar[str | None] = "key_id"


@dataclass(frozen=True, slots=True)
class MaterialState(Kept):
    """Which key has that material: it is accepted once per ledger, ever, however it is written."""

    material: str
    key_id: str

    prefix: ClassVar[str] = "material"
    named: ClassVar[str | None] = "material"


@dataclass(frozen=True, slots=True)
class StopState(Kept):
    """A stop: what it stops, who set it, and where it was lifted.

    ``before`` is the id of the stop of the same target before it, lifted or not.
    """

    id: str
    target: str
    by: str
    position: int
    at: int
    before: str | None
    lifted_at: int | None = None

    prefix: ClassVar[str] = "stop"
    named: ClassVar[str | None] = "id"


@dataclass(frozen=True, slots=True)
class TargetState(Kept):
    """How many stops of a target hold, and by whom and where the first of them was set.

    ``newest`` is the id of the last one that was set, lifted or not.
    """

    target: str
    newest: str
    stops: int
    by: str
    position: int

    prefix: ClassVar[str] = "target"
    named: ClassVar[str | None] = "target"


def _ended(key: Key) -> bool:
    return key.ended_at is not None


def _is_over(until: int | None, at: int) -> bool:
    return until is not None and at >= until
