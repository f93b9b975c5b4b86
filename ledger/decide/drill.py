"""A rollback rehearsed: the release of a proposal completed and taken back, on a copy.

Nothing is written. What people would do is done on a fork of the standing, by the functions
that apply it in earnest, and whoever may roll back is found by asking the verb itself.
"""

from dataclasses import dataclass
from itertools import count
from uuid import UUID

from ledger.decide import rollback
from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.override import is_taken
from ledger.decide.proposal import require_open
from ledger.decide.release import require_stages
from ledger.decide.rollout import evolve
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.errors import AssentError, Refused
from ledger.model.effects import ReleaseEffect
from ledger.model.events import ReleaseCompleted, ReleaseRolledBack, ReleaseStarted
from ledger.policy.case import require_release


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rollback of a release would do, and who could do it.

    ``target`` is the proposal of the stack that the alias would run then, ``people`` those who
    may roll back, ``services`` those who may on a breached trigger; ``faults`` say why it
    would not work as it is planned, and are empty where it would.
    """

    alias: str
    target: ProposalState | None
    people: tuple[str, ...]
    services: tuple[str, ...]
    faults: tuple[str, ...]


def rehearse(standing: Standing, state: ProposalState, at: int) -> Rehearsal:
    """Complete the release of the open proposal *state* on a copy, and roll it back again."""
    require_open(state)
    effect = require_release(state.effect, state.number)
    before = standing.alias(effect.alias)
    if before.candidate is not None:
        raise Refused(
            "candidate-running",
            f"#{before.candidate.number} is under way to {effect.alias}",
            hint="rehearse once it is completed or rolled back: then the stack before is known",
        )
    draft = _completed(standing, state, effect, at)
    events = {one.id: _rolled_back(draft, one, effect.alias, at) for one in draft.signers()}
    able = tuple(name for name, event in events.items() if event is not None)
    _, services = rollback.powers(standing.policy())
    faults = tuple(_faults(standing, state, effect, able))
    first = next((event for event in events.values() if event is not None), None)
    if first is not None:
        draft.put(*rollback.evolve(draft, first, _on(draft, able[0], at)))
        if draft.alias(effect.alias).stable != before.stable:
            faults = (*faults, f"{effect.alias} would not run again what it runs now")
    target = None if before.stable is None else standing.proposal(before.stable.proposal)
    return Rehearsal(effect.alias, target, able, services, faults)


def _completed(
    standing: Standing, state: ProposalState, effect: ReleaseEffect, at: int
) -> Standing:
    """A copy of *standing* in which the release of *state* is completed."""
    draft = standing.fork()
    found = assess_proposal(standing, state, at, people=False)
    stages = require_stages(standing.policy(), effect.alias, found.tier)
    started = ReleaseStarted(
        alias=effect.alias,
        proposal=state.id,
        revision=state.revision,
        policy=found.policy,
        review=found.review_digest,
        tier=found.tier,
        stage=stages[-1].id,
        stack=effect.stack,
        metrics=found.metrics,
        exceptions=(),
    )
    draft.put(*evolve(draft, started, _on(draft, state.opener, at)))
    done = ReleaseCompleted(
        alias=effect.alias, proposal=state.id, review=found.review_digest, observation=None
    )
    draft.put(*evolve(draft, done, _on(draft, state.opener, at)))
    return draft


def _on(standing: Standing, signer: str, at: int) -> Happening:
    return Happening(standing.head.size, "", signer, at)


def _rolled_back(draft: Standing, by: SignerState, alias: str, at: int) -> ReleaseRolledBack | None:
    """The rollback that *by* would sign; ``None`` where they may not, or have no key to."""
    stable = draft.alias(alias).stable
    if stable is None or by.kind != "person" or by.signing_key is None:
        return None
    try:
        return rollback.roll_back(
            draft,
            by=by,
            at=at,
            alias=alias,
            proposal=stable.proposal,
            rollback=_unused(draft),
            trigger="a drill",
            incident=None,
            observation=None,
            since=None,
        )
    except AssentError:
        return None


def _unused(standing: Standing) -> str:
    """An id that nothing has: somebody may have taken any."""
    ids = (str(UUID(int=number)) for number in count())
    return next(id_ for id_ in ids if not is_taken(standing, id_))


def _faults(
    standing: Standing, state: ProposalState, effect: ReleaseEffect, able: tuple[str, ...]
) -> list[str]:
    found = []
    if not able:
        roles, _ = rollback.powers(standing.policy())
        found.append(f"nobody may roll back on {effect.alias}: no holder of {' or '.join(roles)}")
    owner = effect.rollback.owner
    if owner is None:
        found.append(f"#{state.number} names no owner of its rollback")
    elif able and owner not in able:
        found.append(f"{owner} owns the rollback, and may not roll back on {effect.alias}")
    return found
