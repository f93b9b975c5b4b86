"""Logs on a server for the tests of the store, and what whoever owns one can do to it."""

from ledger.seal.merkle import leaf_hash
from ledger.store.log import EventLog, Placed
from tests.servers import psql

SIZE = 5
"""How many entries the log of a test begins with."""


def envelope(number: int, text: str = "honest") -> Placed:
    """The entry of that number in one stream."""
    return Placed("proposal:1", number + 1, "comment.made", f"{text} {number}".encode())


def attack(place: str, *statements: str) -> None:
    """Run SQL behind the log's back, as whoever owns it can."""
    tables = ("stored_events", "merkle_leaf", "merkle_head")
    asleep = (f"ALTER TABLE {{schema}}.{table} DISABLE TRIGGER USER" for table in tables)
    psql(place, *asleep, "SET search_path TO {schema}", *statements)


def can_go_on(log: EventLog) -> None:
    """An honest append still works, behind whatever stands in the log now."""
    size = log.size()
    log.append([envelope(size)], size=size)
    assert log.row(size).raw == envelope(size).raw
    assert log.find(leaf_hash(envelope(size).raw)) == size
