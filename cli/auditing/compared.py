"""Two accounts of one ledger, held against each other: the same, one continuing the other, a fork.

An account is a checkpoint, or entries: those of a bundle or of the ledger at hand. A bundle's
own words about its size and root are not looked at, for its entries say what they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from cli.auditing.cosigning import leaves_in
from ledger.audit.proofs import first_difference, prove_consistency, roots_at
from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.model.entry import ledger_id
from ledger.seal.checkpoint import Cosigned, Note, self_cosigned
from ledger.seal.envelope import peek_unverified
from ledger.seal.merkle import EMPTY_ROOT
from ledger.store.log import EventLog

Answer = Literal["same", "consistent", "fork"]


@dataclass(frozen=True, slots=True)
class Account:
    """What one side says: how many entries of which ledger, under which root.

    ``notes`` are checkpoints that came with it, ``log`` holds its entries, where it has some.
    """

    name: str
    ledger: str
    size: int
    root: bytes
    notes: tuple[Note, ...]
    log: EventLog | None

    def signed_by(self, size: int, root: bytes) -> list[Cosigned]:
        """Who signed, with keys that are in the signatures, that *size* entries had *root*."""
        found = (one for note in self.notes_of(size, root) for one in self_cosigned(note))
        return list(dict.fromkeys(found))

    def notes_of(self, size: int, root: bytes) -> list[Note]:
        """The checkpoints that say that *size* entries had *root*."""
        wanted = size, root
        return [one for one in self.notes if (one.checkpoint.size, one.checkpoint.root) == wanted]

    def leaves(self) -> Iterator[bytes]:
        """The leaf hash of each envelope, from its bytes; raises as :func:`leaves_in`."""
        return iter(()) if self.log is None else leaves_in(self.log, self.size)


@dataclass(frozen=True, slots=True)
class Compared:
    """How two accounts stand to each other, the smaller first.

    ``proof`` is the consistency proof from the one to the other. Of a fork, ``roots`` are those of
    both at the size of the smaller, and ``differs_at`` is the first position where they
    differ, if entries of both can be read.
    """

    answer: Answer
    smaller: Account
    larger: Account
    roots: tuple[bytes, bytes]
    proof: tuple[bytes, ...] = ()
    differs_at: int | None = None

    def sides(self) -> tuple[tuple[Account, bytes], ...]:
        """Both accounts, each with its root at the size of the smaller."""
        return (self.smaller, self.roots[0]), (self.larger, self.roots[1])


def compare(one: Account, other: Account) -> Compared:
    """How *one* and *other* stand to each other.

    Raises :class:`BadInput` (``ledgers-differ``), :class:`Uncheckable` (``entries-needed``)
    where only checkpoints of different sizes are there, and :class:`Unproven`
    (``missing-entry``).
    """
    if one.ledger != other.ledger:
        raise BadInput(
            "ledgers-differ",
            f"{one.name} is of the ledger {one.ledger}, {other.name} of {other.ledger}",
        )
    # Of two of one size, that with entries is the one to be read.
    smaller, larger = sorted((one, other), key=lambda side: (side.size, side.log is not None))
    root, proof = larger.root, tuple[bytes, ...]()
    if smaller.size < larger.size:
        if larger.log is None:
            raise Uncheckable(
                "entries-needed",
                f"whether {larger.size} entries continue {smaller.size} cannot be told from"
                " checkpoints alone",
                hint="name the ledger (-) or a bundle that has all of them",
            )
        root, proof = _continued(smaller.size, larger)
    if root == smaller.root:
        answer: Answer = "same" if smaller.size == larger.size else "consistent"
        return Compared(answer, smaller, larger, (root, root), proof)
    both = smaller.log is not None and larger.log is not None
    differs = first_difference(smaller.leaves(), larger.leaves()) if both else None
    return Compared("fork", smaller, larger, (smaller.root, root), (), differs)


def _continued(size: int, larger: Account) -> tuple[bytes, tuple[bytes, ...]]:
    """The root that *larger* has at *size*, and the proof from there to its end."""
    if size == 0:
        return EMPTY_ROOT, ()
    root1, root2, proof = prove_consistency(larger.leaves(), size, larger.size)
    if root2 != larger.root:
        raise Unproven("log-changed", f"{larger.name} holds other entries than were verified")
    return root1, proof


def account_of(name: str, log: EventLog, notes: Iterable[Note]) -> Account:
    """The account that the entries in *log* give, whatever is said beside them.

    Raises :class:`Unproven` (``missing-entry``) and what the founding's two lines raise.
    """
    size = log.size()
    raw = log.row(0).raw if size else None
    if raw is None:
        raise Unproven("missing-entry", f"{name} does not begin with a founding")
    root = roots_at(leaves_in(log, size), {size})[size]
    return Account(name, ledger_id(peek_unverified(raw)), size, root, tuple(notes), log)
