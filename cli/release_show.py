"""``assent release show``: a release with its stages, and what it waits for."""

import click

from cli import params
from cli.alias_marks import mark_sections
from cli.asked import alias_named
from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit_json
from cli.policy_page_parts import bounds_text
from cli.release_json import release_json
from cli.release_looking import StageLine, awaited, outcome_of, stage_lines
from cli.reviewed import last_rollback
from cli.reviews import Review
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide.release_states import AliasState, Release
from ledger.decide.rollback import powers
from ledger.model.terms import format_instant


@click.command()
@click.argument("alias", type=params.alias)
@reading_as_of
def show(options: Options, alias: str) -> None:
    """Show the release to ALIAS that is under way, or what it runs: its stages and what it awaits.

    \b
    Example:      assent release show fraud/production
    Exit status:  0 shown, 2 no such alias
    """
    then = moment(make_app(options))
    state = alias_named(then.standing, alias)
    found = state.candidate or state.stable
    before = last_rollback(then, alias, -1 if found is None else found.started_position)
    if options.as_json:
        body = {} if found is None else _body(then, alias, found)
        head = {"schema": "release/1", "alias": alias, "under_way": state.candidate is not None}
        emit_json({**head, **body, "rolled_back": None if before is None else before.body()})
        return
    back = () if before is None else (("rolled back", _taken_back(before)),)
    if found is None:
        title = f"{alias} runs nothing, and nothing is on its way there"
        show_sections([Section(title, back)])
        return
    show_sections(_sections(then, state, found, back))


def _body(then: Moment, alias: str, found: Release) -> dict[str, object]:
    waits = awaited(then.standing, alias, found, then.at) if found.completed_at is None else None
    result = outcome_of(then.standing, alias, found, then.at)
    return {
        **release_json(then.standing, alias, found),
        "tier": found.tier,
        "stages": [line.body() for line in stage_lines(then.standing, alias, found)],
        "waits_for": None if waits is None else waits.what,
        "failing": waits is not None and waits.failing,
        "window": None if result is None else result.body(),
        "unsupported": found.unsupported,
    }


def _taken_back(one: Review) -> str:
    """The newest rollback, in a line, and how its review stands."""
    took = f", {one.took}" if one.took else ""
    return f"#{one.number} by {one.by} at position {one.position}{took}; review {one.words()}"


def _sections(
    then: Moment, state: AliasState, found: Release, back: tuple[tuple[str, str], ...]
) -> list[Section]:
    alias = state.alias
    completed = "under way"
    if found.completed_at is not None:
        completed = f"{format_instant(found.completed_at)} at position {found.completed_position}"
    facts = [
        ("proposal", f"#{found.number}, tier {found.tier}"),
        ("stage", found.stage),
        ("started", f"{format_instant(found.started_at)} at position {found.started_position}"),
        ("completed", completed),
        ("policy", str(found.policy)),
        *_exceptions(then, found),
        ("stack", short(found.stack.digest)),
        *_waits(then, alias, found),
        ("a rollback", _rollback(then, state, found)),
        *back,
    ]
    lines = stage_lines(then.standing, alias, found)
    return [
        Section(f"Release to {alias}", tuple(facts)),
        *mark_sections(then.standing, alias, then.at),
        _stages(lines),
        _asked(lines),
        Section("Review digest", ((found.review,),)),
    ]


def _exceptions(then: Moment, found: Release) -> list[tuple[str, str]]:
    """Under which exceptions it was started, if under any."""
    used = (then.standing.exception(id_) for id_ in found.exceptions)
    said = [f"#{one.number}: {', '.join(one.waives)}" for one in used if one is not None]
    return [("WAIVED by", "; ".join(said))] if said else []


def _waits(then: Moment, alias: str, found: Release) -> list[tuple[str, str]]:
    if found.completed_at is not None:
        result = outcome_of(then.standing, alias, found, then.at)
        return [] if result is None else [("watched", result.words())]
    waits = awaited(then.standing, alias, found, then.at)
    rows = [(waits.state, waits.what)]
    return [*rows, *((("", waits.todo),) if waits.todo else ())]


def _rollback(then: Moment, state: AliasState, found: Release) -> str:
    """What would run then, and whom it takes."""
    roles, services = powers(then.standing.policy())
    to = state.stable
    if found.completed_at is not None:
        to = None if found.before is None else then.standing.earlier(found.before)
    runs = "nothing would run" if to is None else f"#{to.number} would run"
    breach = f"; on a breach {' or '.join(services)} too" if services else ""
    return f"by {' or '.join(roles)}{breach}; {runs}"


def _stages(lines: list[StageLine]) -> Section:
    rows = tuple(
        (
            *(line.stage.id, line.share, line.soak),
            "-" if line.since is None else format_instant(line.since),
            "-" if line.step is None else format_instant(line.step.at),
            "-" if line.step is None or line.step.seen is None else str(line.step.seen.position),
        )
        for line in lines
    )
    return Section("Stages", rows, ("stage", "share", "soak", "since", "passed", "observation"))


def _asked(lines: list[StageLine]) -> Section:
    """Who observes each stage, and the bounds that every observation of it has to hold."""
    rows = []
    for line in lines:
        stage = line.stage
        bounds = [*map(bounds_text, stage.metrics), *map(bounds_text, stage.segments)]
        if stage.is_watched:
            rows.append((stage.id, " or ".join(line.observers), "; ".join(bounds) or "-"))
    return Section("Observed", tuple(rows), ("stage", "by", "every observation holds"))
