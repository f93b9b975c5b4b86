"""The same attack where the log lies on a server: its owner, with nothing but psql."""

from typing import Any, Final

from cli.demo.stage import Stage
from ledger.errors import Drift
from ledger.model.address import log_address

_BACKUP: Final = "before"


class ServerTampering:
    """What the owner of the schema at *url* can do, in one session of psql.

    Raises :class:`Drift` (``story-differs``) where nothing was changed.
    """

    def __init__(self, stage: Stage, url: str) -> None:
        self._stage = stage
        self._address = log_address(url)
        self._connection: Any = None

    def back_up(self) -> None:
        """Copy the table aside, for as long as the session lasts."""
        # Not at the top: only where a server is meant, and its driver may be missing.
        from ledger.store.postgres_pool import connect  # noqa: PLC0415

        self._stage.typed("$ ", "psql", gap=True)
        self._connection = connect(self._address)
        self._carry_out(f"CREATE TEMP TABLE {_BACKUP} AS TABLE {self._table}")

    def change_row(self, position: int, old: str, new: str) -> None:
        """Replace *old* by *new* in the stored bytes at *position*, triggers out of the way."""
        self._carry_out(f"ALTER TABLE {self._table} DISABLE TRIGGER USER", gap=True)
        changed = self._carry_out(
            f"UPDATE {self._table} SET state = convert_to(replace(convert_from(state, 'UTF8'),"  # noqa: S608
            f" '{old}', '{new}'), 'UTF8')"
            f" WHERE notification_id = {position + 1}"
            f" AND strpos(convert_from(state, 'UTF8'), '{old}') > 0"
        )
        if changed != 1:
            raise Drift(
                "story-differs", f"{old!r} does not stand in the row at position {position}"
            )

    def restore(self) -> None:
        """Put back what was copied, and end the session."""
        self._carry_out(
            f"UPDATE {self._table} AS e SET state = b.state FROM {_BACKUP} AS b"  # noqa: S608
            " WHERE b.notification_id = e.notification_id AND b.state <> e.state",
            gap=True,
        )
        self._carry_out(f"ALTER TABLE {self._table} ENABLE TRIGGER USER")
        if self._connection is not None:
            self._connection.close()

    @property
    def _table(self) -> str:
        return f"{self._address.schema}.stored_events"

    def _carry_out(self, statement: str, *, gap: bool = False) -> int:
        self._stage.typed("=> ", f"{statement};", gap=gap)
        if self._connection is None:
            raise Drift("story-differs", "no session is open")
        return int(self._connection.execute(statement.encode()).rowcount)
