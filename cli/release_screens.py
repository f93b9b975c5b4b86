"""What people see before they sign that a release goes on, was observed, or is taken back."""

from cli.act import Screen
from cli.context import App
from cli.entries import entry_of
from cli.release_looking import completed_option, stage_lines
from cli.release_numbers import numbers_section, unreached, wrong_with
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide.context import Standing
from ledger.decide.release_states import Release
from ledger.decide.stage import stage_of
from ledger.decide.watching import known_release
from ledger.model.entry import Entry
from ledger.model.events import (
    ObservationRecorded,
    ReleaseAdvanced,
    ReleaseCompleted,
    ReleaseRolledBack,
)
from ledger.model.terms import format_duration, format_instant, parse_instant

Row = tuple[str, str]


def advancing(app: App) -> Screen:
    """Shows which stage comes next, and by what the present one was passed."""

    def show(standing: Standing, entry: Entry) -> str | None:
        event = entry.event
        if not isinstance(event, ReleaseAdvanced):
            return None
        release = known_release(standing, event.alias, event.proposal)
        rows = _about(standing, event.alias, release)
        lines = {line.stage.id: line for line in stage_lines(standing, event.alias, release)}
        then = lines[event.stage]
        rows += [("next stage", f"{event.stage}, share {then.share}, soak {then.soak}")]
        rows += [("observed by", " or ".join(then.observers) or "nobody")]
        _show(app, standing, release, (f"Advance {event.alias}", rows), event.observation)
        return event.review

    return show


def completing(app: App) -> Screen:
    """Shows what will run, and by what the last stage was passed."""

    def show(standing: Standing, entry: Entry) -> str | None:
        event = entry.event
        if not isinstance(event, ReleaseCompleted):
            return None
        release = known_release(standing, event.alias, event.proposal)
        rows = _about(standing, event.alias, release)
        rows += [("will run", f"#{release.number} for everybody")]
        for window in stage_of(standing, event.alias, release).observe:
            if window.tier == release.tier:
                rows.append(("then watched", f"for {format_duration(window.seconds)}"))
        _show(app, standing, release, (f"Complete {event.alias}", rows), event.observation)
        return event.review

    return show


def observing(app: App) -> Screen:  # noqa: ARG001 - made as every screen
    """Shows each number against its bounds, and what the observation will bring about."""

    def show(standing: Standing, entry: Entry) -> str | None:
        event = entry.event
        if not isinstance(event, ObservationRecorded):
            return None
        release = known_release(standing, event.alias, event.proposal)
        stage = "completed" if event.stage is None else f"in the stage {event.stage}"
        rows = [
            ("release", f"#{release.number}, {stage}"),
            ("window", f"{event.start} to {event.until}"),
            ("source", event.source),
            *((("incident", event.incident),) if event.incident else ()),
            *((("summary", event.summary),) if event.summary else ()),
        ]
        verdict = _verdict(standing, release, event)
        title = f"What you observed of {event.alias}"
        numbers = numbers_section(standing, release, event)
        sections = [Section(title, tuple(rows)), numbers, verdict]
        show_sections([one for one in sections if one.rows], err=True)
        return None

    return show


def rolling_back(app: App) -> Screen:
    """Shows what runs now and what will run then, and when the review is due."""

    def show(standing: Standing, entry: Entry) -> str | None:
        event = entry.event
        if not isinstance(event, ReleaseRolledBack):
            return None
        alias = standing.alias(event.alias)
        release = known_release(standing, event.alias, event.proposal)
        under_way = release.completed_position is None
        rows = [("taken back", f"#{release.number}, {_where(release)}")]
        if not under_way and alias.candidate is not None:
            rows += [("and with it", f"#{alias.candidate.number}, {_where(alias.candidate)}")]
        rows += [("runs now", _runs(alias.stable))]
        if under_way:
            rows += [("will run", f"{_runs(alias.stable)}, unchanged")]
        else:
            before = None if release.before is None else standing.earlier(release.before)
            rows += [("will run", _runs(before))]
        if release.proposal in alias.owing:
            rows += [("settles", "what it owes for its exception")]
        rows += [("trigger", event.trigger), ("incident", event.incident or "-")]
        rows += [("review", _review_due(standing, entry))]
        shown = Section(f"Roll back {event.alias}", tuple(rows))
        show_sections([shown, *_cited(app, standing, release, event.observation)], err=True)
        return None

    return show


def _about(standing: Standing, alias: str, release: Release) -> list[Row]:
    state = standing.proposal(release.proposal)
    summary = "" if state is None else f": {state.effect.summary}"
    return [
        ("release", f"#{release.number}{summary}"),
        ("stack", short(release.stack.digest)),
        ("runs now", _runs(standing.alias(alias).stable)),
        ("stage now", f"{release.stage}, since {format_instant(release.stage_at)}"),
    ]


def _runs(release: Release | None) -> str:
    if release is None:
        return "nothing"
    parts = ", ".join(f"{part.component} {part.version}" for part in release.stack.components)
    return f"#{release.number}: {parts}"


def _where(release: Release) -> str:
    if release.completed_at is None:
        return f"under way in the stage {release.stage}"
    return f"completed {format_instant(release.completed_at)}"


def _review_due(standing: Standing, entry: Entry) -> str:
    rules = standing.policy().rollback
    if rules is None or rules.review_within is None:
        return "opened; the policy names no time for it"
    at = max(parse_instant(entry.at), standing.head.time)
    return f"due {format_instant(at + rules.review_within)}, closed by somebody else"


def _show(
    app: App,
    standing: Standing,
    release: Release,
    titled: tuple[str, list[Row]],
    observation: int | None,
) -> None:
    title, rows = titled
    if observation is None:
        rows.append(("passed by", "nothing: the stage asks for no observation"))
    sections = [Section(title, tuple(rows)), *_cited(app, standing, release, observation)]
    digest = Section(f"Review digest, under policy {release.policy}", ((release.review,),))
    show_sections([*sections, digest], err=True)


def _cited(
    app: App, standing: Standing, release: Release, observation: int | None
) -> list[Section]:
    """The observation at the position *observation*, with its numbers."""
    entry = None if observation is None else entry_of(app, observation)
    if entry is None or not isinstance(entry.event, ObservationRecorded):
        return []
    event = entry.event
    rows = (
        ("position", f"{observation}, by {entry.by.signer}"),
        ("window", f"{event.start} to {event.until}"),
        ("source", event.source),
        *((("incident", event.incident),) if event.incident else ()),
    )
    numbers = numbers_section(standing, release, event)
    return [Section("The observation", rows), *([numbers] if numbers.rows else [])]


def _verdict(standing: Standing, release: Release, event: ObservationRecorded) -> Section:
    """What comes of *event*, said loudly where it ends the release."""
    wrong, breach = wrong_with(standing, release, event)
    rows = [("does not pass", text) for text in wrong]
    rows += [("breaches a trigger", text) for text in breach]
    if not rows:
        return Section("It passes", (_next(standing, release, event),))
    title = "IT DOES NOT PASS"
    if event.stage is not None:
        title = f"THIS ENDS THE RELEASE: it cannot pass the stage {event.stage} any more"
    if breach:
        which = "" if event.stage is not None else completed_option(standing, event.alias)
        rows.append(("so", f"assent release rollback {event.alias}{which}"))
    return Section(title, tuple(rows), (), ("red",) * len(rows))


def _next(standing: Standing, release: Release, event: ObservationRecorded) -> Row:
    """What comes of an observation that passes."""
    end = unreached(standing, release, event)
    if event.stage is None:
        if end is None:
            return "so", "this is how the release did until its window ended"
        return "but", f"its window ends {format_instant(end)}: one more is due that reaches it"
    if end is None:
        return "so", "whoever operates may go on, on the strength of it"
    return "but", f"the soak ends {format_instant(end)}: one more is needed that reaches it"
