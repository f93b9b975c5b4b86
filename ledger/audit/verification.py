"""The whole log replayed once, in bounded memory, and what is to be said of it.

The store hands over rows as they are; the columns and leaf hashes beside an envelope
are its claims, and are compared. What is missing, changed or cut is found here; what
breaks a rule is found by :mod:`ledger.audit.replay`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.audit.findings import Verdict, verdict_of
from ledger.audit.replay import advance, judge
from ledger.decide.context import Standing
from ledger.decide.judgement import SHORTER, Finding, Judged
from ledger.model.events import EvidenceAttached
from ledger.seal.envelope import Examined
from ledger.seal.merkle import leaf_hash, root


@dataclass(frozen=True, slots=True)
class Stored:
    """A position as the store holds it; ``examined`` is ``None`` where the row is missing.

    Without ``has_columns`` the store keeps nothing beside its envelopes that could be compared.
    """

    position: int
    stream: str
    version: int
    kind: str
    indexed_leaf: bytes | None
    examined: Examined | None
    has_columns: bool = True


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A size and root that somebody verified before: a client's mark."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What a full replay found; ``acknowledged`` are findings somebody took note of.

    ``roots`` are those of the sizes that were asked for, as far as the log reaches.
    """

    verdict: Verdict
    size: int
    root: str
    findings: tuple[Finding, ...]
    acknowledged: tuple[Finding, ...]
    backed: bool
    roots: Mapping[int, bytes] = field(default_factory=dict)


CheckDocument = Callable[[str], Finding | None]
"""Looks at the document of a digest; a finding without position where it is not as it was."""

Keep = Callable[[Sequence[Judged]], None]
"""Takes judged entries, to rebuild views from them."""

BATCH = 10_000
"""How many entries are judged before they are kept: each batch judges every proposal anew that
is open and might be touched by it, so that small ones take twice the time in a long log."""


def verify(
    standing: Standing,
    stored: Iterable[Stored],
    pinned: str,
    *,
    mark: Witnessed | None,
    check_document: CheckDocument,
    keep: Keep,
    receipts: Mapping[int, bytes],
    sizes: Collection[int] = (),
) -> Verification:
    """Replay *stored* into the empty *standing* and give the verdict.

    *mark* is what this client verified before, *receipts* the leaf hashes of the entries
    it appended, by position; *keep* is called with every batch, and
    may settle the standing. The roots at the other *sizes* are in the answer.
    """
    findings: list[Finding] = []
    batch: list[Judged] = []
    asked = {*sizes} if mark is None else {*sizes, mark.size}
    roots = {0: root(())}
    checked: set[str] = set()
    for one in stored:
        judged = _step(standing, one, pinned, findings)
        if judged is not None:
            batch.append(judged)
            findings.extend(_documents(judged, check_document, checked))
            findings.extend(_against_receipts(judged, receipts))
        if standing.head.size in asked:
            roots[standing.head.size] = root(standing.head.frontier)
        if len(batch) >= BATCH:
            keep(batch)
            batch = []
    keep(batch)
    if mark is not None:
        findings.extend(_against_own_mark(standing, mark, roots.get(mark.size)))
    return _conclude(standing, findings, backed=mark is not None, roots=roots)


def _step(standing: Standing, one: Stored, pinned: str, findings: list[Finding]) -> Judged | None:
    """Judge one position; ``None`` where there is nothing to judge."""
    if one.position != standing.head.size:
        findings.append(
            Finding(
                standing.head.size,
                "missing-entry",
                "the log has no such position",
                str(standing.head.size),
                str(one.position),
            )
        )
    if one.examined is None:
        findings.append(Finding(one.position, "missing-entry", "the entry is gone from the log"))
        advance(standing, one.indexed_leaf or leaf_hash(b""), standing.head.time)
        return None
    judged = judge(standing, one.examined, pinned)
    if judged.finding is not None:
        findings.append(judged.finding)
    findings.extend(judged.notices)
    findings.extend(_index(one, judged))
    return judged


def _index(one: Stored, judged: Judged) -> Iterator[Finding]:
    """Where the store's index over an entry says something else than the entry."""
    if not one.has_columns:
        return
    if one.indexed_leaf != judged.leaf:
        yield Finding(
            judged.position,
            "leaf-differs",
            "the leaf hash in the index is not the envelope's",
            judged.leaf.hex(),
            None if one.indexed_leaf is None else one.indexed_leaf.hex(),
        )
    entry = judged.entry
    if entry is None:
        return
    signed = (entry.stream, entry.version, entry.event.kind)
    if signed != (one.stream, one.version, one.kind):
        yield Finding(
            judged.position,
            "columns-differ",
            "the columns of the row are not what was signed",
            " ".join(str(part) for part in signed),
            f"{one.stream} {one.version} {one.kind}",
        )


def _documents(judged: Judged, check: CheckDocument, checked: set[str]) -> Iterator[Finding]:
    if not judged.admitted or judged.entry is None:
        return
    event = judged.entry.event
    if not isinstance(event, EvidenceAttached) or event.digest in checked:
        return
    checked.add(event.digest)
    finding = check(event.digest)
    if finding is not None:
        yield Finding(
            judged.position, finding.rule, finding.message, finding.expected, finding.actual
        )


def _against_receipts(judged: Judged, receipts: Mapping[int, bytes]) -> Iterator[Finding]:
    mine = receipts.get(judged.position)
    if mine is not None and mine != judged.leaf:
        yield Finding(
            judged.position,
            "receipt-differs",
            "this is not the entry this client appended here",
            mine.hex(),
            judged.leaf.hex(),
        )


def against_mark(
    mark: Witnessed, size: int, root_there: bytes | None, *, shorter_than: str, those: str
) -> Iterator[Finding]:
    """Where a log of *size* entries, under *root_there* at the size of *mark*, is another one.

    *shorter_than* and *those* say whose mark it is.
    """
    if size < mark.size:
        yield Finding(
            size,
            SHORTER,
            f"the log is shorter than {shorter_than}",
            f"{mark.size} entries",
            f"{size} entries",
        )
    elif root_there != mark.root:
        yield Finding(
            None,
            "root-differs",
            f"the first {mark.size} entries are not those {those}",
            mark.root.hex(),
            None if root_there is None else root_there.hex(),
        )


def _against_own_mark(
    standing: Standing, mark: Witnessed, at_mark: bytes | None
) -> Iterator[Finding]:
    if mark.size == 0:
        return
    yield from against_mark(
        mark,
        standing.head.size,
        at_mark,
        shorter_than="what this client verified before",
        those="this client verified before",
    )


def _conclude(
    standing: Standing, findings: list[Finding], *, backed: bool, roots: Mapping[int, bytes]
) -> Verification:
    acknowledged = tuple(f for f in findings if _is_acknowledged(standing, f))
    unanswered = tuple(f for f in findings if f not in acknowledged)
    return Verification(
        verdict=verdict_of(unanswered),
        size=standing.head.size,
        root=root(standing.head.frontier).hex(),
        findings=unanswered,
        acknowledged=acknowledged,
        backed=backed,
        roots=roots,
    )


def _is_acknowledged(standing: Standing, finding: Finding) -> bool:
    """Whether somebody took note of this very rule at this position."""
    if finding.position is None:
        return False
    state = standing.finding(finding.position)
    return state is not None and finding.rule in state.rules and state.acknowledged_by is not None
