"""Commands as whole processes with warm views, against importing click and pydantic."""

import csv
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from ledger.model.terms import format_instant
from projections.proposals import proposals
from projections.runner import Views
from tests.benchmarks.catch_up import warm_views
from tests.benchmarks.measure import Measurement, process_seconds, processor_seconds
from tests.benchmarks.project import DONE, Project, project_of
from tests.lifelike import History

IMPORTS = "importing click and pydantic"

PENDING = 8
"""The exit status of a gate that is not ready."""


def measure(history: History) -> list[Measurement]:
    """``gate`` and ``override check`` have targets; what reads the whole log has none."""
    project = project_of(history)
    reference = process_seconds(["-c", "import click, pydantic"], {}, DONE)
    gate = _seconds(project, "gate", _pending(history), expected=PENDING)
    check = _seconds(project, "override", "check", "generation")
    return [
        Measurement(
            "assent gate, a whole process", IMPORTS,
            history.size, gate, reference, "s", 2.5, "at most",
        ),
        Measurement(
            "assent override check, a whole process", IMPORTS,
            history.size, check, reference, "s", 1.5, "at most",
        ),
        *_without_target(history, project, reference),
    ]  # fmt: skip


def _without_target(history: History, project: Project, reference: float) -> list[Measurement]:
    inbox = _seconds(project, "inbox", "--as", "berta", times=5)
    status = _seconds(project, "status", times=5)
    metrics = _seconds(project, "metrics", times=3)
    replayed = _seconds(project, "status", "--as-of", str(history.size // 2), times=1)
    with TemporaryDirectory(dir=history.folder) as folder:
        exported = _seconds(project, "views", "export", f"{folder}/out", "--format", "csv", times=1)
    bare = processor_seconds(lambda: _bare_export(warm_views(history)))
    rows = [
        ("assent inbox, a whole process", IMPORTS, inbox, reference),
        ("assent status, a whole process", IMPORTS, status, reference),
        ("assent metrics, all with their trends", IMPORTS, metrics, reference),
        ("assent status --as-of the middle", IMPORTS, replayed, reference),
        ("assent views export --format csv", "the tables by the csv module", exported, bare),
    ]
    return [
        Measurement(what, against, history.size, ours, base, "s", None, "at most")
        for what, against, ours, base in rows
    ]


def _seconds(project: Project, *words: str, expected: int = DONE, times: int = 9) -> float:
    return process_seconds(project.asking(*words), project.environment, expected, times=times)


def _pending(history: History) -> str:
    """The number of a proposal that waits for something, and that time alone has not changed."""
    column, now = proposals.c, format_instant(max(history.ended, int(time.time())))
    wanted = select(column.number).where(
        column.verdict == "open", column.valid_until.is_(None) | (column.valid_until > now)
    )
    with Views(warm_views(history)) as views, views.reading() as connection:
        number = connection.scalar(wanted.order_by(column.number.desc()))
    assert number is not None, "no open proposal is judged now as it was kept"
    return str(number)


def _bare_export(path: Path) -> None:
    """The tables and SQL views of *path*, row by row, into files that are gone at once."""
    wanted = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    own = "AND name NOT IN ('standing', 'standing_roots', 'tracking')"
    with TemporaryDirectory(dir=path.parent) as folder, closing(sqlite3.connect(path)) as read:
        for (name,) in read.execute(f"{wanted} {own}").fetchall():
            rows = read.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our names
            with (Path(folder) / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
