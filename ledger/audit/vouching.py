"""What witnesses say of a log, held against the log: the part of an audit that comes from outside.

A checkpoint counts as far as somebody whose key the auditor brought has signed it. The log
must then be at least as long, have the same root at that size, and the same refused entries
before it.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from ledger.audit.refusals import list_refusals, sum_refusals
from ledger.audit.verification import Witnessed, against_mark
from ledger.decide.judgement import (
    CHECKPOINT_FALSE,
    CHECKPOINT_MISSING,
    CHECKPOINT_STALE,
    REFUSALS_DIFFER,
    SHORTER,
    Finding,
)
from ledger.model.terms import format_instant
from ledger.seal.checkpoint import Checkpoint, Cosigned, Note, Witness, cosigned

_PLACE: Final = re.compile(rb"(0|[1-9][0-9]{0,15}) [a-z0-9][a-z0-9-]{0,63}\n\Z")
_LONGEST: Final = 128

AHEAD: Final = 300
"""By how many seconds a witness's clock may be ahead of the auditor's."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """A checkpoint, and those of the auditor's witnesses who signed it: one at least."""

    checkpoint: Checkpoint
    by: tuple[Cosigned, ...]

    @property
    def names(self) -> str:
        """Who signed it, as a sentence has it."""
        return ", ".join(sorted({one.name for one in self.by}))

    @property
    def at(self) -> int:
        """When it was signed last, in seconds since 1970."""
        return max(one.at for one in self.by)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay found of a log: its size, its roots at some sizes, and what was refused."""

    size: int
    roots: Mapping[int, bytes]
    refused: Sequence[tuple[int, str]]


def vouched(note: Note, witnesses: Iterable[Witness]) -> Vouched | None:
    """*note* as far as *witnesses* signed it; ``None`` where none of them did.

    Raises :class:`Unproven` (``bad-checkpoint``) for a line that only claims to be of one.
    """
    by = cosigned(note, witnesses)
    return Vouched(note.checkpoint, by) if by else None


def against_checkpoints(notes: Iterable[Vouched], found: Replayed) -> Iterator[Finding]:
    """Where the log is not the one that *notes* say was seen."""
    for one in notes:
        size = one.checkpoint.size
        if size > found.size:
            yield Finding(
                found.size,
                SHORTER,
                f"the log is shorter than what {one.names} signed",
                f"{size} entries",
                f"{found.size} entries",
            )
        elif found.roots.get(size) != one.checkpoint.root:
            yield Finding(
                None,
                CHECKPOINT_FALSE,
                f"{one.names} signed another history of {size} entries",
                one.checkpoint.root.hex(),
                _hex(found.roots.get(size)),
            )
        else:
            yield from _against_refusals(one, found.refused)


def against_given_mark(mark: Witnessed, found: Replayed) -> Iterator[Finding]:
    """Where the log is not the one of a *mark* that the auditor brought."""
    given = "the mark that was given"
    root = found.roots.get(mark.size)
    return against_mark(mark, found.size, root, shorter_than=given, those=f"of {given}")


def against_age(notes: Sequence[Vouched], now: int, max_age: int | None) -> Iterator[Finding]:
    """Where no witness, or none lately, has signed; *now* and *max_age* are in seconds.

    What is dated in the future would be fresh for ever: it says nothing about age.
    """
    if not notes:
        yield Finding(None, CHECKPOINT_MISSING, "no witness you trust signed a checkpoint of this")
        return
    times = [one.at for note in notes for one in note.by]
    newest = max((at for at in times if at <= now + AHEAD), default=None)
    if max_age is not None and (newest is None or now - newest > max_age):
        oldest = format_instant(max(now - max_age, 0))
        yield Finding(
            None,
            CHECKPOINT_STALE,
            "no witness you trust has signed a checkpoint lately",
            f"{oldest} or later" if newest is not None else f"{oldest} to {format_instant(now)}",
            format_instant(max(times) if newest is None else newest),
        )


def backing(notes: Iterable[Vouched], found: Replayed) -> Vouched | None:
    """The largest of *notes* that the log agrees with; of several the one signed last."""
    true = [one for one in notes if found.roots.get(one.checkpoint.size) == one.checkpoint.root]
    return max(true, key=lambda one: (one.checkpoint.size, one.at), default=None)


def refusals_finding(refused: Iterable[tuple[int, str]], listed: bytes | None) -> Finding | None:
    """The first place where the list that came with a log is not that of what the rules *refused*.

    The list may be long and hold anything: it is compared line by line, and never read as a whole.
    """
    ours = list_refusals(refused)
    if listed is None:
        return Finding(None, REFUSALS_DIFFER, "there is no list of refused entries")
    if listed == ours:
        return None
    lines = zip_longest(_lines(ours), _lines(listed), fillvalue=b"")
    mine, theirs = next(pair for pair in lines if pair[0] != pair[1])
    found = [_PLACE.match(line) for line in (mine, theirs) if line]
    places = [int(one[1]) for one in found if one is not None]
    return Finding(
        min(places) if None not in found else None,
        REFUSALS_DIFFER,
        "the list of refused entries is not what the rules make of the log",
        _said(mine),
        _said(theirs),
    )


def _lines(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", start, start + _LONGEST) + 1 or min(start + _LONGEST, len(data))
        yield data[start:end]
        start = end


def _said(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\n") or "no line"


def _against_refusals(one: Vouched, refused: Sequence[tuple[int, str]]) -> Iterator[Finding]:
    """Where *one* was signed by witnesses for whom other entries had been refused."""
    told = one.checkpoint.refusals
    if told is None:
        return
    ours = sum_refusals(refused[: bisect_left(refused, (one.checkpoint.size, ""))])
    if told != ours:
        yield Finding(
            None,
            REFUSALS_DIFFER,
            f"the rules refuse other entries than {one.names} signed",
            f"{told.count} entries, {told.digest}",
            f"{ours.count} entries, {ours.digest}",
        )


def _hex(root: bytes | None) -> str | None:
    return None if root is None else root.hex()
