"""Disowning: what keys permitted after a position is not held for their signer's.

Judgements of before stand as history. From the disowning on, every proposal that was
enacted after the position is asked again whether its consent would have been complete
without what is void; where not, what it did is marked: keys and roles that it gave are
void, stops that it lifted hold again, its release and its policy are unsupported. The
proposals are asked in the order they were enacted, so that what rests on something void is
void as well. Root changes, disownings and corrections stand: the root answers for them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ledger.decide.acknowledgement import forget
from ledger.decide.cases import case_of
from ledger.decide.context import Standing
from ledger.decide.override import restore
from ledger.decide.possible import known_signer
from ledger.decide.roles import ever_held
from ledger.decide.signer_states import Delegation, Key, SignerState
from ledger.decide.states import CompletedState, ProposalState, Release, State
from ledger.decide.validity import disowned, held_one, is_disowned, stood_for, vetoes
from ledger.model.effects import (
    ClockEffect,
    DisownEffect,
    EnrolmentEffect,
    LiftEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RootEffect,
    RotationEffect,
)
from ledger.model.events import SignerDisowned
from ledger.policy.assess import assess
from ledger.policy.case import Case, Closure, Stable
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

    Raises :class:`Refused` (``unknown-signer``).
    """
    draft, named = standing.fork(), frozenset(keys)
    state = known_signer(standing, signer)
    here = {None, *(key.disowned_at for key in state.keys if key.id in named)}
    lost = tuple(
        one
        for one in _disown(draft, signer, named, after)
        if one.closure is not None and one.closure.lost_at in here
    )
    waiting = tuple(
        one
        for one in _proposals(draft)
        if one.closure is None and (is_disowned(draft, one) or disowned(draft, one))
    )
    lent = tuple(
        (one.id, given)
        for one in draft.signers()
        for given in one.delegations
        if given.ended_at is None and not stood_for(draft, given.by, given.position)
    )
    return Impact(lost, waiting, lent)


def disown(standing: Standing, event: SignerDisowned) -> tuple[State, ...]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    draft = standing.fork()
    for _ in _disown(draft, event.signer, frozenset(event.keys), event.after):
        pass
    forget(draft)
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
    enacted = [
        (one.closure.position, one)
        for one in _proposals(draft)
        if one.closure is not None
        and one.closure.how == "enacted"
        and not isinstance(one.effect, STANDS)
    ]
    lost: dict[str, ProposalState] = {}
    for position, one in sorted(enacted, key=lambda pair: pair[0]):
        past = position > after and _is_lost(draft, one, lost)
        if past or not _is_completion_held(draft, one):
            draft.put(*_marked(draft, one))
            lost[one.id] = one
            yield one


def _void(state: SignerState, keys: frozenset[str], after: int, position: int) -> SignerState:
    """*state*, whose *keys* are disowned after a position, or after an earlier one already.

    A key that waits to be accepted waits no longer.
    """

    def disowned_key(key: Key) -> Key:
        known = key.disowned_after
        first = position if key.disowned_at is None else key.disowned_at
        void = after if known is None else min(after, known)
        ended = position if key.accepted_at is None and key.ended_at is None else key.ended_at
        return replace(key, disowned_after=void, disowned_at=first, ended_at=ended)

    keys_now = (disowned_key(key) if key.id in keys else key for key in state.keys)
    return replace(state, keys=tuple(keys_now))


def _proposals(standing: Standing) -> Iterator[ProposalState]:
    for number in range(1, standing.head.proposals + 1):
        found = standing.numbered(number)
        if found is not None:
            yield found


def _is_lost(draft: Standing, state: ProposalState, lost: Mapping[str, ProposalState]) -> bool:
    """Whether the consent to the enacted *state* is incomplete without what is void now.

    A release that was compared with one of the *lost*, or relied on its having been
    completed, is asked again without that.
    """
    closure = state.closure
    if closure is None:
        return False
    if not _is_closing_held(draft, state, closure):
        return True
    policy = draft.policy_state(closure.policy)
    unsupported = policy is not None and policy.unsupported
    if unsupported and isinstance(state.effect, ReleaseEffect):
        return True
    then = case_of(draft, state, people=False)
    now = replace(
        then,
        stable=_stable_without(then.stable, lost),
        completed=tuple(_completed_without(then, lost.values())),
        silenced=then.silenced | disowned(draft, state),
        rejections=vetoes(draft, state),
        root_only=then.root_only or unsupported,
    )
    if now == then:
        return False
    again = replace(
        now, closed=None, candidate=None, changed=then.base, disowned=False, supported=True
    )
    return assess(draft.policy(closure.policy), again, closure.at).verdict != "ready"


def _is_closing_held(draft: Standing, state: ProposalState, closure: Closure) -> bool:
    """Whether who carried *state* out stands for it, and had a role for it that counts."""
    by, effect = draft.signer(closure.by), state.effect
    if by is None or not stood_for(draft, closure.by, closure.position):
        return False
    if by.kind == "service" or isinstance(effect, RotationEffect):
        return True
    if closure.by_root and not isinstance(effect, ReleaseEffect):
        return True
    if isinstance(effect, ReleaseEffect):
        roles = frozenset(draft.policy(closure.policy).operation.by)
    else:
        roles = ever_held(draft, closure.by)
    return held_one(draft, closure.by, roles, effect.alias, closure)


def _is_completion_held(draft: Standing, state: ProposalState) -> bool:
    """Whether who completed the release of *state*, if it runs, stands for that."""
    effect = state.effect
    stable = draft.alias(effect.alias).stable if isinstance(effect, ReleaseEffect) else None
    if stable is None or stable.proposal != state.id or stable.completed_position is None:
        return True
    return stood_for(draft, stable.completed_by or "", stable.completed_position)


def _stable_without(stable: Stable | None, lost: Mapping[str, ProposalState]) -> Stable | None:
    if stable is None or stable.proposal not in lost:
        return stable
    return replace(stable, unsupported=True)


def _completed_without(case: Case, lost: Iterable[ProposalState]) -> Iterator[str]:
    """The environments that *case* relies on, without those where its stack was among *lost*."""
    effect = case.effect
    if not isinstance(effect, ReleaseEffect):
        return
    model, digest = effect.alias.partition("/")[0], effect.stack.digest
    gone = {
        one.effect.alias
        for one in lost
        if isinstance(one.effect, ReleaseEffect) and one.stack_digest == digest
    }
    yield from (name for name in case.completed if f"{model}/{name}" not in gone)


def _marked(draft: Standing, state: ProposalState) -> tuple[State, ...]:
    """The rows that say that *state*, and what it did, has lost its consent."""
    closure, position = state.closure, draft.head.size
    if closure is None or closure.lost_at is not None:
        return _undone(draft, state, position)
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
        case LiftEffect():
            lifted = [found for id_ in effect.stops if (found := draft.stop(id_)) is not None]
            here = [one for one in lifted if one.lifted_at == state.closed_position]
            return tuple(restore(draft, here))
        case _:
            return ()


def _unsupported(draft: Standing, effect: ReleaseEffect, proposal: str) -> tuple[State, ...]:
    """The alias with the release marked; its environment has not completed the stack.

    A candidate that is marked makes room for another, which is proposed or revised after
    that: what had waited for its place would be ready by the disowning alone.
    """

    def marked(release: Release | None) -> Release | None:
        if release is None or release.proposal != proposal:
            return release
        return replace(release, unsupported=True)

    alias = draft.alias(effect.alias)
    model, _, environment = effect.alias.partition("/")
    candidate = marked(alias.candidate)
    completed = draft.completed_in(model, effect.stack.digest)
    left = tuple(one for one in completed if one != environment)
    return (
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
    given = frozenset(key.id for key in state.keys if key.proposal == proposal)
    since = next((key.named_at for key in state.keys if key.proposal == proposal), 0)
    grants = tuple(
        replace(grant, void=True, ended_at=grant.ended_at or position)
        if grant.proposal == proposal
        else grant
        for grant in state.grants
    )
    return replace(_void(state, given, since, position), grants=grants)
