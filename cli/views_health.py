"""How whoever follows the log is doing: one line when something changes, and every minute."""

import time
from typing import Final

from cli.options import Options
from cli.output import emit_json, note, safe
from ledger.errors import AssentError
from ledger.model.terms import format_instant

MINUTE: Final = 60.0
"""The seconds after which a line is said again although nothing has changed."""


class Health:
    """Says on stderr, or with ``--json`` on stdout, how far the views *name* are.

    ``position`` is that of the last entry they take into account, -1 for none; ``lag`` how many
    entries the log holds beyond it; ``rate`` how many were taken up a second when some last
    were; ``since`` when the position was reached.
    """

    def __init__(self, name: str, options: Options) -> None:
        self._name = name
        self._as_json = options.as_json
        self._size = 0
        self._lag = 0
        self._rate = 0.0
        self._since = format_instant(int(time.time()))
        self._said: tuple[object, ...] = ()
        self._said_at = time.monotonic()

    def current(self, size: int, lag: int, added: int, seconds: float) -> None:
        """The views take *size* entries into account, *added* of them in so many *seconds*."""
        if size != self._size:
            self._since = format_instant(int(time.time()))
        if added:
            self._rate = added / max(seconds, 0.001)
        self._size, self._lag = size, lag
        self._say("current", (size,))

    def under_way(self, done: int, total: int) -> None:
        """Long work goes on; nothing is said of it before a minute has passed."""
        if time.monotonic() - self._said_at >= MINUTE:
            self._size, self._lag = done, total - done
            self._say("behind", (done,))

    def waiting(self, trouble: AssentError) -> None:
        """Something else has to be over first."""
        self._say("waiting", (trouble.code,), trouble)

    def stopped(self) -> None:
        """The last line."""
        self._say("stopped", (object(),))

    def _say(
        self, state: str, what: tuple[object, ...], trouble: AssentError | None = None
    ) -> None:
        now = time.monotonic()
        if (state, *what) == self._said and now - self._said_at < MINUTE:
            return
        self._said, self._said_at = (state, *what), now
        if self._as_json:
            emit_json(self._body(state, trouble))
        elif trouble is not None:
            note(f"waiting: {trouble.code}: {safe(trouble.message)}")
        else:
            note(
                f"{state}: up to position {self._size - 1}, lag {self._lag},"
                f" {self._rate:,.0f}/s, since {self._since}"
            )

    def _body(self, state: str, trouble: AssentError | None) -> dict[str, object]:
        said = None if trouble is None else {"code": trouble.code, "message": trouble.message}
        return {
            "schema": "views-follow/1",
            "state": state,
            "to": self._name,
            "position": self._size - 1,
            "lag": self._lag,
            "rate": round(self._rate, 1),
            "since": self._since,
            "trouble": said,
        }
