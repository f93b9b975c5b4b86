"""A realistic history in a real log: many releases, some rejected, some revised."""

import time
from dataclasses import dataclass
from pathlib import Path

from ledger.decide import approval
from ledger.store.log import create_log
from ledger.store.rows import Placed
from tests.organisation import Organisation, change, stack

ALIASES = 20
"""How many aliases share the releases."""


@dataclass(frozen=True, slots=True)
class History:
    """A log file with the organisation that wrote it."""

    organisation: Organisation
    log: Path
    folder: Path


def write_history(folder: Path, entries: int) -> History:
    """Write a log of at least *entries* entries below *folder*."""
    # Recent enough that no clock of the policy has run out while the gate is asked.
    organisation = Organisation(start=int(time.time()) - 2 * entries)
    turn = 0
    while len(organisation.envelopes) < entries:
        effect = change(stack(model=f"m{turn}"), alias=f"fraud/region-{turn % ALIASES}")
        if turn % 5 == 4:
            _rejected(organisation, effect.alias, turn)
        else:
            organisation.release(effect)
        turn += 1
    path = folder / "log.sqlite"
    with create_log(path) as log:
        placed = [_placed(organisation, i) for i in range(len(organisation.envelopes))]
        for start in range(0, len(placed), 1_000):
            log.append(placed[start : start + 1_000], size=start)
    return History(organisation, path, folder)


def _rejected(organisation: Organisation, alias: str, turn: int) -> None:
    """A proposal that is rejected, taken up again, and left open."""
    of = organisation.open("frank", change(stack(model=f"r{turn}"), alias=alias))
    organisation.attach("erin", of, auc="0.91")
    organisation.act(
        "bob",
        lambda s, by, at: approval.reject(
            s, by=by, at=at, proposal=of, role="model-owner", reason="low"
        ),
    )
    organisation.act("bob", lambda s, by, _: approval.reopen(s, by=by, proposal=of))
    organisation.approve("bob", of, "model-owner")


def _placed(organisation: Organisation, index: int) -> Placed:
    entry = organisation.judged[index].entry
    assert entry is not None
    return Placed(entry.stream, entry.version, entry.event.kind, organisation.envelopes[index])
