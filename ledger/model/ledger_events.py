"""What happens on the stream ``ledger``: its founding, its root and its clock."""

from typing import Literal

from pydantic import Field

from ledger.model.effects import ROSTER, PolicyDocument
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import Digest, Identifier, Number, Position, PublicKeyText, SignerKind, Uuid
from ledger.model.terms import InstantText


class RosterMember(Frozen):
    """A signer as the founding names them."""

    signer: Identifier
    signer_kind: SignerKind
    accountable: Identifier | None
    key: PublicKeyText
    roles: Sorted[Identifier]
    root: bool


class LedgerFounded(Frozen):
    """A ledger began: its name, its root, its roster and its first policy."""

    kind: Literal["ledger.founded"] = "ledger.founded"
    name: Identifier
    rules: Number
    rehearsal: bool
    solo: bool
    root_threshold: Number
    roster: tuple[RosterMember, ...] = Field(min_length=1, max_length=ROSTER)
    policy: PolicyDocument


class RootChanged(Frozen):
    """The root signers, or how many of them must agree, are others from now on."""

    kind: Literal["root.changed"] = "root.changed"
    proposal: Uuid
    review: Digest
    signers: Sorted[Identifier] = Field(min_length=1, max_length=ROSTER)
    threshold: Number


class ClockCorrected(Frozen):
    """Ledger time is ``at`` from here on: the entry at ``position`` had run ahead."""

    kind: Literal["clock.corrected"] = "clock.corrected"
    proposal: Uuid
    review: Digest
    position: Position
    at: InstantText
