"""Stops: set by one person at once, taken back with consent. Each is its own stream."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.model.effects import STOPS
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import IDENTIFIER_PATTERN, Digest, Reason, Uuid

GENERATION: Final = "generation"
"""The target that stands for all releases which services opened or revised."""

_IDENTIFIER: Final = IDENTIFIER_PATTERN[1:-1]

TARGET_PATTERN: Final = (
    rf"^({GENERATION}|alias/{_IDENTIFIER}/{_IDENTIFIER}|(capability|signer)/{_IDENTIFIER})$"
)

Target = Annotated[str, StringConstraints(pattern=TARGET_PATTERN)]
"""What is stopped: ``generation``, ``alias/<model>/<environment>``, ``capability/<permission>``
or ``signer/<id>``, which revokes the signer."""


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


class OverrideDrilled(Frozen):
    """Somebody who could stop a target rehearsed it; it took so many ``seconds``."""

    kind: Literal["override.drilled"] = "override.drilled"
    override: Uuid
    target: Target
    seconds: int = Field(ge=0, le=10**9)
    note: Reason | None
