"""From the standing to the case that a policy judges."""

from dataclasses import replace

from ledger.decide.authority import parties
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.states import ProposalState, Release
from ledger.errors import BadInput
from ledger.model.effects import Effect
from ledger.policy.assess import assess, is_expired, may_expire
from ledger.policy.assessment import Assessment
from ledger.policy.case import ROOT, Case, Stable
from ledger.policy.checking.quorum import People, Services
from ledger.policy.document import Policy


def assess_proposal(
    standing: Standing, proposal: ProposalState, at: int, *, people: bool = True
) -> Assessment:
    """What the policy in force says of *proposal* at *at*; of a closed one, what it said then.

    Without *people* it does not say who could help: a rule does not ask.
    """
    policy, moment = judging(standing, proposal, at)
    return assess(policy, case_of(standing, proposal, people=people), moment)


def judging(standing: Standing, proposal: ProposalState, at: int) -> tuple[Policy, int]:
    """The policy and the moment that judge *proposal* at *at*: those of its closing, if it is."""
    closure = proposal.closure
    return policy_for(standing, proposal), at if closure is None else closure.at


def assess_under_way(standing: Standing, proposal: ProposalState, candidate: Release) -> Assessment:
    """What the policy of its start says of a release under way, with what was said since.

    Judged at the moment of the start, so that only vetoes, retractions and added
    facts can make a difference; what expired since does not.
    """
    case = replace(case_of(standing, proposal, people=False), closed=None, candidate=None)
    return assess(standing.policy(candidate.policy), case, candidate.started_at)


def policy_for(standing: Standing, proposal: ProposalState) -> Policy:
    """The policy whose roles and facts *proposal* is about: that of its start, once under way."""
    closure = proposal.closure
    return standing.policy(None if closure is None else closure.policy)


def case_of(standing: Standing, proposal: ProposalState, *, people: bool = True) -> Case:
    """Everything a policy may look at when it judges *proposal*."""
    alias = None if proposal.effect.alias is None else standing.alias(proposal.effect.alias)
    running = None if alias is None else alias.candidate
    candidate = None if running is None else running.proposal
    involved = parties(standing, proposal)
    closure, ledger = proposal.closure, standing.ledger()
    return Case(
        proposal=proposal.id,
        number=proposal.number,
        revision=proposal.revision,
        effect=proposal.effect,
        effect_hash=proposal.effect_hash,
        base=proposal.base,
        policy=proposal.policy,
        revised_at=proposal.revised_at,
        lapsed=proposal.lapsed,
        added=proposal.added,
        parties=involved,
        documents=proposal.documents,
        approvals=proposal.approvals,
        rejections=proposal.rejections,
        closed=proposal.closed,
        stable=stable_before(standing, proposal) if closure is None else closure.stable,
        changed=changed_at(standing, proposal.effect),
        candidate=None if candidate == proposal.id else candidate,
        completed=completed_before(standing, proposal) if closure is None else closure.completed,
        people=_people(standing) if people else {},
        held=_held(standing, proposal, involved),
        root_threshold=1 if ledger is None else ledger.root_threshold,
        position=standing.head.size - 1,
    )


def changed_at(standing: Standing, effect: Effect) -> int | None:
    """The position that *effect* would change: of the alias's stable stack, or of the policy."""
    if effect.alias is not None:
        return standing.alias(effect.alias).changed
    policy = standing.policy_state(standing.head.policy)
    return None if policy is None else policy.position


def held_roles(standing: Standing, signer: str) -> tuple[str, ...]:
    """The roles whose duties bind *signer*: a service answers by its accountable person's too."""
    state = standing.signer(signer)
    if state is None:
        return ()
    answering = None if state.accountable is None else standing.signer(state.accountable)
    held = {*state.roles, *(() if answering is None else answering.roles)}
    return tuple(sorted({*held, ROOT} if state.root else held))


def _held(
    standing: Standing, proposal: ProposalState, involved: frozenset[str]
) -> dict[str, tuple[str, ...]]:
    names = {*involved, *(approval.signer for approval in proposal.approvals)}
    for document in proposal.documents:
        names |= {document.signer, document.author}
    return {name: held_roles(standing, name) for name in sorted(names)}


def touched(standing: Standing, proposal: ProposalState, on: Happening) -> ProposalState:
    """*proposal* with one more entry of its own: what has expired by then stays expired."""
    lapsed = proposal.lapsed or _has_expired(standing, proposal, on.at)
    return replace(proposal, said_position=on.position, lapsed=lapsed)


def _has_expired(standing: Standing, proposal: ProposalState, at: int) -> bool:
    policy = standing.policy()
    if proposal.closed or not may_expire(policy, proposal.effect, proposal.revised_at, at):
        return False
    return is_expired(policy, case_of(standing, proposal, people=False), at)


def completed_before(standing: Standing, proposal: ProposalState) -> tuple[str, ...]:
    """The environments in which the stack of *proposal* has been completed so far."""
    alias, digest = proposal.effect.alias, proposal.stack_digest
    if alias is None or digest is None:
        return ()
    return standing.completed_in(alias.partition("/")[0], digest)


def eligible(standing: Standing) -> tuple[People, Services]:
    """The persons and the services that have accepted, for what a policy may ask of them."""
    accepted = [signer for signer in standing.signers() if signer.accepted_at is not None]
    people = {one.id: frozenset(one.roles) for one in accepted if one.kind == "person"}
    services = {
        one.id: (one.accountable, frozenset(one.roles))
        for one in accepted
        if one.accountable is not None
    }
    return people, services


def _people(standing: Standing) -> dict[str, tuple[str, ...]]:
    return {
        signer.id: (*signer.roles, ROOT) if signer.root else signer.roles
        for signer in standing.signers()
        if signer.kind == "person" and signer.accepted_at is not None
    }


def stable_before(standing: Standing, proposal: ProposalState) -> Stable | None:
    """What the alias of *proposal* runs now, and the numbers it was allowed to start with."""
    alias = proposal.effect.alias
    release = None if alias is None else standing.alias(alias).stable
    if release is None or release.completed_position is None:
        return None
    return Stable(release.stack, release.metrics, release.completed_position)


def known_proposal(standing: Standing, proposal: str) -> ProposalState:
    """The proposal of that id; raises :class:`BadInput` where there is none."""
    state = standing.proposal(proposal)
    if state is None:
        raise BadInput("unknown-proposal", f"there is no proposal {proposal}")
    return state
