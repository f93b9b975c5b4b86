"""What each alias points at, pointed at, and how it got there.

Tables ``aliases`` and ``alias_history`` (one row for each time an alias ran a stack, valid
from one position up to another; none while it is empty). The releases that move them are in
``releases``, what their stacks may do in ``alias_permissions``.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.release_states import AliasState, Release
from ledger.decide.signer_states import TargetState
from ledger.decide.stage import stage_of
from projections import permissions, release_steps
from projections.log import Times, times_at
from projections.release_steps import REPLACED, ROLLED_BACK, Turn
from projections.releases import releases
from projections.tables import METADATA, Values, instant, many, numbers_text, put
from projections.texts import stack_text

aliases = Table(
    "aliases",
    METADATA,
    Column("alias", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("stack_digest", Text),
    Column("stack", Text),
    Column("proposal", Text),
    Column("number", Integer),
    Column("since", Text),
    Column("position", Integer),
    Column("candidate_digest", Text),
    Column("candidate_stack", Text),
    Column("candidate_proposal", Text),
    Column("candidate_number", Integer),
    Column("candidate_stage", Text),
    Column("candidate_stage_since", Text),
    Column("candidate_stage_position", Integer),
    Column("candidate_share", Text),
    Column("candidate_since", Text),
    Column("candidate_position", Integer),
    Column("changed", Integer),
    Column("unsupported_position", Integer),
    Column("candidate_unsupported_position", Integer),
    Column("frozen_by", Text),
    Column("frozen_since", Text),
    Column("frozen_position", Integer),
    Column("owing", Text, nullable=False),
)

alias_history = Table(
    "alias_history",
    METADATA,
    Column("valid_from_position", Integer, primary_key=True, autoincrement=False),
    Column("valid_to_position", Integer),
    Column("alias", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("stack_digest", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("exceptions", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("began_by", Text, nullable=False),
    Column("ended", Text),
    Column("ended_by", Text),
    Column("unsupported_position", Integer),
    Index("alias_history_by_alias", "alias", "valid_from_position"),
    Index("alias_history_by_stack", "stack_digest"),
    Index("alias_history_by_number", "number"),
)

TAKEN: Final = (
    *("proposal", "number", "stack_digest", "stack", "metrics", "exceptions"),
    "unsupported_position",
)
"""The columns that a release and its place in the history have in common."""

RETURNED: Final = "returned"
"""How a stack began that a rollback brought back."""

BEGAN: Final = {REPLACED: "completed", ROLLED_BACK: RETURNED}
"""How a stack came to be what an alias runs, by how the one before it ended."""

ENDS: Final = ("valid_to_position", "valid_to", "ended", "ended_by")
"""The columns that say how an alias left a stack; all NULL while it runs it."""


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write what *judged* entries do to releases, and where aliases point then."""
    moved = release_steps.write(connection, judged, standing)
    put(connection, alias_history, _history(connection, moved.turns))
    refresh(connection, standing, moved.aliases)


def refresh(connection: Connection, standing: Standing, names: Iterable[str]) -> None:
    """Write the aliases of those *names* as they are now, if anything was ever released there."""
    states = [standing.alias(name) for name in sorted(names) if standing.has_alias(name)]
    stops = {one.alias: standing.target(f"alias/{one.alias}") for one in states}
    times = times_at(connection, {stop.position for stop in stops.values() if stop is not None})
    rows = [
        {**_alias(standing, one), **_frozen(stops[one.alias], times), **_owing(standing, one)}
        for one in states
    ]
    put(connection, aliases, rows)
    permissions.write(connection, states)


def _history(connection: Connection, turns: Sequence[Turn]) -> list[Values]:
    """The rows that *turns* begin; each turn ends the row of its alias before it."""
    rows: list[Values] = []
    last: dict[str, Values | None] = {}
    ended: list[Values] = []
    for turn in turns:
        end = dict(zip(ENDS, (turn.position, turn.at, turn.how, turn.by), strict=True))
        before = last.get(turn.alias)
        if before is not None:
            before |= end
        elif turn.alias not in last:
            ended.append({"wanted": turn.alias, **end})
        row = last[turn.alias] = None if turn.release is None else _begun(turn, turn.release)
        if row is not None:
            rows.append(row)
    valid, wanted = alias_history.c, bindparam("wanted", type_=Text)
    still = update(alias_history).where(valid.alias == wanted, valid.valid_to_position.is_(None))
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ENDS}
    many(connection, still.values(values), ended)
    return rows


def _begun(turn: Turn, release: Values) -> Values:
    """The row that begins with *turn*, of the stack of *release*."""
    return {
        "valid_from_position": turn.position,
        "alias": turn.alias,
        "valid_from": turn.at,
        **{name: release[name] for name in TAKEN},
        "began": BEGAN[turn.how],
        "began_by": turn.by,
        **dict.fromkeys(ENDS),
    }


def _alias(standing: Standing, state: AliasState) -> Values:
    model, _, environment = state.alias.partition("/")
    stable, candidate = state.stable, state.candidate
    stage = None if candidate is None else stage_of(standing, state.alias, candidate)
    return {
        "alias": state.alias,
        "model": model,
        "environment": environment,
        "stack_digest": None if stable is None else stable.stack.digest,
        "stack": None if stable is None else stack_text(stable.stack),
        "proposal": None if stable is None else stable.proposal,
        "number": None if stable is None else stable.number,
        "since": None if stable is None else instant(stable.completed_at),
        "position": None if stable is None else stable.completed_position,
        "candidate_digest": None if candidate is None else candidate.stack.digest,
        "candidate_stack": None if candidate is None else stack_text(candidate.stack),
        "candidate_proposal": None if candidate is None else candidate.proposal,
        "candidate_number": None if candidate is None else candidate.number,
        "candidate_stage": None if candidate is None else candidate.stage,
        "candidate_stage_since": None if candidate is None else instant(candidate.stage_at),
        "candidate_stage_position": None if candidate is None else candidate.stage_position,
        "candidate_share": None if stage is None else stage.share,
        "candidate_since": None if candidate is None else instant(candidate.started_at),
        "candidate_position": None if candidate is None else candidate.started_position,
        "changed": state.changed,
        "unsupported_position": _lost_at(standing, stable),
        "candidate_unsupported_position": _lost_at(standing, candidate),
    }


def _frozen(stop: TargetState | None, times: Times) -> Values:
    """By whom and since when an alias is frozen that *stop* is about."""
    return {
        "frozen_by": None if stop is None else stop.by,
        "frozen_since": None if stop is None else times[stop.position],
        "frozen_position": None if stop is None else stop.position,
    }


def _owing(standing: Standing, state: AliasState) -> Values:
    """The releases of an alias that owe for an exception, as a column."""
    found = (standing.proposal(name) for name in state.owing)
    return {"owing": numbers_text(one.number for one in found if one is not None)}


def _lost_at(standing: Standing, release: Release | None) -> int | None:
    """Where a key was disowned without which nobody stands for *release*, if one was."""
    state = None if release is None else standing.proposal(release.proposal)
    return None if state is None or state.closure is None else state.closure.lost_at


def alias_list(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """Every alias as it is now, by name."""
    return list(connection.execute(select(aliases).order_by(aliases.c.alias)).all())


def alias_named(connection: Connection, alias: str) -> Row[tuple[object, ...]] | None:
    """One alias as it is now; ``None`` where nothing was ever released to it."""
    return connection.execute(select(aliases).where(aliases.c.alias == alias)).first()


def history_of(
    connection: Connection, alias: str, *, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The stable stacks of *alias* up to a position, oldest first."""
    wanted = select(alias_history).where(alias_history.c.alias == alias)
    if up_to is not None:
        wanted = wanted.where(alias_history.c.valid_from_position <= up_to)
    ordered = wanted.order_by(alias_history.c.valid_from_position)
    return list(connection.execute(ordered).all())


def stable_as_of(
    connection: Connection, alias: str, position: int
) -> Row[tuple[object, ...]] | None:
    """The stable stack of *alias* at *position*, inclusive: a row of its history.

    For a time, ask :func:`projections.log.position_at` first.
    """
    valid = alias_history.c
    return connection.execute(
        select(alias_history).where(
            valid.alias == alias,
            valid.valid_from_position <= position,
            valid.valid_to_position.is_(None) | (valid.valid_to_position > position),
        )
    ).first()


def windows_waiting(
    connection: Connection, *, ended_by: str | None = None
) -> list[Row[tuple[object, ...]]]:
    """The releases that aliases run whose window nobody has reported the end of, by its end.

    Rows of ``releases``: ``window_until`` is the end. With *ended_by* those whose window has
    ended by that time.
    """
    release = releases.c
    wanted = (
        select(releases)
        .join_from(aliases, releases, release.proposal == aliases.c.proposal)
        .where(release.window_until.is_not(None), release.result_position.is_(None))
    )
    if ended_by is not None:
        wanted = wanted.where(release.window_until <= ended_by)
    return list(connection.execute(wanted.order_by(release.window_until, release.alias)).all())
