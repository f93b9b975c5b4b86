"""Which proposals a batch of entries touches, and when the last of them did.

The rows of an open proposal follow from the standing and from the time of the last entry
that could have changed them: one of its own stream, a release to its alias, one completed
or rolled back for the same model, or anything about policies, signers, the root, stops and
the clock. Closed ones are judged as of the moment they were closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from ledger.decide.context import Standing
from ledger.decide.enactment import Enacting
from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.events import Event
from projections.proposals import model_of, proposals
from projections.tables import chunks

Closing = events.ProposalWithdrawn | events.ReleaseStarted | Enacting
"""The kinds that close the proposal they name."""

Own = (
    events.ProposalOpened
    | events.ProposalRevised
    | events.FactAdded
    | events.EvidenceAttached
    | events.EvidenceWithdrawn
    | events.ApprovalGranted
    | events.ApprovalRetracted
    | events.ProposalRejected
    | events.RejectionRetracted
    | Closing
)
"""The kinds that change the proposal they name."""

Releasing = events.ReleaseStarted | events.ReleaseCompleted | events.ReleaseRolledBack
"""The kinds that change what an alias runs, or whether something is under way to it."""

Everybody = (
    events.LedgerFounded
    | events.SignerAccepted
    | events.SignerDelegated
    | events.OverrideSet
    | Enacting
)
"""The kinds that may change what every open proposal needs, who counts, or who could help."""

Open = defaultdict[str | None, set[str]]
"""Open proposals by the alias they are about; those for the whole ledger are about none."""


def affected(
    connection: Connection, judged: Sequence[Judged], standing: Standing
) -> dict[str, Judged]:
    """The proposals that *judged* entries, all in one batch, touch; each with the last of them."""
    done = [(one, one.entry.event) for one in judged if one.admitted and one.entry is not None]
    still_open = _open_before(connection, [event for _, event in done])
    last: dict[str, Judged] = {}
    for one, event in done:
        last.update(dict.fromkeys(_touched(event, still_open), one))
        if isinstance(event, Own):
            last[event.proposal] = one
            alias = _alias_of(standing, event.proposal)
            if isinstance(event, events.ProposalOpened):
                still_open[alias].add(event.proposal)
            elif isinstance(event, Closing):
                still_open[alias].discard(event.proposal)
    return last


def _touched(event: Event, still_open: Open) -> Iterator[str]:
    """The open proposals that *event* touches from outside.

    What was completed somewhere, or taken back, may be what another environment of the model
    waits for.
    """
    if isinstance(event, events.ReleaseStarted):
        yield from still_open[event.alias]
    elif isinstance(event, events.ReleaseCompleted | events.ReleaseRolledBack):
        for alias, names in still_open.items():
            if alias is not None and model_of(alias) == model_of(event.alias):
                yield from names
    elif isinstance(event, Everybody):
        for names in still_open.values():
            yield from names


def _alias_of(standing: Standing, proposal: str) -> str | None:
    state = standing.proposal(proposal)
    return None if state is None else state.effect.alias


def _open_before(connection: Connection, done: Iterable[Event]) -> Open:
    """The proposals open before the batch that an entry of it may touch from outside."""
    found: Open = defaultdict(set)
    models: set[str] = set()
    everybody = False
    for event in done:
        everybody = everybody or isinstance(event, Everybody)
        if isinstance(event, Releasing):
            models.add(model_of(event.alias))
    open_ones = select(proposals.c.alias, proposals.c.id).where(proposals.c.closed.is_(None))
    wanted = (
        [open_ones]
        if everybody
        else [open_ones.where(proposals.c.model.in_(some)) for some in chunks(models)]
    )
    for question in wanted:
        for alias, proposal in connection.execute(question):
            found[alias].add(proposal)
    return found
