"""What each alias points at, pointed at, and how it got there.

Tables ``aliases`` and ``alias_history`` (one row per stable stack, valid from one position
up to the next); the releases that move them are in ``releases``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
from projections import releases
from projections.tables import METADATA, Values, instant, many, put
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
    Column("candidate_since", Text),
    Column("candidate_position", Integer),
    Column("changed", Integer),
    Column("unsupported_position", Integer),
    Column("candidate_unsupported_position", Integer),
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
    Column("unsupported_position", Integer),
    Index("alias_history_by_alias", "alias", "valid_from_position"),
    Index("alias_history_by_stack", "stack_digest"),
)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the releases that *judged* entries start and complete, and where aliases point then."""
    moved = releases.write(connection, judged, standing)
    put(connection, alias_history, _history(connection, moved.completed))
    refresh(connection, standing, moved.aliases)


def refresh(connection: Connection, standing: Standing, names: Iterable[str]) -> None:
    """Write the aliases of those *names* as they are now."""
    put(connection, aliases, [_alias(standing, standing.alias(name)) for name in sorted(names)])


def _history(connection: Connection, completed: Sequence[Mapping[str, Any]]) -> list[Values]:
    """The rows of *completed* releases; each ends where the next of its alias begins."""
    rows: list[Values] = []
    last: dict[str, Values] = {}
    ended: list[tuple[str, Values]] = []
    for release in completed:
        row: Values = {
            "valid_from_position": release["completed_position"],
            "valid_to_position": None,
            "alias": release["alias"],
            "valid_from": release["completed_at"],
            "valid_to": None,
            **{
                name: release[name]
                for name in ("proposal", "number", "stack_digest", "stack", "metrics")
            },
            "unsupported_position": None,
        }
        before = last.get(row["alias"])
        if before is None:
            ended.append((row["alias"], row))
        else:
            before |= _end(row)
        last[row["alias"]] = row
        rows.append(row)
    valid, ends = alias_history.c, ("valid_to_position", "valid_to")
    still = update(alias_history).where(
        valid.alias == bindparam("ended"), valid.valid_to_position.is_(None)
    )
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ends}
    many(connection, still.values(values), [{"ended": a, **_end(row)} for a, row in ended])
    return rows


def _end(row: Mapping[str, Any]) -> Values:
    return {"valid_to_position": row["valid_from_position"], "valid_to": row["valid_from"]}


def _alias(standing: Standing, state: AliasState) -> Values:
    model, _, environment = state.alias.partition("/")
    stable, candidate = state.stable, state.candidate
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
        "candidate_since": None if candidate is None else instant(candidate.started_at),
        "candidate_position": None if candidate is None else candidate.started_position,
        "changed": state.changed,
        "unsupported_position": _lost_at(standing, stable),
        "candidate_unsupported_position": _lost_at(standing, candidate),
    }


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
