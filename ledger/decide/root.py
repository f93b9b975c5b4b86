"""The root: who belongs to it, and how many of them agree."""

from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.states import State
from ledger.model.events import Event, ProposalOpened, ProposalRevised, RootChanged
from ledger.policy.case import ROOT_MATTERS


def is_root_matter(standing: Standing, event: Event) -> bool:
    """Whether *event* opens or revises a root matter, or is about one that is there."""
    if isinstance(event, ProposalOpened | ProposalRevised):
        return event.effect.effect in ROOT_MATTERS
    id_ = getattr(event, "proposal", None)
    state = standing.proposal(id_) if isinstance(id_, str) else None
    return state is not None and state.effect.effect in ROOT_MATTERS


def evolve(standing: Standing, event: RootChanged, on: Happening) -> Iterator[State]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    for one in standing.signers():
        if one.root is not (one.id in event.signers):
            yield replace(one, root=not one.root)
    ledger = standing.ledger()
    if ledger is not None:
        yield replace(ledger, root_threshold=event.threshold, root_changed=on.position)
