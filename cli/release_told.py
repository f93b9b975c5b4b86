"""What an act on a release has brought about, in a line or two beside its receipt."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from cli.context import App
from cli.moment import Moment
from cli.output import note, safe
from cli.owed import owing_of
from cli.release_looking import completed_option
from cli.release_numbers import unreached
from cli.wording import ago
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.stage import soaked_at, stage_of
from ledger.decide.waivers import used_under
from ledger.decide.windows import window_end
from ledger.model.events import (
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
    ReleaseStarted,
)
from ledger.model.terms import format_duration, format_instant
from ledger.policy.document import Policy
from ledger.service import Receipt


def tell(app: App, receipt: Receipt | None) -> None:
    """Say on stderr what came of *receipt*'s act; to a program, and of a dry run, nothing."""
    if receipt is None or app.options.as_json:
        return
    standing = app.views.standing()
    match receipt.entry.event:
        case ReleaseStarted() as event:
            lines = _owing(standing, event.proposal, app.now)
        case ReleaseAdvanced() | ReleaseCompleted() as event:
            lines = chain(_moved(standing, event), _owing(standing, event.proposal, app.now))
        case ObservationRecorded() as event:
            lines = _observed(standing, event, receipt.position)
        case ReleaseRolledBack() as event:
            lines = _rolled_back(app, standing, event)
        case _:
            return
    for line in lines:
        note(safe(line))


def _owing(standing: Standing, proposal: str, at: int) -> Iterator[str]:
    """What the release still lacks, if it goes on under an exception, and by when."""
    state = standing.proposal(proposal)
    owing = None if state is None else owing_of(standing, state, at, people=False)
    if state is None or owing is None:
        return
    lacking = [text for one in owing.lacking for text in one.missing]
    yield f"WAIVED by {owing.named()}, and owed: {'; '.join(lacking)}"
    yield f"  {owing.words()}: approve #{state.number} fully by then, or roll it back"


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
        which = "" if under_way else completed_option(standing, event.alias)
        yield f"  assent release rollback {event.alias}{which}"


def _reaches(standing: Standing, release: Release, event: ObservationRecorded) -> str:
    """Whether *event*, which passes, is all that was waited for."""
    end = unreached(standing, release, event)
    if event.stage is None:
        if end is None:
            return "its window has ended, and nothing more is asked for"
        return f"its window ends {format_instant(end)}"
    return "the soak is over" if end is None else f"the soak ends {format_instant(end)}"


def _rolled_back(app: App, standing: Standing, event: ReleaseRolledBack) -> Iterator[str]:
    stable = standing.alias(event.alias).stable
    yield f"{event.alias} runs {'nothing' if stable is None else f'#{stable.number}'} now"
    above = None if event.candidate is None else standing.proposal(event.candidate)
    if above is not None:
        yield f"#{above.number}, which was under way, is taken back with it"
    from projections.releases import known  # noqa: PLC0415 - a heavy import

    with app.views.reading() as connection:
        rows = known(connection, [event.proposal])
    yield from took_words(Moment(standing, app.views, app.now), rows).values()
    for one in used_under(standing, event.proposal):
        yield f"nothing is owed for exception #{one.number} any more"
    review = standing.review(event.rollback)
    if review is not None:
        due = "" if review.due is None else f" until {format_instant(review.due)}"
        yield f"somebody else reviews it{due}: assent review close {event.alias} FILE"


def took_words(then: Moment, releases: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """How long after its trigger each of *releases* was rolled back, where that is known.

    Rows of ``releases`` by proposal; the time allowed is that of the policy in force then.
    """
    from projections.policies import in_force  # noqa: PLC0415 - a heavy import

    timed = {of: row for of, row in releases.items() if row["rollback_seconds"] is not None}
    with then.views.reading() as connection:
        numbers = in_force(connection, [row["rolled_back_position"] for row in timed.values()])
    return {
        of: _took(then.standing.policy(numbers[row["rolled_back_position"]]), row)
        for of, row in timed.items()
    }


def _took(policy: Policy, row: Mapping[str, Any]) -> str:
    within = None if policy.rollback is None else policy.rollback.within
    late = "LATE, " if row["in_time"] is False else ""
    bound = "" if within is None else f" ({late}within {format_duration(within)})"
    return f"{ago(row['rollback_seconds'])} after the trigger{bound}"
