"""What the entries of a batch make of releases: each taken in the order of the log.

The rows they change are loaded once for the batch, changed one entry after the other, and
written once, so that the size of a batch shows neither in the tables nor in their number
of statements.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.entry import Entry
from ledger.model.events import (
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
)
from ledger.model.terms import parse_instant
from projections.log import times_at
from projections.observations import observations, observed
from projections.policies import in_force
from projections.release_stages import entered, not_passed, release_stages
from projections.releases import displace, known, releases, stage_named, started, watched
from projections.tables import Values, instant, put

Step = ReleaseStarted | ReleaseAdvanced | ReleaseCompleted | ReleaseRolledBack | ObservationRecorded
"""The kinds that change a release."""

REPLACED: Final = "replaced"
ROLLED_BACK: Final = "rolled back"


@dataclass(frozen=True, slots=True)
class Turn:
    """That an alias runs another stack from an entry on: *release*'s, or none.

    ``how`` says what ended the one before, ``by`` who did.
    """

    alias: str
    how: str
    position: int
    at: str | None
    by: str
    release: Values | None


@dataclass(frozen=True, slots=True)
class Moved:
    """The aliases whose releases a batch changed, and what they run from where on, in order."""

    aliases: frozenset[str]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _Draft:
    """The rows of a batch: releases and the stage each is in, by proposal; stages once passed.

    ``policies`` and ``times`` are those that rollbacks ask for, by position.
    """

    standing: Standing
    policies: dict[int, int]
    times: dict[int, str]
    releases: dict[str, Values]
    stages: dict[str, Values]
    begun: list[Values] = field(default_factory=list)
    passed: list[Values] = field(default_factory=list)
    observations: list[Values] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> Moved:
    """Write what *judged* entries do to releases; policies and the log come before."""
    done = [
        (one, one.entry, one.entry.event)
        for one in judged
        if one.admitted and one.entry is not None and isinstance(one.entry.event, Step)
    ]
    if not done:
        return Moved(frozenset(), ())
    draft = _load(connection, standing, [(one, event) for one, _, event in done])
    for one, entry, event in done:
        _take(draft, one, entry, event)
    for row in draft.releases.values():
        row.update(watched(standing, row))
    put(connection, releases, list(draft.releases.values()))
    put(connection, release_stages, [*draft.passed, *draft.stages.values()])
    put(connection, observations, draft.observations)
    if standing.head.disownings:
        displace(connection, draft.begun)
    moved = frozenset(
        event.alias for _, _, event in done if not isinstance(event, ObservationRecorded)
    )
    return Moved(moved, tuple(draft.turns))


def _load(
    connection: Connection, standing: Standing, done: Sequence[tuple[Judged, Step]]
) -> _Draft:
    """The rows that *done* begin with, as they were written before."""
    events = [event for _, event in done]
    new = {event.proposal for event in events if isinstance(event, ReleaseStarted)}
    left = [event for event in events if isinstance(event, ReleaseAdvanced | ReleaseCompleted)]
    back = [(one, event) for one, event in done if isinstance(event, ReleaseRolledBack)]
    others = {
        name for _, event in back for name in (event.target, event.candidate) if name is not None
    }
    return _Draft(
        standing,
        in_force(connection, [one.position for one, _ in back]),
        dict(times_at(connection, _cited(event for _, event in back))),
        known(connection, ({event.proposal for event in events} | others) - new),
        not_passed(connection, {event.proposal for event in left} - new),
    )


def _cited(events: Iterable[ReleaseRolledBack]) -> Collection[int]:
    return {event.observation for event in events if event.observation is not None}


def _take(draft: _Draft, one: Judged, entry: Entry, event: Step) -> None:
    """Let *event* change the rows of *draft*."""
    by = entry.by.signer
    match event:
        case ReleaseStarted():
            _start(draft, one, entry, event)
        case ReleaseAdvanced():
            release = draft.releases[event.proposal]
            _pass(draft, one, by, event)
            stage = stage_named(draft.standing, release, event.stage)
            release |= {"stage": stage.id, "share": stage.share}
            row = entered(release, one.position, instant(one.at), by)
            draft.stages[event.proposal] = row
        case ReleaseCompleted():
            release = draft.releases[event.proposal]
            _pass(draft, one, by, event)
            release |= _at("completed", one, by)
            turn = Turn(event.alias, REPLACED, one.position, instant(one.at), by, release)
            draft.turns.append(turn)
        case ReleaseRolledBack():
            _roll_back(draft, one, by, event)
        case ObservationRecorded():
            _observe(draft, one, entry, event)


def _start(draft: _Draft, one: Judged, entry: Entry, event: ReleaseStarted) -> None:
    row = started(draft.standing, one, entry, event)
    draft.releases[event.proposal] = row
    draft.begun.append(row)
    draft.stages[event.proposal] = entered(row, one.position, instant(one.at), entry.by.signer)


def _pass(draft: _Draft, one: Judged, by: str, event: ReleaseAdvanced | ReleaseCompleted) -> None:
    """Say of the stage that the release of *event* leaves how it was passed."""
    row = draft.stages.pop(event.proposal)
    row |= {**_at("passed", one, by), "observation": event.observation}
    draft.passed.append(row)


def _at(what: str, one: Judged, by: str) -> Values:
    """The columns that say where, when and by whom *what* was done."""
    return {
        f"{what}_position": one.position,
        f"{what}_at": instant(one.at),
        f"{what}_by": by,
    }


def _roll_back(draft: _Draft, one: Judged, by: str, event: ReleaseRolledBack) -> None:
    """Take the release of *event* back, and with it what was under way on top of it."""
    release, done = draft.releases[event.proposal], _at("rolled_back", one, by)
    since = event.since
    if since is None and event.observation is not None:
        since = draft.times[event.observation]
    seconds = None if since is None else max(0, one.at - parse_instant(since))
    rules = draft.standing.policy(draft.policies[one.position]).rollback
    within = None if rules is None else rules.within
    said = ("rollback", "target", "trigger", "incident", "observation")
    release |= {
        **done,
        **{name: getattr(event, name) for name in said},
        "since": since,
        "rollback_seconds": seconds,
        "in_time": None if seconds is None or within is None else seconds <= within,
    }
    if event.candidate is not None:
        above = {"rollback": event.rollback, "rolled_back_with": event.proposal}
        draft.releases[event.candidate] |= {**done, **above}
    if release["completed_position"] is not None:
        back = None if event.target is None else draft.releases[event.target]
        draft.turns.append(Turn(event.alias, ROLLED_BACK, one.position, instant(one.at), by, back))


def _observe(draft: _Draft, one: Judged, entry: Entry, event: ObservationRecorded) -> None:
    number = draft.releases[event.proposal]["number"]
    draft.observations.append(observed(draft.standing, one, entry, event, number))
