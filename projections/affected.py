"""Which proposals a batch of entries touches, and when the last of them did.

The rows of an open proposal follow from the standing and from the time of the last entry
that could have changed them: one of its own stream, a release to its alias, somebody's
acceptance or a policy. Closed ones are judged as of the moment they were closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.events import Event
from projections.proposals import proposals
from projections.tables import chunks

OWN = (
    events.ProposalOpened,
    events.ProposalRevised,
    events.ProposalWithdrawn,
    events.FactAdded,
    events.EvidenceAttached,
    events.EvidenceWithdrawn,
    events.ApprovalGranted,
    events.ApprovalRetracted,
    events.ProposalRejected,
    events.RejectionRetracted,
    events.ReleaseStarted,
)
"""The kinds that change the proposal they name."""

CLOSING = (events.ProposalWithdrawn, events.ReleaseStarted)
EVERYBODY = (events.LedgerFounded, events.SignerAccepted)
"""The kinds that may change what every open proposal needs, or who could give it."""


@dataclass(slots=True)
class Affected:
    """The last entry that touched each proposal, and the entry that closed it, if any did."""

    last: dict[str, Judged] = field(default_factory=dict)
    closed: dict[str, Judged] = field(default_factory=dict)


def affected(connection: Connection, judged: Sequence[Judged], standing: Standing) -> Affected:
    """The proposals that *judged* entries, all in one batch, touch."""
    done = [(one, one.entry.event) for one in judged if one.admitted and one.entry is not None]
    still_open = _open_before(connection, [event for _, event in done])
    found = Affected()
    for one, event in done:
        if isinstance(event, (events.ReleaseStarted, events.ReleaseCompleted)):
            found.last.update(dict.fromkeys(still_open[event.alias], one))
        elif isinstance(event, EVERYBODY):
            everywhere = (name for names in still_open.values() for name in names)
            found.last.update(dict.fromkeys(everywhere, one))
        if isinstance(event, OWN):
            found.last[event.proposal] = one
            alias = _alias_of(standing, event.proposal)
            if isinstance(event, events.ProposalOpened):
                still_open[alias].add(event.proposal)
            elif isinstance(event, CLOSING):
                still_open[alias].discard(event.proposal)
                found.closed[event.proposal] = one
    return found


def _alias_of(standing: Standing, proposal: str) -> str:
    state = standing.proposal(proposal)
    return "" if state is None else state.effect.alias


def _open_before(connection: Connection, done: Iterable[Event]) -> defaultdict[str, set[str]]:
    """The proposals open before the batch that an entry of it may touch from outside."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    aliases: set[str] = set()
    everybody = False
    for event in done:
        everybody = everybody or isinstance(event, EVERYBODY)
        if isinstance(event, (events.ReleaseStarted, events.ReleaseCompleted)):
            aliases.add(event.alias)
    open_ones = select(proposals.c.alias, proposals.c.id).where(proposals.c.closed.is_(None))
    wanted = (
        [open_ones]
        if everybody
        else [open_ones.where(proposals.c.alias.in_(some)) for some in chunks(aliases)]
    )
    for question in wanted:
        for alias, proposal in connection.execute(question):
            found[alias].add(proposal)
    return found
