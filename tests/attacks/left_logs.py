"""A log as an attacker left it, and what is said of it wherever it is kept.

Whoever runs a store can leave any bytes at any position, with any columns, leaf hash and head
beside them. :class:`Left` says what they left; :mod:`tests.attacks.stores` puts it into a SQLite
file, a PostgreSQL schema or a bundle, and :func:`audited` asks the product what it is worth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Literal

from cli.verify_bundle import claim_findings
from cli.verify_store import founding_finding, read_stored, store_findings
from ledger.audit.findings import Verdict, verdict_of
from ledger.audit.replay import judge
from ledger.audit.verification import Stored, Witnessed, verify
from ledger.decide.context import Standing
from ledger.decide.judgement import Finding
from ledger.seal.envelope import examine
from ledger.seal.merkle import leaf_hash, push, root
from ledger.store.bundle import BundleStore
from ledger.store.log import EventLog
from tests.cli.conftest import placed_of

Kind = Literal["sqlite", "postgres", "bundle"]
KINDS: Final[tuple[Kind, ...]] = ("sqlite", "postgres", "bundle")

EXIT: Final[Mapping[Verdict, int]] = {
    "verified": 0,
    "refused": 3,
    "tampered": 4,
    "forked": 4,
    "rolled-back": 4,
    "uncheckable": 5,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One position: its bytes, and the columns and leaf hash beside them; None: as they fit.

    Without ``raw`` the row is gone and its leaf is still there.
    """

    raw: bytes | None
    columns: tuple[str, int, str] | None = None
    leaf: bytes | None = None

    @property
    def indexed(self) -> bytes:
        """The leaf hash that the store has for it."""
        return leaf_hash(self.raw or b"") if self.leaf is None else self.leaf

    def row(self, position: int) -> tuple[str, int, str]:
        """The stream, version and kind that the store has for it."""
        if self.columns is not None:
            return self.columns
        placed = placed_of(self.raw or b"")
        stream = f"rubbish:{position}" if placed.stream == "rubbish" else placed.stream
        return stream, placed.version, placed.kind


@dataclass(frozen=True, slots=True)
class Left:
    """A log as it was left: who it says to be, its positions, and the head; None: one that fits."""

    ledger: str
    lines: tuple[Line, ...]
    head: tuple[int, bytes] | None = None
    known: tuple[tuple[int, str], ...] | None = None
    """Position and rule of what was not admitted, where that was found out before."""

    @property
    def claimed(self) -> tuple[int, bytes, tuple[bytes, ...]]:
        """Size, root and frontier as the head of the store claims them."""
        frontier: tuple[bytes, ...] = ()
        for size, line in enumerate(self.lines):
            frontier = push(size, frontier, line.indexed)
        if self.head is None:
            return len(self.lines), root(frontier), frontier
        return *self.head, frontier

    def refused(self) -> Iterator[tuple[int, str]]:
        """Position and rule of every entry that was not admitted, as whoever left it would say."""
        if self.known is not None:
            yield from self.known
            return
        standing = Standing()
        for position, line in enumerate(self.lines):
            judged = judge(standing, _examined(line.raw or b""), self.ledger)
            if judged.finding is not None:
                yield position, judged.finding.rule


def left(ledger: str, envelopes: Sequence[bytes]) -> Left:
    """A log that holds *envelopes*, with everything beside them as it fits."""
    return Left(ledger, tuple(Line(raw) for raw in envelopes))


@dataclass(frozen=True, slots=True)
class Victim:
    """What somebody brings who looks at the log: what they saw before, and what they appended."""

    mark: Witnessed | None = None
    receipts: Mapping[int, bytes] = field(default_factory=dict)


NEWCOMER: Final = Victim()
"""Somebody who knows the ledger's id and nothing else."""


def who_saw(envelopes: Sequence[bytes]) -> Victim:
    """Somebody who verified *envelopes* before."""
    frontier: tuple[bytes, ...] = ()
    for size, raw in enumerate(envelopes):
        frontier = push(size, frontier, leaf_hash(raw))
    return Victim(Witnessed(len(envelopes), root(frontier)))


@dataclass(frozen=True, slots=True)
class Told:
    """The verdict, and the rule and position of all that was found."""

    verdict: Verdict
    found: frozenset[tuple[int | None, str]]

    @property
    def exit(self) -> int:
        """The exit status that goes with it."""
        return EXIT[self.verdict]


def told(verdict: Verdict, *found: tuple[int | None, str]) -> Told:
    """What is said of a log."""
    return Told(verdict, frozenset(found))


def audited(log: EventLog, ledger: str, victim: Victim = NEWCOMER) -> Told:
    """What the audit says of *log* to *victim*, by the parts that ``assent verify`` is made of."""
    other = founding_finding(log, ledger)
    if other is not None:
        return Told("tampered", _named([other]))
    refused: list[tuple[int, str]] = []
    found = verify(
        Standing(),
        read_stored(log, log.size()),
        ledger,
        mark=victim.mark,
        check_document=lambda _: None,
        keep=lambda judged: refused.extend(
            (one.position, one.finding.rule) for one in judged if one.finding is not None
        ),
        receipts=victim.receipts,
    )
    every = [*found.findings, *store_findings(log, found.size, found.root)]
    if isinstance(log.store, BundleStore):
        every += claim_findings(log.store, ledger, refused)
    if victim.receipts and max(victim.receipts) >= found.size:
        every.append(Finding(found.size, "log-shorter", "a receipt stands behind the end"))
    return Told(verdict_of(tuple(every)), _named([*every, *found.acknowledged]))


def handed_over(log: EventLog) -> list[Stored]:
    """What *log* hands to an audit; an envelope that stands in many logs is examined once."""
    return [
        Stored(
            row.position,
            row.stream,
            row.version,
            row.kind,
            row.indexed_leaf,
            None if row.raw is None else _examined(row.raw),
            has_columns=row.has_columns,
        )
        for row in log.scan()
    ]


_examined = lru_cache(maxsize=4096)(examine)


def _named(findings: Sequence[Finding]) -> frozenset[tuple[int | None, str]]:
    return frozenset((one.position, one.rule) for one in findings)


def cut(log: Left, size: int) -> Left:
    """*log* without what comes behind its first *size* positions."""
    return replace(log, lines=log.lines[:size])


def edited(log: Left, position: int, line: Line) -> Left:
    """*log* with another *line* at *position*."""
    lines = list(log.lines)
    lines[position] = line
    return replace(log, lines=tuple(lines))
