"""Exceptions: requirements waived for one revision of one proposal, with an end."""

from typing import Literal

from pydantic import Field

from ledger.model.effects import CONTROLS, WAIVED, Incident
from ledger.model.frozen import Frozen, Sorted
from ledger.model.names import Alias, Digest, Identifier, Number, Reason, Uuid
from ledger.model.terms import InstantText


class ExceptionGranted(Frozen):
    """Requirements are waived for one revision, until then; its stream bears the proposal's id.

    ``release`` is the proposal whose requirements they are, ``proposal`` the one that asked
    for the exception.
    """

    kind: Literal["exception.granted"] = "exception.granted"
    proposal: Uuid
    review: Digest
    release: Uuid
    revision: Number
    alias: Alias
    waives: Sorted[Identifier] = Field(min_length=1, max_length=WAIVED)
    owner: Identifier
    incident: Incident
    controls: tuple[Reason, ...] = Field(max_length=CONTROLS)
    until: InstantText


class ExceptionClosed(Frozen):
    """Somebody ended an exception before its time."""

    kind: Literal["exception.closed"] = "exception.closed"
    exception: Uuid
    reason: Reason
