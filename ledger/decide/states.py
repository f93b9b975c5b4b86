"""The state of each stream at one position: frozen values, one row each in the standing.

Times are seconds since 1970, as the ledger judged them. Positions are 0-based.
"""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from ledger.decide.exception_states import DrillState, ExceptionsState, ExceptionState
from ledger.decide.kept import Kept
from ledger.decide.release_states import (
    AliasState,
    CompletedState,
    EarlierState,
    ObservationState,
    ReviewState,
    WindowsState,
)
from ledger.decide.signer_states import (
    KeyState,
    MaterialState,
    SignerState,
    StopState,
    TargetState,
)
from ledger.model.effects import Effect
from ledger.policy.case import Approval, Closing, Closure, Document, FactAddition, Rejection


@dataclass(frozen=True, slots=True)
class Head(Kept):
    """Where the log stands: its size, Merkle frontier, last leaf and ledger time.

    ``proposals`` counts admitted openings, ``policy`` is the number in force,
    ``refused`` and ``alarms`` count findings nobody has acknowledged, ``candidates``
    the open proposals of releases and ``service_candidates`` those opened by services;
    ``stops`` are those that hold, ``disownings`` and ``exceptions`` all there ever were;
    ``drill`` is the id of the last drill of a stop, ``deed`` the position of the last of
    those that a disowning looks at, ``marked`` the ledger time from which hours are counted,
    ``corrections`` where it was set to what.
    """

    size: int = 0
    frontier: tuple[bytes, ...] = ()
    leaf: bytes = b""
    time: int = 0
    proposals: int = 0
    policy: int = 0
    refused: int = 0
    alarms: int = 0
    candidates: int = 0
    service_candidates: int = 0
    stops: int = 0
    disownings: int = 0
    exceptions: int = 0
    drill: str | None = None
    deed: int | None = None
    marked: int = 0
    corrections: tuple[tuple[int, int], ...] = ()

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        ser_json_bytes="hex", val_json_bytes="hex"
    )
    prefix: ClassVar[str] = "head"


@dataclass(frozen=True, slots=True)
class LedgerState(Kept):
    """The ledger and its signers; ``waiting`` are root signers who have not accepted yet.

    ``root_changed`` is the position of the founding or of the last change of the root.
    """

    id: str
    name: str
    rules: int
    rehearsal: bool
    solo: bool
    root_threshold: int
    root_changed: int
    roster: tuple[str, ...]
    waiting: tuple[str, ...]

    prefix: ClassVar[str] = "ledger"


@dataclass(frozen=True, slots=True)
class LastState(Kept):
    """The position of a signer's last admitted entry."""

    signer: str
    position: int

    prefix: ClassVar[str] = "last"
    named: ClassVar[str | None] = "signer"


@dataclass(frozen=True, slots=True)
class PolicyState(Kept):
    """A published policy: its text, the canonical JSON that judges, and where it stands.

    ``unsupported`` says that the consent to it was lost when a key was disowned.
    """

    number: int
    text: str
    canonical: str
    position: int
    at: int
    unsupported: bool = False

    prefix: ClassVar[str] = "policy"
    named: ClassVar[str | None] = "number"


@dataclass(frozen=True, slots=True)
class ProposalState(Kept):
    """A proposal: what it asks for, what was attached to it and who said what.

    ``said_position`` is that of the last admitted entry of its stream; ``lapsed`` says that
    the revision had expired before one of them. ``revised_by`` opened or revised it last;
    ``answering`` answered for services among its authors when they wrote it; ``bred`` says
    that a service opened or revised it. ``given_up`` are the approvals that stood when it was
    closed and were retracted, or given anew, since.
    """

    id: str
    number: int
    opener: str
    opened_at: int
    opened_position: int
    revision: int
    revised_at: int
    revised_position: int
    revised_by: str
    said_position: int
    lapsed: bool
    base: int | None
    policy: int
    effect: Effect
    effect_hash: str
    stack_digest: str | None
    authors: tuple[str, ...]
    answering: tuple[str, ...]
    bred: bool
    added: tuple[FactAddition, ...]
    documents: tuple[Document, ...]
    approvals: tuple[Approval, ...]
    rejections: tuple[Rejection, ...]
    given_up: tuple[Approval, ...]
    closure: Closure | None

    prefix: ClassVar[str] = "proposal"
    named: ClassVar[str | None] = "id"

    @property
    def closed(self) -> Closing | None:
        """How it was closed, if it was."""
        return None if self.closure is None else self.closure.how

    @property
    def closed_position(self) -> int | None:
        """Where it was closed, if it was."""
        return None if self.closure is None else self.closure.position


@dataclass(frozen=True, slots=True)
class NumberState(Kept):
    """Which proposal people mean by a number."""

    number: int
    proposal: str

    prefix: ClassVar[str] = "number"
    named: ClassVar[str | None] = "number"


@dataclass(frozen=True, slots=True)
class CandidatesState(Kept):
    """How many open proposals of releases a service has opened."""

    service: str
    count: int

    prefix: ClassVar[str] = "candidates"
    named: ClassVar[str | None] = "service"


@dataclass(frozen=True, slots=True)
class DeedState(Kept):
    """What a disowning may have to undo, and the position of the one before.

    An enactment or a completion of ``proposal``, or a note of the ``finding`` at a position.
    """

    position: int
    before: int | None
    proposal: str | None
    finding: int | None

    prefix: ClassVar[str] = "deed"
    named: ClassVar[str | None] = "position"


@dataclass(frozen=True, slots=True)
class DocumentState(Kept):
    """Which proposal the document attached at a position belongs to."""

    position: int
    proposal: str

    prefix: ClassVar[str] = "document"
    named: ClassVar[str | None] = "position"


@dataclass(frozen=True, slots=True)
class JumpState(Kept):
    """An entry that took ledger time past another hour, and the ledger time an hour before."""

    position: int
    before: int

    prefix: ClassVar[str] = "jump"
    named: ClassVar[str | None] = "position"


@dataclass(frozen=True, slots=True)
class FindingState(Kept):
    """The findings at a position, and who took note of them where.

    A ``notice`` is about what somebody did not do; the entry itself broke no rule.
    """

    position: int
    rules: tuple[str, ...]
    alarm: bool
    acknowledged_by: str | None = None
    acknowledged_at: int | None = None
    notice: bool = False

    prefix: ClassVar[str] = "finding"
    named: ClassVar[str | None] = "position"


@dataclass(frozen=True, slots=True)
class Place(Kept):
    """The last placed entry of a stream: its version and leaf hash."""

    stream: str
    version: int
    leaf: str

    prefix: ClassVar[str] = "place"
    named: ClassVar[str | None] = "stream"


State = (
    Head
    | LedgerState
    | SignerState
    | KeyState
    | MaterialState
    | StopState
    | TargetState
    | LastState
    | PolicyState
    | ProposalState
    | NumberState
    | CandidatesState
    | CompletedState
    | DeedState
    | DocumentState
    | AliasState
    | EarlierState
    | ObservationState
    | WindowsState
    | ReviewState
    | ExceptionState
    | ExceptionsState
    | DrillState
    | JumpState
    | FindingState
    | Place
)
"""Every kind of row of a standing."""
