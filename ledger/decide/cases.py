"""From the standing to the case that a policy judges."""

from collections.abc import Collection

from ledger.decide.assessing import assessed, has_expired
from ledger.decide.authority import subjects, writers
from ledger.decide.clock import as_corrected
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.people import who_could
from ledger.decide.release_states import Release
from ledger.decide.replacing import replace
from ledger.decide.roles import held_since
from ledger.decide.states import ProposalState
from ledger.decide.stops import stops_on
from ledger.decide.validity import is_disowned, is_root_only, is_supported, silenced, vetoes
from ledger.decide.waivers import earlier_exceptions, owing_at, waivers_of
from ledger.errors import BadInput
from ledger.model.effects import (
    Effect,
    EnrolmentEffect,
    ExceptionEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RootEffect,
    RotationEffect,
)
from ledger.policy.assess import may_expire
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case, Context, Document, Rejection, Stable
from ledger.policy.document import Policy


def assess_proposal(
    standing: Standing, proposal: ProposalState, at: int, *, people: bool = True
) -> Assessment:
    """What the policy in force says of *proposal* at *at*; of a closed one, what it said then.

    Without *people* it does not say who could help: a rule does not ask.
    """
    policy, moment = judging(standing, proposal, at)
    return assessed(standing, policy, case_of(standing, proposal, people=people, at=at), moment)


def judging(standing: Standing, proposal: ProposalState, at: int) -> tuple[Policy, int]:
    """The policy and the moment that judge *proposal* at *at*: those of its closing, if it is."""
    closure = proposal.closure
    return policy_for(standing, proposal), at if closure is None else closure.at


def policy_for(standing: Standing, proposal: ProposalState) -> Policy:
    """The policy whose roles and facts *proposal* is about: that of its start, once under way."""
    closure = proposal.closure
    return standing.policy(None if closure is None else closure.policy)


def case_of(
    standing: Standing,
    proposal: ProposalState,
    *,
    people: bool = True,
    at: int | None = None,
    since: bool = False,
) -> Case:
    """Everything a policy may look at when it judges *proposal*.

    *people* are those who could act at the time *at*; without one, at ledger time. Of a
    closed proposal, what was attached, approved and taken back *since* is left out, unless it
    is asked for; vetoes and added facts are not.
    """
    moment = None if not people else standing.head.time if at is None else at
    since = since or proposal.closure is None
    what = ("case", id(proposal), moment, since)
    return standing.once(what, proposal, lambda: _case_of(standing, proposal, moment, since=since))


def _case_of(
    standing: Standing, proposal: ProposalState, moment: int | None, *, since: bool
) -> Case:
    """The case of *proposal*, with those who could act at *moment*, if that is asked for."""
    proposal = as_corrected(standing, proposal)
    proposal = proposal if since else _as_closed(proposal)
    effect = proposal.effect
    running = None
    if isinstance(effect, ReleaseEffect):
        running = standing.alias(effect.alias).candidate
    candidate = None if running is None or running.unsupported else running.proposal
    context = context_of(standing, proposal)
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
        parties=frozenset(context.parties),
        documents=proposal.documents,
        approvals=proposal.approvals,
        rejections=_vetoes(standing, proposal),
        closed=proposal.closed,
        stable=context.stable,
        changed=changed_at(standing, proposal.effect),
        candidate=None if candidate == proposal.id else candidate,
        completed=context.completed,
        people={} if moment is None else who_could(standing, proposal, moment),
        held=dict(context.held),
        root_threshold=context.root_threshold,
        position=standing.head.size - 1,
        silenced=frozenset(context.silenced),
        disowned=is_disowned(standing, proposal),
        supported=is_supported(standing),
        root_only=context.root_only,
        subjects=frozenset(context.parties) - frozenset(context.writers),
        waivers=context.waivers,
        earlier=context.earlier,
        stops=stops_on(standing, proposal) if proposal.closure is None else (),
        owing=owing_at(standing, effect) if proposal.closure is None else (),
    )


def _as_closed(proposal: ProposalState) -> ProposalState:
    """*proposal* without what was attached, approved and taken back since it was closed."""
    if proposal.closure is None or proposal.said_position <= proposal.closure.position:
        return proposal
    end = proposal.closure.position
    return replace(
        proposal,
        documents=tuple(_as_of(one, end) for one in proposal.documents if one.position < end),
        approvals=tuple(
            sorted(
                {*(one for one in proposal.approvals if one.position < end), *proposal.given_up},
                key=lambda one: one.position,
            )
        ),
    )


def _as_of(document: Document, end: int) -> Document:
    """*document* as it was before the position *end*."""
    later = document.withdrawn_at is not None and document.withdrawn_at > end
    return replace(document, withdrawn=False) if later else document


def _vetoes(standing: Standing, proposal: ProposalState) -> tuple[Rejection, ...]:
    if proposal.closure is None:
        return vetoes(standing, proposal)
    return tuple(one for one in proposal.rejections if one.retracted_at is None)


def context_of(standing: Standing, proposal: ProposalState) -> Context:
    """What *proposal* is judged against: as things are, or as they were when it was closed."""
    if proposal.closure is not None:
        return proposal.closure.context
    what = ("context", id(proposal))
    return standing.once(what, proposal, lambda: _context_of(standing, proposal))


def _context_of(standing: Standing, proposal: ProposalState) -> Context:
    ledger, wrote = standing.ledger(), writers(standing, proposal)
    involved = wrote | subjects(standing, proposal)
    return Context(
        stable=stable_before(standing, proposal),
        completed=completed_before(standing, proposal),
        silenced=tuple(sorted(silenced(standing, proposal))),
        parties=tuple(sorted(involved)),
        writers=tuple(sorted(wrote)),
        held=_held(standing, proposal, involved),
        root_threshold=1 if ledger is None else ledger.root_threshold,
        root_only=is_root_only(standing, proposal),
        waivers=waivers_of(standing, proposal),
        earlier=earlier_exceptions(standing, proposal),
    )


def changed_at(  # noqa: PLR0911 - the table: one for each effect
    standing: Standing, effect: Effect
) -> int | None:
    """Where what *effect* would change was last changed; ``None`` where nothing is there yet.

    That is the alias's stable stack, the revision that an exception is about, the policy, the
    root, or the key that a signer was last named with; a lift, a disowning and a correction
    say themselves what they change.
    """
    match effect:
        case ReleaseEffect():
            return standing.alias(effect.alias).changed
        case ExceptionEffect():
            release = standing.proposal(effect.release)
            if release is None:
                return None
            return release.closed_position or release.revised_position
        case PolicyEffect():
            policy = standing.policy_state(standing.head.policy)
            return None if policy is None else policy.position
        case RootEffect():
            ledger = standing.ledger()
            return None if ledger is None else ledger.root_changed
        case EnrolmentEffect() | RolesEffect() | RotationEffect():
            signer = standing.signer(effect.signer)
            current = None if signer is None else signer.current
            return None if current is None else current.named_at
        case _:
            return None


def _held(
    standing: Standing, proposal: ProposalState, involved: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What everybody with a hand in *proposal* has held, where the policy has duties to ask it."""
    if not standing.policy().duties:
        return ()
    names = involved.union(*(approval.persons for approval in proposal.approvals))
    for document in proposal.documents:
        names |= {document.signer, document.author}
    return tuple((name, held_since(standing, name, proposal)) for name in sorted(names))


def touched(standing: Standing, proposal: ProposalState, on: Happening) -> ProposalState:
    """*proposal* with one more entry of its own: what has expired by then stays expired."""
    lapsed = proposal.lapsed or _has_expired(standing, proposal, on.at)
    return replace(proposal, said_position=on.position, lapsed=lapsed)


def _has_expired(standing: Standing, proposal: ProposalState, at: int) -> bool:
    if proposal.closed:
        return False
    policy, now = standing.policy(), as_corrected(standing, proposal)
    said = [*(one.at for one in now.approvals), *(one.at for one in waivers_of(standing, proposal))]
    if not may_expire(policy, now.effect, now.revised_at, said, at):
        return False
    return has_expired(standing, policy, case_of(standing, proposal, people=False), at)


def completed_before(standing: Standing, proposal: ProposalState) -> tuple[str, ...]:
    """The environments in which the stack of *proposal* has been completed so far."""
    alias, digest = proposal.effect.alias, proposal.stack_digest
    if alias is None or digest is None:
        return ()
    return standing.completed_in(alias.partition("/")[0], digest)


def stable_before(standing: Standing, proposal: ProposalState) -> Stable | None:
    """What the alias of *proposal* runs now, and the numbers it was allowed to start with."""
    effect = proposal.effect
    if not isinstance(effect, ReleaseEffect):
        return None
    alias = standing.alias(effect.alias)
    return _as_stable(standing, alias.owing, alias.stable)


def _as_stable(
    standing: Standing, owing: Collection[str], release: Release | None
) -> Stable | None:
    """*release* as others are compared with it, and what it lies on while it owes something."""
    if release is None or release.completed_position is None:
        return None
    owes_some, below = release.proposal in owing, release if release.proposal in owing else None
    while below is not None and below.proposal in owing:
        below = None if below.before is None else standing.earlier(below.before)
    return Stable(
        release.stack,
        release.metrics,
        release.completed_position,
        release.proposal,
        release.unsupported,
        owing=owes_some,
        below=_as_stable(standing, owing, below),
    )


def known_proposal(standing: Standing, proposal: str) -> ProposalState:
    """The proposal of that id; raises :class:`BadInput` where there is none."""
    state = standing.proposal(proposal)
    if state is None:
        raise BadInput("unknown-proposal", f"there is no proposal {proposal}")
    return state
