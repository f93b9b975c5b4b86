"""``assent release``: move the stack of a proposal to its alias."""

import click

from cli import params
from cli.act import perform
from cli.alias import release_json
from cli.asked import alias_named, proposal_named
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit_json
from cli.review import reviewing
from cli.sections import Section, show_sections
from cli.wording import short
from ledger.decide import release
from ledger.decide.release_states import Release
from ledger.model.terms import format_instant


@click.group()
def command() -> None:
    """Move a stack to an alias.

    \b
    Example:      assent release start 12 --as omar
    Exit status:  as each verb's
    """


@command.command()
@click.argument("proposal")
@writing
def start(options: Options, proposal: str) -> None:
    """Start the release that PROPOSAL has all consent for.

    \b
    Example:      assent release start 12 --as omar
    Exit status:  0 started, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    id_ = proposal_named(app, proposal).id
    perform(
        app,
        lambda standing, by, at: release.start(standing, by=by, at=at, proposal=id_),
        screen=reviewing(app),
    )


@command.command()
@click.argument("alias", type=params.alias)
@writing
def complete(options: Options, alias: str) -> None:
    """Make the candidate of ALIAS its stable stack.

    \b
    Example:      assent release complete fraud/production --as omar
    Exit status:  0 completed, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    alias_named(app.standing, alias)
    perform(app, lambda standing, by, at: release.complete(standing, by=by, at=at, alias=alias))


@command.command()
@click.argument("alias", type=params.alias)
@reading_as_of
def show(options: Options, alias: str) -> None:
    """Show the release to ALIAS that is under way, or the last one.

    \b
    Example:      assent release show fraud/production
    Exit status:  0 shown, 2 no such alias
    """
    then = moment(make_app(options))
    state = alias_named(then.standing, alias)
    found = state.candidate or state.stable
    if options.as_json:
        under_way = state.candidate is not None
        body = {} if found is None else release_json(found)
        emit_json({"schema": "release/1", "alias": alias, "under_way": under_way, **body})
        return
    if found is not None:
        show_sections(_sections(alias, found))


def _sections(alias: str, found: Release) -> list[Section]:
    completed = "under way"
    if found.completed_at is not None:
        completed = f"{format_instant(found.completed_at)} at position {found.completed_position}"
    facts = (
        ("proposal", f"#{found.number}"),
        ("stage", found.stage),
        ("started", f"{format_instant(found.started_at)} at position {found.started_position}"),
        ("completed", completed),
        ("policy", str(found.policy)),
        ("review digest", found.review),
        ("stack", found.stack.digest),
    )
    parts = tuple((p.component, p.version, short(p.digest)) for p in found.stack.components)
    return [Section(f"Release to {alias}", facts), Section("Stack", parts)]
