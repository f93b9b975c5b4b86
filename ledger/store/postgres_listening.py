"""Being told by the server that a log grew, by whoever only waits for that.

``append_entries`` tells the channel ``assent_log`` the schema and the new size. Nothing rests on
it: a standby lets nobody listen, and what was said while nobody was connected is never said
again, so whoever waits looks in any case when the time is over.
"""

import time
from typing import Any, Final

import psycopg
from psycopg import Connection

from ledger.model.address import Address
from ledger.store.postgres_pool import connect

CHANNEL: Final = "assent_log"


class LogListener:
    """A connection that listens to the log at *address*, from the first wait on."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: Connection[Any] | None = None

    def wait(self, seconds: float) -> None:
        """Wait until the log has grown, for that many *seconds* at most.

        The first time it returns at once: what came before anybody listened was not told.
        """
        end = time.monotonic() + seconds
        try:
            if self._connection is None:
                self._connection = connect(self._address)
                self._connection.execute(f"LISTEN {CHANNEL}".encode())
                return
            while (left := end - time.monotonic()) > 0:
                for told in self._connection.notifies(timeout=left, stop_after=1):
                    if told.payload.split(" ")[0] == self._address.schema:
                        return
        except psycopg.Error:
            # A standby, or a server that went away: the next look says what is the matter.
            if self._connection is None or self._connection.closed:
                self.close()
            time.sleep(max(0.0, end - time.monotonic()))

    def close(self) -> None:
        """Let go of the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
