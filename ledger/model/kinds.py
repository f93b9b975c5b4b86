"""The closed table of kinds: where each kind of event stands, and with what force."""

from dataclasses import dataclass
from typing import Final, Literal

from ledger.model.events import Event

Force = Literal["permissive", "restrictive", "neutral"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a kind of event stands, and whether it permits, restricts, or neither.

    ``stream`` is a stream's name, with the field that completes it in braces.
    """

    stream: str
    force: Force


KINDS: Final[dict[str, Kind]] = {
    "ledger.founded": Kind("ledger", "permissive"),
    "root.changed": Kind("ledger", "permissive"),
    "clock.corrected": Kind("ledger", "permissive"),
    "signer.accepted": Kind("signer:{signer}", "permissive"),
    "signer.enrolled": Kind("signer:{signer}", "permissive"),
    "signer.granted": Kind("signer:{signer}", "permissive"),
    "signer.stripped": Kind("signer:{signer}", "restrictive"),
    "signer.rotated": Kind("signer:{signer}", "permissive"),
    "signer.delegated": Kind("signer:{signer}", "permissive"),
    "signer.disowned": Kind("signer:{signer}", "restrictive"),
    "policy.published": Kind("policy", "permissive"),
    "proposal.opened": Kind("proposal:{proposal}", "permissive"),
    "proposal.revised": Kind("proposal:{proposal}", "permissive"),
    "proposal.withdrawn": Kind("proposal:{proposal}", "restrictive"),
    "fact.added": Kind("proposal:{proposal}", "restrictive"),
    "evidence.attached": Kind("proposal:{proposal}", "permissive"),
    "evidence.withdrawn": Kind("proposal:{proposal}", "restrictive"),
    "approval.granted": Kind("proposal:{proposal}", "permissive"),
    "approval.retracted": Kind("proposal:{proposal}", "restrictive"),
    "proposal.rejected": Kind("proposal:{proposal}", "restrictive"),
    "rejection.retracted": Kind("proposal:{proposal}", "permissive"),
    "release.started": Kind("alias:{alias}", "permissive"),
    "release.advanced": Kind("alias:{alias}", "permissive"),
    "release.completed": Kind("alias:{alias}", "permissive"),
    "release.rolled-back": Kind("alias:{alias}", "restrictive"),
    "observation.recorded": Kind("watch:{alias}", "permissive"),
    "review.closed": Kind("review:{subject}", "permissive"),
    "exception.granted": Kind("exception:{proposal}", "permissive"),
    "exception.closed": Kind("exception:{exception}", "restrictive"),
    "override.set": Kind("override:{override}", "restrictive"),
    "override.lifted": Kind("override:{proposal}", "permissive"),
    "override.drilled": Kind("override:{override}", "permissive"),
    "comment.made": Kind("talk:{proposal}", "neutral"),
    "finding.acknowledged": Kind("audit", "permissive"),
    "checkpoint.witnessed": Kind("audit", "permissive"),
}
"""The closed table of kinds."""


def stream_of(event: Event) -> str:
    """The stream on which *event* stands."""
    pattern = KINDS[event.kind].stream
    name, brace, field = pattern.partition("{")
    return name + getattr(event, field[:-1]) if brace else name
