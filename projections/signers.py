"""Who may sign, with which keys and in which roles.

Tables ``signers`` (as of now), ``signer_keys`` and ``grants`` (all there ever were, each
valid from one position up to another).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    exists,
    select,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.naming import lapses_at
from ledger.decide.signer_states import Grant, Key, SignerState
from ledger.model import events
from projections.log import Times, times_at
from projections.tables import METADATA, Values, instant, listed, put

signers = Table(
    "signers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("accountable", Text),
    Column("root", Boolean, nullable=False),
    Column("roles", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("stops", Integer, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("named_position", Integer, nullable=False),
    Column("accepted_position", Integer),
    Column("accepted_at", Text),
    Column("pending_key_id", Text),
    Column("pending_until", Text),
    Column("enrolled_position", Integer, nullable=False),
)

signer_keys = Table(
    "signer_keys",
    METADATA,
    Column("signer", Text, primary_key=True),
    Column("named_position", Integer, primary_key=True, autoincrement=False),
    Column("key_id", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("proposal", Text),
    Column("named_at", Text, nullable=False),
    Column("valid_from_position", Integer),
    Column("valid_to_position", Integer),
    Column("valid_from", Text),
    Column("valid_to", Text),
    Column("disowned_after", Integer),
    Column("disowned_position", Integer),
    Index("signer_keys_by_key", "key_id"),
)

grants = Table(
    "grants",
    METADATA,
    Column("signer", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("valid_from_position", Integer, primary_key=True, autoincrement=False),
    Column("valid_to_position", Integer),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("aliases", Text),
    Column("until", Text),
    Column("proposal", Text),
    Column("void", Boolean, nullable=False),
    Index("grants_by_role", "role"),
)

_PERSON = signers.alias("person")

OF_ONE = (
    events.SignerAccepted
    | events.SignerEnrolled
    | events.SignerGranted
    | events.SignerStripped
    | events.SignerRotated
)
"""The kinds that change the one signer they name."""

OF_ALL = events.LedgerFounded | events.RootChanged | events.SignerDisowned | events.OverrideLifted
"""The kinds that may change any signer: rare enough to write them all again."""


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the signers that *judged* entries change, as they are now. Entries come before."""
    changed = [state for name in _changed(judged, standing) if (state := standing.signer(name))]
    if not changed:
        return
    times = times_at(connection, {at for state in changed for at in _positions(state)})
    put(connection, signers, [_signer(standing, state, times) for state in changed])
    keys = [_key(state.id, key, times) for state in changed for key in state.keys]
    put(connection, signer_keys, keys)
    given = [_grant(state.id, one, times) for state in changed for one in state.grants]
    put(connection, grants, given)


def _changed(judged: Sequence[Judged], standing: Standing) -> list[str]:
    names: set[str] = set()
    for one in judged:
        event = None if one.entry is None or not one.admitted else one.entry.event
        if isinstance(event, OF_ONE):
            names.add(event.signer)
        elif isinstance(event, events.OverrideSet):
            names.add(event.target.partition("/")[2])
        elif isinstance(event, OF_ALL):
            names |= {state.id for state in standing.signers()}
    return sorted(names)


def _positions(state: SignerState) -> Iterator[int]:
    for key in state.keys:
        yield from (at for at in (key.accepted_at, key.ended_at) if at is not None)
    for grant in state.grants:
        yield from (at for at in (grant.since, grant.ended_at) if at is not None)


def _signer(standing: Standing, state: SignerState, times: Times) -> Values:
    target, pending = standing.target(f"signer/{state.id}"), state.pending
    return {
        "id": state.id,
        "kind": state.kind,
        "accountable": state.accountable,
        "root": state.root,
        "roles": listed(state.roles),
        "state": _condition(state, stopped=target is not None),
        "stops": 0 if target is None else target.stops,
        "key_id": state.named_key.id,
        "key": state.named_key.text,
        "named_position": state.named_key.named_at,
        "accepted_position": state.accepted_at,
        "accepted_at": _time(times, state.accepted_at),
        "pending_key_id": None if pending is None else pending.id,
        "pending_until": instant(lapses_at(standing, state)),
        "enrolled_position": state.enrolled_at,
    }


def _condition(state: SignerState, *, stopped: bool) -> str:
    """What keeps *state* from acting, the gravest first."""
    if state.current is not None and state.signing_key is None:
        return "disowned"
    if stopped:
        return "stopped"
    return "named" if state.current is None else "active"


def _key(signer: str, key: Key, times: Times) -> Values:
    return {
        "signer": signer,
        "named_position": key.named_at,
        "key_id": key.id,
        "key": key.text,
        "proposal": key.proposal,
        "named_at": instant(key.named_time),
        "valid_from_position": key.accepted_at,
        "valid_to_position": key.ended_at,
        "valid_from": _time(times, key.accepted_at),
        "valid_to": _time(times, key.ended_at),
        "disowned_after": key.disowned_after,
        "disowned_position": key.disowned_at,
    }


def _grant(signer: str, grant: Grant, times: Times) -> Values:
    return {
        "signer": signer,
        "role": grant.role,
        "valid_from_position": grant.since,
        "valid_to_position": grant.ended_at,
        "valid_from": _time(times, grant.since),
        "valid_to": _time(times, grant.ended_at),
        "aliases": grant.aliases,
        "until": instant(grant.until),
        "proposal": grant.proposal,
        "void": grant.void,
    }


def _time(times: Times, position: int | None) -> str | None:
    return None if position is None else times[position]


def signer_list(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """The signers by name, as they are now."""
    return list(connection.execute(select(signers).order_by(signers.c.id)).all())


def keys_of(connection: Connection, signer: str) -> list[Row[tuple[object, ...]]]:
    """Every key ever named for *signer*, oldest first."""
    wanted = select(signer_keys).where(signer_keys.c.signer == signer)
    return list(connection.execute(wanted.order_by(signer_keys.c.named_position)).all())


def grants_of(
    connection: Connection, signer: str, *, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The roles granted to *signer*, oldest first; or those not ended at a position, inclusive."""
    valid = grants.c
    wanted = select(grants).where(valid.signer == signer)
    if up_to is not None:
        ended = valid.valid_to_position <= up_to
        wanted = wanted.where(valid.valid_from_position <= up_to, ended.is_not(True))
    return list(connection.execute(wanted.order_by(valid.valid_from_position, valid.role)).all())


def active_person(name: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether *name* is a person whom nothing keeps from acting; false where it is NULL."""
    of = _PERSON.c
    return exists().where(of.id == name, of.kind == "person", of.state == "active")
