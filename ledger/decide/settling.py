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
from ledger.decide.validity import disowned, vetoes
from ledger.decide.waivers import owes
from ledger.model.effects import ReleaseEffect
from ledger.policy.assess import assess


def is_settled(standing: Standing, proposal: ProposalState) -> bool:
    """Whether all that an exception had waived of the started *proposal* is there by now.

    Judged by the policy of its start, as of then, with all that was said since: only the
    clocks are not asked again.
    """
    closure = proposal.closure
    if closure is None:
        return False
    case = replace(
        case_of(standing, proposal, people=False, since=True),
        closed=None,
        candidate=None,
        disowned=False,
        waivers=(),
        rejections=vetoes(standing, proposal),
        silenced=frozenset(closure.context.silenced) | disowned(standing, proposal),
    )
    case = replace(case, changed=case.base, supported=True, stops=(), owing=())
    return assess(standing.policy(closure.policy), case, closure.at).is_consented


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
