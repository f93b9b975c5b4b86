"""Who lent whom which roles: table ``delegations``.

One row per delegation, valid from the entry that made it up to the one that ended or
replaced it. What time, and the lender's own standing, do to it is computed when asked.
"""

from collections.abc import Sequence

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    or_,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.signer import KEPT
from ledger.model.events import SignerDelegated, SignerEnrolled
from projections.tables import METADATA, instant, listed, put

delegations = Table(
    "delegations",
    METADATA,
    Column("delegator", Text, primary_key=True),
    Column("delegate", Text, primary_key=True),
    Column("valid_from_position", Integer, primary_key=True, autoincrement=False),
    Column("valid_to_position", Integer),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("roles", Text, nullable=False),
    Column("aliases", Text),
    Column("until", Text, nullable=False),
    Index("delegations_by_delegate", "delegate", "valid_from_position"),
)


def may_forget(standing: Standing, event: SignerDelegated, position: int) -> bool:
    """Whether for *event* at *position* a delegation between the two may have been forgotten.

    Only where as many are kept as are kept at most: the standing keeps fewer again only of a
    signer who was enrolled anew since.
    """
    to = standing.signer(event.to)
    if to is None or to.enrolled_at > position:
        return True
    return sum(one.by == event.signer for one in to.delegations) >= KEPT


def write(connection: Connection, judged: Sequence[Judged]) -> None:
    """Write the delegations that *judged* entries make and end.

    A signer who is enrolled again begins without what was lent to them.
    """
    column = delegations.c
    for one in judged:
        event = None if one.entry is None or not one.admitted else one.entry.event
        if isinstance(event, SignerEnrolled):
            _end(connection, one, column.delegate == event.signer)
        elif isinstance(event, SignerDelegated):
            same = column.aliases.is_not_distinct_from(event.aliases)
            _end(
                connection, one, column.delegator == event.signer, column.delegate == event.to, same
            )
            if event.roles:
                put(connection, delegations, [_row(one, event)])


def _end(connection: Connection, one: Judged, *which: ColumnElement[bool]) -> None:
    held = update(delegations).where(*which, delegations.c.valid_to_position.is_(None))
    connection.execute(held.values(valid_to_position=one.position, valid_to=instant(one.at)))


def _row(one: Judged, event: SignerDelegated) -> dict[str, object]:
    return {
        "delegator": event.signer,
        "delegate": event.to,
        "valid_from_position": one.position,
        "valid_to_position": None,
        "valid_from": instant(one.at),
        "valid_to": None,
        "roles": listed(event.roles),
        "aliases": event.aliases,
        "until": event.until,
    }


def delegations_of(connection: Connection, signer: str) -> list[Row[tuple[object, ...]]]:
    """What *signer* ever lent or was lent, oldest first."""
    column = delegations.c
    wanted = select(delegations).where(or_(column.delegator == signer, column.delegate == signer))
    return list(connection.execute(wanted.order_by(column.valid_from_position)).all())
