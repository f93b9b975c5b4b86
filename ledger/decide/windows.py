"""The windows in which completed releases are watched, and what nobody reported of them."""

from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Final

from ledger.decide.clock import corrected_time, corrected_until
from ledger.decide.context import Standing
from ledger.decide.judgement import MISSING_OBSERVATION, Finding
from ledger.decide.release_states import (
    AliasState,
    OpenWindow,
    Release,
    Watched,
    WindowsState,
)
from ledger.decide.replacing import replace
from ledger.decide.stage import is_held, reaches
from ledger.decide.states import FindingState, State
from ledger.model.terms import format_instant

RESULT_WITHIN: Final = 86_400
"""Seconds after the end of its window in which the result of a release is reported."""


def window_end(standing: Standing, release: Release) -> int | None:
    """Until when the completed *release* is watched; a clock that ran ahead was set right since."""
    if release.window is None or release.completed_position is None:
        return None
    at = release.completed_at or 0
    return corrected_until(standing, release.completed_position, at, release.window)


def reopened(
    standing: Standing, alias: str, release: Release | None, position: int, at: int
) -> tuple[WindowsState, ...]:
    """The row of the windows once *alias* runs *release* since *position*, in the place of any.

    What ran before is not asked for any longer. What comes back is, unless its result was
    reported or is known to be missing.
    """
    kept = standing.windows()
    left = [one for one in kept.windows if one.alias != alias]
    lapsed = tuple(one for one in kept.lapsed if one.alias != alias)
    end = None if release is None or release.missed else window_end(standing, release)
    if release is not None and end is not None and not result_of(standing, alias, release):
        due = max(end, at) + RESULT_WITHIN
        left.append(OpenWindow(due, alias, release.proposal, position, at))
    changed = _ordered(left, lapsed)
    return () if changed == kept else (changed,)


def _ordered(windows: Iterable[OpenWindow], lapsed: Iterable[OpenWindow]) -> WindowsState:
    in_order = sorted(windows, key=lambda one: (one.due, one.alias))
    return WindowsState(tuple(in_order), tuple(lapsed))


def restored(standing: Standing) -> Iterator[State]:
    """The rows once ledger time was set back to what it is: what lapsed by it only is open."""
    kept, (_, time) = standing.windows(), standing.head.corrections[-1]
    again = [one for one in kept.lapsed if due_at(standing, one) > time]
    if not again:
        return
    for one in again:
        yield from _missed(standing, one, missed=False)
    yield _ordered([*kept.windows, *again], (one for one in kept.lapsed if one not in again))


def _missed(standing: Standing, window: OpenWindow, *, missed: bool) -> Iterator[AliasState]:
    alias = standing.alias(window.alias)
    if alias.stable is not None and alias.stable.proposal == window.proposal:
        yield replace(alias, stable=replace(alias.stable, missed=missed))


def result_of(standing: Standing, alias: str, release: Release) -> Watched | None:
    """The observation that reached the end of the window of *release*, if one counts."""
    seen, end = release.result, window_end(standing, release)
    if seen is None or end is None or reaches(standing, seen) < end:
        return None
    return seen if is_held(standing, alias, release, release.stage, seen) else None


def lapse(standing: Standing, at: int) -> Iterator[Finding]:
    """Note in *standing* the windows whose result is overdue at *at*, and yield a finding of each.

    It stands at the position where the release was completed.
    """
    kept = standing.windows()
    over = _over(standing, kept.windows, at)
    if not over:
        return
    left = (one for one in kept.windows if one not in over)
    standing.put(_ordered(left, (*kept.lapsed, *over)))
    for one in over:
        release = standing.alias(one.alias).running(one.proposal)
        where = None if release is None else release.completed_position
        if release is None or where is None or result_of(standing, one.alias, release):
            continue
        standing.put(*_missed(standing, one, missed=True))
        known = standing.finding(where)
        if known is None or known.acknowledged_by is not None:
            standing.put(FindingState(where, (MISSING_OBSERVATION,), alarm=False, notice=True))
            yield _finding(standing, one, release, where)


def _finding(standing: Standing, window: OpenWindow, release: Release, position: int) -> Finding:
    return Finding(
        position,
        MISSING_OBSERVATION,
        f"nobody reported how {window.alias} did until its window ended",
        f"an observation until {format_instant(window_end(standing, release) or 0)},"
        f" reported by {format_instant(due_at(standing, window))}",
    )


def _over(standing: Standing, windows: tuple[OpenWindow, ...], at: int) -> list[OpenWindow]:
    """Those of *windows*, in order, that are due at *at*; only corrections change their order."""
    if not standing.head.corrections:
        return list(takewhile(lambda one: one.due <= at, windows))
    return [one for one in windows if due_at(standing, one) <= at]


def due_at(standing: Standing, window: OpenWindow) -> int:
    """When the result of *window* is due; clocks that ran ahead were set right since."""
    if not standing.head.corrections:
        return window.due
    release = standing.alias(window.alias).running(window.proposal)
    end = None if release is None else window_end(standing, release)
    return max(end or 0, corrected_time(standing, window.position, window.at)) + RESULT_WITHIN
