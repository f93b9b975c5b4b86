"""A project folder around a history, in which the command line answers from warm views."""

import shutil
from dataclasses import dataclass

from tests.benchmarks.measure import process_seconds
from tests.lifelike import History

DONE = 0


@dataclass(frozen=True, slots=True)
class Project:
    """Where ``assent`` finds the ledger: its environment, and the id to pin."""

    environment: dict[str, str]
    ledger: str

    def asking(self, *words: str) -> list[str]:
        """The arguments of a Python process that asks *words* of ``assent``."""
        return ["-m", "cli.main", *words, "--ledger-id", self.ledger]


def project_of(history: History) -> Project:
    """A project with the log of *history* and views that are up to date.

    Its present is the last moment of the history, or now where that is later; ``ASSENT_NOW``
    is not set, as then no command takes its short way.
    """
    folder = history.folder / "project"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / ".assent").mkdir(parents=True)
    shutil.copy(history.log, folder / ".assent" / "log.sqlite")
    (folder / ".assent" / "config.toml").write_text('log = "log.sqlite"\nevidence = "evidence"\n')
    environment = {
        "ASSENT_STATE": str(folder / "state"),
        "ASSENT_LEDGER": str(folder / ".assent"),
    }
    made = Project(environment, history.id)
    process_seconds(made.asking("views", "sync"), environment, DONE, times=1)
    return made
