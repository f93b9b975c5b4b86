"""An entry: an event in its place. Its canonical JSON is the payload line that is signed.

::

    {"at":"2026-11-21T07:41:26Z","by":{"key":"SHA256:…","signer":"alice"},
     "event":{"kind":"approval.granted",…},"format":1,"ledger":"<hash>","previous":"<hash>",
     "seen":{"root":"<hash>","size":1234},"stream":"proposal:0f6c…","version":7}
"""

from hashlib import sha256
from typing import Annotated

from pydantic import Field, ValidationError

from ledger.errors import BadInput
from ledger.model.canonical import encode
from ledger.model.events import Event, ProposalOpened, ProposalRevised
from ledger.model.frozen import Frozen
from ledger.model.names import Hash, Identifier, KeyId, Line
from ledger.model.terms import InstantText


class Author(Frozen):
    """Who signed, and with which key."""

    key: KeyId
    signer: Identifier


class Seen(Frozen):
    """The log its signer had verified before signing: its size and Merkle root."""

    root: Hash
    size: int = Field(ge=0)


class Entry(Frozen):
    """An event in its place; ``ledger`` is null in the founding, ``previous`` at version 1."""

    at: InstantText
    by: Author
    event: Event
    format: Annotated[int, Field(ge=1, le=1)] = 1
    ledger: Hash | None
    previous: Hash | None
    seen: Seen
    stream: Line
    version: int = Field(ge=1)

    def payload(self) -> bytes:
        """The payload line, without its newline."""
        return encode(self.model_dump(mode="json"))


def parse_entry(payload: bytes) -> Entry:
    """The entry in a payload line that is already known to be canonical JSON.

    Raises :class:`BadInput` (``malformed``) naming the first field that is not as expected.
    """
    try:
        entry = Entry.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        raise BadInput("malformed", f"{where}: {first['msg'][:200]}") from None
    if not _is_written_out(entry):
        raise BadInput("malformed", "format and effect must be written")
    return entry


def _is_written_out(entry: Entry) -> bool:
    """Whether no default is left out: that would be a second form of the same meaning."""
    event = entry.event
    if "format" not in entry.model_fields_set:
        return False
    if isinstance(event, ProposalOpened | ProposalRevised):
        return "effect" in event.effect.model_fields_set
    return True


def ledger_id(founding_payload: bytes) -> str:
    """The id of the ledger that *founding_payload* founds: its SHA-256 in hexadecimal digits."""
    return sha256(founding_payload).hexdigest()
