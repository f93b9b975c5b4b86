"""What is said of a proposal at a moment, and when time alone changes that.

A role that is given or lent until a time counts for what was approved before its end. But
who could still approve, attach or be told changes as it ends, and so does whom a duty bars.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.decide.cases import case_of, judging
from ledger.decide.context import Standing
from ledger.decide.settling import settlement_case
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.decide.waivers import owed_by, owes, used_under
from ledger.model.names import covers
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.document import Policy
from projections.tables import instant


@dataclass(frozen=True, slots=True)
class Since:
    """A release that was started under exceptions, with all that was said of it since.

    ``exceptions`` are their numbers. ``owed_until`` is when it had to be fully approved;
    ``None`` where it owes nothing any more: it is fully approved, or was rolled back.
    """

    case: Case
    assessment: Assessment
    exceptions: tuple[int, ...]
    owed_until: int | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A proposal with what the policy says of it, and what that rests on.

    ``until`` is when time alone may change what is stored of it; ``None`` for never.
    ``since`` is what came after a start under exceptions.
    """

    state: ProposalState
    policy: Policy
    case: Case
    assessment: Assessment
    until: str | None
    since: Since | None

    @property
    def owing(self) -> Since | None:
        """What is said of it since, if it still owes something."""
        owes_nothing = self.since is None or self.since.owed_until is None
        return None if owes_nothing else self.since


def judgement(standing: Standing, state: ProposalState, at: int) -> Judgement:
    """*state* with what is said of it at *at*; of a closed one, with what was said then."""
    policy, moment = judging(standing, state, at)
    case = case_of(standing, state, people=state.closure is None, at=at)
    found = assess(policy, case, moment)
    since = _since(standing, policy, state, at)
    ends = [] if found.until is None or state.closure is not None else [found.until]
    asked = found if since is None or since.owed_until is None else since.assessment
    if asked.verdict != "closed":
        ends += _people_change(standing, policy, state.effect.alias, asked, at)
    return Judgement(state, policy, case, found, instant(min(ends, default=None)), since)


def _since(standing: Standing, policy: Policy, state: ProposalState, at: int) -> Since | None:
    """What is said of *state* at *at* since it was started, if that was under exceptions.

    Where it owes nothing any more, whoever was stopped later has made up for them all the same.
    """
    used = tuple(one.number for one in used_under(standing, state.id))
    if state.closure is None or not used:
        return None
    owing = owes(standing, state)
    case = settlement_case(standing, state, stops=owing, people=owing, at=at)
    found = assess(policy, case, state.closure.at)
    return Since(case, found, used, owed_by(standing, state.id).until if owing else None)


def _people_change(
    standing: Standing, policy: Policy, alias: str | None, assessment: Assessment, at: int
) -> Iterator[int]:
    """When after *at* roles end by time that are asked for, or that duties bind."""
    roles = _asked_roles(policy, assessment)
    for one in standing.signers() if roles else ():
        yield from (end for end in _ends(one, roles, alias) if end > at)


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
