"""Proposals: opened, revised, withdrawn, and the facts added to them."""

from ledger.decide.authority import answering_for, parties
from ledger.decide.candidates import close, opened, require_room
from ledger.decide.cases import changed_at, known_proposal, policy_for, touched
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.override import is_taken
from ledger.decide.possible import require_possible
from ledger.decide.replacing import replace
from ledger.decide.roles import roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import NumberState, ProposalState, State
from ledger.decide.stops import require_unstopped
from ledger.decide.waivers import owes
from ledger.errors import Refused
from ledger.model.effects import Effect, ReleaseEffect, effect_hash
from ledger.model.events import (
    FactAdded,
    ProposalOpened,
    ProposalRevised,
    ProposalWithdrawn,
)
from ledger.model.override_events import GENERATION
from ledger.policy.assess import asking
from ledger.policy.case import FactAddition, require_release


def open_proposal(
    standing: Standing, *, by: SignerState, at: int, proposal: str, effect: Effect
) -> ProposalOpened:
    """Ask for consent to *effect* under a new id."""
    if is_taken(standing, proposal):
        raise Refused("proposal-exists", f"there is something of the id {proposal} already")
    _require_generation(standing, by, effect)
    require_possible(standing, effect, at)
    if isinstance(effect, ReleaseEffect):
        require_room(standing, by, standing.policy())
    return ProposalOpened(
        proposal=proposal,
        base=changed_at(standing, effect),
        policy=standing.head.policy,
        effect=effect,
    )


def revise(
    standing: Standing, *, by: SignerState, at: int, proposal: str, effect: Effect
) -> ProposalRevised:
    """Replace the effect of an open proposal; approvals of earlier revisions no longer count."""
    state = _own_open_proposal(standing, by, proposal)
    if (effect.effect, effect.alias) != (state.effect.effect, state.effect.alias):
        raise Refused(
            "other-alias",
            f"#{state.number} is about {_about(state.effect)}, not {_about(effect)}",
            hint="open another proposal",
        )
    _require_generation(standing, by, effect)
    require_possible(standing, effect, at)
    return ProposalRevised(
        proposal=proposal,
        revision=state.revision + 1,
        base=changed_at(standing, effect),
        policy=standing.head.policy,
        effect=effect,
    )


def _require_generation(standing: Standing, by: SignerState, effect: Effect) -> None:
    """Refuse a service that proposes a release while generation is halted."""
    if by.kind == "service" and isinstance(effect, ReleaseEffect):
        require_unstopped(standing, GENERATION, f"{by.id} proposes no release")


def withdraw(
    standing: Standing, *, by: SignerState, proposal: str, reason: str | None
) -> ProposalWithdrawn:
    """Give an open proposal up."""
    _own_open_proposal(standing, by, proposal)
    return ProposalWithdrawn(proposal=proposal, reason=reason)


def add_fact(
    standing: Standing, *, by: SignerState, at: int, proposal: str, fact: str
) -> FactAdded:
    """Say that a declared fact holds after all."""
    state = known_proposal(standing, proposal)
    require_undecided(standing, state)
    policy = policy_for(standing, state)
    effect = require_release(state.effect, state.number)
    held = roles_held(standing, by, effect.alias, at)
    if by.id not in parties(standing, state) and not held.keys() & asking(policy, effect).keys():
        raise Refused(
            "no-part",
            f"{by.id} has no part in #{state.number} and no role that approves",
        )
    if fact not in {declared.name for declared in policy.declared}:
        raise Refused(
            "unknown-fact",
            f"{fact} is not a declared fact of policy {policy.number}",
            hint="assent policy facts lists them",
        )
    answers = {item.fact: item.value for item in effect.declares}
    if answers.get(fact, True) or fact in {addition.fact for addition in state.added}:
        raise Refused("fact-known", f"#{state.number} already counts {fact} as yes")
    return FactAdded(proposal=proposal, revision=state.revision, fact=fact)


def require_open(state: ProposalState) -> None:
    """Refuse a proposal that was withdrawn or enacted."""
    if state.closed is not None:
        raise Refused(
            "closed", f"#{state.number} is closed: {state.closed} at {state.closed_position}"
        )


def require_undecided(standing: Standing, state: ProposalState) -> None:
    """Refuse a closed proposal, unless its release is still under way, or owes something."""
    alias = state.effect.alias
    candidate = None if alias is None else standing.alias(alias).candidate
    if candidate is None or candidate.proposal != state.id:
        require_wanted(standing, state)


def require_wanted(standing: Standing, state: ProposalState) -> None:
    """Refuse a closed proposal, unless its release owes something for an exception.

    Then it takes approvals and evidence until it owes nothing any more.
    """
    if not owes(standing, state):
        require_open(state)


def evolve(
    standing: Standing,
    event: ProposalOpened | ProposalRevised | ProposalWithdrawn | FactAdded,
    on: Happening,
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    if isinstance(event, ProposalOpened):
        return _opened(standing, event, on)
    state = known_proposal(standing, event.proposal)
    match event:
        case ProposalRevised():
            hands = {*state.authors, on.signer, *event.effect.contributors}
            answering = {*state.answering, *answering_for(standing, hands)}
            return (
                replace(
                    state,
                    said_position=on.position,
                    lapsed=False,
                    revision=event.revision,
                    revised_at=on.at,
                    revised_position=on.position,
                    revised_by=on.signer,
                    base=event.base,
                    policy=event.policy,
                    effect=event.effect,
                    effect_hash=effect_hash(event.effect),
                    stack_digest=_stack_digest(event.effect),
                    authors=tuple(sorted(hands)),
                    answering=tuple(sorted(answering)),
                    bred=state.bred or _is_service(standing, on.signer),
                    added=(),
                ),
            )
        case ProposalWithdrawn():
            return close(standing, state, "withdrawn", on)
        case FactAdded():
            addition = FactAddition(event.fact, on.signer, on.position)
            return (replace(touched(standing, state, on), added=(*state.added, addition)),)


def _opened(standing: Standing, event: ProposalOpened, on: Happening) -> tuple[State, ...]:
    number = standing.head.proposals + 1
    hands = {on.signer, *event.effect.contributors}
    state = ProposalState(
        id=event.proposal,
        number=number,
        opener=on.signer,
        opened_at=on.at,
        opened_position=on.position,
        revision=1,
        revised_at=on.at,
        revised_position=on.position,
        revised_by=on.signer,
        said_position=on.position,
        lapsed=False,
        base=event.base,
        policy=event.policy,
        effect=event.effect,
        effect_hash=effect_hash(event.effect),
        stack_digest=_stack_digest(event.effect),
        authors=tuple(sorted(hands)),
        answering=tuple(sorted(answering_for(standing, hands))),
        bred=_is_service(standing, on.signer),
        added=(),
        documents=(),
        approvals=(),
        rejections=(),
        given_up=(),
        closure=None,
    )
    counts = opened(standing, event.effect, on.signer)
    return state, NumberState(number, event.proposal), *counts


def _is_service(standing: Standing, signer: str) -> bool:
    state = standing.signer(signer)
    return state is not None and state.kind == "service"


def _about(effect: Effect) -> str:
    """What a revision keeps: the alias, or the kind of effect."""
    if effect.effect == "exception":
        return f"an exception for {effect.alias}"
    return effect.alias or f"another effect ({effect.effect})"


def _stack_digest(effect: Effect) -> str | None:
    return effect.stack.digest if isinstance(effect, ReleaseEffect) else None


def _own_open_proposal(standing: Standing, by: SignerState, proposal: str) -> ProposalState:
    state = known_proposal(standing, proposal)
    require_open(state)
    if by.id != state.opener and by.id not in state.effect.contributors:
        raise Refused(
            "not-yours",
            f"#{state.number} was opened by {state.opener}",
            hint="its opener and its contributors may do this",
        )
    return state
