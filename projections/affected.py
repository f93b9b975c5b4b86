"""Which proposals a batch of entries touches, and when the last of them did.

The rows of an open proposal follow from the standing and from the time of the last entry
that could have changed them: one of its own stream, or of the proposal that it asks an
exception of; a release to its alias, one completed or rolled back for the same model; an
exception there that ended, or was made up for; or anything about policies, signers, the
root, stops and the clock. So do those of a release that owes for an exception. Other closed
ones are judged as of the moment they were closed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from ledger.decide.context import Standing
from ledger.decide.enactment import Enacting
from ledger.decide.judgement import Judged
from ledger.decide.states import ProposalState
from ledger.model import events
from ledger.model.effects import ExceptionEffect
from ledger.model.events import Event
from projections.exceptions import exceptions
from projections.proposals import model_of, proposals
from projections.settlements import Said, settled
from projections.tables import chunks

Closing = events.ProposalWithdrawn | events.ReleaseStarted | Enacting
"""The kinds that close the proposal they name."""

Own = events.ProposalOpened | events.ProposalRevised | Said | Closing
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


@dataclass(frozen=True, slots=True)
class _Live:
    """The proposals whose rows may change: those that are open, and those that owe.

    ``by_alias`` has those for the whole ledger under ``None``; ``asking`` those that ask for
    an exception, by the proposal of the release. ``settling`` has those that an entry at a
    position settles; ``excepted`` are all whose release was ever started under an exception.
    """

    settling: dict[int, ProposalState]
    excepted: set[str] = field(default_factory=set)
    by_alias: defaultdict[str | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    asking: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, state: ProposalState) -> None:
        """Take *state* in, which was opened."""
        self.by_alias[state.effect.alias].add(state.id)
        if isinstance(state.effect, ExceptionEffect):
            self.asking[state.effect.release].add(state.id)

    def drop(self, state: ProposalState) -> None:
        """Leave *state* out: it is closed and owes nothing."""
        self.by_alias[state.effect.alias].discard(state.id)
        if isinstance(state.effect, ExceptionEffect):
            self.asking[state.effect.release].discard(state.id)

    def of_model(self, model: str) -> Iterator[str]:
        """Those that are about aliases of *model*."""
        for alias, names in self.by_alias.items():
            if alias is not None and model_of(alias) == model:
                yield from names


def affected(
    connection: Connection, judged: Sequence[Judged], standing: Standing
) -> dict[str, Judged]:
    """The proposals that *judged* entries, all in one batch, touch; each with the last of them."""
    done = [(one, one.entry.event) for one in judged if one.admitted and one.entry is not None]
    live = _live_before(connection, judged, standing)
    last: dict[str, Judged] = {}
    for one, event in done:
        last.update(dict.fromkeys(_touched(standing, one, event, live), one))
        if isinstance(event, Own):
            last[event.proposal] = one
        if isinstance(event, events.ProposalOpened):
            for state in _states(standing, event.proposal):
                live.add(state)
        elif isinstance(event, events.ReleaseStarted) and event.exceptions:
            live.excepted.add(event.proposal)
        for state in _left_out(standing, one, event, live):
            live.drop(state)
    return last


def _touched(standing: Standing, one: Judged, event: Event, live: _Live) -> Iterator[str]:
    """The proposals that *event* touches from outside.

    What was completed somewhere, or taken back, may be what another environment of the model
    waits for.
    """
    if isinstance(event, Own):
        yield from live.asking.get(event.proposal, ())
    if isinstance(event, events.ReleaseStarted):
        yield from live.by_alias[event.alias]
    elif isinstance(event, events.ReleaseCompleted | events.ReleaseRolledBack):
        yield from live.of_model(model_of(event.alias))
    elif isinstance(event, events.ExceptionClosed):
        yield from live.by_alias[_alias_of(standing, event)]
    elif isinstance(event, Everybody):
        for names in live.by_alias.values():
            yield from names
        if isinstance(event, events.SignerDisowned):
            yield from live.excepted
    elif one.position in live.settling:
        yield from live.by_alias[live.settling[one.position].effect.alias]


def _alias_of(standing: Standing, event: events.ExceptionClosed) -> str | None:
    state = standing.exception(event.exception)
    return None if state is None else state.alias


def _left_out(
    standing: Standing, one: Judged, event: Event, live: _Live
) -> Iterator[ProposalState]:
    """What *event* closes, but for a release that owes from then on, and what owes no longer."""
    if isinstance(event, events.ReleaseRolledBack):
        yield from _states(standing, event.proposal, event.candidate)
    elif isinstance(event, Closing):
        if not (isinstance(event, events.ReleaseStarted) and event.exceptions):
            yield from _states(standing, event.proposal)
    elif one.position in live.settling:
        yield live.settling[one.position]


def _states(standing: Standing, *names: str | None) -> Iterator[ProposalState]:
    for name in names:
        state = None if name is None else standing.proposal(name)
        if state is not None:
            yield state


def _live_before(connection: Connection, judged: Sequence[Judged], standing: Standing) -> _Live:
    """Those open, or owing, before the batch that an entry of it may touch from outside."""
    live = _Live({one.position: state for one, state in settled(judged, standing)})
    done = [one.entry.event for one in judged if one.admitted and one.entry is not None]
    column = proposals.c
    wanted = [
        column.release.in_(some)
        for some in chunks(sorted({event.proposal for event in done if isinstance(event, Own)}))
    ]
    if any(isinstance(event, Everybody) for event in done):
        wanted = [column.closed.is_(None)]
    else:
        aliases = {event.alias for event in done if isinstance(event, Releasing)}
        ended = [event for event in done if isinstance(event, events.ExceptionClosed)]
        aliases |= {alias for event in ended if (alias := _alias_of(standing, event))}
        aliases |= {alias for state in live.settling.values() if (alias := state.effect.alias)}
        wanted += [column.model.in_(some) for some in chunks({model_of(one) for one in aliases})]
    asked = select(column.alias, column.id, column.release)
    questions = [asked.where(column.closed.is_(None), condition) for condition in wanted]
    if standing.head.exceptions:
        questions.append(asked.where(column.owed_until.is_not(None)))
    if any(isinstance(event, events.SignerDisowned) for event in done):
        used = select(exceptions.c.release).where(exceptions.c.used_position.is_not(None))
        live.excepted.update(connection.scalars(used))
    for question in questions:
        for alias, proposal, release in connection.execute(question):
            live.by_alias[alias].add(proposal)
            if release is not None:
                live.asking[release].add(proposal)
    return live
