"""What an act on a release has brought about, in a line or two beside its receipt."""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.context import App
from cli.output import note, safe
from cli.wording import ago
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.stage import soaked_at, stage_of
from ledger.decide.windows import window_end
from ledger.model.events import (
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
)
from ledger.model.terms import format_duration, format_instant, parse_instant
from ledger.service import Receipt


def tell(app: App, receipt: Receipt | None) -> None:
    """Say on stderr what came of *receipt*'s act; to a program, and of a dry run, nothing."""
    if receipt is None or app.options.as_json:
        return
    standing = app.views.standing()
    match receipt.entry.event:
        case ReleaseAdvanced() | ReleaseCompleted() as event:
            lines = _moved(standing, event)
        case ObservationRecorded() as event:
            lines = _observed(standing, event, receipt.position)
        case ReleaseRolledBack() as event:
            lines = _rolled_back(app, standing, event)
        case _:
            return
    for line in lines:
        note(safe(line))


def _moved(standing: Standing, event: ReleaseAdvanced | ReleaseCompleted) -> Iterator[str]:
    release = standing.alias(event.alias).running(event.proposal)
    if release is None:
        return
    if release.completed_at is not None:
        yield f"{event.alias} runs #{release.number} now"
        end = window_end(standing, release)
        if end is not None:
            yield f"how it does until {format_instant(end)} is to be reported"
        return
    stage = stage_of(standing, event.alias, release)
    share = "" if stage.share is None else f", share {stage.share}"
    soak = ""
    if stage.soak is not None:
        soak = f", until {format_instant(soaked_at(standing, event.alias, release))} at least"
    yield f"#{release.number} is in the stage {stage.id} now{share}{soak}"


def _observed(standing: Standing, event: ObservationRecorded, position: int) -> Iterator[str]:
    release = standing.alias(event.alias).running(event.proposal)
    seen = standing.observation(position)
    if release is None or seen is None:
        return
    under_way = event.stage is not None
    where = f"the stage {event.stage}" if under_way else "what is asked of it"
    if seen.passing:
        yield f"it passes {where}; {_reaches(standing, release, event)}"
    elif seen.complaints:
        ends = f"; #{release.number} goes no further" if under_way else ""
        yield f"it does not pass {where}: {'; '.join(seen.complaints)}{ends}"
    if seen.breaches:
        yield f"it breaches a trigger: {'; '.join(seen.breaches)}"
        behind = not under_way and standing.alias(event.alias).candidate is not None
        yield f"  assent release rollback {event.alias}{' --stable' if behind else ''}"


def _reaches(standing: Standing, release: Release, event: ObservationRecorded) -> str:
    """Whether *event*, which passes, is all that was waited for."""
    until = parse_instant(event.until)
    if event.stage is None:
        end = window_end(standing, release)
        if end is None or until >= end:
            return "its window has ended, and nothing more is asked for"
        return f"its window ends {format_instant(end)}"
    end = soaked_at(standing, event.alias, release)
    return "the soak is over" if until >= end else f"the soak ends {format_instant(end)}"


def _rolled_back(app: App, standing: Standing, event: ReleaseRolledBack) -> Iterator[str]:
    stable = standing.alias(event.alias).stable
    yield f"{event.alias} runs {'nothing' if stable is None else f'#{stable.number}'} now"
    above = None if event.candidate is None else standing.proposal(event.candidate)
    if above is not None:
        yield f"#{above.number}, which was under way, is taken back with it"
    from projections.releases import known  # noqa: PLC0415 - a heavy import

    with app.views.reading() as connection:
        row = known(connection, [event.proposal]).get(event.proposal, {})
    took = took_words(standing, row)
    if took:
        yield took
    review = standing.review(event.rollback)
    if review is not None:
        due = "" if review.due is None else f" until {format_instant(review.due)}"
        yield f"somebody else reviews it{due}: assent review close {event.alias} FILE"


def took_words(standing: Standing, row: Mapping[str, Any]) -> str:
    """How long after its trigger the release in *row* was rolled back, where that is known."""
    seconds = row.get("rollback_seconds")
    if seconds is None:
        return ""
    rules = standing.policy().rollback
    within = None if rules is None else rules.within
    late = "LATE, " if row.get("in_time") is False else ""
    bound = "" if within is None else f" ({late}within {format_duration(within)})"
    return f"{ago(seconds)} after the trigger{bound}"
