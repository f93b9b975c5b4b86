"""``assent audit dossier``: everything about one proposal, on one page or in one JSON document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from cli import params
from cli.asked import proposal_named
from cli.auditing.acts import Act, acts_of
from cli.auditing.asked import as_of_json, as_of_words
from cli.auditing.dossier_change import (
    change_json,
    change_sections,
    plan_section,
    rollback_plan_section,
)
from cli.auditing.dossier_check import check_json, check_section, policy_section, policy_text_json
from cli.auditing.dossier_checklist import checklist, checklist_section
from cli.auditing.dossier_exceptions import exception_sections, exceptions_json, exceptions_of
from cli.auditing.evidence import evidence_sections
from cli.auditing.judged import (
    blocks_section,
    facts_section,
    numbers_section,
    requirements_section,
)
from cli.auditing.origin import show_audited
from cli.auditing.rollout import Rollout, rollout_of, rollout_sections
from cli.auditing.stood import Stood, require_equal, stood
from cli.auditing.who import people_rows, who_json, who_sections
from cli.auditing.why import judged_rows, owing_sections, review_section, why_json
from cli.context import App, make_app
from cli.moment import Moment, held_moment
from cli.options import Options, reading_as_of
from cli.sections import Section
from cli.wording import about
from ledger.model.effects import ReleaseEffect


@click.command()
@click.argument("proposal", metavar="N")
@click.option("--html", type=params.FILE, help="Write the dossier as a page to this file.")
@reading_as_of
def dossier(options: Options, proposal: str, html: Path | None) -> None:
    """Put everything about proposal N in one document: a page to print, or JSON.

    What changed and why, the evidence, who approved having seen what, a checklist,
    exceptions, the rollout and what was seen of it, the policy, and how to check it.

    \b
    Example:      assent audit dossier 12 --html dossier-12.html
    Exit status:  0 shown, 2 no such proposal, 4 judged anew it differs
    """
    app = make_app(options)
    then = held_moment(app)
    state = proposal_named(app, proposal, then)
    one = stood(app, then, state)
    acts = acts_of(app, then, state)
    course = rollout_of(app, then, state)
    title = f"Dossier of #{state.number}: {about(state.effect)}"
    lead = as_of_words(then)
    sections = list(_sections(app, then, one, acts, course))
    show_audited(app, then, _body(app, then, one, acts, course), title, lead, sections, html)
    require_equal(one)
    if course is not None:
        course.require_equal()


def _became(one: Stood, course: Rollout | None) -> str:
    """What became of it, in a word or two."""
    if one.state.closed is None:
        return one.found.verdict
    if course is None:
        return one.state.closed
    if course.row["rolled_back_position"] is not None:
        return "released, and rolled back"
    if course.row["completed_position"] is not None:
        return "released"
    return f"under way, in the stage {course.row['stage']}"


def _sections(
    app: App, then: Moment, one: Stood, acts: list[Act], course: Rollout | None
) -> Iterator[Section]:
    """The dossier in the order in which it is read."""
    state, effect = one.state, one.state.effect
    head = [("became", _became(one, course)), ("summary", effect.summary)]
    told = [*head, *people_rows(one), *judged_rows(then, one), ("id", state.id)]
    rows = tuple(dict.fromkeys(told))
    yield Section(f"Dossier of #{state.number}: {about(effect)}", rows)
    differs, consent = _consent(then, one, acts)
    yield from differs
    yield from owing_sections(then, one)
    yield from change_sections(then, one)
    yield checklist_section(checklist(one))
    yield facts_section(one)
    yield requirements_section(one)
    yield blocks_section(one)
    yield from evidence_sections(then, one)
    yield numbers_section(one)
    yield review_section(one)
    yield from consent
    yield from exception_sections(then, exceptions_of(then, one))
    yield from _rollout(one, course)
    yield _comments(then, one)
    yield policy_section(then, one)
    yield check_section(app, then, one)


def _consent(then: Moment, one: Stood, acts: list[Act]) -> list[list[Section]]:
    """What differs from what was signed, which comes first; and who did what."""
    sections = who_sections(then, one, acts)
    count = 1 if one.differs else 0
    return [sections[:count], sections[count:]]


def _rollout(one: Stood, course: Rollout | None) -> Iterator[Section]:
    effect = one.state.effect
    if not isinstance(effect, ReleaseEffect):
        yield Section("Rollout", (("none: it is no release",),))
        return
    yield plan_section(one, effect)
    yield rollback_plan_section(one, effect)
    if course is None:
        yield Section("Rollout", (("none: it was never started",),))
    else:
        yield from rollout_sections(course)


def _comments(then: Moment, one: Stood) -> Section:
    rows = tuple((str(each.position), each.signer, each.text) for each in _said(then, one))
    headings = ("position", "by", "said")
    return Section("What was said", rows or (("nothing",),), headings if rows else ())


def _said(then: Moment, one: Stood) -> list[Any]:
    from projections.log import comment_list  # noqa: PLC0415 - a heavy import

    with then.views.reading() as connection:
        return [*comment_list(connection, one.state.number)]


def _body(
    app: App, then: Moment, one: Stood, acts: list[Act], course: Rollout | None
) -> dict[str, object]:
    return {
        "schema": "dossier/1",
        "proposal": one.state.number,
        "proposal_id": one.state.id,
        "alias": one.state.effect.alias,
        "became": _became(one, course),
        "change": change_json(then, one),
        "checklist": [item.body() for item in checklist(one)],
        "why": why_json(then, one),
        "who": who_json(then, one, acts),
        "exceptions": exceptions_json(then, exceptions_of(then, one)),
        "watched": None if course is None else course.body(),
        "comments": [
            {"position": each.position, "at": each.at, "signer": each.signer, "text": each.text}
            for each in _said(then, one)
        ],
        "policy": policy_text_json(then, one),
        "check": check_json(app, then, one),
        "as_of": as_of_json(then),
    }
