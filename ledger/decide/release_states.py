"""The state of releases: what aliases run, what is on its way, what was seen of it; reviews."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from ledger.decide.kept import Kept
from ledger.model.events import Metric
from ledger.model.names import Tier
from ledger.model.stack import Stack
from ledger.policy.case import Lent

Reviewed = Literal["rollback", "exception", "override"]
"""What there are reviews of."""


@dataclass(frozen=True, slots=True)
class Watched:
    """An observation of a release: by whom, on whose account, and whether all checks held.

    ``persons`` are the observer and who answers for it, ``loans`` the lent roles it was done
    in, if in none of their own; ``until`` is as far as it reaches.
    """

    position: int
    at: int
    signer: str
    persons: tuple[str, ...]
    loans: tuple[Lent, ...]
    until: int
    passing: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was passed: by whom, in which lent roles, and by which observation if any.

    ``policy`` is the number in force then.
    """

    stage: str
    policy: int
    position: int
    at: int
    by: str
    loans: tuple[Lent, ...]
    seen: Watched | None


@dataclass(frozen=True, slots=True)
class Release:
    """A stack on its way to an alias, or arrived: by which proposal, with which numbers.

    ``stage_at`` is when it came into ``stage``, ``operators`` are those who brought it there,
    with who lent them the role; ``watched`` are the observations since that decide whether
    it goes on: the first failing and the first passing one, after the soak, of each
    observer. ``before`` is the proposal of the stack that the alias ran before it, ``window``
    the end of the time for which it is watched once completed, as it was reckoned then, and
    ``result`` the observation that reached it, ``missed`` that nobody made one in time;
    ``exceptions`` are those under which it was started; ``unsupported`` says that the consent
    to it, or what a step rested on, was lost when a key was disowned.
    """

    proposal: str
    number: int
    stack: Stack
    metrics: tuple[Metric, ...]
    review: str
    policy: int
    tier: Tier
    stage: str
    stage_at: int
    stage_position: int
    started_at: int
    started_position: int
    operators: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    watched: tuple[Watched, ...] = ()
    completed_at: int | None = None
    completed_position: int | None = None
    before: str | None = None
    window: int | None = None
    result: Watched | None = None
    missed: bool = False
    exceptions: tuple[str, ...] = ()
    rolled_back: bool = False
    unsupported: bool = False


@dataclass(frozen=True, slots=True)
class AliasState(Kept):
    """What an alias points at; ``changed`` is the position that new proposals are based on.

    There another stack came to run, or none, or a candidate lost its consent. ``owing`` are
    the proposals of the releases that were started under an exception and are neither fully
    approved nor rolled back.
    """

    alias: str
    stable: Release | None
    candidate: Release | None
    changed: int | None
    owing: tuple[str, ...] = ()

    prefix: ClassVar[str] = "alias"
    named: ClassVar[str | None] = "alias"

    def running(self, proposal: str) -> Release | None:
        """The release of *proposal*, under way or completed, if the alias has it now."""
        found = (self.candidate, self.stable)
        return next((one for one in found if one is not None and one.proposal == proposal), None)


@dataclass(frozen=True, slots=True)
class EarlierState(Kept):
    """A stack that an alias ran until the next was completed, or until it was taken back."""

    proposal: str
    release: Release

    prefix: ClassVar[str] = "earlier"
    named: ClassVar[str | None] = "proposal"


@dataclass(frozen=True, slots=True)
class Completion:
    """That a stack was completed in an environment, and not taken back: by which proposal."""

    environment: str
    proposal: str


@dataclass(frozen=True, slots=True)
class CompletedState(Kept):
    """Where a stack of a model was completed; ``stack`` is model@digest."""

    stack: str
    completions: tuple[Completion, ...]

    prefix: ClassVar[str] = "completed"
    named: ClassVar[str | None] = "stack"


@dataclass(frozen=True, slots=True)
class ObservationState(Kept):
    """An observation: of which release, by whom, and what was wrong with it as judged then.

    ``complaints`` say why it does not pass the stage, ``breaches`` which triggers it breached;
    it passed where there is neither.
    """

    position: int
    proposal: str
    stage: str
    signer: str
    loans: tuple[Lent, ...]
    at: int
    complaints: tuple[str, ...]
    breaches: tuple[str, ...]

    prefix: ClassVar[str] = "observation"
    named: ClassVar[str | None] = "position"

    @property
    def passing(self) -> bool:
        """Whether it passes the stage."""
        return not (self.complaints or self.breaches)


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A completed release whose result is due: by when, and where and when that was reckoned."""

    due: int
    alias: str
    proposal: str
    position: int
    at: int


@dataclass(frozen=True, slots=True)
class WindowsState(Kept):
    """The windows whose results are not due yet, the earliest first, and those ``lapsed`` since.

    These are kept until something else runs: a clock may have run ahead of them.
    """

    windows: tuple[OpenWindow, ...]
    lapsed: tuple[OpenWindow, ...] = ()

    prefix: ClassVar[str] = "windows"


@dataclass(frozen=True, slots=True)
class ReviewState(Kept):
    """A review: of what, due when, and closed by whom and where.

    ``what`` is a rollback (``proposal`` was taken back), an exception (which ``proposal`` asked
    for) or a stop. ``persons`` are those whose doing it was: it takes somebody else to review it.
    """

    subject: str
    what: Reviewed
    alias: str | None
    proposal: str | None
    persons: tuple[str, ...]
    position: int
    at: int
    due: int | None
    closed_by: str | None = None
    closed_position: int | None = None
    closed_at: int | None = None

    prefix: ClassVar[str] = "review"
    named: ClassVar[str | None] = "subject"
