"""What no longer counts: the words of signers who are stopped, and of keys that were disowned.

A stop silences approvals and documents in what has not been enacted yet, for as long as it
holds; a disowned key all that it permitted after a position, for good. What restricts
(vetoes, stops, added facts) stands whoever said it. Nothing older counts in the place of
what is silenced.
"""

from collections.abc import Iterable, Iterator

from ledger.decide.context import Standing
from ledger.decide.past import Moment, still_held, still_lent, stood_for
from ledger.decide.roles import is_stopped
from ledger.decide.states import ProposalState
from ledger.model.effects import EnrolmentEffect, ReleaseEffect
from ledger.policy.case import ROOT, ROOT_MATTERS, Approval, Document, Rejection
from ledger.policy.document import EvidenceRule
from ledger.policy.evidence import first_attached, relied_on


def silenced(standing: Standing, proposal: ProposalState) -> frozenset[int]:
    """The positions of the approvals and documents of the open *proposal* that do not count."""
    earlier = frozenset(_of_another_root(standing, proposal))
    if not standing.head.stops and not standing.head.disownings:
        return earlier
    return earlier | disowned(standing, proposal) | frozenset(_stopped(standing, proposal))


def disowned(standing: Standing, proposal: ProposalState) -> frozenset[int]:
    """The positions of the approvals and documents that are not held for their signers'."""
    if not standing.head.disownings:
        return frozenset()
    alias, closure = proposal.effect.alias, proposal.closure
    rules = standing.policy(None if closure is None else closure.policy).evidence_rules
    approvals = {a.position for a in proposal.approvals if _is_void_approval(standing, a, alias)}
    documents = {
        one.position
        for one in proposal.documents
        if _is_void_document(standing, one, alias, rules.get(one.type))
    }
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


def _of_another_root(standing: Standing, proposal: ProposalState) -> Iterator[int]:
    """The votes as root from before the root was changed: the root that decides is another."""
    votes = [one.position for one in proposal.approvals if one.role == ROOT]
    ledger = standing.ledger() if votes else None
    if ledger is not None:
        yield from (position for position in votes if position < ledger.root_changed)


def _stopped(standing: Standing, proposal: ProposalState) -> Iterator[int]:
    rules = standing.policy().evidence_rules
    for one in proposal.approvals:
        keeps_vote = one.role == ROOT and proposal.effect.effect in ROOT_MATTERS
        if not (keeps_vote and is_root(standing, one.signer)) and _any_stopped(
            standing, one.persons
        ):
            yield one.position
    for document in proposal.documents:
        own, lent = relied_on(rules.get(document.type), document)
        lenders = [is_stopped(standing, one.by) for one in lent]
        alone = not own and bool(lenders) and all(lenders)
        if alone or _any_stopped(standing, {document.signer, document.author}):
            yield document.position


def is_root(standing: Standing, signer: str) -> bool:
    """Whether *signer* is a root signer now."""
    state = standing.signer(signer)
    return state is not None and state.root


def _any_stopped(standing: Standing, names: Iterable[str]) -> bool:
    return any(is_stopped(standing, name) for name in names)


def _is_void_approval(standing: Standing, one: Approval, alias: str | None) -> bool:
    then = Moment(alias, one.position, one.at)
    if not stood_for(standing, one.signer, one.position):
        return True
    if one.on_behalf is None or one.delegation is None:
        return one.role != ROOT and not still_held(standing, one.signer, (one.role,), then)
    return not still_lent(standing, one.on_behalf, one.delegation, one.role, then)


def _is_void_document(
    standing: Standing, one: Document, alias: str | None, rule: EvidenceRule | None
) -> bool:
    attached = first_attached(one)
    then = Moment(alias if attached == one.position else None, attached, one.at)
    if not stood_for(standing, one.author, attached):
        return True
    if not stood_for(standing, one.signer, one.position):
        return True
    own, lent = relied_on(rule, one)
    held = [still_held(standing, one.author, (role,), then) for role in own]
    held += [still_lent(standing, lend.by, lend.position, lend.role, then) for lend in lent]
    return bool(held) and not any(held)
