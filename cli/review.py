"""``assent review``: what was behind a rollback, said in time and by somebody else."""

import sys
from pathlib import Path

import click

from cli.act import Screen, perform
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit_json_lines, emit_table, note
from cli.params import FILE
from cli.review_file import read_review
from cli.reviews import Review, review_named, reviews_in
from cli.screen import telling
from cli.sections import Section, show_sections
from ledger.decide import review
from ledger.decide.context import Standing
from ledger.model.entry import Entry


@click.group()
def command() -> None:
    """Say what was behind a rollback, and see which reviews are due.

    \b
    Example:      assent review close fraud/production review.toml --as alice
    Exit status:  as each verb's
    """


@command.command()
@click.argument("subject")
@click.argument("file", type=FILE)
@writing
def close(options: Options, subject: str, file: Path) -> None:
    """Close the review of SUBJECT with what FILE says; somebody else than who rolled back does.

    SUBJECT is an alias with one open review, #N for the release that was rolled
    back, or the beginning of the review's id. FILE has cause, changes and tests.

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
    """Shows the rollback that the review is of, before what is said of it."""

    def show(standing: Standing, entry: Entry) -> str | None:
        by = f"by {found.by} at {found.at}, position {found.position}"
        rows = [
            ("release", f"#{found.number} to {found.alias}"),
            ("rolled back", f"{by}{', ' if found.took else ''}{found.took}"),
            ("trigger", found.trigger),
            ("due", found.due or "-"),
        ]
        show_sections([Section("The rollback that you review", tuple(rows))], err=True)
        return telling(standing, entry)

    return show


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed ones as well.")
@reading_as_of
def list_(*, everything: bool, options: Options) -> None:
    """List the reviews that are open, the earliest due first.

    \b
    Example:      assent review list --all
    Exit status:  0
    """
    then = moment(make_app(options))
    found = [one for one in reviews_in(then) if everything or one.is_open]
    if options.as_json:
        emit_json_lines(one.body() for one in found)
        return
    if not found:
        note("there was never a review" if everything else "no review is open")
        return
    rows: list[tuple[str, ...]] = [
        (one.short, one.alias, f"#{one.number}", one.at, one.by, one.due or "-", one.words())
        for one in found
    ]
    headings: tuple[str, ...] = ("review", "alias", "release", "rolled back", "by", "due", "")
    if sys.stdout.isatty():
        # Seven columns do not fit a terminal, and the last says when it is due as well.
        headings, rows = _but_due(headings), [_but_due(row) for row in rows]
    emit_table(headings, rows)


def _but_due(row: tuple[str, ...]) -> tuple[str, ...]:
    return (*row[:5], *row[6:])
