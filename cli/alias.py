"""``assent alias``: what runs where, and since when."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from cli import params
from cli.alias_diff import diff
from cli.alias_marks import mark_sections, remarks
from cli.asked import alias_named
from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, emit_json_lines, emit_table, safe
from cli.release_json import alias_json, is_unsupported, running_since
from cli.release_looking import outcome_of, share_of
from cli.release_told import took_words
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide.release_states import AliasState, Release
from ledger.model.stack import Stack
from ledger.model.terms import format_instant

HEADINGS = ("component", "version", "digest")


@click.group(commands=[diff])
def command() -> None:
    """What runs where, and since when.

    \b
    Example:      assent alias show fraud/production
    Exit status:  as each verb's
    """


@command.command()
@click.argument("alias", type=params.alias)
@reading_as_of
def show(options: Options, alias: str) -> None:
    """Show what ALIAS runs, and what is on its way there.

    With --as-of TIME: which model, which threshold and which other part decided then.

    \b
    Example:      assent alias show fraud/production --as-of 2026-11-21T07:41:26Z
    Exit status:  0 shown, 2 no such alias
    """
    then = moment(make_app(options))
    state = alias_named(then.standing, alias)
    if options.as_json:
        emit_json(alias_json(state, then))
        return
    show_sections(_sections(state, then))


@command.command("list")
@reading_as_of
def list_(options: Options) -> None:
    """List every alias and the stack it runs.

    \b
    Example:      assent alias list
    Exit status:  0
    """
    from projections.aliases import alias_list  # noqa: PLC0415 - a heavy import

    then = moment(make_app(options))
    with then.views.reading() as connection:
        names = [str(row.alias) for row in alias_list(connection)]
    states = [then.standing.alias(name) for name in names]
    if options.as_json:
        emit_json_lines(alias_json(state, then) for state in states)
        return
    rows = [
        (
            state.alias,
            "-" if state.stable is None else _versions(state.stable.stack),
            "-" if state.stable is None else f"#{state.stable.number}",
            "-" if state.stable is None else running_since(state, then).at,
            ", ".join(_remarks(state, then)),
        )
        for state in states
    ]
    emit_table(("alias", "runs", "proposal", "since", ""), rows)
    for state in states if sys.stdout.isatty() else ():
        # Where the table is cut to the terminal, what is loud is not cut with it.
        for text in remarks(then.standing, state.alias, then.at):
            emit(safe(f"{state.alias}: {text}"))


@command.command()
@click.argument("alias", type=params.alias)
@reading_as_of
def history(options: Options, alias: str) -> None:
    """List the stacks that ALIAS has run, oldest first, and how each ended.

    \b
    Example:      assent alias history fraud/production
    Exit status:  0, 2 no such alias
    """
    from projections.aliases import history_of  # noqa: PLC0415 - a heavy import
    from projections.releases import known  # noqa: PLC0415 - the same

    then = moment(make_app(options))
    alias_named(then.standing, alias)
    with then.views.reading() as connection:
        rows = history_of(connection, alias, up_to=then.position)
        releases = known(connection, {str(row.proposal) for row in rows})
    if options.as_json:
        emit_json_lines(_history_json(alias, row) for row in rows)
        return
    took = took_words(then, releases)
    courses = [_course(row, releases[str(row.proposal)], took) for row in rows]
    if sys.stdout.isatty():
        show_sections([_history(rows, courses)])
        return
    emit_table(
        ("from", "position", "to", "proposal", "stack", ""),
        [
            (
                *(r.valid_from, r.valid_from_position, r.valid_to, f"#{r.number}"),
                short(str(r.stack_digest)),
                course,
            )
            for r, course in zip(rows, courses, strict=True)
        ],
    )


def _history_json(alias: str, row: Any) -> dict[str, object]:
    """A stack that *alias* has run, as ``alias-history/1``."""
    return {
        "schema": "alias-history/1",
        "alias": alias,
        "proposal": row.number,
        "digest": row.stack_digest,
        "valid_from": row.valid_from,
        "valid_from_position": row.valid_from_position,
        "began": row.began,
        "began_by": row.began_by,
        "valid_to": row.valid_to,
        "valid_to_position": row.valid_to_position,
        "ended": row.ended,
        "ended_by": row.ended_by,
    }


def _history(rows: Sequence[Any], courses: Sequence[str]) -> Section:
    """The history in two columns, where six would not fit: two lines for each stack."""
    lines: list[tuple[str, str]] = []
    for r, course in zip(rows, courses, strict=True):
        began = f"{r.valid_from}, position {r.valid_from_position}"
        lines.append((began, f"#{r.number}  {short(str(r.stack_digest))}"))
        if course or r.valid_to:
            lines.append((f"  to {r.valid_to}" if r.valid_to else "", course))
    return Section("", tuple(lines))


def _course(row: Any, release: Mapping[str, Any], took: Mapping[str, str]) -> str:
    """How a stack came to run where it was not by being completed, and how that ended."""
    said = [] if row.began == "completed" else [f"brought back by {row.began_by}"]
    if row.ended is not None:
        said.append(f"{row.ended} by {row.ended_by}")
    was_last = row.ended is not None and row.valid_to_position == release["rolled_back_position"]
    late = took.get(row.proposal, "") if was_last else ""
    return ", ".join(text for text in (", then ".join(said), late) if text)


def _versions(stack: Stack) -> str:
    return ", ".join(f"{part.component} {part.version}" for part in stack.components)


def _remarks(state: AliasState, then: Moment) -> Iterator[str]:
    if state.candidate is not None:
        yield f"#{state.candidate.number} under way, {_stage(state, state.candidate, then)}"
    if is_unsupported(state):
        yield "unsupported"
    yield from remarks(then.standing, state.alias, then.at)


def _stage(state: AliasState, candidate: Release, then: Moment) -> str:
    share = share_of(then.standing, state.alias, candidate)
    return f"stage {candidate.stage}" + ("" if share is None else f" (share {share})")


def _sections(state: AliasState, then: Moment) -> list[Section]:
    began = running_since(state, then)
    since = f"{'again ' if began.again else ''}since {began.at}, position {began.position}"
    found = []
    if state.stable is not None:
        title = f"{state.alias} runs: #{state.stable.number}, {since}"
        found += [_stack(title, state.stable), *_lost(state.stable, "release another, or it again")]
        result = outcome_of(then.standing, state.alias, state.stable, then.at)
        if result is not None and result.is_news:
            found.append(Section("Watched", ((result.words(),),)))
    elif began.position is not None:
        found.append(Section(f"{state.alias} runs nothing, {since}", ()))
    elif state.candidate is None:
        found.append(Section(f"{state.alias} runs nothing, and never did", ()))
    if state.candidate is not None:
        candidate = state.candidate
        at = f"since {format_instant(candidate.started_at)}, position {candidate.started_position}"
        stage = _stage(state, candidate, then)
        title = f"{state.alias} candidate: #{candidate.number}, {stage}, {at}"
        found += [_stack(title, candidate), *_lost(candidate, "it gets no further")]
    return [*found, *mark_sections(then.standing, state.alias, then.at)]


def _stack(title: str, release: Release) -> Section:
    parts = tuple((p.component, p.version, p.digest) for p in release.stack.components)
    held = tuple(("permission", one, "") for one in release.stack.permissions)
    return Section(title, (*parts, *held), HEADINGS)


def _lost(release: Release, mend: str) -> list[Section]:
    """What is to be said of *release* where it has lost its consent."""
    if not release.unsupported:
        return []
    said = "it has lost its consent: a key was disowned that it rested on"
    return [Section(f"UNSUPPORTED: #{release.number}", ((f"{said}; {mend}",),))]
