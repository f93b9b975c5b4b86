"""Where views of one's own lie: a file of SQLite, or memory; on servers: projections.server.

On SQLite transactions are begun by us: writers at once (``BEGIN IMMEDIATE``), because a
transaction that reads before it writes fails under a second writer whatever it waits for.
"""

import os
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event, inspect
from sqlalchemy.pool import ConnectionPoolEntry

from ledger.errors import AssentError, Uncheckable
from projections.rows import BUSY, damaged, trouble

WRITING = "assent_writing"
"""The execution option of connections that are going to write."""

ATTEMPTS = 60
"""How often the switch to WAL is tried while other processes make the same file."""


class Local:
    """The file *path*, or memory where it is None.

    Raises :class:`Uncheckable`: ``views-unavailable`` or ``views-damaged`` where the file cannot
    be opened, ``views-missing`` where there is none and none is to be made.
    """

    def __init__(self, path: Path | None, *, make: bool = True) -> None:
        if path is not None and not make and not path.is_file():
            raise Uncheckable(
                "views-missing", f"there is no {path}", hint="assent views sync --to FILE"
            )
        self.name = "the views in memory" if path is None else str(path)
        self.engine: Engine = open_engine(path)

    def reading(self) -> Connection:
        """A connection that sees one moment until it is closed."""
        return self.engine.connect()

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that writes, alone."""
        return self.engine.execution_options(**{WRITING: True}).begin()

    def make_room(self, connection: Connection) -> None:
        """Raise :class:`Uncheckable` (``views-damaged``) where the file holds something else."""
        names = inspect(connection).get_table_names()
        if names and "tracking" not in names:
            raise damaged(f"{self.name} holds tables, and none that says how far views go")

    def tell(self, connection: Connection, size: int) -> None:
        """Nobody listens."""

    def wait(self, seconds: float) -> None:
        """Wait for that long."""
        sleep(seconds)

    def trouble_of(self, error: Exception) -> AssentError:
        """What *error*, of SQLAlchemy or of the driver, means to who asked."""
        return trouble(self.name, getattr(error, "orig", None) or error)

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def open_engine(path: Path | None) -> Engine:
    """An engine for the file *path*, or for memory where it is None.

    Raises :class:`Uncheckable` (``views-unavailable``, ``views-damaged``) where the file cannot
    be opened.
    """
    if path is None:
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
    else:
        _make(path)
        engine = create_engine(
            "sqlite://",
            poolclass=QueuePool,
            creator=lambda: sqlite3.connect(path, timeout=BUSY, check_same_thread=False),
        )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _make(path: Path) -> None:
    """Make the file, for its owner only, and switch it to WAL, whoever else does so now."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        for attempt in range(ATTEMPTS):
            connection = sqlite3.connect(path, timeout=BUSY)
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError:
                if attempt == ATTEMPTS - 1:
                    raise
                sleep(0.05)
            else:
                return
            finally:
                connection.close()
    except (OSError, sqlite3.Error) as error:
        raise trouble(path, error) from None


def _on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = NORMAL")


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
