"""Views built from judged entries, against bare batched inserts of the same rows."""

import sqlite3
from pathlib import Path

from ledger.audit.replay import judge
from ledger.seal.envelope import examine
from projections.runner import Views
from tests.benchmarks.history import History
from tests.benchmarks.measure import Measurement, seconds

BATCH = 2_000


def measure(history: History) -> list[Measurement]:
    """Rows a second, ours over bare ``executemany`` into copies of the same tables."""
    path = history.folder / "catch-up.sqlite"
    ours = _ours(history, path)
    reference = seconds(lambda: _bare(path, history.folder / "bare.sqlite"))
    return [
        Measurement(
            f"catch-up of views over {len(history.organisation.judged)} judged entries"
            " / bare batched inserts of the same rows (rate)",
            1 / ours, 1 / reference, "per s", 0.25, "at least",
        )
    ]  # fmt: skip


def _ours(history: History, path: Path) -> float:
    """The seconds spent keeping; judging is measured elsewhere."""
    views = Views(path)
    standing = views.standing()
    spent = 0.0
    raws = history.organisation.envelopes
    for start in range(0, len(raws), BATCH):
        examined = [examine(raw) for raw in raws[start : start + BATCH]]
        judged = [judge(standing, one, history.organisation.id) for one in examined]
        spent += seconds(lambda judged=judged: views.keep(judged, standing))  # type: ignore[misc]
    views.close()
    return spent


def _bare(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target) as write:
        write.execute("PRAGMA journal_mode = WAL")
        write.execute("PRAGMA synchronous = NORMAL")
        tables = read.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        for name, sql in tables:
            write.execute(sql)
            rows = read.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - our names
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                marks = ", ".join("?" * len(part[0]))
                write.executemany(f'INSERT INTO "{name}" VALUES ({marks})', part)  # noqa: S608
                write.commit()
    read.close()
    write.close()
