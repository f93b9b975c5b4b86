"""Drills of a stop: of what, by whom, when, and how long each took. Table ``drills``."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    func,
    select,
    update,
)

from ledger.decide.clock import corrected_time
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.past import stood_for
from ledger.model.events import OverrideDrilled
from ledger.model.terms import parse_instant
from projections.tables import METADATA, instant, many, put

drills = Table(
    "drills",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("note", Text),
    Column("counts", Boolean, nullable=False),
    Index("drills_by_target", "target", "position"),
)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the drills that *judged* entries keep."""
    rows = [
        {
            "position": one.position,
            "id": event.override,
            "target": event.target,
            "signer": one.entry.by.signer,
            "at": instant(one.at),
            "seconds": event.seconds,
            "note": event.note,
            "counts": stood_for(standing, one.entry.by.signer, one.position),
        }
        for one in judged
        if one.admitted
        and one.entry is not None
        and isinstance(event := one.entry.event, OverrideDrilled)
    ]
    put(connection, drills, rows)


def refresh(connection: Connection, standing: Standing) -> None:
    """Say anew which drills were kept with a key that was not disowned since, and when."""
    column = drills.c
    known = connection.execute(select(column.position, column.signer, column.at)).all()
    rows = [
        {
            "wanted": position,
            "holds": stood_for(standing, signer, position),
            "then": instant(corrected_time(standing, position, parse_instant(at))),
        }
        for position, signer, at in known
    ]
    wanted, counts = bindparam("wanted", type_=Integer), bindparam("holds", type_=Boolean)
    meant = update(drills).where(column.position == wanted)
    many(connection, meant.values(counts=counts, at=bindparam("then")), rows)


def drill_list(
    connection: Connection, *, target: str | None = None, up_to: int | None = None
) -> list[Row[tuple[Any, ...]]]:
    """The drills up to a position, of one target or all, oldest first."""
    wanted = select(drills).order_by(drills.c.position)
    if target is not None:
        wanted = wanted.where(drills.c.target == target)
    if up_to is not None:
        wanted = wanted.where(drills.c.position <= up_to)
    return list(connection.execute(wanted).all())


def last_drills(connection: Connection) -> list[Row[tuple[Any, ...]]]:
    """The last drill of each target that still counts, the newest first."""
    newest = select(func.max(drills.c.position)).where(drills.c.counts).group_by(drills.c.target)
    wanted = select(drills).where(drills.c.position.in_(newest))
    return list(connection.execute(wanted.order_by(drills.c.position.desc())).all())
