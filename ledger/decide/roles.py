"""Who holds which role: granted or lent, on which aliases, until when.

A role may be lent by its holder, once removed: what was lent is not lent on. It is lent
for as long as the lender holds it, is not stopped, and stands for having lent it.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from ledger.decide.context import Standing
from ledger.decide.signer_states import Delegation, SignerState
from ledger.decide.states import ProposalState
from ledger.model.names import covers
from ledger.policy.case import ROOT, Lent
from ledger.policy.consent import steward_roles
from ledger.policy.document import Policy

AUDITOR: Final = "auditor"
"""The role whose holders may acknowledge findings, beside the root signers."""

STEWARD: Final = "steward"
"""The role that keeps the policy and the roster where a policy names no other."""

Held = Mapping[str, Delegation | None]
"""Roles, each with the delegation that lends it; ``None`` where it is the holder's own."""


def roles_held(standing: Standing, signer: SignerState, alias: str | None, at: int) -> Held:
    """The roles of *signer* on *alias* at the time *at*; without alias, those without limit.

    Root signers hold the role ``root`` besides. A role of one's own comes before one lent,
    and of those lent the one lent first: who lends later takes nobody's place.
    """
    held: dict[str, Delegation | None] = {}
    for one in signer.delegations:
        for role in _lent(standing, one, alias, at):
            held.setdefault(role, one)
    held |= {grant.role: None for grant in signer.grants if grant.is_live(alias, at)}
    if signer.root:
        held[ROOT] = None
    return held


def loans(standing: Standing, signer: SignerState, alias: str | None, at: int) -> Iterator[Lent]:
    """Every role that is lent to *signer* on *alias* at the time *at*, by each who lends it."""
    for one in signer.delegations:
        for role in _lent(standing, one, alias, at):
            yield Lent(role, one.by, one.position)


def lent_for(
    standing: Standing, signer: SignerState, roles: Collection[str], alias: str | None, at: int
) -> tuple[Lent, ...]:
    """The loans by which *signer* holds one of *roles*; none where one of them is their own."""
    if not signer.delegations:
        return ()
    held = roles_held(standing, signer, alias, at)
    if any(role in held and held[role] is None for role in roles):
        return ()
    return tuple(one for one in loans(standing, signer, alias, at) if one.role in roles)


def own_anywhere(signer: SignerState, at: int) -> frozenset[str]:
    """The roles that *signer* holds as their own at the time *at*, on any alias at all."""
    return frozenset(g.role for g in signer.grants if g.is_live(g.aliases or "*/*", at))


def undelegable(policy: Policy) -> frozenset[str]:
    """The roles that nobody lends: of the root, of stewards and of auditors."""
    return steward_roles(policy) | {ROOT, STEWARD, AUDITOR}


def _lent(standing: Standing, lent: Delegation, alias: str | None, at: int) -> Iterator[str]:
    """The roles that *lent* lends on *alias* at the time *at*."""
    lender = standing.signer(lent.by)
    if lender is None or not lent.is_live(alias, at) or not stands_for(standing, lender, lent):
        return
    kept = undelegable(standing.policy())
    for role in lent.roles:
        own = any(g.role == role and g.is_live(alias, at) for g in lender.grants)
        if own and role not in kept:
            yield role


def stands_for(standing: Standing, lender: SignerState, lent: Delegation) -> bool:
    """Whether *lender* is neither stopped nor disowned, nor enrolled anew since *lent*."""
    stopped = is_stopped(standing, lender.id)
    return not (
        stopped or lent.position < lender.enrolled_at or lender.is_disowned_at(lent.position)
    )


def is_stopped(standing: Standing, signer: str) -> bool:
    """Whether a stop of *signer* holds."""
    return standing.target(f"signer/{signer}") is not None


def may_sign(standing: Standing, signer: SignerState) -> bool:
    """Whether *signer* has a key in force that was not disowned, and is not stopped."""
    return signer.signing_key is not None and not is_stopped(standing, signer.id)


def held_since(standing: Standing, signer: str, proposal: ProposalState) -> tuple[str, ...]:
    """The roles whose duties bind *signer* in *proposal*: all held since it was opened.

    A role that was lent to them binds where they used it: else whoever lends could keep
    others from what is theirs to do. A service answers by its accountable person's roles
    too, and the root by ``root``. Until it was closed, if it was: what is granted later
    changes nothing about it.
    """
    state = standing.signer(signer)
    if state is None:
        return ()
    held = set(_since(state, proposal))
    answering = None if state.accountable is None else standing.signer(state.accountable)
    held |= set() if answering is None else set(_since(answering, proposal))
    return tuple(sorted({*held, ROOT} if state.root else held))


def ever_held(standing: Standing, signer: str) -> frozenset[str]:
    """Every role that *signer*, or who answers for it, ever held or was lent."""
    state = standing.signer(signer)
    answering = None if state is None or state.accountable is None else state.accountable
    known = [state, None if answering is None else standing.signer(answering)]
    return frozenset(
        {g.role for one in known if one is not None for g in one.grants}
        | {r for one in known if one is not None for lent in one.delegations for r in lent.roles}
        | ({ROOT} if state is not None and state.root else set())
    )


def _since(state: SignerState, proposal: ProposalState) -> Iterator[str]:
    opened, alias = proposal.opened_position, proposal.effect.alias
    closed = proposal.closed_position

    def overlaps(since: int, ended: int | None, until: int | None, aliases: str | None) -> bool:
        before = closed is not None and since > closed
        over = (ended is not None and ended <= opened) or (
            until is not None and until <= proposal.opened_at
        )
        return not before and not over and (alias is None or covers(aliases, alias))

    for grant in state.grants:
        if overlaps(grant.since, grant.ended_at, grant.until, grant.aliases):
            yield grant.role
    for approval in proposal.approvals:
        if approval.signer == state.id and approval.on_behalf is not None:
            yield approval.role
    for document in proposal.documents:
        if document.author == state.id:
            yield from (lent.role for lent in document.lent)
