"""Views built from judged entries, against bare batched inserts of the same rows.

The bare tables are copies of the same tables, with the same indexes.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from projections.runner import Views
from tests.benchmarks.histories import judged_batches
from tests.benchmarks.measure import Measurement, processor_seconds
from tests.lifelike import History

BATCH = 2_000
ALONE = 200
"""How many entries are kept one by one."""

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_COPIED = "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"


def warm_views(history: History) -> Path:
    """Views of all of *history*: those that :func:`measure` left, or new ones."""
    path = _views(history)
    with Views(path) as views:
        is_warm = views.is_current() and views.position() == history.size
    if not is_warm:
        _clear(path)
        with Views(path) as views:
            sum(_kept(history, views, BATCH, history.size))
    return path


def _views(history: History) -> Path:
    return history.folder / "views.sqlite"


def _clear(path: Path) -> None:
    for tail in ("", "-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)


def measure(history: History) -> list[Measurement]:
    """Entries a second: batched, over bare ``executemany`` of the same rows, and one by one."""
    path = _views(history)
    _clear(path)
    last = history.size - ALONE
    with Views(path) as views:
        batched = sum(_kept(history, views, BATCH, last)) / last
        alone = sum(_kept(history, views, 1, history.size)) / ALONE
    bare = _bare(path, history.folder / "bare.sqlite") / history.size
    return [
        Measurement(
            "catch-up of views, entries a second", "bare batched inserts of the rows",
            history.size, 1 / batched, 1 / bare, "/s", 0.25, "at least",
        ),
        Measurement(
            "catch-up of views, entries a second", "the same, entry by entry",
            history.size, 1 / batched, 1 / alone, "/s", 10.0, "at least",
        ),
    ]  # fmt: skip


def _kept(history: History, views: Views, size: int, end: int) -> Iterator[float]:
    """The seconds that keeping each batch up to *end* takes; judging is measured elsewhere."""
    for judged, standing in judged_batches(history, views, size, end):
        yield processor_seconds(lambda: views.keep(judged, standing))  # noqa: B023 - called at once
    assert views.position() == end


def _bare(source: Path, target: Path) -> float:
    """The seconds of inserting the rows of *source*, read already, into copies of its tables."""
    target.unlink(missing_ok=True)
    spent = 0.0
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        write.execute("PRAGMA journal_mode = WAL")
        write.execute("PRAGMA synchronous = NORMAL")
        for (sql,) in read.execute(_COPIED):
            write.execute(sql)
        for (name,) in write.execute(_TABLES).fetchall():
            rows = read.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our names
            marks = ", ".join("?" * len(rows.description))
            insert = f'INSERT INTO "{name}" VALUES ({marks})'  # noqa: S608
            while part := rows.fetchmany(BATCH):
                spent += processor_seconds(lambda: _insert(write, insert, part))  # noqa: B023
    return spent


def _insert(connection: sqlite3.Connection, insert: str, rows: Sequence[Any]) -> None:
    connection.executemany(insert, rows)
    connection.commit()
