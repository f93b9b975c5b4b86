"""What stood behind an act of long ago: the key that signed it, the role it was done in.

Only what is known to be void takes an act away: a role of which nothing is known any more
(delegations that ended are forgotten at some time) was held, or the act would not have been
admitted.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.decide.context import Standing
from ledger.policy.case import Lent


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when an act was done: about which alias (``None``: any), and judged at ``at``."""

    alias: str | None
    position: int
    at: int


def stood_for(standing: Standing, signer: str, position: int) -> bool:
    """Whether what *signer* permitted at *position* is held for theirs."""
    if not standing.head.disownings:
        return True
    state = standing.signer(signer)
    return state is None or not state.is_disowned_at(position)


def still_stands(
    standing: Standing,
    signer: str,
    loans: Collection[Lent],
    roles: Collection[str] | None,
    moment: Moment,
) -> bool:
    """Whether *signer* stands for what they did at *moment* in one of *roles*, and it was theirs.

    Or lent to them by one of *loans* that is not void since. A service acts by its name.
    """
    if not standing.head.disownings:
        return True
    if not stood_for(standing, signer, moment.position):
        return False
    if loans:
        return any(still_lent(standing, one.by, one.position, one.role, moment) for one in loans)
    state = standing.signer(signer)
    if state is None or state.kind == "service":
        return True
    return still_held(standing, signer, roles, moment)


def still_held(
    standing: Standing, signer: str, roles: Collection[str] | None, moment: Moment
) -> bool:
    """Whether one of *roles* (``None``: any) that *signer* held at *moment* is not void since."""
    state = standing.signer(signer)
    if state is None:
        return True
    where, position, at = moment.alias, moment.position, moment.at
    counting = [
        not grant.void
        for grant in state.grants
        if (roles is None or grant.role in roles) and grant.was_live(where, position, at)
    ]
    counting += [
        still_lent(standing, lent.by, lent.position, role, moment)
        for lent in state.delegations
        if lent.was_live(where, position, at)
        for role in lent.roles
        if roles is None or role in roles
    ]
    return any(counting) or not counting


def still_lent(standing: Standing, lender: str, delegation: int, role: str, moment: Moment) -> bool:
    """Whether *role*, lent by *lender* at the position *delegation*, is not void since."""
    if not stood_for(standing, lender, delegation):
        return False
    state = standing.signer(lender)
    own = [
        grant.void
        for grant in (() if state is None else state.grants)
        if grant.role == role and grant.was_live(moment.alias, moment.position, moment.at)
    ]
    return not own or not all(own)
