"""Watching a release: what others than its operators observe of it, and whether it may go on.

Observations are held against the policy of the start for its stage, and against the policy
in force for the triggers of a rollback.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ledger.decide.authority import hands
from ledger.decide.context import Standing
from ledger.decide.evidence import require_distinct
from ledger.decide.happening import Happening
from ledger.decide.judgement import MISSING_OBSERVATION, Finding
from ledger.decide.past import stood_for
from ledger.decide.release_states import (
    AliasState,
    ObservationState,
    OpenWindow,
    Release,
    Watched,
    WindowsState,
)
from ledger.decide.roles import is_stopped, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import FindingState, State
from ledger.errors import BadInput, Refused
from ledger.model.events import Metric, ObservationRecorded
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.numbers import numbers_of
from ledger.policy.rollout import Stage
from ledger.policy.stages import (
    Observed,
    breaches,
    complaints,
    observers_of,
    stages_of,
    unreported,
)

RESULT_WITHIN: Final = 86_400
"""Seconds after the end of its window in which the result of a release is reported."""


def observe(
    standing: Standing,
    *,
    by: SignerState,
    at: int,
    alias: str,
    proposal: str,
    start: str,
    until: str,
    source: str,
    metrics: Sequence[Metric],
    incident: str | None,
    summary: str | None,
    why: str | None,
) -> ObservationRecorded:
    """Report how the release of *proposal* did on *alias* between two instants."""
    release = known_release(standing, alias, proposal)
    stage = stage_of(standing, alias, release)
    _require_observer(standing, by, at, alias, release)
    _require_window(release, parse_instant(start), parse_instant(until), at)
    require_distinct(metrics)
    event = ObservationRecorded(
        alias=alias,
        proposal=proposal,
        stage=stage.id if release.completed_at is None else None,
        start=start,
        until=until,
        source=source,
        metrics=tuple(metrics),
        incident=incident,
        summary=summary,
        why=why,
    )
    _require_complete(standing, release, event)
    return event


def known_release(standing: Standing, alias: str, proposal: str) -> Release:
    """The release of *proposal* that *alias* has now, under way or completed."""
    release = standing.alias(alias).running(proposal)
    if release is None:
        raise Refused(
            "not-released",
            f"{alias} has no such release, under way or completed",
            hint=f"assent release show {alias} says what it has",
        )
    return release


def stage_of(standing: Standing, alias: str, release: Release) -> Stage:
    """The stage that *release* is in, or ended with, under the policy of its start."""
    stages = stages_of(standing.policy(release.policy), alias, release.tier)
    return next(stage for stage in stages if stage.id == release.stage)


def _require_observer(
    standing: Standing, by: SignerState, at: int, alias: str, release: Release
) -> None:
    named = _observers(standing, alias, release)
    service = by.kind == "service"
    held = {by.id} if service else roles_held(standing, by, alias, at).keys()
    if held.isdisjoint(named):
        raise Refused(
            "not-observer",
            f"{by.id} does not observe releases to {alias}",
            hint=f"policy {release.policy} names {' or '.join(named) or 'nobody'}",
        )
    operating = hands(standing, by, named, alias, at) & set(release.operators)
    if operating:
        raise Refused(
            "operator-observes",
            f"{', '.join(sorted(operating))} operated #{release.number}; others observe it",
            hint="whoever starts or advances a release never says how it did",
        )


def _observers(standing: Standing, alias: str, release: Release) -> tuple[str, ...]:
    return observers_of(standing.policy(release.policy), stage_of(standing, alias, release))


def _require_window(release: Release, start: int, until: int, at: int) -> None:
    if until < start:
        raise BadInput("window-reversed", "the window ends before it begins")
    if until > at:
        raise Refused(
            "window-ahead",
            f"nobody has observed yet what is until {format_instant(until)}",
            hint=f"it is {format_instant(at)} here",
        )
    if until < release.stage_at:
        raise Refused(
            "window-before",
            f"the window ends before #{release.number} came into its present stage",
            hint=f"that was at {format_instant(release.stage_at)}",
        )


def _require_complete(standing: Standing, release: Release, event: ObservationRecorded) -> None:
    """Refuse what says too little to pass and nothing that would stop the release."""
    stage = stage_of(standing, event.alias, release)
    observed = observed_in(standing.alias(event.alias), event)
    missing = unreported(stage, observed)
    if not missing or breached(standing, observed):
        return
    if len(complaints(stage, observed)) == len(missing):
        raise Refused(
            "observation-incomplete",
            f"the stage {stage.id} asks for {', '.join(missing)}",
            hint="with all of them it can pass; an incident, or a number out of bounds, is"
            " taken without",
        )


def observed_in(alias: AliasState, event: ObservationRecorded) -> Observed:
    """What *event* reports, with the metrics that the stack *alias* runs was started with."""
    before = None if alias.stable is None else numbers_of(alias.stable.metrics)
    return Observed(numbers_of(event.metrics), before, event.incident)


def breached(standing: Standing, observed: Observed) -> tuple[str, ...]:
    """The triggers of the policy in force that *observed* breaches, in words."""
    rollback = standing.policy().rollback
    return () if rollback is None else breaches(rollback.triggers, observed)


def evolve(standing: Standing, event: ObservationRecorded, on: Happening) -> Iterator[State]:
    """The rows that change with *event*."""
    alias = standing.alias(event.alias)
    release, by = alias.running(event.proposal), standing.signer(on.signer)
    if release is None or by is None:
        return
    observed = observed_in(alias, event)
    wrong = complaints(stage_of(standing, event.alias, release), observed)
    kept = ObservationState(
        on.position, event.proposal, by.id, on.at, wrong, breached(standing, observed)
    )
    yield kept
    persons = hands(standing, by, _observers(standing, event.alias, release), event.alias, on.at)
    seen = Watched(on.position, by.id, tuple(sorted(persons)), kept.passing)
    until = parse_instant(event.until)
    if not seen.passing or until >= _soaked_at(standing, event.alias, release):
        watched = replace(release, watched=_watched(standing, release, seen))
        is_candidate = release is alias.candidate
        yield replace(alias, candidate=watched) if is_candidate else replace(alias, stable=watched)
    if release.window is not None and until >= release.window:
        yield from closed(standing, event.alias)


def _watched(standing: Standing, release: Release, seen: Watched) -> tuple[Watched, ...]:
    """What is kept of *release* with *seen*: the first of each kind, of each observer, that stands.

    So the row has an end, however often a service reports.
    """

    def is_replaced(one: Watched) -> bool:
        alike = (one.signer, one.passing) == (seen.signer, seen.passing)
        return alike and not stood_for(standing, one.signer, one.position)

    left = tuple(one for one in release.watched if not is_replaced(one))
    known = any((one.signer, one.passing) == (seen.signer, seen.passing) for one in left)
    return left if known else (*left, seen)


def _soaked_at(standing: Standing, alias: str, release: Release) -> int:
    """When *release* has been in its stage for as long as that asks; a correction counts as then.

    Else what ran ahead when it came into the stage would keep it there for as long.
    """
    soak = stage_of(standing, alias, release).soak or 0
    later = [to for where, to in standing.head.corrections if where > release.stage_position]
    return min([release.stage_at, *later]) + soak


def require_passed(
    standing: Standing, alias: str, release: Release, operating: Collection[str]
) -> Watched | None:
    """The observation by which *release* has passed its stage; ``None`` where none is asked for.

    Refuses where an observation did not pass, whoever made it and may be stopped since, and
    where none of somebody else than who operates says that the soak is over.
    """
    stage = stage_of(standing, alias, release)
    standing_for = [one for one in release.watched if stood_for(standing, one.signer, one.position)]
    failing = next((one for one in standing_for if not one.passing), None)
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
    for one in standing_for:
        if operators.isdisjoint(one.persons) and not is_stopped(standing, one.signer):
            return one
    raise Refused(
        "stage-unobserved",
        f"nobody but its operators has observed #{release.number} through the stage {stage.id}",
        hint=f"an observation that reaches {format_instant(_soaked_at(standing, alias, release))}"
        f" or later, by {' or '.join(_observers(standing, alias, release)) or 'nobody'}",
    )


def opened(standing: Standing, alias: str, release: Release) -> Iterator[State]:
    """The row of the windows once *release* is completed, whose window takes the place of others.

    The one before is not asked for any longer: something else runs now.
    """
    if release.window is None or release.completed_position is None:
        yield from closed(standing, alias)
        return
    due, position = release.window + RESULT_WITHIN, release.completed_position
    new = OpenWindow(due, alias, release.proposal, position)
    left = [one for one in standing.windows() if one.alias != alias]
    yield WindowsState(tuple(sorted([*left, new], key=lambda one: (one.due, one.alias))))


def closed(standing: Standing, alias: str) -> Iterator[State]:
    """The row of the windows without that of *alias*, if one was open."""
    left = tuple(one for one in standing.windows() if one.alias != alias)
    if len(left) < len(standing.windows()):
        yield WindowsState(left)


def lapse(standing: Standing, at: int) -> Iterator[Finding]:
    """Note in *standing* the windows whose result is overdue at *at*, and yield a finding of each.

    It stands at the position where the release was completed.
    """
    windows = standing.windows()
    if not windows or windows[0].due > at:
        return
    standing.put(WindowsState(tuple(one for one in windows if one.due > at)))
    for one in windows:
        if one.due <= at:
            standing.put(
                FindingState(one.position, (MISSING_OBSERVATION,), alarm=False, notice=True)
            )
            yield Finding(
                one.position,
                MISSING_OBSERVATION,
                f"nobody reported how {one.alias} did until its window ended",
                f"an observation until {format_instant(one.due - RESULT_WITHIN)},"
                f" reported by {format_instant(one.due)}",
            )
