"""A glance at the end of a log without opening it: enough to see that nothing is new.

``gate`` asks this in every pipeline. Importing the recorders takes longer than the
whole answer, so a file is read here with :mod:`sqlite3` alone, and a server asked one
question with its driver alone; neither is written.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ledger.model.address import Address
from ledger.store.rows import RAW_LIMIT

_ASKED: Final = f"""SET search_path TO pg_catalog;
SELECT h.size, h.root, substr(e.state, 1, {RAW_LIMIT}) FROM {{s}}.merkle_head AS h
  JOIN {{s}}.merkle_leaf AS l ON l.leaf_index = h.size - 1
  JOIN {{s}}.stored_events AS e ON e.notification_id = l.notification_id
  WHERE h.id = 1 AND NOT EXISTS (SELECT 1 FROM {{s}}.merkle_leaf AS b WHERE b.leaf_index >= h.size)
"""  # noqa: S608 - constants of ours, and the name of a schema that was checked


@dataclass(frozen=True, slots=True)
class End:
    """Size and root as the head row claims them, and the last envelope as it is stored."""

    size: int
    root: bytes
    last: bytes


def glance(log: Path | Address) -> End | None:
    """The end of *log*; ``None`` where a closer look is needed, whatever the reason."""
    if isinstance(log, Address):
        return _glance_at_server(log)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(log))}?mode=ro", uri=True)) as connection:
            return _end(connection)
    except sqlite3.Error:
        return None


def _glance_at_server(address: Address) -> End | None:
    try:
        import psycopg  # noqa: PLC0415 - only where a server is meant, and it may be missing
    except ImportError:
        return None
    try:
        with closing(psycopg.connect(address.url, autocommit=True)) as connection:
            cursor: Any = connection.execute(_ASKED.format(s=f'"{address.schema}"').encode())
            cursor.nextset()
            found = cursor.fetchone()
    except (psycopg.Error, UnicodeError):
        return None
    wanted = (int, bytes, bytes)
    return End(*found) if found is not None and tuple(map(type, found)) == wanted else None


def _end(connection: sqlite3.Connection) -> End | None:
    found = connection.execute("SELECT size, root FROM merkle_head WHERE id = 1").fetchone()
    if found is None or not isinstance(found[0], int) or not isinstance(found[1], bytes):
        return None
    size, root = found
    beyond = connection.execute("SELECT 1 FROM merkle_leaf WHERE leaf_index >= ?", (size,))
    if beyond.fetchone() is not None:
        return None
    last = connection.execute(
        "SELECT substr(CAST(e.state AS BLOB), 1, ?) FROM merkle_leaf AS l"
        " JOIN stored_events AS e ON e.rowid = l.notification_id WHERE l.leaf_index = ?",
        (RAW_LIMIT, size - 1),
    ).fetchone()
    return None if last is None else End(size, root, last[0])
