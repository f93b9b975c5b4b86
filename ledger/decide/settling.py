"""Settling: a release under an exception becomes a release like any other once fully approved.

Until then its proposal, though closed, takes approvals and evidence. What was settled is
kept; it is asked again only where somebody's key is disowned.
"""

from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.cases import case_of
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.states import ProposalState, State
from ledger.decide.validity import disowned, silenced, vetoes
from ledger.decide.waivers import owes
from ledger.errors import Refused
from ledger.model.effects import ReleaseEffect
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case, Closure


def is_settled(standing: Standing, proposal: ProposalState, *, stops: bool = True) -> bool:
    """Whether all that an exception had waived of the started *proposal* is there by now.

    Without *stops* whoever was stopped since counts all the same.
    """
    return settlement(standing, proposal, stops=stops, people=False).is_consented


def settlement(
    standing: Standing, proposal: ProposalState, *, stops: bool = True, people: bool = True
) -> Assessment:
    """What the policy of its start says of the started *proposal* without its exceptions."""
    closure = require_closure(proposal)
    case = settlement_case(standing, proposal, stops=stops, people=people)
    return assess(standing.policy(closure.policy), case, closure.at)


def settlement_case(
    standing: Standing, proposal: ProposalState, *, stops: bool = True, people: bool = True
) -> Case:
    """The started *proposal* without its exceptions, as the policy of its start sees it.

    As of its start, with all that was said since: only the clocks are not asked again, and
    approvals and documents that came later count as long as nobody stops their signers.
    """
    closure = require_closure(proposal)
    later = silenced(standing, proposal) if stops else frozenset[int]()
    since = frozenset(position for position in later if position > closure.position)
    case = replace(
        case_of(standing, proposal, people=people, since=True),
        closed=None,
        candidate=None,
        disowned=False,
        waivers=(),
        rejections=vetoes(standing, proposal),
        silenced=frozenset(closure.context.silenced) | disowned(standing, proposal) | since,
    )
    return replace(case, changed=case.base, supported=True, stops=(), owing=())


def require_closure(proposal: ProposalState) -> Closure:
    """How *proposal* was closed; refuses one that is open."""
    if proposal.closure is None:
        raise Refused("not-started", f"#{proposal.number} was not started yet")
    return proposal.closure


def settle(
    standing: Standing, proposal: str, rows: tuple[State, ...], on: Happening
) -> Iterator[State]:
    """*rows* of what was said of *proposal*, and those that say that it owes nothing any more."""
    yield from rows
    draft = standing.fork()
    draft.put(*rows)
    state = draft.proposal(proposal)
    if state is None or state.closure is None or not owes(draft, state):
        return
    if isinstance(state.effect, ReleaseEffect) and is_settled(draft, state):
        alias = draft.alias(state.effect.alias)
        yield replace(alias, owing=tuple(one for one in alias.owing if one != proposal))
        yield from deed(draft.head, on, proposal=proposal)
