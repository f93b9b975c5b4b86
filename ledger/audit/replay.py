"""Replay: one entry after the other, judged by the rules that allowed it.

An entry is *placed* when it parses, is properly signed by a key the ledger knows,
names this ledger and follows the last placed entry of its stream. It is *admitted*
when what it says to have seen is true, its time is possible, its author may act,
and the verb makes an equal event from its arguments. Everything else stays in the
log, has no effect on any state, and is a finding.
"""

from ledger.decide import clock, founding, windows
from ledger.decide.acknowledgement import unanswered
from ledger.decide.applying import evolve
from ledger.decide.context import SEEN_WINDOW, Standing
from ledger.decide.happening import Happening
from ledger.decide.judgement import ALARMS, SEEN_MISMATCH, Finding, Judged
from ledger.decide.replacing import replace
from ledger.decide.signer_states import SignerState
from ledger.decide.states import FindingState, Head, LastState, Place
from ledger.decide.verbs import decide
from ledger.errors import AssentError, Refused
from ledger.model.entry import Author, Entry, ledger_id, parse_entry
from ledger.model.events import Event, LedgerFounded
from ledger.model.kinds import stream_of
from ledger.model.terms import format_instant, parse_instant
from ledger.seal.envelope import Examined
from ledger.seal.merkle import push, root


class _RuleError(Exception):
    """A rule did not hold; carries the finding. Never leaves this module."""

    def __init__(
        self, rule: str, message: str, expected: str | None = None, actual: str | None = None
    ) -> None:
        super().__init__(message)
        self.rule = rule
        self.expected = expected
        self.actual = actual


def judge(standing: Standing, examined: Examined, pinned: str) -> Judged:
    """Judge the next envelope of the log and move *standing* past it.

    *pinned* is the id of the ledger this log is supposed to be.
    """
    position = standing.head.size
    entry: Entry | None = None
    placed = admitted = False
    finding: Finding | None = None
    notices: tuple[Finding, ...] = ()
    at = standing.head.time
    try:
        entry = _parse(examined)
        signer = _place(standing, entry, examined, pinned)
        placed = True
        at, notices = _admit(standing, entry, examined, signer, pinned)
        admitted = True
    except _RuleError as broken:
        finding = Finding(position, broken.rule, str(broken), broken.expected, broken.actual)
        _record(standing, finding)
    advance(standing, examined.leaf, at)
    return Judged(position, examined.leaf, entry, placed, admitted, at, finding, notices)


def advance(standing: Standing, leaf: bytes, time: int) -> None:
    """Move *standing* past a leaf, whatever was judged of it; ledger time becomes *time*."""
    head = standing.head
    size = head.size + 1
    frontier = push(head.size, head.frontier, leaf)
    standing.put(replace(head, size=size, frontier=frontier, leaf=leaf, time=time))
    standing.put_root(size, root(frontier))


def _parse(examined: Examined) -> Entry:
    if examined.fault is not None or examined.payload is None:
        code, message = examined.fault or ("malformed", "no payload")
        raise _RuleError(code, message)
    try:
        return parse_entry(examined.payload)
    except AssentError as error:
        raise _RuleError(error.code, error.message) from None


def _place(standing: Standing, entry: Entry, examined: Examined, pinned: str) -> SignerState | None:
    """The signer of a placed entry, ``None`` for the founding."""
    head = standing.head
    if head.size == 0:
        _place_founding(entry, examined, pinned)
        signer = None
    else:
        signer = standing.owner_of(entry.by.key)
        if signer is None:
            raise _RuleError("unknown-key", f"the key {entry.by.key} is not known to this ledger")
        if signer.id != entry.by.signer:
            raise _RuleError("key-owner", f"the key is {signer.id}'s", signer.id, entry.by.signer)
        if entry.ledger != pinned:
            raise _RuleError("wrong-ledger", "names another ledger", pinned, str(entry.ledger))
    last = standing.place(entry.stream)
    version, previous = (1, None) if last is None else (last.version + 1, last.leaf)
    if (entry.version, entry.previous) != (version, previous):
        raise _RuleError(
            "out-of-place",
            f"does not follow the last entry of {entry.stream}",
            f"version {version} after {previous}",
            f"version {entry.version} after {entry.previous}",
        )
    standing.put(Place(entry.stream, entry.version, examined.leaf.hex()))
    return signer


def _place_founding(entry: Entry, examined: Examined, pinned: str) -> None:
    if not isinstance(entry.event, LedgerFounded) or entry.ledger is not None:
        raise _RuleError("not-founded", "the log does not begin with a founding")
    found = ledger_id(examined.payload or b"")
    if found != pinned:
        raise _RuleError(
            "other-ledger", "this is another ledger than the one pinned", pinned, found
        )


def _admit(
    standing: Standing,
    entry: Entry,
    examined: Examined,
    signer: SignerState | None,
    pinned: str,
) -> tuple[int, tuple[Finding, ...]]:
    """Check all that admission asks and apply the event.

    Ledger time from then on, and what that says of earlier entries.
    """
    head = standing.head
    stream = stream_of(entry.event)
    if stream != entry.stream:
        raise _RuleError("wrong-stream", "stands on another stream", stream, entry.stream)
    _check_seen(standing, entry)
    claimed = parse_instant(entry.at)
    limit = clock.earliest(standing, entry.event)
    if claimed < limit:
        raise _RuleError(
            "back-dated",
            "claims a time before ledger time",
            f"{format_instant(limit)} or later",
            entry.at,
        )
    at = max(claimed, head.time)
    _check_event(standing, entry, signer, at)
    happening = Happening(head.size, examined.leaf.hex(), entry.by.signer, at)
    standing.put_jump(*clock.jumped(standing, at))
    notices = tuple(windows.lapse(standing, at))
    standing.put(*evolve(standing, entry.event, happening, pinned))
    standing.put(LastState(entry.by.signer, head.size))
    return clock.after(entry.event, at), notices


def _check_seen(standing: Standing, entry: Entry) -> None:
    position, seen = standing.head.size, entry.seen
    if seen.size > position:
        raise _RuleError(
            SEEN_MISMATCH,
            "its signer had seen more entries than stand before it",
            f"at most {position}",
            str(seen.size),
        )
    last = standing.last_of(entry.by.signer)
    if seen.size < position - SEEN_WINDOW or (last is not None and seen.size <= last):
        raise _RuleError(
            "seen-stale",
            "its signer had not seen their own last entry, or too little of the log",
            f"at least {max(position - SEEN_WINDOW, 0 if last is None else last + 1)}",
            str(seen.size),
        )
    known = root(()) if seen.size == 0 else standing.root_at(seen.size)
    if known is None or known.hex() != seen.root:
        raise _RuleError(
            SEEN_MISMATCH,
            f"its signer had seen another history of {seen.size} entries",
            None if known is None else known.hex(),
            seen.root,
        )


def _check_event(standing: Standing, entry: Entry, signer: SignerState | None, at: int) -> None:
    event = entry.event
    try:
        again: Event
        if isinstance(event, LedgerFounded):
            again = _found_again(standing, event, entry.by)
        elif signer is None:
            raise Refused("not-founded", "the log does not begin with a founding")
        else:
            again = decide(standing, by=signer, key=entry.by.key, at=at, event=event)
    except AssentError as error:
        raise _RuleError(error.code, error.message, error.hint) from None
    if again != event:
        expected, actual = _first_difference(again.model_dump(), event.model_dump())
        raise _RuleError("event-differs", "the rules make another event of it", expected, actual)


def _found_again(standing: Standing, event: LedgerFounded, by: Author) -> LedgerFounded:
    return founding.found(
        standing,
        founder=by.signer,
        founder_key=by.key,
        name=event.name,
        roster=event.roster,
        root_threshold=event.root_threshold,
        policy=event.policy,
        rehearsal=event.rehearsal,
        solo=event.solo,
        rules=event.rules,
    )


def _first_difference(ours: dict[str, object], theirs: dict[str, object]) -> tuple[str, str]:
    for field, value in ours.items():
        if theirs.get(field) != value:
            return f"{field} {value}", f"{field} {theirs.get(field)}"
    return "an equal event", "another kind of event"


def _record(standing: Standing, finding: Finding) -> None:
    """Keep the finding in the standing, so that somebody can take note of it."""
    if finding.position is None:
        return
    alarm = finding.rule in ALARMS
    head: Head = standing.head
    kept = FindingState(finding.position, (finding.rule,), alarm)
    standing.put(kept, unanswered(head, kept, 1))
