"""Progress of long work: one line on stderr, at a terminal only, once a second has passed.

The line says what is done, how much of it, how fast and how long it will take; it is gone when
the work is::

    verifying  [#####---------------]  26,000 of 100,000 entries  3,210/s  23 s left

Whoever works calls :func:`progress`, or what :func:`shown` gives them, as often as they like.
"""

import shutil
import sys
import time
from collections.abc import Callable
from typing import Final

import click

Progress = Callable[[int, int], None]
"""Told how many of how many are done; at the last of them the line goes away."""

_PATIENCE: Final = 1.0
_AGAIN: Final = 0.1
_BAR: Final = 20
_SHOWN: Final[dict[str, "_Line"]] = {}


def progress(done: int, total: int) -> None:
    """Show that *done* of *total* entries are verified; nothing for short work."""
    _tell("verifying", "entries", done, total)


def shown(word: str, unit: str = "entries") -> Progress:
    """What to call for work that is named *word*, such as ``exporting``, and counted in *unit*."""
    return lambda done, total: _tell(word, unit, done, total)


def estimate(done: int, total: int, seconds: float) -> str:
    """The rate of *done* in *seconds*, and the time that the rest of *total* takes at it."""
    if seconds <= 0 or done <= 0:
        return ""
    rate = done / seconds
    return f"  {rate:,.0f}/s  {span((total - done) / rate)} left"


def span(seconds: float) -> str:
    """*seconds* as people say them: ``5 s``, ``3 min``, ``2 h 5 min``."""
    whole = max(0, round(seconds))
    if whole < 100:  # noqa: PLR2004 - minutes say too little before
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004


def clear() -> None:
    """Take the line away before its work is done, to write something else."""
    line = _SHOWN.pop("line", None)
    if line is not None:
        line.clear()


def _tell(word: str, unit: str, done: int, total: int) -> None:
    if not sys.stderr.isatty():
        return
    line = _SHOWN.get("line")
    if line is None or line.word != word:
        clear()
        line = _SHOWN["line"] = _Line(word, unit, done)
        context = click.get_current_context(silent=True)
        if context is not None:
            context.call_on_close(clear)  # work that fails takes its line away as well
    line.show(done, total)
    if done >= total:
        clear()


class _Line:
    """The one line, and since when its work has been going on from where."""

    def __init__(self, word: str, unit: str, done: int) -> None:
        self.word = word
        self._unit = unit
        self._first = done
        self._started = time.monotonic()
        self._painted = 0.0
        self._width = 0

    def show(self, done: int, total: int) -> None:
        """Paint the line, if it is time to."""
        now = time.monotonic()
        # The first call comes after some work: what this process has computed is waiting, too.
        waited = max(now - self._started, time.process_time())
        if waited < _PATIENCE or now - self._painted < _AGAIN:
            return
        self._painted = now
        full = _BAR * done // total if total else _BAR
        bar = f"[{'#' * full}{'-' * (_BAR - full)}]"
        count = f"{done:,} of {total:,} {self._unit}"
        left = estimate(done - self._first, total - self._first, now - self._started)
        self._paint(f"{self.word}  {bar}  {count}{left}")

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._width:
            self._paint("")
            click.echo("\r", nl=False, err=True)

    def _paint(self, text: str) -> None:
        fitting = text[: shutil.get_terminal_size().columns - 1]
        click.echo(f"\r{fitting.ljust(self._width)}", nl=False, err=True)
        self._width = len(fitting)
