"""The rows of a standing as they lie in a views file, read without SQLAlchemy.

``gate`` and ``override check`` ask one question and must answer fast: they read the file
with :mod:`sqlite3` alone. What the file is made of is fixed here
(:data:`CODE_VERSION`, :func:`checksum`), so that the writing side and this reader cannot
drift apart.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zlib import crc32

from ledger.errors import Uncheckable

CODE_VERSION = 9
"""The version of the tables and of what is written to them; another one is rebuilt."""

BUSY = 30
"""Seconds to wait for a file that another process writes."""

_OUT_OF_REACH = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM),
}
_REACH = (
    "see that the disk is neither full nor read-only, that you may write there, and that no other"
    " program holds the file; ASSENT_STATE names another folder"
)


def checksum(value: bytes) -> int:
    """The checksum kept beside a row of a standing, so that a damaged one is noticed."""
    return crc32(value)


def damaged(what: str) -> Uncheckable:
    """The error for a views file that cannot be used; *what* says which and why."""
    return Uncheckable("views-damaged", what, hint="assent views rebuild")


def trouble(name: object, error: Exception) -> Uncheckable:
    """What an *error* of the system or of SQLite says of the views *name*.

    A file out of reach is not damaged, and a rebuild would find the same disk full.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, OSError) or (code is not None and code & 0xFF in _OUT_OF_REACH):
        said = getattr(error, "strerror", None) or error
        return Uncheckable("views-unavailable", f"{name}: {said}", hint=_REACH)
    return damaged(f"{name}: {error}")


def whole(key: str, value: object, known: int) -> bytes:
    """*value*, if its checksum is the *known* one; raises ``views-damaged`` otherwise.

    A database keeps whatever it is given: what is no bytes is not what was written either.
    """
    if not isinstance(value, bytes) or checksum(value) != known:
        raise damaged(f"the row {key} of the views is not what was written there")
    return value


def as_root(size: int, value: object) -> bytes:
    """*value*, if it may be the Merkle root at *size*; raises ``views-damaged`` otherwise."""
    if not isinstance(value, bytes):
        raise damaged(f"the root at {size} in the views is not what was written there")
    return value


class SqliteRows:
    """The rows that :class:`projections.runner.Views` kept in the file *path*, to be read only.

    All questions are answered as of one moment, the first one asked. Raises
    :class:`Uncheckable` (``views-missing``, ``views-damaged``, ``views-unavailable``,
    ``views-outdated``).
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise Uncheckable("views-missing", f"there is no {path}", hint="assent views sync")
        self._path = path
        with self._trouble():
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro",
                uri=True,
                timeout=BUSY,
                isolation_level=None,
            )
        try:
            self._begin()
        except Uncheckable:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def size(self) -> int:
        """How many entries of the log the rows take into account."""
        return self._size

    def row(self, key: str) -> bytes | None:
        """The row under *key*."""
        found = self._one("SELECT value, checksum FROM standing WHERE key = ?", key)
        return None if found is None else whole(key, found[0], found[1])

    def root(self, size: int) -> bytes | None:
        """The Merkle root of the log at *size*, if it is within the window."""
        found = self._one("SELECT root FROM standing_roots WHERE size = ?", size)
        return None if found is None else as_root(size, found[0])

    def time(self) -> int:
        """Ledger time, in seconds since 1970."""
        head = self.row("head")
        return 0 if head is None else int(json.loads(head)["time"])

    def stops(self, target: str) -> list[dict[str, Any]]:
        """The stops of *target* that hold, oldest first, by columns of the table ``overrides``."""
        names = ("id", "target", "signer", "at", "position", "reason")
        question = (
            f"SELECT {', '.join(names)} FROM overrides"  # noqa: S608 - no word of it is foreign
            " WHERE target = ? AND valid_to_position IS NULL ORDER BY position"
        )
        with self._trouble():
            found = self._connection.execute(question, (target,)).fetchall()
        return [dict(zip(names, row, strict=True)) for row in found]

    def leaf(self, position: int) -> str | None:
        """The leaf hash of the entry at *position*, in hexadecimal digits."""
        found = self._one("SELECT leaf FROM entries WHERE position = ?", position)
        return None if found is None else str(found[0])

    def assessment(self, number: int, now: str) -> dict[str, Any] | None:
        """The assessment of an open proposal, if time alone has not changed it by *now*."""
        found = self._one(
            "SELECT assessment FROM proposals WHERE number = ? AND closed IS NULL"
            " AND (valid_until IS NULL OR valid_until > ?)",
            number,
            now,
        )
        if found is None:
            return None
        try:
            kept = json.loads(found[0])
        except (TypeError, ValueError):
            kept = None
        if not isinstance(kept, dict):
            raise damaged(f"{self._path}: the assessment of #{number} cannot be read")
        return kept

    def newest_open(self, alias: str, stack_digest: str) -> int | None:
        """The number of the newest open proposal to bring that stack to *alias*."""
        found = self._one(
            "SELECT number FROM proposals WHERE alias = ? AND stack_digest = ? AND closed IS NULL"
            " ORDER BY number DESC LIMIT 1",
            alias,
            stack_digest,
        )
        return None if found is None else int(found[0])

    def _begin(self) -> None:
        with self._trouble():
            self._connection.execute("BEGIN")
        found = self._one("SELECT position, code_version FROM tracking")
        if found is None or not isinstance(found[0], int):
            raise damaged(f"{self._path} says nowhere how far it goes")
        if found[1] != CODE_VERSION:
            raise Uncheckable(
                "views-outdated",
                f"{self._path} was built by another version of assent",
                hint="assent views rebuild",
            )
        self._size = found[0]

    def _one(self, question: str, *arguments: str | int) -> tuple[Any, ...] | None:
        with self._trouble():
            found: tuple[Any, ...] | None = self._connection.execute(question, arguments).fetchone()
            return found

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise trouble(self._path, error) from None
