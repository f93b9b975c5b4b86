"""Entries that lie: an honest one with something else in it, properly signed all the same."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from ledger.model.canonical import encode
from ledger.model.events import CommentMade
from ledger.seal.envelope import seal
from ledger.service import Signer, place
from tests.acts import comment
from tests.attacks.trying import rows
from tests.organisation import Organisation, unsafe_key

Payload = dict[str, Any]
"""An entry as JSON."""

FIRST = "00000000-0000-0000-0000-000000000001"
"""The first proposal of an organisation."""

Forgery = Callable[[Organisation], bytes]
"""Makes an envelope that somebody puts into the log of an organisation."""

Mend = Callable[[Payload], object]
"""Changes an entry before it is signed."""


def honest(org: Organisation, name: str = "erin") -> Payload:
    """The payload of an entry that would be admitted if it came next."""
    proposal = org.standing.numbered(1)
    assert proposal is not None
    event = CommentMade(proposal=proposal.id, text="honest")
    signer = Signer(name, org.keys[name])
    entry = place(org.standing, event, signer, now=org.now + 1, ledger_id=org.id)
    return json.loads(entry.payload())  # type: ignore[no-any-return] # JSON of an entry


def put(*path: str, value: object) -> Mend:
    """Write *value* at *path*."""

    def mend(payload: Payload) -> None:
        for key in path[:-1]:
            payload = payload[key]
        payload[path[-1]] = value

    return mend


def drop(*path: str) -> Mend:
    """Leave out what stands at *path*."""

    def mend(payload: Payload) -> None:
        for key in path[:-1]:
            payload = payload[key]
        del payload[path[-1]]

    return mend


def forged(org: Organisation, mend: Mend, name: str = "erin") -> bytes:
    """An honest entry with one lie in it, properly signed."""
    payload = honest(org, name)
    mend(payload)
    return seal(encode(payload), org.keys[name])


def stopped_at(org: Organisation, raw: bytes) -> str:
    """Put *raw* in; demand no place and no effect, and that others go on; the rule it broke."""
    rows(org.standing)
    judged = org.smuggle(raw)
    assert judged.finding is not None
    assert not judged.placed
    assert rows(org.standing) == {}
    assert comment(org, "frank", FIRST).admitted
    return judged.finding.rule


def with_blob(payload: bytes, blob: bytes) -> bytes:
    """The envelope of *payload* with *blob* for a signature."""
    return payload + b"\n" + b64encode(blob) + b"\n"


def payload_of(org: Organisation) -> bytes:
    """The line of an entry of erin's that would be admitted if it came next."""
    return encode(honest(org))


def erin(org: Organisation) -> bytes:
    """The blob of erin's key."""
    return org.keys["erin"].public.blob


def sign(org: Organisation, data: bytes) -> bytes:
    """The SSH signature that erin's key makes over bare *data*."""
    key = unsafe_key("erin")
    assert key.public == org.keys["erin"].public
    return key.sign(data)
