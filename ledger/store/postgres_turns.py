"""Turns on a server: one lock of its own, asked for only by who has lost a race already.

As :mod:`ledger.store.turns`: a courtesy on which nothing rests. ``append_entries`` passes through
the same lock, so whoever never lost waits as well while another has the turn, and nobody who has
lost nothing pays a round trip for it. The server queues those who wait, in the order in which they
asked, and drops the lock of a connection that breaks.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Literal

from ledger.store.postgres_pool import LedgerDatastore
from ledger.store.turns import PATIENCE

_ASK: Final = SQL(
    "SET LOCAL lock_timeout = {patience}; SELECT pg_advisory_lock(hashtextextended({name}, 0))"
)
_GIVE_BACK: Final = SQL("SELECT pg_advisory_unlock(hashtextextended({name}, 0))")


class PostgresTurns:
    """The turns among those who write to the log in the schema of *datastore*.

    The lock is kept by the connection that asked for it. That is also the next one to be used, as
    the last to come back is the first to go out; another one would wait for it in vain.
    """

    def __init__(self, datastore: LedgerDatastore, *, patience: float = PATIENCE) -> None:
        self._datastore = datastore
        self._name = f"assent turn {datastore.schema}"
        self._patience = patience
        self._inside = False
        self._holder: Connection[Any] | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A block in which the first race that is lost is the last one."""
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
            self._give_back()

    def lost(self) -> None:
        """Wait for a turn, inside such a block; who waited in vain once does not wait again."""
        if not self._inside or self._holder is not None or not self._patience:
            return
        ask = _ASK.format(patience=Literal(f"{self._patience}s"), name=Literal(self._name))
        try:
            with self._datastore.get_connection() as connection:
                connection.execute(ask)
                self._holder = connection
        except psycopg.Error:
            self._patience = 0.0

    def _give_back(self) -> None:
        holder, self._holder = self._holder, None
        if holder is not None:
            with suppress(psycopg.Error):
                holder.execute(_GIVE_BACK.format(name=Literal(self._name)))
