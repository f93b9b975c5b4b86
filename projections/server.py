"""Views on a PostgreSQL server: how it is reached, and what its trouble means.

All of them lie in a schema of their own (:mod:`projections.address`). Readers see one moment in
all they ask, writers come one after another, and every commit is told to who listens. Text is
compared by its bytes (``COLLATE "C"``) and whole numbers have 64 bits, as on SQLite.
"""

from contextlib import AbstractContextManager, suppress
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Engine, Integer, Text, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import Column

from ledger.errors import AssentError, BadInput, Refused, Uncheckable
from ledger.model.address import Address

CHANNEL: Final = "assent_views"
"""The channel on which every commit is told, with the schema and the position reached."""

_NOT_ALLOWED: Final = {
    "42501": "the server has to grant it",
    "25006": "this server takes no writes: name the one that does",
}
_LISTENING: Final = {"isolation_level": "AUTOCOMMIT"}
_READING: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_WRITING: Final = {"isolation_level": "READ COMMITTED"}


class Server:
    """The schema of a server that *address* names; it is reached when it is first asked something.

    Raises :class:`Uncheckable` (``postgres-missing``) where its driver is not installed.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.name = address.name
        self.engine = _open(address)
        self._listener: Connection | None = None

    def reading(self) -> Connection:
        """A connection that sees one moment until it is closed, even of views being swapped.

        The lock comes before the moment: whoever swaps views waits for those who have it, and
        who waits for it begins with what was swapped in.
        """
        connection = self.engine.connect().execution_options(**_READING)
        try:
            connection.exec_driver_sql("LOCK TABLE tracking IN ACCESS SHARE MODE")
        except BaseException:
            connection.close()
            raise
        return connection

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that writes; the row of ``tracking`` makes it the only one."""
        return self.engine.execution_options(**_WRITING).begin()

    def make_room(self, connection: Connection) -> None:
        """Make the schema; others that want to wait until this transaction ends.

        Raises :class:`Refused` (``views-not-ours``) where it holds something else.
        """
        named = {"schema": self.address.schema}
        turn = text("SELECT pg_advisory_xact_lock(hashtext('assent'), hashtext(:schema))")
        connection.execute(turn, named)
        if connection.scalar(text("SELECT to_regnamespace(:schema)"), named) is None:
            connection.exec_driver_sql(f'CREATE SCHEMA "{self.address.schema}"')
            return
        held = text("SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema)")
        names = set(connection.scalars(held, named))
        if names and "tracking" not in names:
            raise Refused(
                "views-not-ours",
                f"{self.name} holds tables of somebody else",
                hint="?schema=NAME names another schema",
            )

    def tell(self, connection: Connection, size: int) -> None:
        """Tell who listens, once this transaction has ended well, how far the views go now."""
        said = {"channel": CHANNEL, "said": f"{self.address.schema} {size}"}
        connection.execute(text("SELECT pg_notify(:channel, :said)"), said)

    def wait(self, seconds: float) -> None:
        """Wait until somebody has written here, for that long at most."""
        if self._listener is None:
            self._listener = self.engine.connect().execution_options(**_LISTENING)
            self._listener.exec_driver_sql(f"LISTEN {CHANNEL}")
        driver: Any = self._listener.connection.driver_connection
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            told = [*driver.notifies(timeout=left, stop_after=1)]
            if any(one.payload.split(" ")[0] == self.address.schema for one in told):
                return

    def trouble_of(self, error: Exception) -> AssentError:
        """What *error*, of SQLAlchemy or of the driver, means to who asked."""
        cause: Any = getattr(error, "orig", None) or error
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        lines = str(primary or cause).strip().splitlines() or [type(cause).__name__]
        said = f"{self.name}: {self.address.without_secrets(lines[0])}"
        state = getattr(cause, "sqlstate", None)
        kinds = {kind.__name__ for kind in type(cause).__mro__}
        if state in _NOT_ALLOWED:
            return Refused("views-forbidden", said, hint=_NOT_ALLOWED[state])
        if state is None and "ProgrammingError" in kinds:
            return BadInput("bad-views-url", said, hint="libpq knows no such option")
        if kinds & {"OperationalError", "InterfaceError"}:
            return Uncheckable("views-away", said, hint="try again when the server answers")
        return Uncheckable("views-damaged", said, hint="assent views rebuild --to URL")

    def close(self) -> None:
        """Let go of the server."""
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(SQLAlchemyError):  # the server may have closed it before
                listener.close()
        self.engine.dispose()


def _open(address: Address) -> Engine:
    try:
        import psycopg  # noqa: PLC0415 - only where a server is meant, and it may be missing

        # By libpq alone: a second reader of URLs might find another server in the same text.
        engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(address.url)
        )
    except ImportError:
        raise Uncheckable(
            "postgres-missing",
            "servers are spoken to through psycopg, which is not installed",
            hint="pip install 'assent[postgres]'",
        ) from None

    def on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.execute(f'SET search_path TO "{address.schema}"')
        connection.commit()

    event.listen(engine, "connect", on_connect, insert=True)
    return engine


@compiles(Text, "postgresql")
def _text(_type: Text, _compiler: Any, **options: Any) -> str:
    """As on SQLite, text sorts by its bytes: whatever order the database prefers."""
    return 'TEXT COLLATE "C"' if isinstance(options.get("type_expression"), Column) else "TEXT"


@compiles(Integer, "postgresql")
def _integer(_type: Integer, _compiler: Any, **_options: Any) -> str:
    """As on SQLite, a whole number has 64 bits: an entry may name any."""
    return "BIGINT"
