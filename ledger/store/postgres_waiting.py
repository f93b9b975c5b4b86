"""Connections that wait for an answer, and not for ever.

What a server may be asked to bound itself (``statement_timeout``) is kept by an honest one only.
Here the client looks at its own clock each time that its driver wakes up, ten times a second.
"""

from collections.abc import Generator
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow

PATIENCE: Final = 120.0
"""For how many seconds a whole answer is waited for; an append may itself wait 35 for others."""

_Answer = TypeVar("_Answer")
_Waiting = Generator[Any, Any, _Answer]


class PatientConnection(psycopg.Connection[DictRow]):
    """A connection that is given up when an answer is not there after its *patience*.

    Who is only listening waits as long as they like. What was asked is not cancelled: a server
    that waits for its standby would take that for leave to acknowledge without it.
    """

    patience: float = PATIENCE

    def wait(self, gen: _Waiting[_Answer], *args: Any, **kwargs: Any) -> _Answer:
        """Wait for *gen* as the driver does. Raises :class:`psycopg.OperationalError`."""
        return super().wait(self._bounded(gen), *args, **kwargs)

    def _bounded(self, gen: _Waiting[_Answer]) -> _Waiting[_Answer]:
        end = monotonic() + self.patience
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                wanted = gen.send(ready)
                if monotonic() > end and self._is_asking():
                    self.close()
                    said = f"no answer in {self.patience:g} seconds"
                    raise psycopg.OperationalError(said)
        except StopIteration as stop:
            answer: _Answer = stop.value
            return answer

    def _is_asking(self) -> bool:
        return self.pgconn.transaction_status == TransactionStatus.ACTIVE
