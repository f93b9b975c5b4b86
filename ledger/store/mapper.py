"""The mapper between envelopes and the library's stored events: the state *is* the envelope.

The library's own mapper encodes a body again, and imports the class that a row names.
Signed bytes cannot be made a second time (0 of 2,000 were equal) and data must not choose
what is imported, so here bytes pass through and the topic is a kind from a closed table.
"""

from typing import cast

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from ledger.errors import BadInput
from ledger.model.kinds import KINDS
from ledger.store.rows import RAW_LIMIT, Placed


class EnvelopeMapper(Mapper[str]):
    """Hands envelopes to the library's event store, and back, byte for byte."""

    def __init__(self) -> None:
        # Required by the base class; nothing is ever transcoded.
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """The row for a :class:`Placed`.

        Raises :class:`BadInput` (``unknown-kind``, ``envelope-too-large``).
        """
        placed = cast("Placed", domain_event)
        if placed.kind not in KINDS:
            raise BadInput("unknown-kind", f"there is no kind of event called {placed.kind!r}")
        if len(placed.raw) >= RAW_LIMIT:
            raise BadInput(
                "envelope-too-large",
                f"the envelope has {len(placed.raw):,} bytes; {RAW_LIMIT - 1:,} are allowed",
                hint="attach long documents as evidence, where only their digest is signed",
            )
        return StoredEvent(placed.stream, placed.version, placed.kind, placed.raw)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        """The :class:`Placed` in a row, unjudged."""
        placed = Placed(
            stream=str(stored_event.originator_id),
            version=stored_event.originator_version,
            kind=stored_event.topic,
            raw=stored_event.state,
        )
        return cast("DomainEventProtocol[str]", placed)
