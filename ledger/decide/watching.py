"""Watching a release: what others than its operators observe of it, and what that decides.

Observations are held against the policy of the start for its stage, and against the policy
in force for the triggers of a rollback.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.decide.authority import hands
from ledger.decide.context import Standing
from ledger.decide.evidence import require_distinct
from ledger.decide.happening import Happening
from ledger.decide.release_states import AliasState, ObservationState, Release, Watched
from ledger.decide.replacing import replace
from ledger.decide.roles import lent_for, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import (
    entered_at,
    observers,
    observing_roles,
    shows_soak,
    soaked_at,
    stage_of,
)
from ledger.decide.states import State
from ledger.decide.windows import result_of, window_end
from ledger.errors import BadInput, Refused
from ledger.model.events import Metric, ObservationRecorded
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.numbers import numbers_of
from ledger.policy.stages import Observed, breaches, complaints, unreported

TEXTS: Final = 20
"""How many complaints of one observation are kept, with how many more there are."""


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
    _require_window(standing, release, parse_instant(start), parse_instant(until), at)
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


def _require_observer(
    standing: Standing, by: SignerState, at: int, alias: str, release: Release
) -> None:
    named, roles = observers(standing, alias, release), observing_roles(standing, alias, release)
    if by.kind == "service":
        observes = by.id in named and by.id not in roles
    else:
        observes = not roles_held(standing, by, alias, at).keys().isdisjoint(roles)
    if not observes:
        raise Refused(
            "not-observer",
            f"{by.id} does not observe releases to {alias}",
            hint=f"policy {release.policy} names {' or '.join(named) or 'nobody'}",
        )
    lent = lent_for(standing, by, roles, alias, at)
    operating = set(hands(standing, by, ()) & set(release.operators))
    if lent and all(one.by in release.operators for one in lent):
        operating |= {one.by for one in lent}
    if operating:
        raise Refused(
            "operator-observes",
            f"{', '.join(sorted(operating))} operated #{release.number}; others observe it",
            hint="whoever starts or advances a release never says how it did",
        )


def _require_window(standing: Standing, release: Release, start: int, until: int, at: int) -> None:
    if until < start:
        raise BadInput("window-reversed", "the window ends before it begins")
    if until > at:
        raise Refused(
            "window-ahead",
            f"nobody has observed yet what is until {format_instant(until)}",
            hint=f"it is {format_instant(at)} here",
        )
    entered = entered_at(standing, release)
    if until < entered:
        raise Refused(
            "window-before",
            f"the window ends before #{release.number} came into its present stage",
            hint=f"that was at {format_instant(entered)}",
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
    breach = breached(standing, observed)
    roles = observing_roles(standing, event.alias, release)
    lent = lent_for(standing, by, roles, event.alias, on.at)
    yield ObservationState(
        position=on.position,
        proposal=event.proposal,
        stage=release.stage,
        signer=by.id,
        loans=lent,
        at=on.at,
        complaints=_shortened(wrong),
        breaches=_shortened(breach),
    )
    seen = Watched(
        position=on.position,
        at=on.at,
        signer=by.id,
        persons=tuple(sorted(hands(standing, by, ()))),
        loans=lent,
        until=parse_instant(event.until),
        passing=not (wrong or breach),
    )
    kept = _with(standing, event.alias, release, seen)
    is_candidate = release is alias.candidate
    yield replace(alias, candidate=kept) if is_candidate else replace(alias, stable=kept)


def _shortened(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The first of *texts*, and how many more there are: one report must not fill the standing."""
    more = len(texts) - TEXTS
    return texts if more <= 0 else (*texts[:TEXTS], f"and {more} more")


def _with(standing: Standing, alias: str, release: Release, seen: Watched) -> Release:
    """*release* with what *seen* changes: whether it goes on, and whether its window has a result.

    Of each observer the first of each kind that counts is kept, so that the row has an end,
    however often a service reports.
    """
    end = window_end(standing, release)
    reported = result_of(standing, alias, release) is not None
    if end is not None and seen.until >= end and not reported:
        release = replace(release, result=seen)
    soaked = soaked_at(standing, alias, release)
    if seen.passing and seen.until < soaked:
        return release

    def counts(one: Watched) -> bool:
        return not one.passing or shows_soak(standing, alias, release, one, release.operators)

    kind = (seen.signer, seen.passing)
    alike = [one for one in release.watched if (one.signer, one.passing) == kind]
    if any(counts(one) for one in alike):
        return release
    return replace(release, watched=(*(w for w in release.watched if w not in alike), seen))
