"""The SQLite file under the log: how it is created, opened and locked.

Built on the classes of the library's ``sqlite`` module. What differs, and why: writers
start with BEGIN IMMEDIATE (a transaction that reads before it writes is refused by SQLite
without waiting, up to 98 % of the time with two writers), every commit is flushed to
disk, and nobody but :func:`create_file` ever makes a file.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final
from urllib.parse import quote

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import OperationalError
from eventsourcing.sqlite import (
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.seal.merkle import EMPTY_ROOT

APPLICATION_ID: Final = 0x41535354
"""``ASST`` in the file's header, so that ``file`` and we can tell a ledger from other databases."""

LAYOUT: Final = 1
"""The number of the table layout, in the file's ``user_version``."""

PATIENCE: Final = 30.0
"""Seconds to wait for a file that another program holds."""

_CORRUPT: Final = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CORRUPT_TOO: Final = {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_FORMAT}
_HELD: Final = "another program holds it: wait until that has ended, and try again"
_REACH: Final = (
    "see that its disk is neither full nor read-only, that the file and its folder can be read and"
    " written, and try again"
)
_HINTS: Final = {sqlite3.SQLITE_BUSY: _HELD, sqlite3.SQLITE_LOCKED: _HELD}

# Nothing is unique, or counted up by SQLite, that a row added by a stranger could use up: no
# row may stop the next honest append.
_SCHEMA: Final = """
CREATE TABLE stored_events (
  rowid INTEGER PRIMARY KEY,
  originator_id TEXT NOT NULL,
  originator_version INTEGER NOT NULL,
  topic TEXT NOT NULL,
  state BLOB NOT NULL,
  squat INTEGER NOT NULL DEFAULT 0,
  UNIQUE (originator_id, originator_version, squat)
) STRICT;
CREATE TABLE merkle_leaf (
  leaf_index INTEGER PRIMARY KEY,
  notification_id INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
CREATE INDEX merkle_leaf_row ON merkle_leaf (notification_id);
CREATE INDEX merkle_leaf_hash ON merkle_leaf (leaf_hash);
CREATE TABLE merkle_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  size INTEGER NOT NULL,
  frontier BLOB NOT NULL,
  root BLOB NOT NULL
) STRICT;
"""
_TRIGGER: Final = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the log only grows: nothing in it is changed or removed'); END;
"""


class LedgerTransaction(SQLiteTransaction):
    """A transaction that takes the write lock at its start, and leaves none open behind it."""

    def __enter__(self) -> SQLiteCursor:
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.Error as error:
            raise OperationalError(error) from error
        return cursor

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        try:
            super().__exit__(exc_type, exc_val, exc_tb)
        except BaseException:
            # A commit that failed leaves its transaction open; the pool would hand it on.
            self.connection.rollback()
            raise


class LedgerConnection(SQLiteConnection):
    """A connection whose transactions are ours."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction, committed at the end where *commit* says so."""
        with LedgerTransaction(self, commit=commit) as cursor, cursor:
            yield cursor


class LedgerPool(SQLiteConnectionPool):
    """Connections to one file that exists, flushed on every commit."""

    def __init__(self, path: Path, patience: float) -> None:
        super().__init__(db_name=str(path), pool_timeout=patience)
        self._patience = patience

    def _create_connection(self) -> LedgerConnection:
        connection = connect(Path(self.db_name), patience=self._patience)
        return LedgerConnection(connection, max_age=self.max_age)


class LedgerDatastore(SQLiteDatastore):
    """The library's datastore over our pool, with streams named by text."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        super().__init__(str(path), originator_id_type="text")
        self.pool = LedgerPool(path, patience)


def connect(path: Path, *, patience: float = PATIENCE) -> sqlite3.Connection:
    """A connection to the existing file *path*: WAL, flushed commits, *patience* in seconds."""
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA synchronous = FULL")
        _write_ahead(connection, patience)
    except BaseException:
        connection.close()
        raise
    connection.row_factory = sqlite3.Row
    return connection


def create_file(path: Path) -> None:
    """Create an empty log at *path*, whole or not at all.

    Raises :class:`Refused` (``ledger-exists``), :class:`Uncheckable` (``store-unavailable``).
    """
    try:
        with path.open("xb"):
            pass
    except FileExistsError:
        raise Refused("ledger-exists", f"{path} exists; nothing was changed") from None
    except OSError as error:
        raise Uncheckable("store-unavailable", f"{path}: {error.strerror}") from None
    try:
        with as_ours(path):
            # Without WAL at first, so that the header stands in the file itself from the start.
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                _lay_out(connection)
            connect(path).close()
    except BaseException:
        for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm"), Path(f"{path}-journal")):
            name.unlink(missing_ok=True)
        raise


def check_file(path: Path) -> None:
    """Require that *path* is a log in the layout this version writes, by its header alone.

    Not by SQLite, which could create, recover or lock a file that is none of our business.
    Offsets 60 and 68: https://sqlite.org/fileformat2.html, section 1.3.

    Raises :class:`BadInput` (``not-a-ledger``), :class:`Uncheckable` (``store-unavailable``,
    ``store-layout``).
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError as error:
        raise Uncheckable("store-unavailable", f"{path}: {error.strerror}") from None
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):  # noqa: PLR2004 - the header
        raise BadInput("not-a-ledger", f"{path} is no SQLite file")
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise BadInput("not-a-ledger", f"{path} is a SQLite file, but no ledger")
    layout = int.from_bytes(header[60:64])
    if layout != LAYOUT:
        raise Uncheckable(
            "store-layout",
            f"{path} has layout {layout}; this version of assent reads layout {LAYOUT}",
            hint="use the version of assent that wrote it, or a newer one",
        )


@contextmanager
def as_ours(path: Path) -> Iterator[None]:
    """Turn what SQLite and the library raise into our errors, once, at this edge.

    Raises :class:`Uncheckable` (``store-unavailable``, ``store-damaged``).
    """
    try:
        yield
    except (sqlite3.Error, EventSourcingError) as error:
        cause = error if isinstance(error, sqlite3.Error) else error.__cause__
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
        if code in _CORRUPT or code in _CORRUPT_TOO:
            raise Uncheckable(
                "store-damaged",
                f"{path} cannot be read as a log: {error}",
                hint="restore it from a backup; what you verified before is safe in your state",
            ) from error
        raise Uncheckable(
            "store-unavailable", f"{path}: {error}", hint=_HINTS.get(code, _REACH)
        ) from error
    except UnicodeDecodeError as error:
        # SQLite quotes a damaged schema in its own message, which then is no text.
        raise Uncheckable(
            "store-damaged",
            f"{path} cannot be read as a log: its schema is no text",
            hint="restore it from a backup; what you verified before is safe in your state",
        ) from error


def _lay_out(connection: sqlite3.Connection) -> None:
    triggers = "".join(
        _TRIGGER.format(table=table, verb=verb)
        for table, verb in (
            ("stored_events", "UPDATE"),
            ("stored_events", "DELETE"),
            ("merkle_leaf", "UPDATE"),
            ("merkle_leaf", "DELETE"),
            ("merkle_head", "DELETE"),
        )
    )
    # A constant of ours, and a script takes no parameters.
    head = f"INSERT INTO merkle_head VALUES (1, 0, x'', x'{EMPTY_ROOT.hex()}');"  # noqa: S608
    marks = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LAYOUT};"
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {triggers} {head} {marks} COMMIT;")


def _write_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to WAL; the switch ignores the busy timeout, so it is asked for again here."""
    deadline = time.monotonic() + patience
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
