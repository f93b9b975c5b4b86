"""Who may sign: table ``signers``."""

from collections.abc import Sequence

from sqlalchemy import Boolean, Column, Connection, Integer, Row, Table, Text, select

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.signer_states import SignerState
from ledger.model.events import LedgerFounded, SignerAccepted
from projections.tables import METADATA, Values, instant, listed, put

signers = Table(
    "signers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("accountable", Text),
    Column("root", Boolean, nullable=False),
    Column("roles", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("named_position", Integer, nullable=False),
    Column("accepted_position", Integer),
    Column("valid_from", Text),
    Column("valid_to", Text),
)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the signers that *judged* entries name or accept."""
    accepted: dict[str, int | None] = {}
    for one in judged:
        if one.entry is None or not one.admitted:
            continue
        event = one.entry.event
        if isinstance(event, LedgerFounded):
            accepted.update({member.signer: None for member in event.roster})
        elif isinstance(event, SignerAccepted):
            accepted[event.signer] = one.at
    known = ((standing.signer(name), at) for name, at in accepted.items())
    put(connection, signers, [_signer(state, at) for state, at in known if state is not None])


def _signer(state: SignerState, accepted: int | None) -> Values:
    return {
        "id": state.id,
        "kind": state.kind,
        "accountable": state.accountable,
        "root": state.root,
        "roles": listed(state.roles),
        "key_id": state.named_key.id,
        "key": state.named_key.text,
        "named_position": state.named_key.named_at,
        "accepted_position": state.accepted_at,
        "valid_from": instant(accepted),
        "valid_to": None,
    }


def signer_list(
    connection: Connection, *, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The signers by name, as named up to a position; who accepted later has not yet."""
    wanted = select(signers).order_by(signers.c.id)
    if up_to is not None:
        wanted = wanted.where(signers.c.named_position <= up_to)
    return list(connection.execute(wanted).all())
