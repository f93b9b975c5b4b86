"""What happens on the stream of a signer: the life of their keys and roles."""

from typing import Literal

from pydantic import Field

from ledger.model.effects import ROSTER
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import (
    AliasPattern,
    Digest,
    Hash,
    Identifier,
    KeyId,
    Position,
    PublicKeyText,
    SignerKind,
    Uuid,
)
from ledger.model.terms import InstantText


class SignerAccepted(Frozen):
    """A signer proved that they hold the key under which they were named."""

    kind: Literal["signer.accepted"] = "signer.accepted"
    signer: Identifier
    named_by: Hash


class SignerEnrolled(Frozen):
    """Somebody may sign once they have accepted: with that key, in those roles."""

    kind: Literal["signer.enrolled"] = "signer.enrolled"
    proposal: Uuid
    review: Digest
    signer: Identifier
    signer_kind: SignerKind
    accountable: Identifier | None
    key: PublicKeyText
    roles: Sorted[Identifier]


class SignerGranted(Frozen):
    """A signer holds further roles, and perhaps others no longer."""

    kind: Literal["signer.granted"] = "signer.granted"
    proposal: Uuid
    review: Digest
    signer: Identifier
    grant: Sorted[Identifier] = Field(min_length=1)
    strip: Sorted[Identifier]
    aliases: AliasPattern | None
    until: InstantText | None


class SignerStripped(Frozen):
    """A signer holds those roles no longer."""

    kind: Literal["signer.stripped"] = "signer.stripped"
    proposal: Uuid
    review: Digest
    signer: Identifier
    strip: Sorted[Identifier] = Field(min_length=1)
    aliases: AliasPattern | None


class SignerRotated(Frozen):
    """A signer named their next key, with the present one; it counts once it has accepted."""

    kind: Literal["signer.rotated"] = "signer.rotated"
    proposal: Uuid
    review: Digest
    signer: Identifier
    key: PublicKeyText


class SignerDelegated(Frozen):
    """A signer lets another act in some of their own roles until an instant.

    It takes the place of what they had delegated to the same signer on the same aliases;
    without roles it only ends that.
    """

    kind: Literal["signer.delegated"] = "signer.delegated"
    signer: Identifier
    to: Identifier
    roles: Sorted[Identifier]
    aliases: AliasPattern | None
    until: InstantText


class SignerDisowned(Frozen):
    """What those keys of a signer permitted after a position is not held for theirs."""

    kind: Literal["signer.disowned"] = "signer.disowned"
    proposal: Uuid
    review: Digest
    signer: Identifier
    keys: Sorted[KeyId] = Field(min_length=1, max_length=ROSTER)
    after: Position
