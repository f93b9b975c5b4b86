"""The attack of the story: a row changed with nothing but SQL, as an administrator could."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from cli.demo.stage import Stage
from ledger.errors import Drift

LEDGER: Final = ".assent"
BACKUP: Final = "backup"
_RECEIPT: Final = re.compile(r" at position (\d+)")


def position_in(receipt: str) -> int:
    """The position that a receipt names. Raises :class:`Drift` (``story-differs``)."""
    found = _RECEIPT.search(receipt)
    if found is None:
        raise Drift("story-differs", f"no position stands in the receipt {receipt!r}")
    return int(found[1])


class FileTampering:
    """What somebody with the file of the log in *project* can do.

    Raises :class:`Drift` (``story-differs``) where nothing was changed.
    """

    def __init__(self, stage: Stage, project: Path) -> None:
        self._stage = stage
        self._project = project

    def back_up(self) -> None:
        """Copy the ledger aside; no connection to it is open."""
        self._stage.typed("$ ", f"cp -r {LEDGER} {BACKUP}", gap=True)
        shutil.copytree(self._project / LEDGER, self._project / BACKUP)

    def restore(self) -> None:
        """Put the copy back."""
        self._stage.typed("$ ", f"rm -r {LEDGER} && mv {BACKUP} {LEDGER}", gap=True)
        shutil.rmtree(self._project / LEDGER)
        (self._project / BACKUP).rename(self._project / LEDGER)

    def change_row(self, position: int, old: str, new: str) -> None:
        """Replace *old* by *new* in the stored bytes at *position*, triggers out of the way."""
        log = self._project / LEDGER / "log.sqlite"
        self._stage.typed("$ ", f"sqlite3 {LEDGER}/log.sqlite", gap=True)
        with closing(sqlite3.connect(log)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in names.fetchall():
                self._carry_out(connection, f"DROP TRIGGER {name}")
            changed = self._carry_out(
                connection,
                f"UPDATE stored_events SET state = CAST(replace(state, '{old}', '{new}') AS BLOB)"  # noqa: S608
                f" WHERE rowid = {position + 1} AND instr(state, '{old}')",
            )
            connection.commit()
        if changed != 1:
            raise Drift(
                "story-differs", f"{old!r} does not stand in the row at position {position}"
            )

    def _carry_out(self, connection: sqlite3.Connection, statement: str) -> int:
        self._stage.typed("sqlite> ", f"{statement};")
        return connection.execute(statement).rowcount
