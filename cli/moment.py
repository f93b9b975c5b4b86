"""A moment to answer for: now, or the log as it was at a position or a time."""

from dataclasses import dataclass

from cli.context import App, parse_time, prefix_rows
from ledger.audit.replay import judge
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.errors import BadInput, Unproven
from ledger.model.terms import format_instant
from ledger.seal.envelope import examine
from ledger.seal.merkle import leaf_hash
from projections.log import first_difference, position_at
from projections.runner import Views

_BATCH = 1_000
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
        return _replayed(app, int(named) + 1, None)
    until = parse_time(named)
    with app.views.reading() as connection:
        last = position_at(connection, format_instant(until))
    return _replayed(app, 0 if last is None else last + 1, until)


def _replayed(app: App, count: int, until: int | None) -> Moment:
    """Replay the first *count* entries, which must be those this client verified."""
    _require_unchanged(app, count)
    views = Views(None)
    standing = views.standing()
    batch: list[Judged] = []
    for raw in prefix_rows(app, count):
        batch.append(judge(standing, examine(raw), app.expected_id))
        if len(batch) == _BATCH:
            views.keep(batch, standing)
            batch = []
    if batch:
        views.keep(batch, standing)
    at = standing.head.time if until is None else until
    return Moment(standing, views, at)


def _require_unchanged(app: App, count: int) -> None:
    leaves = enumerate(leaf_hash(raw) for raw in prefix_rows(app, count))
    with app.views.reading() as connection:
        changed = first_difference(connection, leaves)
    if changed is not None:
        raise Unproven(
            "log-changed",
            f"the entry at position {changed} is not the one this client verified",
            hint="assent verify says more",
        )
