"""Who the root is, and was: table ``roots``.

One row per root, valid from the entry that set it up to the next one.
"""

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, select, update

from ledger.decide.judgement import Judged
from ledger.model.events import LedgerFounded, RootChanged
from projections.tables import METADATA, Values, instant, listed, put

roots = Table(
    "roots",
    METADATA,
    Column("valid_from_position", Integer, primary_key=True, autoincrement=False),
    Column("valid_to_position", Integer),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("signers", Text, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("proposal", Text),
)


def write(connection: Connection, judged: Sequence[Judged]) -> None:
    """Write the roots that *judged* entries set, and end those before them."""
    for one in judged:
        event = None if one.entry is None or not one.admitted else one.entry.event
        if isinstance(event, LedgerFounded):
            signers = sorted(member.signer for member in event.roster if member.root)
            _begin(connection, one, signers, event.root_threshold, None)
        elif isinstance(event, RootChanged):
            _begin(connection, one, event.signers, event.threshold, event.proposal)


def _begin(
    connection: Connection,
    one: Judged,
    signers: Sequence[str],
    threshold: int,
    proposal: str | None,
) -> None:
    ended = {"valid_to_position": one.position, "valid_to": instant(one.at)}
    before = update(roots).where(roots.c.valid_to_position.is_(None))
    connection.execute(before.values(ended))
    row: Values = {
        "valid_from_position": one.position,
        "valid_to_position": None,
        "valid_from": instant(one.at),
        "valid_to": None,
        "signers": listed(signers),
        "threshold": threshold,
        "proposal": proposal,
    }
    put(connection, roots, [row])


def root_as_of(connection: Connection, position: int) -> Row[tuple[object, ...]] | None:
    """The root after the entry at *position*."""
    valid = roots.c
    return connection.execute(
        select(roots).where(
            valid.valid_from_position <= position,
            valid.valid_to_position.is_(None) | (valid.valid_to_position > position),
        )
    ).first()
