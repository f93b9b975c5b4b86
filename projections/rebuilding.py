"""Building the views anew, and telling two of them apart."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import Table, select

from ledger.errors import Refused
from projections.rows import BUSY, trouble
from projections.runner import Views
from projections.tables import stored_tables

SHOWN = 5
"""How many differing rows of a table are named."""


def compare(one: Views, other: Views) -> list[str]:
    """What differs between two views: table, key and columns; empty where they are equal.

    The standing they keep is compared as well. Each table is read once, in the order of
    its key, so that nothing but the differences is held in memory.
    """
    differences: list[str] = []
    with one.reading() as left, other.reading() as right:
        for table in stored_tables():
            found = 0
            for text in _differences(table, left, right):
                found += 1
                if found <= SHOWN:
                    differences.append(text)
            if found > SHOWN:
                differences.append(f"{table.name}: {found - SHOWN} more rows differ")
    return differences


def _differences(table: Table, left: Any, right: Any) -> Iterator[str]:
    width = len(table.primary_key)
    keys = list(table.primary_key)
    columns = [*keys, *(column for column in table.columns if not column.primary_key)]
    wanted = select(*columns).order_by(*keys).execution_options(yield_per=1000)
    ours = iter(left.execute(wanted))
    theirs = iter(right.execute(wanted))
    a, b = next(ours, None), next(theirs, None)
    while a is not None or b is not None:
        if b is None or (a is not None and tuple(a[:width]) < tuple(b[:width])):
            yield f"{table.name} {_key(a, width)}: only in the first"
            a = next(ours, None)
        elif a is None or tuple(b[:width]) < tuple(a[:width]):
            yield f"{table.name} {_key(b, width)}: only in the second"
            b = next(theirs, None)
        else:
            changed = [c.name for c, x, y in zip(columns, a, b, strict=True) if x != y]
            if changed:
                yield f"{table.name} {_key(a, width)}: {', '.join(changed)} differ"
            a, b = next(ours, None), next(theirs, None)


def _key(row: Any, width: int) -> str:
    return " ".join(str(part) for part in row[:width])


def rebuild(path: Path, fill: Callable[[Views], None]) -> None:
    """Build the views in *path* anew: *fill* gets empty ones; they take the place at the end.

    The new ones are copied over the old in one transaction, so whoever has the old file
    open sees either all of one or all of the other. Where the old file is no database it
    is replaced. Whatever *fill* raises leaves the old views as they were. Raises
    :class:`Uncheckable` (``views-unavailable``) where the folder cannot be written to.
    """
    try:
        folder = Path(mkdtemp(prefix="views-", dir=path.parent))
    except OSError as error:
        raise trouble(path.parent, error) from None
    new = folder / path.name
    try:
        with Views(new) as views:
            fill(views)
        _swap(new, path)
    except (OSError, sqlite3.Error) as error:
        raise trouble(path, error) from None
    finally:
        for leftover in folder.iterdir():
            leftover.unlink()
        folder.rmdir()


def _swap(new: Path, path: Path) -> None:
    """Put *new* in the place of *path*.

    A renamed file would keep its predecessor's ``-wal`` beside it, whose pages SQLite could
    take for its own; so the content is copied as long as there is a database to copy into.
    """
    if path.exists() and _is_database(path):
        with (
            closing(sqlite3.connect(new)) as source,
            closing(sqlite3.connect(path, timeout=BUSY)) as target,
        ):
            source.backup(target)
        return
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    for tail in ("-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + tail).unlink()
    new.replace(path)


def require_replaceable(path: Path) -> None:
    """Raise :class:`Refused` (``views-not-ours``) unless *path* holds views, or nothing yet.

    Who rebuilds their own views replaces whatever lies there; a file that somebody names may
    hold anything, and be all there is of it.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return
    try:
        with closing(sqlite3.connect(path, timeout=BUSY)) as connection:
            connection.execute("SELECT position, code_version FROM tracking").fetchone()
            connection.execute("SELECT key, value, checksum FROM standing").fetchone()
    except sqlite3.Error as error:
        raise Refused(
            "views-not-ours",
            f"{path} does not hold views, and would be lost: {error}",
            hint="name a file that does not exist yet",
        ) from None


def _is_database(path: Path) -> bool:
    """Whether *path* is a sound SQLite database."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error:
        return False
    return found is not None and found[0] == "ok"
