"""``assent review``: what was behind a rollback, an exception or a stop, said by somebody else."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from cli.act import Screen, perform
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit_json_lines, emit_table, note
from cli.params import FILE
from cli.review_file import read_review
from cli.reviewed import review_named, reviews_in
from cli.reviews import KIND_WORDS, Review
from cli.screen import telling
from cli.sections import Section, show_sections
from ledger.decide import review
from ledger.decide.context import Standing
from ledger.model.entry import Entry


@click.group()
def command() -> None:
    """Say what was behind a rollback, an exception or a stop, and see which reviews are due.

    \b
    Example:      assent review close fraud/production review.toml --as alice
    Exit status:  as each verb's
    """


@command.command()
@click.argument("subject")
@click.argument("file", type=FILE)
@writing
def close(options: Options, subject: str, file: Path) -> None:
    """Close the review of SUBJECT with what FILE says; somebody does who had no part in it.

    SUBJECT is an alias with one open review, #N for the release that was rolled
    back or the exception, the target of a stop, or the beginning of the review's
    id. FILE has cause, changes and tests. An exception is reviewed once it has ended.

    \b
    Example:      assent review close fraud/production review.toml --as alice
    Exit status:  0 closed, 2 no such review or something in FILE, 3 refused
    """
    app = make_app(options)
    found = review_named(app, subject)
    said = read_review(file)
    perform(
        app,
        lambda standing, by, at: review.close(
            standing,
            by=by,
            at=at,
            subject=found.subject,
            cause=said.cause,
            changes=said.changes,
            tests=said.tests,
            summary=said.summary,
            why=said.why,
        ),
        screen=_about(found),
    )


def _about(found: Review) -> Screen:
    """Shows what the review is of, before what is said of it."""

    def show(standing: Standing, entry: Entry) -> str | None:
        title = f"The {KIND_WORDS[found.what]} that you review"
        show_sections([Section(title, tuple(_rows(standing, found)))], err=True)
        return telling(standing, entry)

    return show


def _rows(standing: Standing, found: Review) -> Iterator[tuple[str, str]]:
    at = f"at {found.at}, position {found.position}"
    match found.what:
        case "rollback":
            yield "release", f"#{found.number} to {found.alias}"
            yield "rolled back", f"by {found.by} {at}{', ' if found.took else ''}{found.took}"
            yield "trigger", found.trigger
        case "exception":
            state = standing.exception(found.subject)
            asked = standing.proposal(found.subject)
            waives = "-" if state is None else ", ".join(state.waives)
            yield "exception", f"#{found.number} for {found.alias}: it waived {waives}"
            yield "granted", at
            yield "owner", found.by
            yield "incident", found.trigger
            yield "asked for by", "-" if asked is None else asked.opener
        case "override":
            yield "stopped", f"{found.target}, by {found.by} {at}"
            yield "why", found.trigger
    yield "due", found.due or "-"


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones, and those of stops as well.")
@reading_as_of
def list_(*, everything: bool, options: Options) -> None:
    """List the reviews that are open, the earliest due first.

    Those of stops are due at no time, and listed with --all.

    \b
    Example:      assent review list --all
    Exit status:  0
    """
    then = moment(make_app(options))
    found = [one for one in reviews_in(then, stops=everything) if everything or one.is_open]
    if options.as_json:
        emit_json_lines(one.body() for one in found)
        return
    if not found:
        note("there was never a review" if everything else "no review is open")
        return
    headings: tuple[str, ...] = ("review", "alias", "of", "", "since", "by", "due", "")
    rows: list[tuple[str, ...]] = [_row(one) for one in found]
    if sys.stdout.isatty():
        # Eight columns do not fit a terminal, and the last says when it is due as well.
        headings, rows = _narrow(headings), [_narrow(row) for row in rows]
    emit_table(headings, rows)


def _row(one: Review) -> tuple[str, ...]:
    kind = KIND_WORDS[one.what]
    named = (one.short, one.alias or "-", one.about, kind)
    return (*named, one.at, one.by, one.due or "-", one.words())


def _narrow(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row[:4], row[5], row[7])
