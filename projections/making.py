"""Making the tables and SQL views: compiled once in a process, however many views it opens."""

from sqlalchemy import Connection, Dialect, Executable
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import ExecutableDDLElement

from projections.columns import comments
from projections.tables import METADATA

_COMPILED: dict[str, tuple[str, ...]] = {}


def make_tables(connection: Connection) -> None:
    """Make everything, none of which may be there; on a server with what each column means."""
    dialect = connection.dialect
    if dialect.name not in _COMPILED:
        _COMPILED[dialect.name] = _statements(dialect)
    statements = _COMPILED[dialect.name]
    if dialect.name == "postgresql":
        # In one go: a server far away would be asked a thousand times.
        connection.exec_driver_sql(";\n".join((*statements, *comments())))
        return
    for statement in statements:
        connection.exec_driver_sql(statement)


def _statements(dialect: Dialect) -> tuple[str, ...]:
    """What SQLAlchemy would execute to make all tables, indexes and SQL views."""
    found: list[str] = []

    def collect(statement: Executable, *_: object, **__: object) -> None:
        assert isinstance(statement, ExecutableDDLElement)  # noqa: S101 - nothing else is made
        found.append(str(statement.compile(dialect=dialect)))

    METADATA.create_all(MockConnection(dialect, collect), checkfirst=False)
    return tuple(found)
