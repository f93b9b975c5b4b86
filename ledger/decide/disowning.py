"""Disowning: what keys permitted after a position is not held for their signer's.

Judgements of before stand as history. From the disowning on, every proposal that was
enacted after the position is asked again whether its consent would have been complete
without what is void; where not, what it did is marked: keys and roles that it gave are
void, stops that it lifted hold again, an exception has ended, its release and its policy are
unsupported. What had made up for an exception, and is void, is owed again. The
proposals are asked in the order they were enacted, so that what rests on something void is
void as well. Root changes, disownings and corrections stand: the root answers for them.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ledger.decide.acknowledgement import forget
from ledger.decide.context import Standing
from ledger.decide.losing import is_lost, is_step_void
from ledger.decide.override import restore
from ledger.decide.past import stood_for
from ledger.decide.possible import known_signer
from ledger.decide.release_states import CompletedState, EarlierState, Release
from ledger.decide.settling import is_owed_again, owed_again
from ledger.decide.signer_states import Delegation, Key, SignerState
from ledger.decide.states import ProposalState, State
from ledger.decide.validity import disowned, is_disowned
from ledger.model.effects import (
    ClockEffect,
    DisownEffect,
    Effect,
    EnrolmentEffect,
    ExceptionEffect,
    LiftEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RootEffect,
    RotationEffect,
)
from ledger.model.events import SignerDisowned
from ledger.policy.published import parse_policy

STANDS: Final = (RootEffect, DisownEffect, ClockEffect)
"""What stands whoever consented to it: the root answers for it, and judges the disowning."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What disowning keys after a position takes with it.

    ``lost`` are the enacted proposals whose consent is not complete any more, ``waiting``
    the open ones that lose approvals or documents, or their author; ``lent`` are the
    delegations that end, each with whom they were made to.
    """

    lost: tuple[ProposalState, ...]
    waiting: tuple[ProposalState, ...]
    lent: tuple[tuple[str, Delegation], ...]


def impact(standing: Standing, signer: str, keys: Iterable[str], after: int) -> Impact:
    """What it takes with it to disown *keys* of *signer* after a position; asked before or after.

    What another disowning has taken is not among it. Raises :class:`Refused`
    (``unknown-signer``).
    """
    named = frozenset(keys)
    here = {
        key.disowned_at
        for key in known_signer(standing, signer).keys
        if key.id in named and key.disowned_at is not None
    }
    draft, before = standing.fork(), _before(standing, here)
    lost = tuple(
        one
        for one in _disown(draft, signer, named, after)
        if one.closure is not None and one.closure.lost_at in {None, *here}
    )
    waiting = tuple(
        one
        for one in _open(draft)
        if (is_disowned(draft, one), disowned(draft, one))
        != (is_disowned(before, one), disowned(before, one))
    )
    lent = tuple(
        (one.id, given)
        for one in draft.signers()
        for given in one.delegations
        if given.ended_at is None
        and stood_for(before, given.by, given.position)
        and not stood_for(draft, given.by, given.position)
    )
    return Impact(lost, waiting, lent)


def _before(standing: Standing, disownings: Collection[int]) -> Standing:
    """*standing* without what the *disownings* at those positions made void."""
    draft = standing.fork()
    for one in standing.signers() if disownings else ():
        keys = tuple(
            replace(key, disowned_after=None) if key.disowned_at in disownings else key
            for key in one.keys
        )
        grants = tuple(
            replace(grant, void=False) if grant.ended_at in disownings else grant
            for grant in one.grants
        )
        draft.put(replace(one, keys=keys, grants=grants))
    return draft


def _open(standing: Standing) -> Iterator[ProposalState]:
    for number in range(1, standing.head.proposals + 1):
        found = standing.numbered(number)
        if found is not None and found.closure is None:
            yield found


def disown(standing: Standing, event: SignerDisowned) -> tuple[State, ...]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    draft = standing.fork()
    for _ in _disown(draft, event.signer, frozenset(event.keys), event.after):
        pass
    for deed in standing.deeds_after(event.after):
        if deed.finding is not None:
            forget(draft, deed.finding)
    return draft.changed()


def _disown(
    draft: Standing, signer: str, keys: frozenset[str], after: int
) -> Iterator[ProposalState]:
    """Disown in *draft*, mark what has lost its consent, and yield each such proposal."""
    state = known_signer(draft, signer)
    draft.put(
        replace(draft.head, disownings=draft.head.disownings + 1),
        _void(state, keys, after, draft.head.size),
    )
    told = set[str]()
    for position, name in _deeds(draft, after):
        one = draft.proposal(name)
        if one is None or one.closure is None or _stands(one.effect):
            continue
        void = is_lost if position == one.closure.position else is_step_void
        if void(draft, one) and name not in told:
            told.add(name)
            draft.put(*_marked(draft, one))
            yield one
        if is_owed_again(draft, one):
            draft.put(*owed_again(draft, one))


def _stands(effect: Effect) -> bool:
    """Whether *effect* stands whoever carried it out: root matters, and what only takes roles."""
    return isinstance(effect, STANDS) or (isinstance(effect, RolesEffect) and not effect.grant)


def _deeds(standing: Standing, after: int) -> list[tuple[int, str]]:
    """Where past *after* something was enacted, or came a stage on, and which proposal; in order.

    So what rests on something void is asked after it is marked.
    """
    deeds = standing.deeds_after(after)
    return sorted((one.position, one.proposal) for one in deeds if one.proposal is not None)


def _void(state: SignerState, keys: frozenset[str], after: int, position: int) -> SignerState:
    """*state*, whose *keys* are disowned at *position*: all they permitted after another."""
    return replace(
        state,
        keys=tuple(
            _disowned_key(key, after, position) if key.id in keys else key for key in state.keys
        ),
    )


def _disowned_key(key: Key, after: int, position: int) -> Key:
    """*key*, void after a position, or an earlier one already; it waits for nothing any longer."""
    void = after if key.disowned_after is None else min(after, key.disowned_after)
    first = position if key.disowned_at is None else key.disowned_at
    waits = key.accepted_at is None and key.ended_at is None
    ended = position if waits else key.ended_at
    return replace(key, disowned_after=void, disowned_at=first, ended_at=ended)


def _marked(draft: Standing, state: ProposalState) -> tuple[State, ...]:
    """The rows that say that *state*, and what it did, has lost its consent; once is enough."""
    closure, position = state.closure, draft.head.size
    if closure is None or closure.lost_at is not None:
        return ()
    lost = replace(state, closure=replace(closure, lost_at=position))
    return lost, *_undone(draft, state, position)


def _undone(draft: Standing, state: ProposalState, position: int) -> tuple[State, ...]:
    effect = state.effect
    match effect:
        case ReleaseEffect():
            return _unsupported(draft, effect, state.id)
        case PolicyEffect():
            policy = draft.policy_state(parse_policy(effect.policy.canonical).number)
            return () if policy is None else (replace(policy, unsupported=True),)
        case EnrolmentEffect() | RolesEffect() | RotationEffect():
            return (_withdrawn(known_signer(draft, effect.signer), state.id, position),)
        case ExceptionEffect():
            granted = draft.exception(state.id)
            return () if granted is None else (replace(granted, void=True),)
        case LiftEffect():
            lifted = [found for id_ in effect.stops if (found := draft.stop(id_)) is not None]
            here = [one for one in lifted if one.lifted_at == state.closed_position]
            return restore(draft, here)
        case _:
            return ()


def _unsupported(draft: Standing, effect: ReleaseEffect, proposal: str) -> tuple[State, ...]:
    """The alias with the release marked; it has completed the stack nowhere.

    A candidate that is marked makes room for another, which is proposed or revised after
    that: what had waited for its place would be ready by the disowning alone.
    """

    def marked(release: Release | None) -> Release | None:
        if release is None or release.proposal != proposal:
            return release
        return replace(release, unsupported=True)

    alias = draft.alias(effect.alias)
    model = effect.alias.partition("/")[0]
    candidate = marked(alias.candidate)
    completions = draft.completions(model, effect.stack.digest)
    left = tuple(one for one in completions if one.proposal != proposal)
    earlier = draft.earlier(proposal)
    below = () if earlier is None else (EarlierState(proposal, replace(earlier, unsupported=True)),)
    return (
        *below,
        replace(
            alias,
            stable=marked(alias.stable),
            candidate=candidate,
            changed=alias.changed if candidate == alias.candidate else draft.head.size,
        ),
        CompletedState(f"{model}@{effect.stack.digest}", left),
    )


def _withdrawn(state: SignerState, proposal: str, position: int) -> SignerState:
    """*state* without the keys and grants that *proposal* gave: void since they were given."""
    return replace(
        state,
        keys=tuple(
            _disowned_key(key, key.named_at, position) if key.proposal == proposal else key
            for key in state.keys
        ),
        grants=tuple(
            replace(grant, void=True, ended_at=grant.ended_at or position)
            if grant.proposal == proposal
            else grant
            for grant in state.grants
        ),
    )
