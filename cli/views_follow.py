"""``assent views follow``: views kept up to date with the log, until somebody says stop."""

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.progress import clear, shown
from cli.views_filling import bring, build
from cli.views_health import Health
from cli.views_target import Target, require_older, target_at, to_option
from ledger.decide.context import Standing
from ledger.errors import AssentError, Conflict, Uncheckable
from ledger.service import sync

if TYPE_CHECKING:
    from ledger.store.postgres_listening import LogListener
    from projections.runner import Views

_EVERY: Final = re.compile(r"([1-9][0-9]{0,3})(ms|s|m)\Z")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}
_ENDS: Final = (signal.SIGINT, signal.SIGTERM)
_PASSES: Final = frozenset({"views-moved", "views-busy", "views-building"})
_COMES_BACK: Final = frozenset({"views-away", "store-unavailable"})


def _seconds(_: click.Context, __: click.Parameter, said: str) -> float:
    match = _EVERY.match(said)
    if match is None:
        raise click.BadParameter("a number and ms, s or m, such as 2s")
    return int(match[1]) * _UNITS[match[2]]


@click.command()
@to_option
@click.option(
    "--every",
    metavar="TIME",
    default="2s",
    callback=_seconds,
    help="How long to wait between two looks at the log.  [2s]",
)
@reading
def follow(*, to: str | None, every: float, options: Options) -> None:
    """Keep the views up to date, until it is interrupted or told to stop.

    One line on stderr says how far they are when that changes, and every minute; with --json
    it is an object on stdout. A server that goes away is waited for. A log that is not what
    it was ends it at once, and nothing more is written. Several may follow to the same place.

    \b
    Example:      assent views follow --to postgresql:///analysis --every 2s
    Exit status:  0 stopped, 3 refused by the server, 4 the log is not what it was,
                  5 uncheckable
    """
    app = make_app(options)
    follower = _Follower(app, None if to is None else target_at(to), every)
    with _stopped_quietly():
        try:
            follower.run()
        finally:
            _deaf()
            clear()
            follower.close()
    follower.health.stopped()


class _Follower:
    """One look at the log after another, and what is new taken up."""

    def __init__(self, app: App, target: Target | None, every: float) -> None:
        self.health = Health("your own views" if target is None else target.name, app.options)
        self._app = app
        self._target = target
        self._every = every
        self._views: Views | None = None
        self._reached = False
        self._line = shown("taking up")
        self._listener = _listener(app)

    def run(self) -> None:
        """Go on until somebody raises."""
        while True:
            try:
                self._look()
                self._wait()
            except (Conflict, Uncheckable) as trouble:
                if not self._passes(trouble):
                    raise
                clear()
                self.health.waiting(trouble)
                self._let_go()
                time.sleep(self._every)

    def close(self) -> None:
        """Let go of the views, and of the log's server."""
        self._let_go()
        if self._listener is not None:
            self._listener.close()

    def _look(self) -> None:
        started, before = time.monotonic(), self._app.views.position()
        own = sync(replace(self._app.ledger, progress=self._told))
        size = own.head.size
        added = size - before if self._target is None else self._bring(own, self._target)
        self._reached = True
        clear()
        lag = max(0, self._app.log.size() - size)
        self.health.current(size, lag, added, time.monotonic() - started)

    def _bring(self, own: Standing, target: Target) -> int:
        if self._views is None:
            self._views = target.open()
        if self._views.is_current():
            return bring(self._app, own, target, self._views, self._told)
        require_older(target, self._views)
        self._let_go()
        return build(self._app, own, target, self._told)

    def _told(self, done: int, total: int) -> None:
        self._line(done, total)
        self.health.under_way(done, total)

    def _wait(self) -> None:
        self._app.views.let_go()
        (self._listener or self._views or self._app.views).wait(self._every)

    def _passes(self, trouble: AssentError) -> bool:
        """Whether it will go on by itself; at the very beginning only what others do will."""
        return trouble.code in _PASSES or (self._reached and trouble.code in _COMES_BACK)

    def _let_go(self) -> None:
        if self._views is not None:
            with suppress(AssentError):
                self._views.close()
            self._views = None


def _listener(app: App) -> "LogListener | None":
    """Who is told that the log has grown, where it lies on a server."""
    if isinstance(app.places.log, Path):
        return None
    from ledger.store.postgres_listening import LogListener  # noqa: PLC0415 - its driver is large

    return LogListener(app.places.log)


@contextmanager
def _stopped_quietly() -> Iterator[None]:
    """An interrupt and a request to terminate end what is within, and nothing else.

    Also an interrupt that a shell has asked to be ignored, as it does for what runs behind it.
    """
    for one in _ENDS:
        signal.signal(one, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        yield


def _deaf() -> None:
    """From here on it ends anyway: nobody is to cut the last line off."""
    for one in _ENDS:
        signal.signal(one, signal.SIG_IGN)
