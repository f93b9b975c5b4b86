"""One walk for every act: sync, decide, place, show, seal, judge, append, sync, receipt.

The arguments are a log, a keeper of the standing, this user's state and a signer; nothing here
knows of views, terminals or configuration. The walk is a convenience and a courtesy:
whoever writes around it is caught at replay, where the same rules are asked again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Finding, Judged
from ledger.decide.signer_states import SignerState
from ledger.decide.verbs import require_may_act
from ledger.errors import Conflict, Refused, Uncheckable, Unproven
from ledger.model.entry import Author, Entry, Seen
from ledger.model.events import Event
from ledger.model.kinds import stream_of
from ledger.model.terms import format_instant
from ledger.seal.envelope import Examined, KeyHolder, examine, seal
from ledger.seal.merkle import leaf_hash, root
from ledger.store.log import EventLog
from ledger.store.rows import Placed, Row
from ledger.store.state import Mark, State
from ledger.store.state import Receipt as Acknowledged

CHUNK = 4_000
"""How many entries are judged before their standing is kept."""

STEP = 500
"""How many entries are judged, or read, at a time; after each, progress is told."""

ATTEMPTS = 50
"""How often the same bytes are offered to a log that others write to."""


class Keeper(Protocol):
    """Keeps the standing and whatever is derived from it, in one transaction."""

    def standing(self) -> Standing:
        """The standing as it was last kept."""

    def keep(self, judged: Sequence[Judged], standing: Standing) -> None:
        """Keep *standing* with all that follows from the entries it just passed."""


Examiner = Callable[[Iterator[Row]], Iterator[tuple[Row, Examined]]]
"""Examines the envelopes of rows, in order; a shell may use many processes."""

Progress = Callable[[int, int], None]
"""Told how many entries of how many are done."""

Decision = Callable[[Standing, SignerState, int], Event]
"""A verb with its arguments: standing, author and time in, event out."""

Confirm = Callable[[Standing, Entry], None]
"""Shows an entry before it is signed; raises to refrain."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every act needs: the log, what this client verified of it, and which it should be."""

    id: str
    log: EventLog
    keeper: Keeper
    state: State
    examiner: Examiner
    progress: Progress


@dataclass(frozen=True, slots=True)
class Signer:
    """Who acts: their name and what holds their key."""

    name: str
    key: KeyHolder


@dataclass(frozen=True, slots=True)
class Receipt:
    """What came of an act: the entry's place, and the log as it was verified afterwards."""

    position: int
    leaf: str
    entry: Entry
    size: int
    root: str


def sync(ledger: Ledger) -> Standing:
    """Read, verify and judge what is new; keep the standing; move the mark.

    Raises :class:`Unproven` where the log is shorter than, or other than, what this
    client verified before; then nothing is kept. Where another process of the same user
    was quicker, its work is taken up.
    """
    for _ in range(ATTEMPTS):
        try:
            return _catch_up(ledger)
        except Conflict as error:
            if error.code != "views-moved":
                raise
    raise Conflict("views-busy", "other processes keep moving the views", hint="try again")


def _catch_up(ledger: Ledger) -> Standing:
    standing = ledger.keeper.standing()
    size = ledger.log.size()
    mark = ledger.state.mark()
    _require_continuation(ledger, standing, size, mark)
    judged: list[Judged] = []
    rows = _rows(ledger.log, standing.head.size, size)
    for _, examined in ledger.examiner(rows):
        judged.append(judge(standing, examined, ledger.id))
        if mark is not None and standing.head.size == mark.size:
            # Here and not when a batch is kept: the standing knows the last roots only.
            _require_marked(standing, mark)
        if standing.head.size % STEP == 0:
            ledger.progress(standing.head.size, size)
        if len(judged) == CHUNK:
            _keep(ledger, judged, standing)
            judged = []
    if judged or _is_unmarked(standing, mark):
        _keep(ledger, judged, standing)
        ledger.progress(standing.head.size, size)
    return standing


def act(
    ledger: Ledger, signer: Signer, decision: Decision, *, now: int, confirm: Confirm
) -> Receipt:
    """Decide, sign and append one entry; the same bytes are judged again before they land.

    Raises what the rules say (:class:`Refused`), :class:`Conflict` where somebody wrote
    first and the answer changed, :class:`Unproven` where the log is not what it was,
    :class:`Uncheckable` (``stored-then-failed``) where only what follows the append failed.
    """
    standing = sync(ledger)
    entry = prepare(standing, signer, decision, now=now, ledger_id=ledger.id)
    confirm(standing, entry)
    raw = seal(entry.payload(), signer.key)
    position = _append(ledger, standing, entry, raw)
    try:
        return receipt(ledger, entry, leaf_hash(raw))
    except (Uncheckable, Conflict) as trouble:
        raise Uncheckable(
            "stored-then-failed",
            f"the entry is stored, at position {position}: do not write it again."
            f" What follows failed: {trouble.code}: {trouble.message}",
            hint=trouble.hint,
        ) from trouble


def prepare(
    standing: Standing, signer: Signer, decision: Decision, *, now: int, ledger_id: str
) -> Entry:
    """The entry that would be signed: the verb's event in its place."""
    key = signer.key.public.id
    by = standing.signer(signer.name)
    owner = standing.owner_of(key)
    if by is None:
        raise Refused("unknown-signer", f"{signer.name} is not a signer of this ledger")
    if owner is None or owner.id != by.id:
        raise Refused(
            "key-owner",
            f"the key {key} is not {signer.name}'s in this ledger",
            hint="assent signer show prints the accepted key",
        )
    event = decision(standing, by, max(now, standing.head.time))
    require_may_act(standing, by, key, event)
    return place(standing, event, signer, now=now, ledger_id=ledger_id)


def place(
    standing: Standing, event: Event, signer: Signer, *, now: int, ledger_id: str | None
) -> Entry:
    """Put *event* into its place: after its stream's last entry, having seen the standing."""
    stream = stream_of(event)
    last = standing.place(stream)
    head = standing.head
    return Entry(
        at=format_instant(now),
        by=Author(key=signer.key.public.id, signer=signer.name),
        event=event,
        ledger=ledger_id,
        previous=None if last is None else last.leaf,
        seen=Seen(root=root(head.frontier).hex(), size=head.size),
        stream=stream,
        version=1 if last is None else last.version + 1,
    )


def receipt(ledger: Ledger, entry: Entry, leaf: bytes) -> Receipt:
    """Verify that the entry stands in the log, and say where."""
    standing = sync(ledger)
    position = ledger.log.find(leaf)
    if position is None:
        raise Unproven("not-stored", "the log acknowledged the entry and does not hold it")
    ledger.state.add_receipts([Acknowledged(position, leaf)])
    head = standing.head
    return Receipt(position, leaf.hex(), entry, head.size, root(head.frontier).hex())


def _append(ledger: Ledger, standing: Standing, entry: Entry, raw: bytes) -> int:
    """Append these bytes where they hold on the newest standing, in a turn of ours; their position.

    Without turns a client that judges slowly would lose to quick ones at every attempt.
    """
    examined = examine(raw)
    placed = Placed(entry.stream, entry.version, entry.event.kind, raw)
    with ledger.log.turn():
        for attempt in range(ATTEMPTS):
            judged = judge(standing.fork(), examined, ledger.id)
            if judged.finding is not None:
                raise _not_now(judged.finding, again=attempt > 0)
            try:
                return ledger.log.append([placed], size=standing.head.size).size - 1
            except Conflict:
                standing = sync(ledger)
    raise Conflict("log-busy", f"others wrote first {ATTEMPTS} times", hint="try again")


def _not_now(finding: Finding, *, again: bool) -> Refused | Conflict:
    """Why an entry is not appended: refused at once, or *again* judged after others wrote."""
    if again:
        text = f"somebody wrote first: {finding.message}"
        return Conflict(finding.rule, text, hint="look again, then retry")
    hint = finding.expected
    if finding.rule == "back-dated":
        hint = (
            f"your clock says {finding.actual}, and the ledger takes {hint}: set your clock right"
        )
    return Refused(finding.rule, finding.message, hint=hint)


def _require_continuation(ledger: Ledger, standing: Standing, size: int, mark: Mark | None) -> None:
    """The log must hold what this client verified: at least as long, with the same last leaf."""
    head = standing.head
    known = max(head.size, 0 if mark is None else mark.size)
    if size < known:
        raise Unproven(
            "log-shorter",
            f"the log holds {size} entries; this client verified {known}",
            hint="assent verify says more; nothing was written",
        )
    if head.size:
        row = ledger.log.row(head.size - 1)
        if row.raw is None or leaf_hash(row.raw) != head.leaf:
            raise Unproven(
                "log-changed",
                f"the entry at position {head.size - 1} is not the one this client verified",
                hint="assent verify says more; nothing was written",
            )


def _is_unmarked(standing: Standing, mark: Mark | None) -> bool:
    """Whether a standing was kept without its mark: whoever kept it ended in between."""
    return standing.head.size > (0 if mark is None else mark.size)


def _keep(ledger: Ledger, judged: Sequence[Judged], standing: Standing) -> None:
    _require_marked(standing, ledger.state.mark())
    ledger.keeper.keep(judged, standing)
    ledger.state.advance_mark(Mark(standing.head.size, root(standing.head.frontier)))


def _require_marked(standing: Standing, mark: Mark | None) -> None:
    """The first entries must be those under the *mark*, as far as the standing still knows."""
    known = None if mark is None or mark.size > standing.head.size else standing.root_at(mark.size)
    if mark is not None and known is not None and known != mark.root:
        raise Unproven(
            "log-changed",
            f"the first {mark.size} entries are not those this client verified",
            hint="assent verify says more; nothing was written",
        )


def _rows(log: EventLog, start: int, size: int) -> Iterator[Row]:
    while start < size:
        rows = log.read(start, 4 * STEP)
        for row in rows:
            if row.raw is None:
                raise Unproven(
                    "missing-entry",
                    f"the entry at position {row.position} is gone from the log",
                    hint="assent verify says more",
                )
            yield row
        start += len(rows)
        if not rows:
            raise Unproven("missing-entry", f"the entry at position {start} is gone from the log")
