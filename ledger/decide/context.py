"""The standing: everything a decision may look at, at one position.

A standing is a map of small frozen rows. It may rest on rows that a shell keeps
(:class:`Rows`), so that a ledger of any length is judged in bounded memory, and it
can be forked, so that an entry is judged without touching what stands.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

from ledger.decide.exception_states import DrillState, ExceptionsState, ExceptionState
from ledger.decide.kept import Changes, NoRows, Rows, decode_row, encode_row
from ledger.decide.release_states import (
    AliasState,
    CompletedState,
    Completion,
    EarlierState,
    ObservationState,
    Release,
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
from ledger.decide.states import (
    CandidatesState,
    DeedState,
    DocumentState,
    FindingState,
    Head,
    JumpState,
    LastState,
    LedgerState,
    NumberState,
    Place,
    PolicyState,
    ProposalState,
    State,
)
from ledger.decide.worked_out import WorkedOut
from ledger.errors import BadInput
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy

Row = TypeVar("Row", bound=State)
Found = TypeVar("Found")

SEEN_WINDOW = 4096
"""How far ``seen`` may lag behind an entry's own position."""

CACHED_ROWS = 4096
"""How many settled rows a standing keeps in memory."""


class Standing:
    """The state of all streams at one position; ``head`` says at which."""

    def __init__(self, rows: Rows | None = None, parent: "Standing | None" = None) -> None:
        self._rows: Rows = NoRows() if rows is None else rows
        self._parent = parent
        self._settled: OrderedDict[str, State | None] = OrderedDict()
        self._changed: dict[str, State] = {}
        self._roots: dict[int, bytes] = {}
        self._changes = 0
        self._worked_out = WorkedOut()
        self.head = self._load("head", Head) or Head()

    def fork(self) -> "Standing":
        """A standing that starts as this one and changes on its own."""
        return Standing(parent=self)

    def put(self, *states: State) -> None:
        """Replace the rows of *states*."""
        self._changes += 1
        self._keep(states)

    def put_jump(self, *states: State) -> None:
        """Replace rows that say how ledger time jumped: nothing worked out so far rests on them."""
        self._keep(states)

    def _keep(self, states: tuple[State, ...]) -> None:
        for state in states:
            if isinstance(state, Head):
                self.head = state
            self._changed[state.key] = state

    def once(self, what: Hashable, of: object, work: Callable[[], Found]) -> Found:
        """What *work* makes of this standing; until that changes, *what* is worked out once.

        *of* are the objects that *what* names by their identity.
        """
        return self._worked_out.once(self._moment(), what, of, work)

    def _moment(self) -> int:
        """A number that grows with each change of what this standing shows."""
        before = 0 if self._parent is None else self._parent._moment()  # noqa: SLF001 - the same class
        return before + self._changes

    def put_root(self, size: int, root: bytes) -> None:
        """Remember the Merkle root of the log at *size*."""
        self._roots[size] = root
        self._roots.pop(size - SEEN_WINDOW - 1, None)

    def changed(self) -> tuple[State, ...]:
        """The rows that this fork has changed so far."""
        return tuple(self._changed.values())

    def settle(self) -> Changes:
        """Give out what has changed since the last time, to be kept by the shell."""
        rows = {key: encode_row(state) for key, state in self._changed.items()}
        changes = Changes(rows, dict(self._roots))
        self._settled.update(self._changed)
        self._changed.clear()
        if not isinstance(self._rows, NoRows):
            self._roots.clear()
            while len(self._settled) > CACHED_ROWS:
                self._settled.popitem(last=False)
        return changes

    def ledger(self) -> LedgerState | None:
        """The ledger as founded; ``None`` before."""
        return self._load("ledger", LedgerState)

    def signer(self, signer: str) -> SignerState | None:
        """The signer of that id."""
        return self._load(f"signer:{signer}", SignerState)

    def owner_of(self, key_id: str) -> SignerState | None:
        """The signer under whose name a key is known."""
        known = self._load(f"key:{key_id}", KeyState)
        return None if known is None else self.signer(known.signer)

    def key_of_material(self, material: str) -> str | None:
        """The id of the key that was named with that material, if one ever was."""
        known = self._load(f"material:{material}", MaterialState)
        return None if known is None else known.key_id

    def stop(self, stop: str) -> StopState | None:
        """The stop of that id."""
        return self._load(f"stop:{stop}", StopState)

    def target(self, target: str) -> TargetState | None:
        """The stops of *target* that hold; ``None`` where none does."""
        found = self.target_state(target) if self.head.stops else None
        return None if found is None or not found.stops else found

    def target_state(self, target: str) -> TargetState | None:
        """The stops there ever were of *target*."""
        return self._load(f"target:{target}", TargetState)

    def jump(self, position: int) -> JumpState | None:
        """How far the entry at *position* took ledger time ahead, if it was far."""
        return self._load(f"jump:{position}", JumpState)

    def last_of(self, signer: str) -> int | None:
        """The position of a signer's last admitted entry."""
        last = self._load(f"last:{signer}", LastState)
        return None if last is None else last.position

    def proposal(self, proposal: str) -> ProposalState | None:
        """The proposal of that id."""
        return self._load(f"proposal:{proposal}", ProposalState)

    def numbered(self, number: int) -> ProposalState | None:
        """The proposal people refer to by *number*."""
        found = self._load(f"number:{number}", NumberState)
        return None if found is None else self.proposal(found.proposal)

    def candidates_of(self, service: str) -> int:
        """How many open proposals of releases *service* has opened."""
        found = self._load(f"candidates:{service}", CandidatesState)
        return 0 if found is None else found.count

    def completed_in(self, model: str, stack_digest: str) -> tuple[str, ...]:
        """The environments in which that stack of *model* was completed, and not taken back."""
        completions = self.completions(model, stack_digest)
        return tuple(sorted({one.environment for one in completions}))

    def completions(self, model: str, stack_digest: str) -> tuple[Completion, ...]:
        """Each time that stack of *model* was completed somewhere."""
        found = self._load(f"completed:{model}@{stack_digest}", CompletedState)
        return () if found is None else found.completions

    def deeds_after(self, position: int) -> Iterator[DeedState]:
        """What a disowning may have to undo past *position*, newest first."""
        at = self.head.deed
        while at is not None and at > position:
            deed = self._load(f"deed:{at}", DeedState)
            if deed is None:
                return
            yield deed
            at = deed.before

    def holder_of(self, position: int) -> ProposalState | None:
        """The proposal whose document was attached at *position*."""
        found = self._load(f"document:{position}", DocumentState)
        return None if found is None else self.proposal(found.proposal)

    def alias(self, alias: str) -> AliasState:
        """The alias of that name; empty where nothing was ever released to it."""
        return self._load(f"alias:{alias}", AliasState) or AliasState(alias, None, None, None)

    def earlier(self, proposal: str) -> Release | None:
        """The release of *proposal* that an alias ran until the next one was completed."""
        found = self._load(f"earlier:{proposal}", EarlierState)
        return None if found is None else found.release

    def observation(self, position: int) -> ObservationState | None:
        """The observation at *position*, and what was wrong with it."""
        return self._load(f"observation:{position}", ObservationState)

    def windows(self) -> WindowsState:
        """The windows in which completed releases are watched."""
        return self._load("windows", WindowsState) or WindowsState(())

    def review(self, subject: str) -> ReviewState | None:
        """The review of *subject*."""
        return self._load(f"review:{subject}", ReviewState)

    def exception(self, exception: str) -> ExceptionState | None:
        """The exception of that id."""
        return self._load(f"exception:{exception}", ExceptionState)

    def exceptions_of(self, about: str) -> tuple[ExceptionState, ...]:
        """The exceptions of ``alias/<alias>``, ``owner/<id>`` or ``proposal/<id>``, in order."""
        if not self.head.exceptions:
            return ()
        found = self._load(f"exceptions:{about}", ExceptionsState)
        every = (self.exception(id_) for id_ in (() if found is None else found.exceptions))
        return tuple(one for one in every if one is not None)

    def drill(self, drill: str) -> DrillState | None:
        """The drill of a stop of that id."""
        return self._load(f"drill:{drill}", DrillState)

    def has_alias(self, alias: str) -> bool:
        """Whether a release to *alias* was ever started, though nothing may be left of it."""
        return self._load(f"alias:{alias}", AliasState) is not None

    def policy_state(self, number: int) -> PolicyState | None:
        """The published policy of that number."""
        return self._load(f"policy:{number}", PolicyState)

    def policy(self, number: int | None = None) -> Policy:
        """The policy of that number; without one, the policy in force.

        Raises :class:`BadInput` (``unknown-policy``) where there is none.
        """
        wanted = self.head.policy if number is None else number
        state = self.policy_state(wanted)
        if state is None:
            raise BadInput("unknown-policy", f"there is no policy {wanted}")
        return parse_policy(state.canonical)

    def finding(self, position: int) -> FindingState | None:
        """The findings at *position*."""
        return self._load(f"finding:{position}", FindingState)

    def place(self, stream: str) -> Place | None:
        """The last placed entry of *stream*."""
        return self._load(f"place:{stream}", Place)

    def root_at(self, size: int) -> bytes | None:
        """The Merkle root at *size*, within the window that ``seen`` may lag."""
        if size in self._roots:
            return self._roots[size]
        if self._parent is not None:
            return self._parent.root_at(size)
        return self._rows.root(size)

    def signers(self) -> tuple[SignerState, ...]:
        """Every signer of the ledger, in the order of their names."""
        ledger = self.ledger()
        names = () if ledger is None else ledger.roster
        found = (self.signer(name) for name in sorted(names))
        return tuple(signer for signer in found if signer is not None)

    def _load(self, key: str, kind: type[Row]) -> Row | None:
        state = self._changed.get(key)
        if state is None:
            state = self._settled.get(key)
        if state is None:
            if self._parent is not None:
                return self._parent._load(key, kind)  # noqa: SLF001 - the same class
            if key in self._settled:
                return None
            raw = self._rows.row(key)
            state = self._settled[key] = None if raw is None else decode_row(raw, kind)
        return state if isinstance(state, kind) else None
