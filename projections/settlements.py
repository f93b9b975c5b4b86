"""What was said late of releases that were started under an exception, and what follows."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, bindparam, update

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.states import ProposalState
from ledger.decide.waivers import used_under
from ledger.model import events
from ledger.model.events import Event
from projections.aliases import alias_history
from projections.tables import many
from projections.texts import metrics_text

Said = (
    events.FactAdded
    | events.EvidenceAttached
    | events.EvidenceWithdrawn
    | events.ApprovalGranted
    | events.ApprovalRetracted
    | events.ProposalRejected
    | events.RejectionRetracted
)
"""The kinds that say something of a proposal, which may be closed by then."""


def late(standing: Standing, position: int, event: Event) -> ProposalState | None:
    """The proposal, started under an exception before *position*, that *event* is about."""
    if not standing.head.exceptions or not isinstance(event, Said):
        return None
    state = standing.proposal(event.proposal)
    if state is None or state.closure is None or state.closure.position > position:
        return None
    return state if is_excepted(standing, state) else None


def is_excepted(standing: Standing, state: ProposalState) -> bool:
    """Whether the release of *state* was started under an exception."""
    return bool(used_under(standing, state.id))


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> set[str]:
    """Write the numbers that count for what comes next, where some were reported late.

    Of all releases under exceptions of which *judged* entries say something, or which they
    complete or bring back; the aliases of those of which something was said.
    """
    found = list(_meant(judged, standing))
    rows = []
    for alias, name, _ in found:
        release = standing.alias(alias).running(name) or standing.earlier(name)
        if release is not None and release.exceptions:
            rows.append({"wanted": name, "numbers": metrics_text(release.metrics)})
    history = update(alias_history).where(alias_history.c.proposal == bindparam("wanted"))
    many(connection, history.values(metrics=bindparam("numbers")), rows)
    return {alias for alias, _, is_late in found if is_late}


def _meant(judged: Sequence[Judged], standing: Standing) -> Iterator[tuple[str, str, bool]]:
    """Aliases and proposals of the releases meant, and whether something was said of it late."""
    for one in judged if standing.head.exceptions else ():
        event = None if one.entry is None or not one.admitted else one.entry.event
        match event:
            case events.ReleaseCompleted(alias=alias, proposal=name):
                yield alias, name, False
            case events.ReleaseRolledBack(alias=alias, target=name) if name is not None:
                yield alias, name, False
            case None:
                pass
            case _:
                state = late(standing, one.position, event)
                if state is not None and state.effect.alias is not None:
                    yield state.effect.alias, state.id, True
