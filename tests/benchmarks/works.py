"""Work on a whole history, each in a process of its own: its seconds, and its memory at most.

``python -m tests.benchmarks.works FOLDER WORK PLACE`` is that process: it does WORK on the
history in FOLDER, from the log at PLACE, and prints what it spent.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.opening import log_at
from cli.verify_store import read_stored
from ledger.audit.verification import verify
from ledger.model.address import is_server, log_address
from ledger.store.log import EventLog
from projections.runner import Views
from tests.benchmarks.histories import history_in
from tests.benchmarks.measure import seconds
from tests.lifelike import History

MIB = 1024
"""KiB, in which Linux tells of memory, to a MiB."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of a work, and the MiB that the largest of its processes had at most."""

    seconds: float
    peak: float


@cache
def spent(folder: Path, work: str, place: str) -> Spent:
    """What *work* takes on the history in *folder*, from its log at *place*; it is done once."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.works", str(folder), work, place],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return Spent(**json.loads(done.stdout))


def _work(history: History, log: EventLog, *, views: bool) -> None:
    """Verify *history* as ``assent`` does, with *views* or with the standing alone kept.

    The entries that go around the rules are found, and nothing else is; evidence is not looked at.
    """
    with (
        TemporaryDirectory(dir=history.folder) as folder,
        Views(Path(folder) / "views.sqlite") as kept,
    ):
        standing = kept.standing()
        found = verify(
            standing,
            read_stored(log, history.size),
            history.id,
            mark=None,
            check_document=lambda _: None,
            keep=lambda judged: kept.keep(judged if views else (), standing),
            receipts={},
        )
    assert found.verdict in ("verified", "refused"), found.verdict
    assert found.size == history.size, found.size


FULL_VERIFY = "full verify"
JOINING = "a new machine joining, with views"

WORKS: Mapping[str, Callable[[History, EventLog], None]] = {
    FULL_VERIFY: partial(_work, views=False),
    JOINING: partial(_work, views=True),
}
"""What is done to a history, by name."""


def main() -> None:
    """Do one work and say what it took."""
    folder, work, place = Path(sys.argv[1]), WORKS[sys.argv[2]], sys.argv[3]
    history = history_in(folder, 0)
    with log_at(log_address(place) if is_server(place) else Path(place)) as log:
        took = seconds(lambda: work(history, log))
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(who).ru_maxrss for who in whose) / MIB
    json.dump({"seconds": took, "peak": peak}, sys.stdout)


if __name__ == "__main__":
    main()
