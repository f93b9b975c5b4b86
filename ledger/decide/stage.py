"""The stage a release is in: who observes it, since when it lasts, and whether it is passed."""

from collections.abc import Collection
from typing import TypeVar

from ledger.decide.clock import corrected_time
from ledger.decide.context import Standing
from ledger.decide.past import Moment, still_stands
from ledger.decide.release_states import ObservationState, Release, Step, Watched
from ledger.decide.replacing import replace
from ledger.decide.roles import is_stopped
from ledger.errors import Refused
from ledger.model.terms import format_instant
from ledger.policy.rollout import Stage
from ledger.policy.stages import is_role, observers_of, stages_of

Seen = TypeVar("Seen", Watched, ObservationState)


def stage_of(standing: Standing, alias: str, release: Release, name: str | None = None) -> Stage:
    """The stage *name* of *release*, or the one it is in, under the policy of its start."""
    stages = stages_of(standing.policy(release.policy), alias, release.tier)
    return next(stage for stage in stages if stage.id == (name or release.stage))


def observers(standing: Standing, alias: str, release: Release) -> tuple[str, ...]:
    """The roles and services that observe *release* in its stage, as its policy names them."""
    return observers_of(standing.policy(release.policy), stage_of(standing, alias, release))


def observing_roles(
    standing: Standing, alias: str, release: Release, name: str | None = None
) -> tuple[str, ...]:
    """The roles that observe *release* in the stage *name*, else in its own.

    By the policy of its start: what is a service there is no role by being called so later.
    """
    policy = standing.policy(release.policy)
    named = observers_of(policy, stage_of(standing, alias, release, name))
    return tuple(one for one in named if is_role(policy, one))


def entered_at(standing: Standing, release: Release) -> int:
    """When *release* came into its stage; a clock that ran ahead then was set right since."""
    return corrected_time(standing, release.stage_position, release.stage_at)


def soaked_at(standing: Standing, alias: str, release: Release) -> int:
    """When *release* has been in its stage for as long as that asks."""
    return entered_at(standing, release) + (stage_of(standing, alias, release).soak or 0)


def reaches(standing: Standing, seen: Watched) -> int:
    """As far as an observation reaches: nobody has seen what was not yet, whatever a clock said."""
    return corrected_time(standing, seen.position, seen.until)


def is_held(
    standing: Standing,
    alias: str,
    release: Release,
    stage: str,
    seen: Watched | ObservationState,
) -> bool:
    """Whether *seen*, of that *stage*, is still held for its observer's, in a role that counts."""
    roles = observing_roles(standing, alias, release, stage)
    moment = Moment(alias, seen.position, seen.at)
    return still_stands(standing, seen.signer, seen.loans, roles, moment)


def unsilenced(standing: Standing, seen: Seen, apart: Collection[str] = ()) -> Seen | None:
    """*seen* with the loans of lenders who are neither stopped nor among *apart*.

    ``None`` where its observer is stopped, or no loan is left of several.
    """
    loans = [one for one in seen.loans if one.by not in apart and not is_stopped(standing, one.by)]
    if is_stopped(standing, seen.signer) or (seen.loans and not loans):
        return None
    return replace(seen, loans=tuple(loans))


def is_step_held(standing: Standing, alias: str, release: Release, step: Step) -> bool:
    """Whether who made *step*, and whoever had observed it, still stand for that."""
    roles = standing.policy(step.policy).operation.by
    moment = Moment(alias, step.position, step.at)
    if not still_stands(standing, step.by, step.loans, roles, moment):
        return False
    return step.seen is None or is_held(standing, alias, release, step.stage, step.seen)


def shows_soak(
    standing: Standing, alias: str, release: Release, seen: Watched, operators: Collection[str]
) -> bool:
    """Whether *seen* shows the soak of *release* to be over, on nobody's word who operates it."""
    left = unsilenced(standing, seen, operators)
    if left is None or not set(operators).isdisjoint(seen.persons):
        return False
    reached = reaches(standing, seen) >= soaked_at(standing, alias, release)
    return reached and is_held(standing, alias, release, release.stage, left)


def require_passed(
    standing: Standing, alias: str, release: Release, operating: Collection[str]
) -> Watched | None:
    """The observation by which *release* has passed its stage; ``None`` where none is asked for.

    Refuses where an observation did not pass, though its key was stopped or disowned since: no
    entry that only takes away lets a release go on. And where none of somebody else than
    who operates says that the soak is over.
    """
    stage = stage_of(standing, alias, release)
    failing = next((one for one in release.watched if not one.passing), None)
    if failing is not None:
        raise Refused(
            "stage-failing",
            f"{failing.signer} observed at position {failing.position} that #{release.number} does"
            f" not pass the stage {stage.id}",
            hint=f"assent release rollback {alias}; another try is another proposal",
        )
    if not stage.is_watched:
        return None
    operators = {*operating, *release.operators}
    for one in release.watched:
        if one.passing and shows_soak(standing, alias, release, one, operators):
            return one
    end = format_instant(soaked_at(standing, alias, release))
    raise Refused(
        "stage-unobserved",
        f"nobody but its operators has observed #{release.number} through the stage {stage.id}",
        hint=f"an observation that reaches {end} or later,"
        f" by {' or '.join(observers(standing, alias, release)) or 'nobody'}",
    )
