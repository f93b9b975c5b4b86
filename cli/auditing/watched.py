"""``assent audit watched``: how the release that an alias runs was watched, and what came of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cli import params
from cli.auditing.asked import Running, as_of_json, as_of_words, running
from cli.auditing.origin import show_audited
from cli.auditing.reviewed import review_row
from cli.auditing.rollout import Rollout, rollback_section, rollout_of, rollout_sections
from cli.context import make_app
from cli.moment import Moment, held_moment
from cli.options import Options, reading_as_of
from cli.reviewed import reviews_in
from cli.reviews import Review
from cli.sections import Section


@click.command()
@click.argument("alias", type=params.alias)
@click.option("--html", type=params.FILE, help="Write the answer as a page to this file.")
@reading_as_of
def watched(options: Options, alias: str, html: Path | None) -> None:
    """Say how what ALIAS runs was watched: stages, observations, windows, what was missed.

    Each number is held against its bounds once more. What was taken back on ALIAS
    since stands below; assent audit dossier N is about that release.

    \b
    Example:      assent audit watched fraud/production --html watched.html
    Exit status:  0 shown, 2 no such alias, 3 it runs nothing, 4 judged anew it differs
    """
    app = make_app(options)
    then = held_moment(app)
    found = running(then, alias)
    course = rollout_of(app, then, found.state)
    since = taken_back(then, alias, found.release.started_position)
    lead = f"{alias} runs #{found.state.number} {found.words()}; {as_of_words(then)}"
    title = f"How {alias} was watched: #{found.state.number}"
    body = {
        "schema": "watched/1",
        "alias": alias,
        "runs": found.body(),
        "proposal": found.state.number,
        "proposal_id": found.state.id,
        **({} if course is None else course.body()),
        "rolled_back_since": [_back_json(row, review) for row, review in since],
        "as_of": as_of_json(then),
    }
    sections = [_head(title, found, course), *_sections(then, course, since)]
    show_audited(app, then, body, title, lead, sections, html)
    if course is not None:
        course.require_equal()


def taken_back(then: Moment, alias: str, since: int) -> list[tuple[Any, Review | None]]:
    """The releases rolled back on *alias* after the position *since*, each with its review."""
    from projections.releases import known, rollback_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        listed: list[Any] = [*rollback_list(connection, alias=alias)]
        names = [str(row.proposal) for row in listed if row.rolled_back_position > since]
        rows = known(connection, names)
    later = [rows[name] for name in names]
    reviews = {one.subject: one for one in (reviews_in(then, alias) if later else ())}
    return [(row, reviews.get(row["rollback"])) for row in later]


def _back_json(row: Any, review: Review | None) -> dict[str, object]:
    return {
        "proposal": row["number"],
        "position": row["rolled_back_position"],
        "by": row["rolled_back_by"],
        "trigger": row["trigger"],
        "rollback_seconds": row["rollback_seconds"],
        "in_time": row["in_time"],
        "review": None if review is None else review.body(),
    }


def _head(title: str, found: Running, course: Rollout | None) -> Section:
    rows = [("runs", f"#{found.state.number} {found.words()}")]
    if course is not None:
        row = course.row
        where = f"{row['started_at']}, position {row['started_position']}"
        rows.append(("started", f"{where}, by {row['started_by']}"))
        rows.append(("tier", f"{row['tier']}, under policy {row['policy']}"))
    if found.candidate is not None:
        rows.append(("under way", f"#{found.candidate}: assent audit dossier {found.candidate}"))
    return Section(title, tuple(rows))


def _sections(
    then: Moment, course: Rollout | None, since: Sequence[tuple[Any, Review | None]]
) -> list[Section]:
    parts = [] if course is None else rollout_sections(course)
    for row, review in since:
        section = rollback_section(row, review, review_row(then, row["rollback"]))
        parts.append(Section(f"Taken back since: #{row['number']}", section.rows))
    return parts
