"""What is said of a proposal at a moment, and when time alone changes that.

A role that is given or lent until a time counts for what was approved before its end. But
who could still approve, attach or be told changes as it ends, and so does whom a duty bars.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.decide.cases import case_of, judging
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.model.names import covers
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.document import Policy
from projections.tables import instant


@dataclass(frozen=True, slots=True)
class Judgement:
    """A proposal with what the policy says of it, and what that rests on.

    ``until`` is when time alone may change what is stored of it; ``None`` for never.
    """

    state: ProposalState
    policy: Policy
    case: Case
    assessment: Assessment
    until: str | None


def judgement(standing: Standing, state: ProposalState, at: int) -> Judgement:
    """*state* with what is said of it at *at*; of a closed one, with what was said then."""
    policy, moment = judging(standing, state, at)
    case = case_of(standing, state, people=state.closed is None, at=at)
    found = assess(policy, case, moment)
    return Judgement(state, policy, case, found, _until(standing, policy, state, found))


def _until(
    standing: Standing, policy: Policy, state: ProposalState, assessment: Assessment
) -> str | None:
    """When time alone may change what is stored of *assessment*; ``None`` for never."""
    if assessment.verdict == "closed":
        return None
    roles = _asked_roles(policy, assessment)
    alias, at = state.effect.alias, assessment.at
    ends = [
        end
        for one in (standing.signers() if roles else ())
        for end in _ends(one, roles, alias)
        if end > at
    ]
    if assessment.until is not None:
        ends.append(assessment.until)
    return instant(min(ends, default=None))


def _asked_roles(policy: Policy, assessment: Assessment) -> frozenset[str]:
    """The roles that somebody is still asked or told in, and those that duties bind."""
    asked: set[str] = set()
    for one in assessment.requirements:
        asked |= {quorum.role for quorum in (*one.approvals, *one.stand_in) if quorum.open}
        for document in one.documents:
            if document.complaint is not None:
                asked |= set(policy.evidence_rules[document.type].by)
        if one.status != "not-applicable":
            asked |= set(one.notify)
    bound = {duty.role for duty in policy.duties} if asked else set()
    return frozenset(asked | bound)


def _ends(signer: SignerState, roles: frozenset[str], alias: str | None) -> Iterator[int]:
    """When what *signer* was given or lent of *roles*, where it holds on *alias*, ends by time."""

    def holds(aliases: str | None, ended_at: int | None) -> bool:
        return ended_at is None and (alias is None or covers(aliases, alias))

    for grant in signer.grants:
        held = grant.role in roles and holds(grant.aliases, grant.ended_at)
        if grant.until is not None and held:
            yield grant.until
    for lent in signer.delegations:
        if not roles.isdisjoint(lent.roles) and holds(lent.aliases, lent.ended_at):
            yield lent.until
