"""The state of exceptions, of the releases that owe for one, and of the last drill."""

from dataclasses import dataclass
from typing import ClassVar

from ledger.decide.kept import Kept


@dataclass(frozen=True, slots=True)
class ExceptionState(Kept):
    """An exception: what it waives of which proposal, who owns it, and how it ended.

    ``number`` is that of the proposal that asked for it, ``policy`` the one in force when it
    was granted: it waives under no other. ``used_position`` is where a release was started
    under it, ``settled_position`` where all that it had waived was there; ``void`` says that
    the consent to it was lost.
    """

    id: str
    number: int
    release: str
    revision: int
    alias: str
    waives: tuple[str, ...]
    owner: str
    until: int
    policy: int
    position: int
    at: int
    used_position: int | None = None
    settled_position: int | None = None
    settled_at: int | None = None
    closed_by: str | None = None
    closed_position: int | None = None
    closed_at: int | None = None
    void: bool = False

    prefix: ClassVar[str] = "exception"
    named: ClassVar[str | None] = "id"


@dataclass(frozen=True, slots=True)
class ExceptionsState(Kept):
    """The exceptions there ever were of an alias, an owner or a proposal, the oldest first.

    ``about`` is ``alias/<alias>``, ``owner/<id>`` or ``proposal/<id>``.
    """

    about: str
    exceptions: tuple[str, ...]

    prefix: ClassVar[str] = "exceptions"
    named: ClassVar[str | None] = "about"


@dataclass(frozen=True, slots=True)
class DrillState(Kept):
    """A drill of a stop: of what, by whom, when, and how many seconds it took.

    ``before`` is the id of the one before it.
    """

    id: str
    before: str | None
    target: str
    by: str
    position: int
    at: int
    seconds: int

    prefix: ClassVar[str] = "drill"
    named: ClassVar[str | None] = "id"
