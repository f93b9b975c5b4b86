"""What happens on the stream ``audit``: what auditors took note of, and what they have seen."""

from typing import Literal

from ledger.model.frozen import Frozen
from ledger.model.names import Hash, Position, Reason, Text


class FindingAcknowledged(Frozen):
    """An auditor or a root signer took note of the findings at a position."""

    kind: Literal["finding.acknowledged"] = "finding.acknowledged"
    position: Position
    note: Reason


class CheckpointWitnessed(Frozen):
    """An auditor or a root signer has verified the log of this size and root, and signed that.

    ``checkpoint`` is the note with their signature (:mod:`ledger.seal.checkpoint`).
    """

    kind: Literal["checkpoint.witnessed"] = "checkpoint.witnessed"
    size: Position
    root: Hash
    checkpoint: Text
