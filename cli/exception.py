"""``assent exception``: what is waived, by whom and until when, and what is owed for it."""

import sys
from collections.abc import Iterator

import click

from cli import params
from cli.act import Screen, perform
from cli.context import make_app
from cli.exceptions import Granted, exception_named, granted_in
from cli.moment import moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit_json, emit_json_lines, emit_table, note, safe
from cli.report_exception import exception_sections
from cli.screen import telling
from cli.sections import Section, show_sections
from ledger.decide import exception
from ledger.decide.context import Standing
from ledger.model.entry import Entry
from ledger.model.terms import format_instant


@click.group()
def command() -> None:
    """See what is waived, until when, and what is owed for it; end an exception early.

    A proposal asks for one: assent proposal open FILE, with effect = "exception".

    \b
    Example:      assent exception list
    Exit status:  as each verb's
    """


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are over and reviewed as well.")
@reading_as_of
def list_(*, everything: bool, options: Options) -> None:
    """List the exceptions that hold, or that something is still to be done about.

    An exception has the number of the proposal that asked for it. Those that are
    over, owed nothing for, and reviewed are left out, but for --all.

    \b
    Example:      assent exception list --all
    Exit status:  0 listed, 4 unproven, 5 uncheckable
    """
    then = moment(make_app(options))
    found = [one for one in granted_in(then) if everything or one.is_current]
    if options.as_json:
        emit_json_lines(one.body() for one in found)
        return
    if not found:
        note("there was never an exception" if everything else "there is no exception")
        return
    if sys.stdout.isatty():
        show_sections([_folded(one) for one in found])
        return
    emit_table(
        ("exception", "alias", "release", "waives", "owner", "until", "", "owed", "review"),
        [
            (
                *(f"#{one.state.number}", one.state.alias, f"#{one.release.number}"),
                *(", ".join(one.state.waives), one.state.owner),
                *(format_instant(one.ends), one.words()),
                *(_owed(one), one.review_words()),
            )
            for one in found
        ],
    )


@command.command()
@click.argument("exception")
@reading_as_of
def show(options: Options, *, exception: str) -> None:
    """Show EXCEPTION, by the number or the id of the proposal that asked for it.

    \b
    Example:      assent exception show 13
    Exit status:  0 shown, 2 no such exception
    """
    app = make_app(options)
    then = moment(app)
    found = exception_named(app, exception, then)
    if options.as_json:
        emit_json(found.body())
        return
    show_sections(exception_sections(app, found))


@command.command()
@click.argument("exception_", metavar="EXCEPTION")
@click.option("--reason", required=True, type=params.text, help="Why; everyone reads it.")
@writing
def close(options: Options, *, exception_: str, reason: str) -> None:
    """End EXCEPTION before its time: it waives nothing from there on, and is reviewed.

    Its owner may, who asked for it, whose consent it took, and the root.

    \b
    Example:      assent exception close 13 --reason "the approval is there" --as olga
    Exit status:  0 closed, 2 no such exception, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    found = exception_named(app, exception_)
    receipt = perform(
        app,
        lambda standing, by, at: exception.close(
            standing, by=by, at=at, exception=found.state.id, reason=reason
        ),
        screen=_about(found),
    )
    if receipt is None or options.as_json:
        return
    for line in _follows(found):
        note(safe(line))


def _about(found: Granted) -> Screen:
    """Shows what is ended, and what that brings about, before it is signed."""

    def show(standing: Standing, entry: Entry) -> str | None:
        rows = [
            ("exception", f"#{found.state.number}, owned by {found.state.owner}"),
            ("waives", f"{', '.join(found.state.waives)} of #{found.release.number}"),
            ("on", found.state.alias),
            ("until", f"{format_instant(found.ends)}: {found.words()}"),
            ("used", found.use()),
        ]
        if found.owing is not None:
            rows.append(
                ("THEN", f"{found.state.alias} admits no other start until that is settled")
            )
        show_sections([Section("The exception that you end", tuple(rows))], err=True)
        return telling(standing, entry)

    return show


def _follows(found: Granted) -> Iterator[str]:
    number = found.release.number
    if found.owing is not None:
        yield f"#{number} still owes: {'; '.join(found.owing)}"
        yield f"  assent proposal approve {number} --role ROLE    or roll it back:"
        yield f"  assent release rollback {found.state.alias} --trigger …"
    yield "somebody who had no part in it reviews it:"
    yield f"  assent review close {found.state.number} FILE"


def _owed(one: Granted) -> str:
    if one.owing is None:
        return "-"
    return "OVERDUE" if one.over else f"by {format_instant(one.ends)}"


def _folded(one: Granted) -> Section:
    """The exception in two columns, where nine would not fit."""
    rows = (
        ("waives", ", ".join(one.state.waives)),
        ("owner", one.state.owner),
        ("until", f"{format_instant(one.ends)}: {one.words()}"),
        ("used", one.use()),
        ("review", one.review_words()),
    )
    title = f"#{one.state.number} for #{one.release.number} to {one.state.alias}"
    return Section(title, rows, (), tuple("red" if "OVERDUE" in row[1] else "" for row in rows))
