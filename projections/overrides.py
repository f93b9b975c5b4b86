"""What humans have stopped: table ``overrides``.

One row per stop, valid from where it was set up to where it was lifted. Where the consent
to the lift is lost, because a key was disowned, the stop holds again, in a row of its own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    func,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.states import ProposalState
from ledger.model.effects import LiftEffect
from ledger.model.events import OverrideLifted, OverrideSet, SignerDisowned
from projections.losses import Losses
from projections.tables import METADATA, Values, chunks, instant, put

overrides = Table(
    "overrides",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("valid_from_position", Integer, primary_key=True, autoincrement=False),
    Column("valid_to_position", Integer),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("target", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lifted_proposal", Text),
    Column("lifted_number", Integer),
    Index("overrides_by_target", "target", "valid_to_position"),
)


def write(
    connection: Connection, judged: Sequence[Judged], standing: Standing, lost: Losses
) -> set[str]:
    """Write the stops that *judged* entries set and lift, and those that hold again.

    The targets that they are about.
    """
    targets: set[str] = set()
    for one in judged:
        event = None if one.entry is None or not one.admitted else one.entry.event
        if isinstance(event, OverrideSet) and one.entry is not None:
            put(connection, overrides, [_set(one, event, one.entry.by.signer)])
            targets.add(event.target)
        elif isinstance(event, OverrideLifted):
            _lift(connection, one, event, standing)
            targets |= _targets(standing, event.stops)
        elif isinstance(event, SignerDisowned):
            for state in lost.get(one.position, ()):
                _restore(connection, one, state)
                targets |= _targets(standing, getattr(state.effect, "stops", ()))
    return targets


def _targets(standing: Standing, stops: Iterable[str]) -> set[str]:
    return {stop.target for id_ in stops if (stop := standing.stop(id_)) is not None}


def aliases_in(targets: Iterable[str]) -> set[str]:
    """The aliases among *targets*."""
    named = (target.partition("/") for target in targets)
    return {name for kind, _, name in named if kind == "alias"}


def _set(one: Judged, event: OverrideSet, signer: str) -> Values:
    return {
        "id": event.override,
        "valid_from_position": one.position,
        "valid_to_position": None,
        "valid_from": instant(one.at),
        "valid_to": None,
        "target": event.target,
        "signer": signer,
        "at": instant(one.at),
        "position": one.position,
        "reason": event.reason,
        "lifted_proposal": None,
        "lifted_number": None,
    }


def _lift(connection: Connection, one: Judged, event: OverrideLifted, standing: Standing) -> None:
    state = standing.proposal(event.proposal)
    ended = {
        "valid_to_position": one.position,
        "valid_to": instant(one.at),
        "lifted_proposal": event.proposal,
        "lifted_number": None if state is None else state.number,
    }
    column = overrides.c
    for some in chunks(event.stops):
        held = update(overrides).where(column.id.in_(some), column.valid_to_position.is_(None))
        connection.execute(held.values(ended))


def _restore(connection: Connection, one: Judged, state: ProposalState) -> None:
    """Let what was lifted by *state*, whose consent the entry *one* took, hold again."""
    if not isinstance(state.effect, LiftEffect):
        return
    lifted = select(overrides).where(overrides.c.lifted_proposal == state.id)
    again: Values = {
        "valid_from_position": one.position,
        "valid_to_position": None,
        "valid_from": instant(one.at),
        "valid_to": None,
        "lifted_proposal": None,
        "lifted_number": None,
    }
    rows = [{**row, **again} for row in connection.execute(lifted).mappings()]
    put(connection, overrides, rows)


def override_list(
    connection: Connection, *, everything: bool = False
) -> list[Row[tuple[Any, ...]]]:
    """The stops that hold, or with *everything* all there ever were, oldest first.

    Each row has ``id``, ``target``, ``signer``, ``at``, ``position``, ``reason``,
    ``lifted_position``, ``lifted_at`` and ``lifted_number``, and is what is true now.
    """
    column = overrides.c
    wanted: Select[Any] = select(
        *(column[name] for name in ("id", "target", "signer", "at", "position", "reason")),
        column.valid_to_position.label("lifted_position"),
        column.valid_to.label("lifted_at"),
        column.lifted_number,
    ).order_by(column.position)
    other = overrides.alias()
    newest = select(func.max(other.c.valid_from_position)).where(other.c.id == column.id)
    is_now = column.valid_from_position == newest.scalar_subquery()
    wanted = wanted.where(is_now if everything else column.valid_to_position.is_(None))
    return list(connection.execute(wanted).all())


def stops_as_of(connection: Connection, target: str, position: int) -> list[Row[tuple[Any, ...]]]:
    """The stops of *target* that held at *position*, inclusive: rows of the table."""
    column = overrides.c
    held = select(overrides).where(
        column.target == target,
        column.valid_from_position <= position,
        column.valid_to_position.is_(None) | (column.valid_to_position > position),
    )
    return list(connection.execute(held.order_by(column.position)).all())
