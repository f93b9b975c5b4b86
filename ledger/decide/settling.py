"""Settling: a release under an exception becomes a release like any other once fully approved.

Until then its proposal, though closed, takes approvals and evidence. What was settled is
kept; it is asked again only where somebody's key is disowned.
"""

from collections.abc import Iterator
from operator import itemgetter

from ledger.decide.cases import case_of, completed_before
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.release_states import AliasState, EarlierState, Release
from ledger.decide.replacing import replace
from ledger.decide.roles import held_since
from ledger.decide.states import ProposalState, State
from ledger.decide.validity import disowned, silenced, vetoes
from ledger.decide.waivers import named_at_start, owes, still_waiving, used_under
from ledger.errors import Refused
from ledger.model.effects import ReleaseEffect
from ledger.model.events import Metric
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case, Closure


def is_still_settled(standing: Standing, proposal: ProposalState) -> bool:
    """Whether what had made up for the exceptions of the started *proposal* is there still.

    What was settled is taken back by its author or a disowning, not by a veto or a stop alone.
    """
    closure = require_closure(proposal)
    case = settlement_case(standing, proposal, stops=False, people=False)
    case = replace(case, rejections=())
    return assess(standing.policy(closure.policy), case, closure.at).is_consented


def settlement(
    standing: Standing, proposal: ProposalState, *, people: bool = True, at: int | None = None
) -> Assessment:
    """What the policy of its start says of the started *proposal* without its exceptions.

    *people* are those who could act at the time *at*.
    """
    closure = require_closure(proposal)
    case = settlement_case(standing, proposal, people=people, at=at)
    return assess(standing.policy(closure.policy), case, closure.at)


def is_owed_again(standing: Standing, proposal: ProposalState) -> bool:
    """Whether the release of *proposal* was settled by what is not there, or void, since."""
    effect = proposal.effect
    if not isinstance(effect, ReleaseEffect) or owes(standing, proposal):
        return False
    found = standing.alias(effect.alias).running(proposal.id) or standing.earlier(proposal.id)
    if found is None or not found.exceptions or found.rolled_back:
        return False
    return not is_still_settled(standing, proposal)


def owed_again(standing: Standing, proposal: ProposalState) -> Iterator[State]:
    """The rows once the release of *proposal* owes again what it was started without."""
    if isinstance(proposal.effect, ReleaseEffect):
        alias = standing.alias(proposal.effect.alias)
        yield replace(alias, owing=(*alias.owing, proposal.id))
        yield from settled_at(standing, proposal.id, None)


def assess_under_way(
    standing: Standing, proposal: ProposalState, candidate: Release, at: int
) -> Assessment:
    """What the policy of its start says of a release under way, with what was said since.

    Judged at the moment of the start, so that only vetoes, retractions and added
    facts can make a difference, a rollback in the environment before, and the end of an
    exception under which it was started and still owes, by *at*; what else expired does not.
    """
    owing = owes(standing, proposal)
    case = settlement_case(standing, proposal, stops=owing, people=False)
    now = completed_before(standing, proposal)
    waivers = require_closure(proposal).context.waivers if owing else ()
    case = replace(
        case,
        completed=tuple(name for name in case.completed if name in now),
        waivers=still_waiving(standing, named_at_start(standing, waivers), at),
    )
    return assess(standing.policy(candidate.policy), case, candidate.started_at)


def settlement_case(
    standing: Standing,
    proposal: ProposalState,
    *,
    stops: bool = True,
    people: bool = True,
    at: int | None = None,
) -> Case:
    """The started *proposal* without its exceptions, as the policy of its start sees it.

    As of its start, with all that was said since: only the clocks are not asked again, and
    approvals and documents that came later count as long as nobody stops their signers.
    *people* are those who could act at the time *at*.
    """
    closure = require_closure(proposal)
    later = silenced(standing, proposal) if stops else frozenset[int]()
    since = frozenset(position for position in later if position > closure.position)
    case = replace(
        case_of(standing, proposal, people=people, at=at, since=True),
        closed=None,
        candidate=None,
        disowned=False,
        waivers=(),
        rejections=vetoes(standing, proposal),
        held={**dict(closure.context.held), **_held_since(standing, proposal, closure)},
        silenced=frozenset(closure.context.silenced) | disowned(standing, proposal) | since,
    )
    return replace(case, changed=case.base, supported=True, stops=(), owing=())


def _held_since(
    standing: Standing, proposal: ProposalState, closure: Closure
) -> dict[str, tuple[str, ...]]:
    """The roles that bind those who approved or attached something later, as they did it last."""
    acts = [(one.position, one.persons) for one in proposal.approvals]
    acts += [(one.position, frozenset({one.signer, one.author})) for one in proposal.documents]
    found: dict[str, tuple[str, ...]] = {}
    for position, persons in sorted(acts, key=itemgetter(0)):
        then = replace(proposal, closure=replace(closure, position=position))
        if position > closure.position:
            found |= {name: held_since(standing, name, then) for name in persons}
    return found


def require_closure(proposal: ProposalState) -> Closure:
    """How *proposal* was closed; refuses one that is open."""
    if proposal.closure is None:
        raise Refused("not-started", f"#{proposal.number} was not started yet")
    return proposal.closure


def settle(
    standing: Standing, proposal: str, rows: tuple[State, ...], on: Happening
) -> Iterator[State]:
    """*rows* of what was said of *proposal*, and those that say whether it owes something.

    As long as it is under way it may owe again what was there before; a veto or a stop alone
    takes nothing away.
    """
    yield from rows
    draft = standing.fork()
    draft.put(*rows)
    state = draft.proposal(proposal)
    if state is None or not isinstance(state.effect, ReleaseEffect) or state.closure is None:
        return
    alias = draft.alias(state.effect.alias)
    running = alias.candidate
    if not owes(draft, state):
        under_way = running is not None and running.proposal == proposal
        if under_way and is_owed_again(draft, state):
            yield from owed_again(draft, state)
        return
    found = settlement(draft, state, people=False)
    if found.is_consented:
        yield from _settled(draft, alias, proposal, found.metrics)
        yield from settled_at(draft, proposal, on)
        yield from deed(draft.head, on, proposal=proposal)


def settled_at(standing: Standing, proposal: str, on: Happening | None) -> Iterator[State]:
    """The exceptions under which *proposal* was started, settled by what happened or not at all."""
    position, at = (None, None) if on is None else (on.position, on.at)
    for one in used_under(standing, proposal):
        yield replace(one, settled_position=position, settled_at=at)


def _settled(
    standing: Standing, alias: AliasState, proposal: str, metrics: tuple[Metric, ...]
) -> Iterator[State]:
    """The rows once the release of *proposal* owes nothing: its numbers are the next baseline."""

    def counted(release: Release | None) -> Release | None:
        if release is None or release.proposal != proposal:
            return release
        return replace(release, metrics=metrics)

    below = counted(standing.earlier(proposal))
    if below is not None:
        yield EarlierState(proposal, below)
    yield replace(
        alias,
        stable=counted(alias.stable),
        candidate=counted(alias.candidate),
        owing=tuple(one for one in alias.owing if one != proposal),
    )
