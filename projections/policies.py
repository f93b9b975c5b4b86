"""Which policy judges, and which ones did: table ``policies``.

One row per policy, valid from the entry that published it up to the next one.
"""

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, select, update

from ledger.decide.judgement import Judged
from ledger.model.events import LedgerFounded, PolicyPublished
from ledger.policy.published import parse_policy
from projections.tables import METADATA, Values, instant, put

policies = Table(
    "policies",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("proposal", Text),
    Column("published_by", Text, nullable=False),
    Column("valid_from_position", Integer, nullable=False),
    Column("valid_to_position", Integer),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("text", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("unsupported_position", Integer),
)


def write(connection: Connection, judged: Sequence[Judged]) -> None:
    """Write the policies that *judged* entries publish, and end those they replace."""
    rows: list[Values] = []
    for one in judged:
        event = None if one.entry is None or not one.admitted else one.entry.event
        if not isinstance(event, (LedgerFounded, PolicyPublished)) or one.entry is None:
            continue
        row = _row(one, event, one.entry.by.signer)
        end = {"valid_to_position": row["valid_from_position"], "valid_to": row["valid_from"]}
        if rows:
            rows[-1] |= end
        else:
            before = policies.c.number == row["number"] - 1
            connection.execute(update(policies).where(before).values(end))
        rows.append(row)
    put(connection, policies, rows)


def _row(one: Judged, event: LedgerFounded | PolicyPublished, by: str) -> Values:
    published = event if isinstance(event, PolicyPublished) else None
    return {
        "number": 1 if published is None else published.number,
        "name": parse_policy(event.policy.canonical).name,
        "proposal": None if published is None else published.proposal,
        "published_by": by,
        "valid_from_position": one.position,
        "valid_to_position": None,
        "valid_from": instant(one.at),
        "valid_to": None,
        "text": event.policy.text,
        "canonical": event.policy.canonical,
        "unsupported_position": None,
    }


def in_force(connection: Connection, positions: Sequence[int]) -> dict[int, int]:
    """The number of the policy that judged the entry at each of *positions*."""
    if not positions:
        return {}
    valid = policies.c
    wanted = select(valid.valid_from_position, valid.number).where(
        valid.valid_from_position < max(positions),
        valid.valid_to_position.is_(None) | (valid.valid_to_position >= min(positions)),
    )
    known = list(connection.execute(wanted.order_by(valid.number)))
    return {at: max(number for start, number in known if start < at) for at in positions}


def policy_list(
    connection: Connection, *, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The policies by number, published up to a position."""
    wanted = select(policies).order_by(policies.c.number)
    if up_to is not None:
        wanted = wanted.where(policies.c.valid_from_position <= up_to)
    return list(connection.execute(wanted).all())


def policy_as_of(connection: Connection, position: int) -> Row[tuple[object, ...]] | None:
    """The policy in force after the entry at *position*."""
    valid = policies.c
    return connection.execute(
        select(policies).where(
            valid.valid_from_position <= position,
            valid.valid_to_position.is_(None) | (valid.valid_to_position > position),
        )
    ).first()
