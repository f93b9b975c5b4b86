"""Building the views of a server anew: in a schema beside, which takes the old one's place.

The new schema has a fixed name, so that what a killed process left is found and dropped, and
whoever builds it holds a lock of the session, which the server takes back when they are gone.
The old one goes and the new one is renamed in one transaction, under a lock of all its tables:
who reads waits for that moment, or it for them, and sees all of one or all of the other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import sleep
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ledger.errors import Conflict, Refused
from projections.address import read_address
from projections.runner import Views
from projections.server import Server

PATIENCE: Final = 3_000
"""How often the swap is tried while others read the old views, some 0.2 s each."""

_LOCKED_OUT: Final = "55P03"
_RELIED_ON: Final = "2BP01"
_RELATIONS: Final = text(
    "SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, relname FROM pg_class"
    " WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'v')"
    " AND relowner = (SELECT relowner FROM pg_class"
    "  WHERE relnamespace = to_regnamespace(:schema) AND relname = 'tracking')"
    " ORDER BY relname"
)
"""The tables and views of a schema that are of the owner of ours: others put some there, too."""


def rebuild_on_server(url: str, fill: Callable[[Views], None]) -> None:
    """Build the views at *url* anew: *fill* gets empty ones; they take the place at the end.

    Whatever *fill* raises leaves the old views as they were. Raises :class:`Conflict`
    (``views-building`` where another process does the same, ``views-busy`` where somebody
    reads the old ones all the time), :class:`Refused` (``views-relied-on`` where views of
    others are made of them), and what :class:`Views` raises of servers.
    """
    address = read_address(url)
    server = Server(address)
    building = f"{address.schema}_building"
    beside = address.beside(building)
    try:
        with _trouble(server), _alone(server, building):
            with server.writing() as connection:
                server.make_room(connection)
            _drop(server, building)
            try:
                with Views(url=beside.full()) as views:
                    fill(views)
                _swap(server, building)
            finally:
                with suppress(SQLAlchemyError):  # the next to build drops what is left
                    _drop(server, building)
    finally:
        server.close()


@contextmanager
def _trouble(server: Server) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise server.trouble_of(error) from None


@contextmanager
def _alone(server: Server, building: str) -> Iterator[None]:
    """While it lasts, nobody else builds in the schema *building*."""
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        turn = text("SELECT pg_try_advisory_lock(hashtext('assent views'), hashtext(:schema))")
        if not connection.scalar(turn, {"schema": building}):
            raise Conflict(
                "views-building",
                f"{server.name}: another process is building these views anew",
                hint="wait for it; nothing is lost",
            )
        try:
            yield
        finally:
            connection.invalidate()  # the lock goes with the session, whatever state it is in


def _drop(server: Server, schema: str) -> None:
    with server.writing() as connection:
        connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def _swap(server: Server, building: str) -> None:
    """Put the schema *building* in the place of the old one, as soon as nobody reads that."""
    for _ in range(PATIENCE):
        try:
            with server.writing() as connection:
                _replace(connection, server.address.schema, building)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCKED_OUT:
                raise
            sleep(0.1)
        except SQLAlchemyError as error:
            cause: Any = getattr(error, "orig", None)
            if getattr(cause, "sqlstate", None) != _RELIED_ON:
                raise
            detail = (cause.diag.message_detail or str(cause)).splitlines()[0]
            raise Refused(
                "views-relied-on",
                f"{server.name}: what others made rests on the old views: {detail}",
                hint="drop it, build the views anew, and make it again",
            ) from None
        else:
            return
    raise Conflict(
        "views-busy", f"{server.name}: somebody keeps reading the old views", hint="try again"
    )


def _replace(connection: Connection, schema: str, building: str) -> None:
    """In one transaction; a lock that is not had soon is given up, so that nobody is held up."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
    held = connection.execute(_RELATIONS, {"schema": schema}).all()
    tables, views = (
        ", ".join(f'"{schema}"."{name}"' for of, name in held if of == kind)
        for kind in ("TABLE", "VIEW")
    )
    if tables:
        connection.exec_driver_sql(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        if views:
            connection.exec_driver_sql(f"DROP VIEW {views}")
        connection.exec_driver_sql(f"DROP TABLE {tables}")
    connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}"')
    connection.exec_driver_sql(f'ALTER SCHEMA "{building}" RENAME TO "{schema}"')
