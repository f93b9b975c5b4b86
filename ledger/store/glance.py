"""A glance at the end of a log without opening it: enough to see that nothing is new.

``gate`` asks this in every pipeline. Importing the recorders takes longer than the
whole answer, so a file is read here with :mod:`sqlite3` alone, never written. A server is
glanced at by :mod:`ledger.store.postgres_glance`.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ledger.store.rows import RAW_LIMIT


@dataclass(frozen=True, slots=True)
class End:
    """Size and root as the head row claims them, and the last envelope as it is stored."""

    size: int
    root: bytes
    last: bytes


def glance(log: Path) -> End | None:
    """The end of the log in the file *log*; ``None`` where a closer look is needed."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(log))}?mode=ro", uri=True)) as connection:
            return _end(connection)
    except sqlite3.Error:
        return None


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
