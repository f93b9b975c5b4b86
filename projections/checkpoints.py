"""Checkpoints that signers put into the log, and what a checkpoint says. Table ``checkpoints``."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Row, Table, Text, select

from ledger.decide.judgement import Judged
from ledger.model.events import CheckpointWitnessed
from projections.log import entries
from projections.tables import METADATA, instant, put

checkpoints = Table(
    "checkpoints",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("root", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Index("checkpoints_by_size", "size", "position"),
)


def write(connection: Connection, judged: Sequence[Judged]) -> None:
    """Write the checkpoints that *judged* entries hold."""
    rows = [
        {
            "position": one.position,
            "size": event.size,
            "root": event.root,
            "signer": one.entry.by.signer,
            "key_id": one.entry.by.key,
            "at": instant(one.at),
            "checkpoint": event.checkpoint,
        }
        for one in judged
        if one.admitted
        and one.entry is not None
        and isinstance(event := one.entry.event, CheckpointWitnessed)
    ]
    put(connection, checkpoints, rows)


def checkpoint_list(connection: Connection, size: int) -> list[Row[tuple[Any, ...]]]:
    """The checkpoints in the first *size* entries, in the order of the log."""
    wanted = select(checkpoints).where(checkpoints.c.position < size)
    return list(connection.execute(wanted.order_by(checkpoints.c.position)).all())


def refused_entries(connection: Connection, size: int) -> Iterator[tuple[int, str]]:
    """Those of the first *size* entries that were not admitted, each with the rule, in order."""
    column = entries.c
    wanted = select(column.position, column.rule).where(
        column.rule.is_not(None), column.position < size
    )
    found = connection.execute(wanted.order_by(column.position).execution_options(yield_per=1000))
    return ((row.position, row.rule) for row in found)
