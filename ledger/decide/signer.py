"""The life of a signer: keys named and accepted, roles granted, stripped and lent."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.naming import key_rows, lapses_at
from ledger.decide.possible import known_signer
from ledger.decide.replacing import replace
from ledger.decide.roles import undelegable
from ledger.decide.signer_states import Delegation, Grant, Key, SignerState
from ledger.decide.states import LedgerState, State
from ledger.errors import Refused
from ledger.model.events import (
    SignerAccepted,
    SignerDelegated,
    SignerEnrolled,
    SignerGranted,
    SignerRotated,
    SignerStripped,
)
from ledger.model.names import covers
from ledger.model.terms import parse_instant
from ledger.seal.keys import parse_public_key

DELEGATIONS: Final = 16
"""How many delegations one signer may have given another at a time."""

KEPT: Final = 64
"""How many delegations between two signers are kept that have ended, beside those that hold."""


def accept(standing: Standing, *, by: SignerState, at: int, named_by: str) -> SignerAccepted:
    """Prove possession of the key one was named with, in time."""
    key = by.pending
    if key is None:
        raise Refused("already-accepted", f"{by.id} accepted at position {by.accepted_at}")
    if named_by != key.named_by:
        raise Refused("other-naming", f"{by.id} was named by another entry than {named_by}")
    if standing.ledger() is None:
        raise Refused("not-founded", "this ledger has not been founded yet")
    lapses = lapses_at(standing, by)
    if lapses is not None and at >= lapses:
        raise Refused(
            "naming-lapsed",
            f"{by.id} was named with this key more than 14 days ago",
            hint="an enrolment or a rotation names a key again",
        )
    return SignerAccepted(signer=by.id, named_by=named_by)


def delegate(
    standing: Standing,
    *,
    by: SignerState,
    at: int,
    to: str,
    roles: Sequence[str],
    aliases: str | None,
    until: str,
) -> SignerDelegated:
    """Lend own roles to another person until an instant; without *roles* end what was lent."""
    if by.kind != "person" or known_signer(standing, to).kind != "person":
        raise Refused("service-delegation", "only people lend roles, and only to people")
    if to == by.id:
        raise Refused("self-delegation", f"{by.id} cannot lend to themself")
    if parse_instant(until) <= at:
        raise Refused("already-over", f"{until} is over", hint="until names when it ends")
    _require_lendable(standing, by, roles, aliases, at)
    given = [d for d in _given(standing, by.id, to) if d.ended_at is None and at < d.until]
    same = [d for d in given if d.aliases == aliases]
    if not roles and not same:
        raise Refused("nothing-lent", f"{by.id} has lent {to} nothing there")
    if roles and len(given) - len(same) >= DELEGATIONS:
        raise Refused(
            "too-many-delegations",
            f"{by.id} has {DELEGATIONS} delegations to {to}, the most allowed",
            hint="end one, or lend on a wider pattern",
        )
    return SignerDelegated(signer=by.id, to=to, roles=tuple(roles), aliases=aliases, until=until)


def _require_lendable(
    standing: Standing, by: SignerState, roles: Iterable[str], aliases: str | None, at: int
) -> None:
    """Refuse what *by* does not hold there as their own, or what nobody lends."""
    kept = undelegable(standing.policy())
    for role in roles:
        if role in kept:
            raise Refused(
                "not-delegable", f"{role} is not lent: roots, stewards and auditors act themselves"
            )
        if not any(g.role == role and g.is_live(aliases, at) for g in by.grants):
            where = "" if aliases is None else f" on {aliases}"
            raise Refused(
                "role-not-held",
                f"{by.id} does not hold {role}{where} as their own",
                hint="one lends what one was granted, where one was; a lent role is not lent on",
            )


def _given(standing: Standing, by: str, to: str) -> list[Delegation]:
    state = standing.signer(to)
    return [] if state is None else [one for one in state.delegations if one.by == by]


def evolve(
    standing: Standing,
    event: SignerAccepted
    | SignerEnrolled
    | SignerGranted
    | SignerStripped
    | SignerRotated
    | SignerDelegated,
    on: Happening,
) -> tuple[State, ...]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    match event:
        case SignerAccepted():
            return tuple(_accepted(standing, event.signer, on))
        case SignerEnrolled():
            return tuple(_enrolled(standing, event, on))
        case SignerDelegated():
            return (_delegated(known_signer(standing, event.to), event, on),)
        case SignerRotated():
            state = known_signer(standing, event.signer)
            key = _named(event.key, event.proposal, on)
            keys = (*_without_pending(state.keys, on), key)
            return replace(state, keys=keys), *key_rows(state.id, event.key)
        case SignerGranted():
            state = known_signer(standing, event.signer)
            until = None if event.until is None else parse_instant(event.until)
            added = (
                Grant(role, event.aliases, until, event.proposal, on.position)
                for role in event.grant
            )
            left = _stripped(state.grants, event.strip, event.aliases, on)
            return (replace(state, grants=(*left, *added)),)
        case SignerStripped():
            state = known_signer(standing, event.signer)
            left = _stripped(state.grants, event.strip, event.aliases, on)
            return (replace(state, grants=tuple(left)),)


def _accepted(standing: Standing, signer: str, on: Happening) -> Iterator[State]:
    """The pending key takes the place of the present one."""
    state = known_signer(standing, signer)
    pending, current = state.pending, state.current
    keys = tuple(
        replace(key, accepted_at=on.position)
        if key is pending
        else replace(key, ended_at=on.position)
        if key is current
        else key
        for key in state.keys
    )
    yield replace(state, keys=keys)
    ledger = standing.ledger()
    if ledger is not None and signer in ledger.waiting:
        yield replace(ledger, waiting=tuple(name for name in ledger.waiting if name != signer))


def _enrolled(standing: Standing, event: SignerEnrolled, on: Happening) -> Iterator[State]:
    """A new signer, or a known one with another key and other roles; nothing of before lasts."""
    known = standing.signer(event.signer)
    grants = tuple(Grant(role, None, None, event.proposal, on.position) for role in event.roles)
    key = _named(event.key, event.proposal, on)
    yield from key_rows(event.signer, event.key)
    if known is None:
        yield SignerState(
            id=event.signer,
            kind=event.signer_kind,
            accountable=event.accountable,
            root=False,
            enrolled_at=on.position,
            keys=(key,),
            grants=grants,
        )
        ledger = standing.ledger()
        if ledger is not None:
            yield _with_member(ledger, event.signer)
        return
    before = tuple(one if one.ended_at is not None else _over(one, on) for one in known.grants)
    lent = tuple(
        one if one.ended_at is not None else replace(one, ended_at=on.position)
        for one in known.delegations
    )
    keys = tuple(
        one if one.ended_at is not None else replace(one, ended_at=on.position)
        for one in known.keys
    )
    yield replace(
        known,
        accountable=event.accountable,
        enrolled_at=on.position,
        keys=(*keys, key),
        grants=(*before, *grants),
        delegations=lent,
    )


def _with_member(ledger: LedgerState, signer: str) -> LedgerState:
    return replace(ledger, roster=tuple(sorted({*ledger.roster, signer})))


def _named(text: str, proposal: str, on: Happening) -> Key:
    return Key(
        id=parse_public_key(text).id,
        text=text,
        named_by=on.leaf,
        named_at=on.position,
        named_time=on.at,
        proposal=proposal,
    )


def _without_pending(keys: Iterable[Key], on: Happening) -> Iterator[Key]:
    """*keys*, of which one that was never accepted is over."""
    for key in keys:
        waiting = key.accepted_at is None and key.ended_at is None
        yield replace(key, ended_at=on.position) if waiting else key


def _stripped(
    grants: Iterable[Grant], roles: Sequence[str], aliases: str | None, on: Happening
) -> Iterator[Grant]:
    """*grants*, of which those of *roles* within the pattern *aliases* are over."""
    for one in grants:
        taken = one.role in roles and one.ended_at is None and covers(aliases, one.aliases)
        yield _over(one, on) if taken else one


def _over(grant: Grant, on: Happening) -> Grant:
    return replace(grant, ended_at=on.position)


def _delegated(state: SignerState, event: SignerDelegated, on: Happening) -> SignerState:
    """*state*, to whom the roles of *event* are lent in the place of what was there before."""
    others = tuple(
        replace(one, ended_at=on.position)
        if (one.by, one.aliases, one.ended_at) == (event.signer, event.aliases, None)
        else one
        for one in state.delegations
    )
    if event.roles:
        until = parse_instant(event.until)
        lent = Delegation(event.signer, event.roles, event.aliases, until, on.position)
        others = (*others, lent)
    over = [one for one in others if one.by == event.signer and not _lends(one, on)]
    forgotten = over[: max(0, len(over) - KEPT)]
    return replace(state, delegations=tuple(one for one in others if one not in forgotten))


def _lends(one: Delegation, on: Happening) -> bool:
    return one.ended_at is None and on.at < one.until
