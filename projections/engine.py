"""The SQLAlchemy engine of a views file, of memory, or of a server.

On SQLite transactions are begun by us: writers at once (``BEGIN IMMEDIATE``), because a
transaction that reads before it writes fails under a second writer whatever it waits for.
"""

import os
import sqlite3
from pathlib import Path
from time import sleep
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from projections.rows import BUSY, damaged

WRITING = "assent_writing"
"""The execution option of connections that are going to write."""

ATTEMPTS = 60
"""How often the switch to WAL is tried while other processes make the same file."""


def open_engine(path: Path | None, url: str | None) -> Engine:
    """An engine for the file *path*, for the server *url*, or for memory where both are None.

    Raises :class:`Uncheckable` (``views-damaged``) where the file cannot be opened.
    """
    if url is not None:
        return create_engine(url)
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
    except OSError as error:
        raise damaged(f"{path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise damaged(f"{path}: {error}") from None


def _on_connect(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = NORMAL")


def _on_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
