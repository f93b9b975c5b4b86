"""Checkpoints in the log: an auditor or a root signer says how far they have verified it.

What such an entry says is true wherever it is admitted, for the root is compared here. It
changes nothing that a decision looks at: its worth is that the note in it can be handed on.
"""

from ledger.decide.acknowledgement import require_auditor
from ledger.decide.context import SEEN_WINDOW, Standing
from ledger.decide.signer_states import SignerState
from ledger.errors import Refused, Unproven
from ledger.model.events import CheckpointWitnessed
from ledger.seal.checkpoint import Checkpoint, Note, Witness, cosigned, parse_note
from ledger.seal.keys import parse_public_key
from ledger.seal.merkle import EMPTY_ROOT


def witness(
    standing: Standing, *, by: SignerState, key: str, at: int, note: str
) -> CheckpointWitnessed:
    """Say to have verified what *note* says; it carries the signature of *by* and no other."""
    require_auditor(standing, by, at)
    parsed = parse_note(note.encode())
    checkpoint = parsed.checkpoint
    require_true(standing, checkpoint)
    _require_own(by, key, parsed)
    return CheckpointWitnessed(
        size=checkpoint.size, root=checkpoint.root.hex(), checkpoint=parsed.text
    )


def require_true(standing: Standing, checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint of another history, or of one too old or too new to compare."""
    ledger, position = standing.ledger(), standing.head.size
    if ledger is None or checkpoint.ledger != ledger.id:
        raise Refused("checkpoint-false", "the checkpoint is another ledger's")
    if checkpoint.size > position:
        raise Refused(
            "checkpoint-false",
            f"the checkpoint is of {checkpoint.size} entries, and {position} stand before it",
        )
    known = standing.root_at(checkpoint.size) if checkpoint.size else EMPTY_ROOT
    if checkpoint.size < position - SEEN_WINDOW or known is None:
        raise Refused(
            "checkpoint-behind",
            f"the checkpoint is of {checkpoint.size} entries, more than {SEEN_WINDOW} behind",
            hint="--note-only signs it all the same; or sign a new one: assent audit checkpoint",
        )
    if known != checkpoint.root:
        raise Refused(
            "checkpoint-false",
            f"the root of the first {checkpoint.size} entries is another one",
            hint=f"it is {known.hex()}; the checkpoint has {checkpoint.root.hex()}",
        )


def _require_own(by: SignerState, key: str, note: Note) -> None:
    """Refuse a note that is not signed by *by*, with the key that signs the entry, alone."""
    own = by.key_of(key)
    signed = own is not None and len(note.signatures) == 1
    try:
        if own is not None and signed:
            signed = bool(cosigned(note, [Witness(by.id, parse_public_key(own.text))]))
    except Unproven:
        signed = False
    if not signed:
        raise Refused(
            "checkpoint-unsigned",
            f"the checkpoint does not carry the signature of {by.id}, and no other",
        )
