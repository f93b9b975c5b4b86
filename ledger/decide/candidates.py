"""The population of candidates: how many releases are proposed at once, and by whom."""

from ledger.decide.cases import context_of, touched
from ledger.decide.context import Standing
from ledger.decide.deeds import deed
from ledger.decide.happening import Happening
from ledger.decide.replacing import replace
from ledger.decide.roles import lent_for, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import CandidatesState, Head, ProposalState, State
from ledger.decide.validity import is_root
from ledger.errors import Refused
from ledger.model.effects import Effect, ReleaseEffect
from ledger.policy.case import Closing, Closure, Lent
from ledger.policy.document import Policy


def require_room(standing: Standing, by: SignerState, policy: Policy) -> None:
    """Refuse one more candidate of *by* than the ceilings of *policy* admit.

    What is reserved for people is taken from the services' share, whoever came first.
    """
    limits, head = policy.limits, standing.head
    own = limits.open_candidates_per_service
    if by.kind == "service" and own is not None and standing.candidates_of(by.id) >= own:
        raise _full(f"{by.id} has {own} open candidates, the most for a service")
    if limits.open_candidates is None:
        return
    if head.candidates >= limits.open_candidates:
        raise _full(f"there are {limits.open_candidates} open candidates, the most in all")
    share = limits.open_candidates - limits.reserved_for_people
    if by.kind == "service" and head.service_candidates >= share:
        raise _full(f"services have {share} open candidates, the rest is reserved for people")


def _full(message: str) -> Refused:
    return Refused(
        "too-many-candidates", message, hint="withdraw one: assent proposal list shows them"
    )


def opened(standing: Standing, effect: Effect, opener: str) -> tuple[State, ...]:
    """The counts once *opener* has opened a proposal of *effect*, with its number."""
    proposals = standing.head.proposals + 1
    return _counted(standing, effect, opener, 1, proposals)


def close(
    standing: Standing, state: ProposalState, closing: Closing, on: Happening
) -> tuple[State, ...]:
    """The rows of *state* closed by what happened, and the counts without it."""
    closure = Closure(
        how=closing,
        position=on.position,
        at=on.at,
        by=on.signer,
        by_root=is_root(standing, on.signer),
        loans=_loans(standing, state, on),
        policy=standing.head.policy,
        context=context_of(standing, state),
        relied=_relied(standing, state),
    )
    closed = replace(touched(standing, state, on), closure=closure)
    head, *counts = _counted(standing, state.effect, state.opener, -1, standing.head.proposals)
    if closing == "enacted":
        return closed, *counts, *deed(head, on, proposal=state.id)
    return closed, *counts, head


def _relied(standing: Standing, state: ProposalState) -> tuple[tuple[str, str], ...]:
    """Where the stack of *state* was completed so far, and by which proposals."""
    alias, digest = state.effect.alias, state.stack_digest
    if alias is None or digest is None:
        return ()
    found = standing.completions(alias.partition("/")[0], digest)
    return tuple((one.environment, one.proposal) for one in found)


def _loans(standing: Standing, state: ProposalState, on: Happening) -> tuple[Lent, ...]:
    """The lent roles by which *state* is closed, where whoever does holds none of their own."""
    by, effect = standing.signer(on.signer), state.effect
    if by is None:
        return ()
    asked = set(roles_held(standing, by, effect.alias, on.at))
    if isinstance(effect, ReleaseEffect):
        asked &= set(standing.policy().operation.by)
    return lent_for(standing, by, asked, effect.alias, on.at)


def _counted(
    standing: Standing, effect: Effect, opener: str, change: int, proposals: int
) -> tuple[Head, *tuple[State, ...]]:
    head = standing.head
    if not isinstance(effect, ReleaseEffect):
        return (replace(head, proposals=proposals),)
    candidates = head.candidates + change
    signer = standing.signer(opener)
    if signer is None or signer.kind != "service":
        return (replace(head, proposals=proposals, candidates=candidates),)
    services = head.service_candidates + change
    return (
        replace(head, proposals=proposals, candidates=candidates, service_candidates=services),
        CandidatesState(opener, standing.candidates_of(opener) + change),
    )
