"""Connections to a PostgreSQL server, and what its trouble means.

The library's own pool waits half a minute for a server that says no at once, and then cannot
say why; it also starts threads before the first question. Here a connection is made when one
is wanted and kept for the next call.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any, Final, cast

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection
from psycopg.rows import DictRow, dict_row

from ledger.errors import AssentError, BadInput, Refused, Uncheckable
from ledger.model.address import Address
from ledger.store.postgres_waiting import PatientConnection

# Names are looked up among the server's own only, whatever others put into the database; an
# append waits for the head row, and then has to see what was committed meanwhile.
_SETTINGS: Final = (
    "SET search_path TO pg_catalog; SET default_transaction_isolation TO 'read committed';"
    " SET lock_timeout TO '30s'"
)
_DB_FUNCTIONS: Final = "POSTGRES_ENABLE_DB_FUNCTIONS"
_NO_RIGHT: Final = "42501"
_READ_ONLY: Final = "25006"
_OURS_TO_MEND: Final = ("22", "23", "39", "42", "3F", "XX", "P0", "0A", "2F")
"""Classes of SQLSTATE that say that what is stored is not what was laid out here.
https://www.postgresql.org/docs/current/errcodes-appendix.html"""


class Connections:
    """Open connections that wait for their next use; it has what the library asks of a pool."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[Connection[DictRow]] = []
        self._lock = Lock()
        self._closed = False

    def open(self, *_: object) -> None:
        """Nothing: a connection is made when it is wanted."""

    @contextmanager
    def connection(self) -> Iterator[Connection[DictRow]]:
        """A connection, alone; where it broke, those that waited are given up as well."""
        if self._closed:
            raise psycopg.InterfaceError("the log was closed")
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or connect(self._address)
        try:
            yield connection
        finally:
            self._take_back(connection)

    def drop(self) -> None:
        """Close the connections that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close them, and make no more."""
        self._closed = True
        self.drop()

    def _take_back(self, connection: Connection[DictRow]) -> None:
        if self._closed or not _is_idle(connection):
            connection.close()
            self.drop()
            return
        with self._lock:
            self._idle.append(connection)


class LedgerDatastore(PostgresDatastore):
    """The library's datastore over connections of ours, with streams named by text."""

    def __init__(self, address: Address) -> None:
        super().__init__("", "", "", "", "", schema=address.schema, originator_id_type="text")
        self.connections = Connections(address)
        self.pool = cast("ConnectionPool[Connection[DictRow]]", self.connections)

    def register_type_adapters(self) -> None:
        """Nothing: no type of the library's is in our layout."""


def connect(address: Address) -> Connection[DictRow]:
    """A connection to the server at *address*, each statement a transaction of its own."""
    connection = cast("Any", PatientConnection.connect)(
        address.url, autocommit=True, client_encoding="utf8", row_factory=dict_row
    )
    try:
        connection.execute(_SETTINGS)
    except BaseException:
        connection.close()
        raise
    return cast("Connection[DictRow]", connection)


def refuse_db_functions() -> None:
    """Raise :class:`BadInput` (``unordered-writes``) where the library is told to write itself.

    Its own function takes no lock, so an entry could become visible before the one it follows;
    nothing of ours reads the setting, but whoever set it means this very log.
    """
    if os.environ.get(_DB_FUNCTIONS, "").strip().lower() in ("y", "yes", "t", "true", "on", "1"):
        raise BadInput(
            "unordered-writes",
            f"{_DB_FUNCTIONS} is set, and a ledger is never written that way",
            hint=f"unset {_DB_FUNCTIONS}",
        )


def edge(address: Address) -> AbstractContextManager[None]:
    """Turn what the driver and the library raise into our errors, once, at this edge.

    Raises :class:`Refused` (``store-forbidden``), :class:`BadInput` (``bad-ledger-url``),
    :class:`Uncheckable` (``store-unavailable``, ``store-damaged``).
    """
    return _edge(address)


@contextmanager
def _edge(address: Address) -> Iterator[None]:
    try:
        yield
    except PersistenceError as error:
        raise _trouble(address, error.__cause__ or error) from error
    except (psycopg.Error, UnicodeError) as error:
        raise _trouble(address, error) from error


def _trouble(address: Address, error: BaseException) -> AssentError:
    """What *error* means to who asked."""
    state = getattr(error, "sqlstate", None)
    said = f"{address.name}: {_said_by(address, error)}"
    if state == _NO_RIGHT:
        return Refused(
            "store-forbidden",
            said,
            hint=f"who runs the server may grant {address.schema}_reader or _writer to you",
        )
    if state == _READ_ONLY:
        return Refused(
            "store-forbidden", said, hint="this server takes no writes: name the one that does"
        )
    if state is None and isinstance(error, psycopg.ProgrammingError):
        return BadInput("bad-ledger-url", said, hint="libpq takes no such URL")
    if (state or "").startswith(_OURS_TO_MEND) or isinstance(error, psycopg.DataError | ValueError):
        return Uncheckable(
            "store-damaged",
            f"{address.name} cannot be read as a log: {_said_by(address, error)}",
            hint="restore it from a backup; what you verified before is safe in your state",
        )
    return Uncheckable("store-unavailable", said, hint="try again when the server answers")


def _said_by(address: Address, error: BaseException) -> str:
    """What the driver says, in one line, with no password in it."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    lines = str(primary or error).strip().splitlines() or [type(error).__name__]
    return address.without_secrets(lines[0])


def _is_idle(connection: Connection[DictRow]) -> bool:
    """Whether it is open, and nothing was left open on it."""
    return connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
