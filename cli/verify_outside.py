"""What comes from outside a log, held against what its replay found."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from cli.verify_brought import Brought
from ledger.audit.verification import Verification
from ledger.audit.vouching import (
    Replayed,
    Vouched,
    against_age,
    against_checkpoints,
    against_given_mark,
    backing,
    vouched,
)
from ledger.decide.judgement import Finding, Judged
from ledger.errors import Unproven
from ledger.model.events import CheckpointWitnessed
from ledger.seal.checkpoint import Note, parse_note


@dataclass(slots=True)
class Heard:
    """What the entries of a log say while they are judged: who was refused, what was seen."""

    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)

    def listen(self, judged: Sequence[Judged]) -> None:
        """Take down what *judged* entries say."""
        for one in judged:
            if one.finding is not None:
                self.refused.append((one.position, one.finding.rule))
            elif one.entry is not None and isinstance(one.entry.event, CheckpointWitnessed):
                event = one.entry.event
                self.notes.append(parse_note(event.checkpoint.encode()))
                self.roots[event.size] = bytes.fromhex(event.root)

    def vouched(self, brought: Brought) -> Iterator[Vouched]:
        """The checkpoints in the log that a witness of the auditor signed."""
        for note in self.notes:
            try:
                one = vouched(note, brought.witnesses or ())
            except Unproven:
                continue
            if one is not None:
                yield one


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that speaks for or against a log without being in it."""

    brought: Brought
    notes: Sequence[Vouched]
    heard: Heard
    found: Verification

    def findings(self, now: Callable[[], int]) -> Iterator[Finding]:
        """Where the log is not what they say; *now* is asked where age matters."""
        replayed = self._replayed()
        if self.brought.mark is not None:
            yield from against_given_mark(self.brought.mark, replayed)
        yield from against_checkpoints(self.notes, replayed)
        if self.brought.asks_witnesses:
            oldest = self.brought.max_age
            yield from against_age(self.notes, 0 if oldest is None else now(), oldest)

    def backing(self) -> Vouched | None:
        """The largest checkpoint that the log agrees with."""
        return backing(self.notes, self._replayed())

    def _replayed(self) -> Replayed:
        roots = {**self.heard.roots, **self.found.roots}
        return Replayed(self.found.size, roots, self.heard.refused)
