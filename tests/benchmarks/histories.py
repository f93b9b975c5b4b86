"""Lifelike histories for the benchmarks: written once, kept in a folder, and read again from it."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.service import CHUNK
from ledger.store.examining import examine_rows
from ledger.store.log import open_log
from projections.runner import Views
from tests.lifelike import History, write_history

_NOTE = "history.json"


def history_in(folder: Path, entries: int) -> History:
    """The history of *entries* entries in *folder*; one that is there already is not written again.

    What it is called is kept beside the log, so that a run may use the history of another.
    """
    note = folder / _NOTE
    if note.exists():
        told = json.loads(note.read_text(encoding="utf-8"))
        return History(
            *(told["id"], folder / "log.sqlite", folder, told["size"], told["ended"]),
            *(tuple(told["models"]), (), ()),
        )
    folder.mkdir(parents=True, exist_ok=True)
    made = write_history(folder, entries)
    told = {"id": made.id, "size": made.size, "ended": made.ended, "models": made.models}
    note.write_text(json.dumps(told), encoding="utf-8")
    return made


def judged_batches(
    history: History, views: Views, size: int = CHUNK, end: int | None = None
) -> Iterator[tuple[Sequence[Judged], Standing]]:
    """The entries of *history* up to *end*, judged *size* at a time on the standing of *views*.

    Each batch is to be kept in *views* before the next is asked for.
    """
    standing = views.standing()
    start = standing.head.size
    with open_log(history.log) as log:
        rows = examine_rows(islice(log.scan(start), (end or history.size) - start))
        while batch := [judge(standing, one, history.id) for _, one in islice(rows, size)]:
            yield batch, standing
