"""A moment to answer for: now, or the log as it was at a position or a time."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from cli.context import App, parse_time
from cli.output import note
from cli.progress import shown
from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import BadInput, Unproven
from ledger.model.terms import format_instant
from ledger.seal.envelope import Examined
from ledger.seal.merkle import leaf_hash
from projections.leaves import first_difference, known_leaves
from projections.log import position_at
from projections.runner import Views

_BATCH = 1_000
_TOLD = 100
_IN_MEMORY = 50_000
"""How many entries are replayed in memory, at some 3 KB each; more of them in a file."""

_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Moment:
    """The standing, the views and the time of an answer; ``position`` is the last entry read."""

    standing: Standing
    views: Views
    at: int

    @property
    def position(self) -> int:
        """The position of the last entry that counts, -1 for none."""
        return self.standing.head.size - 1


def moment(app: App) -> Moment:
    """The moment that ``--as-of`` names, now without it.

    As of a position means with that entry; as of a time, the longest prefix of the log
    whose ledger time is not later. Raises :class:`BadInput` for a position not reached yet.
    """
    standing = app.standing
    named = app.options.as_of
    if named is None:
        return Moment(standing, app.views, app.now)
    if named.isascii() and named.isdigit():
        # Python reads no number of thousands of digits; no log is longer than this either.
        if len(named) > _DIGITS or int(named) >= standing.head.size:
            raise BadInput(
                "no-such-position",
                f"there is no position {named[:_DIGITS]}; the log ends at {standing.head.size - 1}",
            )
        return _after(app, int(named) + 1, None)
    until = parse_time(named)
    if until > app.now:
        note(f"{format_instant(until)} has not come: this is so if nothing happens until then")
    with app.views.reading() as connection:
        last = position_at(connection, format_instant(until))
    return _after(app, 0 if last is None else last + 1, until)


def held_moment(app: App) -> Moment:
    """:func:`moment`, with each entry up to it held against the one this client verified.

    For answers that cite entries: they are about what stands in the log. Raises also
    :class:`Unproven` (``log-changed``).
    """
    then = moment(app)
    if then.views is app.views:
        rows = islice(app.log.scan(), then.standing.head.size)
        leaves = ((row.position, leaf_hash(row.raw or b"")) for row in rows)
        with app.views.reading() as connection:
            changed = first_difference(connection, leaves)
        if changed is not None:
            raise _changed(changed)
    return then


def _after(app: App, count: int, until: int | None) -> Moment:
    """The moment after the first *count* entries, at the time *until* or that of the last."""
    standing, views = app.standing, app.views
    if count < standing.head.size:
        standing, views = _replayed(app, count)
    return Moment(standing, views, standing.head.time if until is None else until)


def _replayed(app: App, count: int) -> tuple[Standing, Views]:
    """Judge the first *count* entries anew, which must be those this client verified."""
    views = Views(_file() if count > _IN_MEMORY else None)
    standing = views.standing()
    batch: list[Judged] = []
    told = shown("replaying")
    for done, examined in enumerate(_unchanged(app, count)):
        if done % _TOLD == 0:
            told(done, count)
        batch.append(judge(standing, examined, app.expected_id))
        if len(batch) == _BATCH:
            views.keep(batch, standing)
            batch = []
    if standing.head.size < count:
        raise _changed(standing.head.size)
    views.keep(batch, standing)
    told(count, count)
    return standing, views


def _file() -> Path:
    """A file for views that are gone with the command."""
    folder = Path(tempfile.mkdtemp(prefix="assent-as-of-"))
    click.get_current_context().call_on_close(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder / "views.sqlite"


def _unchanged(app: App, count: int) -> Iterator[Examined]:
    """The first *count* entries, examined on all cores.

    Raises :class:`Unproven` (``log-changed``) at the first that this client saw otherwise.
    """
    with app.views.reading() as connection:
        known = known_leaves(connection, count)
        for row, examined in app.ledger.examiner(islice(app.log.scan(), count)):
            if examined.leaf != next(known, None):
                raise _changed(row.position)
            yield examined


def _changed(position: int) -> Unproven:
    return Unproven(
        "log-changed",
        f"the entry at position {position} is not the one this client verified",
        hint="assent verify says more",
    )
