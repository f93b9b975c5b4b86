"""Progress of long work: on stderr, at a terminal, once a second has passed."""

import sys
import time
from typing import Any

_SHOWN: dict[str, Any] = {}
_PATIENCE = 1.0


def progress(done: int, total: int) -> None:
    """Show that *done* of *total* entries are verified; nothing for short work."""
    if not sys.stderr.isatty():
        return
    started = _SHOWN.setdefault("started", time.monotonic())
    if "bar" not in _SHOWN:
        if time.monotonic() - started < _PATIENCE:
            return
        _SHOWN["bar"] = _bar(total)
    bar, task = _SHOWN["bar"]
    bar.update(task, completed=done, total=total)
    if done >= total:
        bar.stop()
        _SHOWN.clear()


def _bar(total: int) -> tuple[Any, Any]:
    from rich.console import Console  # noqa: PLC0415 - rich is loaded only for a bar
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("verifying"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("verifying", total=total)
    bar.start()
    return bar, task
