"""Whether a proposal that was enacted has lost its consent to what is void since."""

from dataclasses import replace

from ledger.decide.cases import case_of
from ledger.decide.context import Standing
from ledger.decide.past import Moment, still_stands, stood_for
from ledger.decide.release_states import Release
from ledger.decide.settling import is_owed_again
from ledger.decide.stage import is_step_held
from ledger.decide.states import ProposalState
from ledger.decide.validity import disowned, vetoes
from ledger.decide.waivers import named_at_start, owed_by, unvoided
from ledger.model.effects import ReleaseEffect, RotationEffect
from ledger.policy.assess import assess
from ledger.policy.case import Case, Closure, Stable


def is_lost(standing: Standing, state: ProposalState) -> bool:
    """Whether the consent to the enacted *state* is incomplete without what is void now.

    A release that was compared with one that is lost, or relied on its having been
    completed, is asked again without that; one that was started under exceptions with those
    of them that are not void, and with the approvals and documents that came later.
    """
    closure = state.closure
    if closure is None:
        return False
    if not _is_closing_held(standing, state, closure):
        return True
    policy = standing.policy_state(closure.policy)
    unsupported = policy is not None and policy.unsupported
    if unsupported and isinstance(state.effect, ReleaseEffect):
        return True
    then = case_of(standing, state, people=False, since=True)
    used = named_at_start(standing, then.waivers)
    then = replace(then, waivers=used)
    now = replace(
        then,
        stable=_stable_now(standing, then.stable),
        completed=_completed_without(standing, then, closure),
        silenced=then.silenced | disowned(standing, state),
        rejections=vetoes(standing, state),
        root_only=then.root_only or unsupported,
        waivers=unvoided(standing, used),
    )
    if now == then:
        return False
    again = replace(
        now,
        closed=None,
        candidate=None,
        changed=then.base,
        disowned=False,
        supported=True,
        stops=(),
        owing=(),
    )
    return not assess(standing.policy(closure.policy), again, closure.at).is_consented


def is_step_void(standing: Standing, state: ProposalState) -> bool:
    """Whether the release of *state*, if there is one, passed a stage by what is void now.

    That is who advanced or completed it, or the observation by which they did; or what had
    made up for an exception.
    """
    effect = state.effect
    if not isinstance(effect, ReleaseEffect):
        return False
    alias = effect.alias
    release = standing.alias(alias).running(state.id) or standing.earlier(state.id)
    if release is None:
        return False
    if is_owed_again(standing, state) and _went_on(standing, state, release):
        return True
    return not all(is_step_held(standing, alias, release, one) for one in release.steps)


def _went_on(standing: Standing, state: ProposalState, release: Release) -> bool:
    """Whether *release* passed a stage past the end of its exceptions, as what was settled."""
    until = owed_by(standing, state.id).until
    return any(step.at >= until for step in release.steps)


def _is_closing_held(standing: Standing, state: ProposalState, closure: Closure) -> bool:
    """Whether who carried *state* out stands for it, and had a role for it that counts."""
    effect, roles = state.effect, None
    then = Moment(effect.alias, closure.position, closure.at)
    if isinstance(effect, ReleaseEffect):
        roles = standing.policy(closure.policy).operation.by
    elif isinstance(effect, RotationEffect) or closure.by_root:
        return stood_for(standing, closure.by, closure.position)
    return still_stands(standing, closure.by, closure.loans, roles, then)


def _stable_now(standing: Standing, stable: Stable | None) -> Stable | None:
    """*stable*, marked where the release it came from has lost its consent by now."""
    if stable is None:
        return None
    lost = stable.unsupported or _is_known_lost(standing, stable.proposal)
    return replace(stable, unsupported=lost, below=_stable_now(standing, stable.below))


def _completed_without(standing: Standing, case: Case, closure: Closure) -> tuple[str, ...]:
    """The environments that *case* relied on, but those whose completion is void now."""
    left = {where for where, proposal in closure.relied if not _is_known_lost(standing, proposal)}
    return tuple(name for name in case.completed if name in left)


def _is_known_lost(standing: Standing, proposal: str) -> bool:
    state = standing.proposal(proposal)
    return state is not None and state.closure is not None and state.closure.lost_at is not None
