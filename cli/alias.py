"""``assent alias``: what runs where, and since when."""

from collections.abc import Iterator

import click

from cli import params
from cli.asked import alias_named
from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit_json, emit_json_lines, emit_table
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide.release_states import AliasState, Release
from ledger.model.stack import Stack
from ledger.model.terms import format_instant


@click.group()
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

    \b
    Example:      assent alias show fraud/production --as-of 2026-11-21T07:41:26Z
    Exit status:  0 shown, 2 no such alias
    """
    then = moment(make_app(options))
    state = alias_named(then.standing, alias)
    if options.as_json:
        emit_json(alias_json(state, then))
        return
    show_sections(_sections(state))


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
            "-" if state.stable is None else format_instant(state.stable.completed_at or 0),
            ", ".join(_remarks(state)),
        )
        for state in states
    ]
    emit_table(("alias", "runs", "proposal", "since", ""), rows)


@command.command()
@click.argument("alias", type=params.alias)
@reading_as_of
def history(options: Options, alias: str) -> None:
    """List the stacks that ALIAS has run, oldest first.

    \b
    Example:      assent alias history fraud/production
    Exit status:  0, 2 no such alias
    """
    from projections.aliases import history_of  # noqa: PLC0415 - a heavy import

    then = moment(make_app(options))
    alias_named(then.standing, alias)
    with then.views.reading() as connection:
        rows = history_of(connection, alias, up_to=then.position)
    if options.as_json:
        emit_json_lines(
            {
                "schema": "alias-history/1",
                "alias": alias,
                "proposal": row.number,
                "digest": row.stack_digest,
                "valid_from": row.valid_from,
                "valid_from_position": row.valid_from_position,
                "valid_to": row.valid_to,
                "valid_to_position": row.valid_to_position,
            }
            for row in rows
        )
        return
    emit_table(
        ("from", "position", "to", "proposal", "stack"),
        [
            (r.valid_from, r.valid_from_position, r.valid_to, f"#{r.number}", short(r.stack_digest))
            for r in rows
        ],
    )


def alias_json(state: AliasState, then: Moment) -> dict[str, object]:
    """An alias as ``alias/1``."""
    stable, candidate = state.stable, state.candidate
    return {
        "schema": "alias/1",
        "alias": state.alias,
        "stable": None if stable is None else _stable_json(stable),
        "candidate": None if candidate is None else release_json(candidate),
        "frozen": False,
        "frozen_by": None,
        "unsupported": is_unsupported(state),
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }


def is_unsupported(state: AliasState) -> bool:
    """Whether what *state* runs, or is on its way there, has lost its consent."""
    found = (state.stable, state.candidate)
    return any(one is not None and one.unsupported for one in found)


def release_json(found: Release) -> dict[str, object]:
    """A release on its way, or arrived; ``share`` waits for stages."""
    completed = found.completed_at
    return {
        "stack": stack_json(found.stack),
        "digest": found.stack.digest,
        "proposal": found.number,
        "stage": found.stage,
        "share": None,
        "since": format_instant(found.started_at),
        "position": found.started_position,
        "completed": None if completed is None else format_instant(completed),
        "completed_position": found.completed_position,
        "policy": found.policy,
        "review_digest": found.review,
    }


def stack_json(stack: Stack) -> dict[str, object]:
    """A stack as an object of its components, with all permissions."""
    parts = {p.component: {"version": p.version, "digest": p.digest} for p in stack.components}
    return {"components": parts, "permissions": list(stack.permissions)}


def _stable_json(stable: Release) -> dict[str, object]:
    return {
        "stack": stack_json(stable.stack),
        "digest": stable.stack.digest,
        "proposal": stable.number,
        "since": format_instant(stable.completed_at or 0),
        "position": stable.completed_position,
    }


def _versions(stack: Stack) -> str:
    return ", ".join(f"{part.component} {part.version}" for part in stack.components)


def _remarks(state: AliasState) -> Iterator[str]:
    if state.candidate is not None:
        yield f"#{state.candidate.number} under way"
    if is_unsupported(state):
        yield "unsupported"


def _sections(state: AliasState) -> list[Section]:
    found = []
    headings = ("component", "version", "digest")
    for word, release in (("runs", state.stable), ("candidate", state.candidate)):
        if release is None:
            continue
        when = release.completed_at or release.started_at
        where = release.completed_position or release.started_position
        since = f"since {format_instant(when)}, position {where}"
        stage = "" if word == "runs" else f", stage {release.stage}"
        title = f"{state.alias} {word}: #{release.number}{stage}, {since}"
        parts = tuple((p.component, p.version, p.digest) for p in release.stack.components)
        held = tuple(("permission", one, "") for one in release.stack.permissions)
        found.append(Section(title, (*parts, *held), headings))
        if release.unsupported:
            said = "it has lost its consent: a key was disowned that it rested on"
            mend = "release another, or it again" if word == "runs" else "it gets no further"
            found.append(Section(f"UNSUPPORTED: #{release.number}", ((f"{said}; {mend}",),)))
    return found
