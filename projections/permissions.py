"""What the stacks may do that aliases run, or that are on their way: ``alias_permissions``."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    delete,
    select,
)

from ledger.decide.release_states import AliasState
from projections.tables import METADATA, Values, many, put

alias_permissions = Table(
    "alias_permissions",
    METADATA,
    Column("permission", Text, primary_key=True),
    Column("alias", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("stack_digest", Text, nullable=False),
    Index("alias_permissions_by_alias", "alias"),
)


def write(connection: Connection, states: Iterable[AliasState]) -> None:
    """Write what the stacks of aliases may do that are now as *states* say."""
    known = list(states)
    gone = delete(alias_permissions).where(alias_permissions.c.alias == bindparam("wanted"))
    many(connection, gone, [{"wanted": state.alias} for state in known])
    put(connection, alias_permissions, [row for state in known for row in _rows(state)])


def _rows(state: AliasState) -> Iterator[Values]:
    for place, release in (("stable", state.stable), ("candidate", state.candidate)):
        if release is None:
            continue
        for permission in release.stack.permissions:
            yield {
                "permission": permission,
                "alias": state.alias,
                "place": place,
                "number": release.number,
                "stack_digest": release.stack.digest,
            }


def aliases_holding(connection: Connection, permission: str) -> list[Row[tuple[Any, ...]]]:
    """The aliases that run a stack with *permission*, or have one under way, by name.

    One row for each stack: ``place`` is ``stable`` or ``candidate``.
    """
    column = alias_permissions.c
    wanted = select(alias_permissions).where(column.permission == permission)
    return list(connection.execute(wanted.order_by(column.alias, column.place.desc())).all())
