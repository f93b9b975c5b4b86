"""The people of a ledger: who could sign at all, and who could act on a proposal."""

from ledger.decide.authority import parties
from ledger.decide.context import Standing
from ledger.decide.roles import is_stopped, may_sign, own_anywhere, roles_held
from ledger.decide.states import ProposalState
from ledger.policy.case import ROOT, ROOT_MATTERS
from ledger.policy.checking.quorum import People, Services


def eligible(standing: Standing) -> tuple[People, Services]:
    """The persons and the services that may sign, for what a policy may ask of them.

    With the roles that are their own: who is lent one counts once together with the lender.
    """
    able = [one for one in standing.signers() if may_sign(standing, one)]
    at = standing.head.time
    people = {one.id: own_anywhere(one, at) for one in able if one.kind == "person"}
    services = {
        one.id: (one.accountable, own_anywhere(one, at))
        for one in able
        if one.accountable is not None
    }
    return people, services


def who_could(
    standing: Standing, proposal: ProposalState, at: int | None
) -> dict[str, tuple[str, ...]]:
    """The persons who could act at *at*, each in the roles they hold where *proposal* is about.

    A role lent by a party, or by somebody who has approved, would not count.
    """
    effect, when = proposal.effect, standing.head.time if at is None else at
    given = (one for one in proposal.approvals if one.binding.revision == proposal.revision)
    taken = parties(standing, proposal).union(*(one.persons for one in given))
    found = {}
    for one in standing.signers():
        if one.kind != "person" or one.signing_key is None:
            continue
        roles = roles_held(standing, one, effect.alias, when)
        held = [role for role, lent in roles.items() if lent is None or lent.by not in taken]
        if is_stopped(standing, one.id):
            held = [ROOT] if one.root and effect.effect in ROOT_MATTERS else []
        found[one.id] = tuple(sorted(held))
    return found
