"""The root: who belongs to it, and how many of them agree."""

from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.states import State
from ledger.model.events import RootChanged


def evolve(standing: Standing, event: RootChanged, on: Happening) -> Iterator[State]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    for one in standing.signers():
        if one.root is not (one.id in event.signers):
            yield replace(one, root=not one.root)
    ledger = standing.ledger()
    if ledger is not None:
        yield replace(ledger, root_threshold=event.threshold, root_changed=on.position)
