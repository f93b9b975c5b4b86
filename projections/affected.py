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

from sqlalchemy import ColumnElement, Connection, select, true

from ledger.decide.context import Standing
from ledger.decide.enactment import Enacting
from ledger.decide.judgement import Judged
from ledger.model import events
from ledger.model.effects import ExceptionEffect
from ledger.model.events import Event
from projections.exceptions import exceptions
from projections.proposals import model_of, proposals
from projections.settlements import Said, late
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
    """The proposals whose rows may change: those that are open, and those that may owe.

    ``by_alias`` has those for the whole ledger under ``None``; ``aliases`` the aliases there of
    each model; ``asking`` those that ask for an exception, by the proposal of the release;
    ``excepted`` the aliases of all whose release was ever started under one, where a key is
    disowned.
    """

    by_alias: defaultdict[str | None, set[str]] = field(default_factory=lambda: defaultdict(set))
    aliases: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    asking: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    excepted: dict[str, str] = field(default_factory=dict)

    def add(self, alias: str | None, proposal: str) -> None:
        """Take in *proposal*, about *alias*."""
        self.by_alias[alias].add(proposal)
        if alias is not None:
            self.aliases[model_of(alias)].add(alias)

    def take(self, standing: Standing, one: Judged, event: Event) -> None:
        """Take in what *event* opens, leave out what it closes, unless that may owe from then on.

        What once may owe stays in: that it is judged again changes nothing where it does not.
        """
        state = standing.proposal(event.proposal) if isinstance(event, Own) else None
        if isinstance(event, events.SignerDisowned):
            for name, alias in self.excepted.items():
                self.add(alias, name)
        if state is None:
            return
        if isinstance(event, events.ProposalOpened):
            self.add(state.effect.alias, state.id)
            if isinstance(state.effect, ExceptionEffect):
                self.asking[state.effect.release].add(state.id)
        elif isinstance(event, events.ReleaseStarted) and event.exceptions:
            self.excepted[state.id] = event.alias
        elif isinstance(event, Closing):
            self.by_alias[state.effect.alias].discard(state.id)
            if isinstance(state.effect, ExceptionEffect):
                self.asking[state.effect.release].discard(state.id)
        elif late(standing, one.position, event) is not None:
            self.add(state.effect.alias, state.id)

    def of_model(self, model: str) -> Iterator[str]:
        """Those that are about aliases of *model*."""
        for alias in self.aliases[model]:
            yield from self.by_alias[alias]


def affected(
    connection: Connection, judged: Sequence[Judged], standing: Standing
) -> dict[str, Judged]:
    """The proposals that *judged* entries, all in one batch, touch; each with the last of them."""
    done = [(one, one.entry.event) for one in judged if one.admitted and one.entry is not None]
    live = _live_before(connection, standing, done)
    last: dict[str, Judged] = {}
    for one, event in done:
        last.update(dict.fromkeys(_touched(standing, one, event, live), one))
        if isinstance(event, Own):
            last[event.proposal] = one
        live.take(standing, one, event)
    return last


def _touched(standing: Standing, one: Judged, event: Event, live: _Live) -> Iterator[str]:
    """The proposals that *event* touches from outside.

    What was completed somewhere, or taken back, may be what another environment of the model
    waits for.
    """
    if isinstance(event, Own):
        yield from live.asking.get(event.proposal, ())
    if isinstance(event, events.ReleaseCompleted | events.ReleaseRolledBack):
        yield from live.of_model(model_of(event.alias))
    elif isinstance(event, Everybody):
        for names in live.by_alias.values():
            yield from names
        yield from live.excepted if isinstance(event, events.SignerDisowned) else ()
    else:
        alias = _changed_alias(standing, one.position, event)
        yield from () if alias is None else live.by_alias[alias]


def _changed_alias(standing: Standing, position: int, event: Event) -> str | None:
    """The alias to which another release begins by *event*, or to which one owes otherwise."""
    if isinstance(event, events.ReleaseStarted):
        return event.alias
    if isinstance(event, events.ExceptionClosed):
        ended = standing.exception(event.exception)
        return None if ended is None else ended.alias
    state = late(standing, position, event)
    return None if state is None else state.effect.alias


def _live_before(
    connection: Connection, standing: Standing, done: Sequence[tuple[Judged, Event]]
) -> _Live:
    """Those open, or owing, before the batch that an entry of it may touch from outside."""
    live, column = _Live(), proposals.c
    asked = select(column.alias, column.id, column.release)
    questions = [
        asked.where(column.closed.is_(None), condition) for condition in _wanted(standing, done)
    ]
    if standing.head.exceptions:
        questions.append(asked.where(column.owed_until.is_not(None)))
    if any(isinstance(event, events.SignerDisowned) for _, event in done):
        used = select(exceptions.c.release, exceptions.c.alias)
        rows = connection.execute(used.where(exceptions.c.used_position.is_not(None)))
        live.excepted.update({row.release: row.alias for row in rows})
    for question in questions:
        for alias, proposal, release in connection.execute(question):
            live.add(alias, proposal)
            if release is not None:
                live.asking[release].add(proposal)
    return live


def _wanted(
    standing: Standing, done: Sequence[tuple[Judged, Event]]
) -> Iterator[ColumnElement[bool]]:
    """Which of the proposals open before the batch *done* are meant, in several conditions."""
    column = proposals.c
    if any(isinstance(event, Everybody) for _, event in done):
        yield true()
        return
    models: set[str] = set()
    named: set[str] = set()
    for one, event in done:
        if isinstance(event, Own):
            named.add(event.proposal)
        if isinstance(event, Releasing):
            models.add(model_of(event.alias))
        elif (alias := _changed_alias(standing, one.position, event)) is not None:
            models.add(model_of(alias))
    yield from (column.model.in_(some) for some in chunks(sorted(models)))
    yield from (column.release.in_(some) for some in chunks(sorted(named)))
