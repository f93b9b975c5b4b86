"""What happens to the documents of a proposal, and the numbers they report."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ledger.model.frozen import Frozen
from ledger.model.names import Digest, Identifier, Name, Number, Position, Reason, Uuid
from ledger.model.stack import ComponentDigest
from ledger.model.terms import SCALE, DecimalText, parse_decimal


class Metric(Frozen):
    """A number out of a document, overall or of one segment, and its confidence interval.

    The interval has both ends or none, and the value between them; ``level`` says how
    sure it is, and stands only with one. Every bound of a policy judges the value.
    """

    name: Name
    segment: Name | None
    value: DecimalText
    low: DecimalText | None
    high: DecimalText | None
    level: DecimalText | None

    @model_validator(mode="after")
    def _interval_is_sound(self) -> Self:
        fault = interval_fault(self.value, self.low, self.high, self.level)
        if fault is not None:
            raise ValueError(fault)
        return self


def interval_fault(value: str, low: str | None, high: str | None, level: str | None) -> str | None:
    """What is wrong with an interval around *value*, in words; all are decimals, or absent."""
    if low is None or high is None:
        nothing = low is None and high is None and level is None
        return None if nothing else "an interval has both low and high"
    if not parse_decimal(low) <= parse_decimal(value) <= parse_decimal(high):
        return f"{value} does not lie between low {low} and high {high}"
    if level is not None and not 0 < parse_decimal(level) < SCALE:
        return f"the level {level} does not lie between 0 and 1, such as 0.95"
    return None


class EvidenceAttached(Frozen):
    """A document was attached: its digest, its subject and the numbers it reports.

    ``expires`` is the author's own limit in seconds; ``taken_from`` the position
    at which the document was first attached, where another proposal's is taken over.
    """

    kind: Literal["evidence.attached"] = "evidence.attached"
    proposal: Uuid
    revision: Number
    type: Identifier
    name: Name
    digest: Digest
    size: int = Field(ge=0)
    subject: tuple[ComponentDigest, ...] = Field(min_length=1)
    metrics: tuple[Metric, ...]
    expires: int | None = Field(gt=0)
    taken_from: Position | None


class EvidenceWithdrawn(Frozen):
    """The author took a document back."""

    kind: Literal["evidence.withdrawn"] = "evidence.withdrawn"
    proposal: Uuid
    digest: Digest
    reason: Reason | None
