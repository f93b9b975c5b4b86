"""What people ask most, in process and as whole processes."""

import shutil
from pathlib import Path

from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from projections.aliases import alias_named, stable_as_of
from projections.inbox import inbox
from projections.rows import SqliteRows
from projections.runner import Views
from tests.benchmarks.history import History
from tests.benchmarks.measure import Measurement, percentile_95, process_seconds

TIMES = 200
TEN_MILLISECONDS = 0.010
READY = 0
PENDING = 8


def measure_in_process(history: History) -> list[Measurement]:
    """The 95th percentiles against ten milliseconds."""
    path = history.folder / "reads.sqlite"
    views = Views(path)
    standing = views.standing()
    views.keep(history.organisation.judged, history.organisation.standing)
    views.close()
    rows = SqliteRows(path)
    standing = Standing(rows)
    at = standing.head.time
    views = Views(path)
    middle = standing.head.size // 2
    newest = standing.numbered(standing.head.proposals)
    assert newest is not None
    with views.reading() as connection:
        questions = {
            "gate": lambda: assess_proposal(Standing(rows), newest, at),
            "inbox": lambda: list(inbox(connection, "bob")),
            "alias show": lambda: alias_named(connection, "fraud/region-3"),
            "alias show --as-of": lambda: stable_as_of(
                connection, "fraud/region-3", position=middle
            ),
        }
        found = [
            Measurement(
                f"{name}, p95 on {standing.head.size} entries / 10 ms",
                percentile_95(ask, times=TIMES), TEN_MILLISECONDS, "s", 1.0, "at most",
            )
            for name, ask in questions.items()
        ]  # fmt: skip
    rows.close()
    views.close()
    return found


def measure_processes(history: History) -> list[Measurement]:
    """``gate`` and ``override check`` as whole processes with warm views, against importing."""
    folder = history.folder / "project" / ".assent"
    folder.mkdir(parents=True)
    shutil.copy(history.log, folder / "log.sqlite")
    (folder / "config.toml").write_text('log = "log.sqlite"\nevidence = "evidence"\n')
    environment = {
        "ASSENT_STATE": str(history.folder / "process-state"),
        "ASSENT_LEDGER": str(folder),
    }
    number = _a_pending_proposal(history)
    gate = ["-m", "cli.main", "gate", number, "--ledger-id", history.organisation.id]
    process_seconds(gate, environment, PENDING)
    ours = process_seconds(gate, environment, PENDING)
    check = ["-m", "cli.main", "override", "check", "generation", *gate[-2:]]
    checked = process_seconds(check, environment, READY)
    reference = process_seconds(["-c", "import click, pydantic"], {}, READY)
    return [
        Measurement(
            'assent gate, whole process / python -c "import click, pydantic"',
            ours, reference, "s", 2.5, "at most",
        ),
        Measurement(
            'assent override check, whole process / python -c "import click, pydantic"',
            checked, reference, "s", 1.5, "at most",
        ),
    ]  # fmt: skip


def _a_pending_proposal(history: History) -> str:
    """A proposal that waits for something, without anything being wrong."""
    standing = history.organisation.standing
    for number in range(standing.head.proposals, 0, -1):
        state = standing.numbered(number)
        if state is None or state.closed is not None:
            continue
        if assess_proposal(standing, state, standing.head.time).verdict == "open":
            return str(number)
    raise AssertionError("the history has no open proposal")


def project_folder(history: History) -> Path:
    """Where the processes found their ledger."""
    return history.folder / "project"
