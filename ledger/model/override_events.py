"""Stops: set by one person at once, taken back with consent. Each is its own stream."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ledger.model.effects import STOPS
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import IDENTIFIER_PATTERN, Digest, Reason, Uuid

Target = Annotated[str, StringConstraints(pattern=f"^signer/{IDENTIFIER_PATTERN[1:]}")]
"""What is stopped: ``signer/<id>``, which revokes the signer."""


class OverrideSet(Frozen):
    """Somebody stopped a target; no condition was asked, and nobody's consent."""

    kind: Literal["override.set"] = "override.set"
    override: Uuid
    target: Target
    reason: Reason


class OverrideLifted(Frozen):
    """Those stops, and no other, hold no longer. Its stream bears the proposal's id."""

    kind: Literal["override.lifted"] = "override.lifted"
    proposal: Uuid
    review: Digest
    stops: Sorted[Uuid] = Field(min_length=1, max_length=STOPS)
