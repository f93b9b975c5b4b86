"""What no longer counts: the words of signers who are stopped, and of keys that were disowned.

A stop silences approvals and documents in what has not been enacted yet, for as long as it
holds; a disowned key all that it permitted after a position, for good. What restricts
(vetoes, stops, added facts) stands whoever said it. Nothing older counts in the place of
what is silenced.
"""

from collections.abc import Iterable, Iterator

from ledger.decide.context import Standing
from ledger.decide.roles import is_stopped
from ledger.decide.states import ProposalState
from ledger.model.effects import EnrolmentEffect, ReleaseEffect
from ledger.policy.case import ROOT, ROOT_MATTERS, Approval, Closure, Document, Rejection
from ledger.policy.evidence import first_attached


def silenced(standing: Standing, proposal: ProposalState) -> frozenset[int]:
    """The positions of the approvals and documents of the open *proposal* that do not count."""
    if not standing.head.stops and not standing.head.disownings:
        return frozenset()
    return disowned(standing, proposal) | frozenset(_stopped(standing, proposal))


def disowned(standing: Standing, proposal: ProposalState) -> frozenset[int]:
    """The positions of the approvals and documents that are not held for their signers'."""
    if not standing.head.disownings:
        return frozenset()
    alias = proposal.effect.alias
    approvals = {a.position for a in proposal.approvals if _is_void_approval(standing, a, alias)}
    documents = {d.position for d in proposal.documents if _is_void_document(standing, d, alias)}
    return frozenset(approvals | documents)


def is_disowned(standing: Standing, proposal: ProposalState) -> bool:
    """Whether the revision of *proposal* itself is not held for its author's."""
    return not stood_for(standing, proposal.revised_by, proposal.revised_position)


def vetoes(standing: Standing, proposal: ProposalState) -> tuple[Rejection, ...]:
    """The rejections of *proposal* that nobody has taken back, or whose taking back is void."""
    return tuple(
        one
        for one in proposal.rejections
        if one.retracted_at is None or not stood_for(standing, one.signer, one.retracted_at)
    )


def held_one(
    standing: Standing, signer: str, roles: Iterable[str], alias: str | None, closure: Closure
) -> bool:
    """Whether *signer* held one of *roles* at *closure* by what has kept its consent."""
    return any(_held(standing, signer, role, alias, closure.position, closure.at) for role in roles)


def stood_for(standing: Standing, signer: str, position: int) -> bool:
    """Whether what *signer* permitted at *position* is held for theirs."""
    if not standing.head.disownings:
        return True
    state = standing.signer(signer)
    return state is None or not state.is_disowned_at(position)


def is_root_only(standing: Standing, proposal: ProposalState) -> bool:
    """Whether nobody but the root may consent to *proposal*.

    So it is under a policy that has lost its consent, and where a root signer would get
    another key by being enrolled again: with it goes a vote in the root.
    """
    effect = proposal.effect
    if isinstance(effect, ReleaseEffect):
        return False
    if isinstance(effect, EnrolmentEffect):
        known = standing.signer(effect.signer)
        if known is not None and known.root:
            return True
    return not is_supported(standing)


def is_supported(standing: Standing) -> bool:
    """Whether the policy in force has kept the consent by which it was published."""
    policy = standing.policy_state(standing.head.policy)
    return policy is None or not policy.unsupported


def _stopped(standing: Standing, proposal: ProposalState) -> Iterator[int]:
    for one in proposal.approvals:
        keeps_vote = one.role == ROOT and proposal.effect.effect in ROOT_MATTERS
        if not (keeps_vote and is_root(standing, one.signer)) and _any_stopped(
            standing, one.persons
        ):
            yield one.position
    for document in proposal.documents:
        if _any_stopped(standing, {document.signer, document.author, *document.lenders}):
            yield document.position


def is_root(standing: Standing, signer: str) -> bool:
    """Whether *signer* is a root signer now."""
    state = standing.signer(signer)
    return state is not None and state.root


def _any_stopped(standing: Standing, names: Iterable[str]) -> bool:
    return any(is_stopped(standing, name) for name in names)


def _is_void_approval(standing: Standing, one: Approval, alias: str | None) -> bool:
    if not stood_for(standing, one.signer, one.position):
        return True
    if one.on_behalf is None or one.delegation is None:
        return not _held(standing, one.signer, one.role, alias, one.position, one.at)
    lent = stood_for(standing, one.on_behalf, one.delegation)
    return not (lent and _granted(standing, one.on_behalf, one.role, alias, one.position, one.at))


def _is_void_document(standing: Standing, one: Document, alias: str | None) -> bool:
    attached = first_attached(one)
    if not stood_for(standing, one.author, attached):
        return True
    if not stood_for(standing, one.signer, one.position):
        return True
    here = alias if attached == one.position else None
    return not all(_held(standing, one.author, role, here, attached, one.at) for role in one.roles)


def _held(  # noqa: PLR0917 - who, which role, where and when
    standing: Standing, signer: str, role: str, alias: str | None, position: int, at: int
) -> bool:
    """Whether *signer* held *role* then by a grant or a delegation that still counts."""
    if role == ROOT or _granted(standing, signer, role, alias, position, at):
        return True
    state = standing.signer(signer)
    lent = () if state is None else state.delegations
    return any(
        role in one.roles
        and one.was_live(alias, position, at)
        and stood_for(standing, one.by, one.position)
        and _granted(standing, one.by, role, alias, position, at)
        for one in lent
    )


def _granted(  # noqa: PLR0917 - who, which role, where and when
    standing: Standing, signer: str, role: str, alias: str | None, position: int, at: int
) -> bool:
    """Whether *signer* held *role* then by a grant that has kept its consent."""
    state = standing.signer(signer)
    grants = () if state is None else state.grants
    return any(
        one.role == role and not one.void and one.was_live(alias, position, at) for one in grants
    )
