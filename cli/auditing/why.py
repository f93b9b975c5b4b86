"""``assent audit why``: the full assessment by which what an alias runs was allowed."""

from pathlib import Path

import click

from cli import params
from cli.auditing.asked import Running, as_of_json, as_of_words, running
from cli.auditing.evidence import evidence_sections
from cli.auditing.judged import (
    blocks_section,
    facts_section,
    judged_json,
    numbers_section,
    policy_words,
    requirements_section,
    waived_section,
)
from cli.auditing.origin import show_audited
from cli.auditing.stood import (
    Stood,
    anew_json,
    anew_words,
    differs_section,
    require_equal,
    stood,
)
from cli.context import make_app
from cli.moment import Moment, held_moment
from cli.options import Options, reading_as_of
from cli.owed import owing_of
from cli.sections import Section
from ledger.model.terms import format_instant
from ledger.policy.assessment import assessment_json


@click.command()
@click.argument("alias", type=params.alias)
@click.option("--html", type=params.FILE, help="Write the answer as a page to this file.")
@reading_as_of
def why(options: Options, alias: str, html: Path | None) -> None:
    """Say why what ALIAS runs was allowed: the assessment as it stood when it was started.

    It is judged anew, and held against what was signed at the start.

    \b
    Example:      assent audit why fraud/production --as-of 2026-11-21T07:41:26Z
    Exit status:  0 shown, 2 no such alias, 3 it runs nothing, 4 judged anew it differs
    """
    app = make_app(options)
    then = held_moment(app)
    found = running(then, alias)
    one = stood(app, then, found.state)
    lead = f"{alias} runs #{found.state.number} {found.words()}; {as_of_words(then)}"
    title = f"Why {alias} runs #{found.state.number}"
    head = Section(title, _head(then, found, one))
    sections = [head, *why_sections(then, one)]
    show_audited(app, then, _body(then, found, one), title, lead, sections, html)
    require_equal(one)


def why_sections(then: Moment, one: Stood) -> list[Section]:
    """The assessment of *one* with all it rests on; what differs comes first."""
    parts = [
        differs_section(one),
        facts_section(one),
        requirements_section(one),
        approvals_section(one),
        *evidence_sections(then, one),
        numbers_section(one),
        waived_section(then, one),
        *owing_sections(then, one),
        blocks_section(one),
        review_section(one),
    ]
    return [part for part in parts if part.rows]


def review_section(one: Stood) -> Section:
    """The digest that an approval had to be bound to, to count."""
    # On a line of its own: 71 characters would fold beside a label at 80 columns.
    return Section("Review digest", ((one.found.review_digest,),))


def owing_sections(then: Moment, one: Stood) -> list[Section]:
    """What it still owes, where it was started under an exception and is not settled."""
    owing = owing_of(then.standing, one.state, then.at)
    return [] if owing is None else [owing.section()]


def _head(then: Moment, found: Running, one: Stood) -> tuple[tuple[str, str], ...]:
    state = found.state
    rows = [("runs", found.words()), ("summary", state.effect.summary), *opened_rows(one)]
    if found.candidate is not None:
        under_way = f"#{found.candidate}: assent audit dossier {found.candidate}"
        rows.append(("under way", under_way))
    return (*rows, *judged_rows(then, one))


def opened_rows(one: Stood) -> list[tuple[str, str]]:
    """Who opened and closed it, at which positions."""
    state, closure = one.state, one.state.closure
    opened = format_instant(state.opened_at)
    rows = [("opened", f"by {state.opener} at {opened}, position {state.opened_position}")]
    if state.revision > 1:
        where = f"at {format_instant(state.revised_at)}, position {state.revised_position}"
        rows.append((f"revision {state.revision}", f"by {state.revised_by} {where}"))
    if closure is not None:
        word = "withdrawn" if closure.how == "withdrawn" else _carried_out(one)
        where = f"at {format_instant(closure.at)}, position {closure.position}"
        rows.append((word, f"by {closure.by} {where}"))
        if closure.lost_at is not None:
            lost = f"at position {closure.lost_at}, as a key was disowned that it rested on"
            rows.append(("LOST ITS CONSENT", lost))
    return rows


def _carried_out(one: Stood) -> str:
    return "started" if one.state.effect.effect == "release" else "enacted"


def judged_rows(then: Moment, one: Stood) -> list[tuple[str, str]]:
    """By which rule and policy it was judged, and what judging it anew came to."""
    found = one.found
    rows = [
        ("tier", f"{found.tier}, because of {', '.join(found.tier_because) or 'nothing else'}"),
        ("policy", policy_words(then, one)),
        ("base", "-" if found.binding.base is None else f"position {found.binding.base}"),
        ("parties", ", ".join(found.parties) or "none"),
        ("judged anew", f"{anew_words(one)} (by {format_instant(found.at)})"),
    ]
    if not found.distinct_people:
        rows.append(("people", "one person may approve in several roles"))
    rows += [
        ("combined", f"{each.signer}: {' + '.join(each.roles)}, in spite of {each.duty}")
        for each in found.combined
    ]
    return rows


def approvals_section(one: Stood) -> Section:
    """The approvals that counted; ``audit who`` says what each had seen."""
    rows = tuple(
        (
            str(each.position),
            each.signer,
            each.role + ("" if each.on_behalf is None else f", lent by {each.on_behalf}"),
            format_instant(each.at),
        )
        for each in one.found.approvals
    )
    headings = ("position", "who", "as", "at")
    return Section("Approvals that counted", rows or (("none",),), headings if rows else ())


def why_json(then: Moment, one: Stood) -> dict[str, object]:
    """What :func:`why_sections` says, for programs."""
    state, closure = one.state, one.state.closure
    owing = owing_of(then.standing, state, then.at)
    return {
        "proposal": state.number,
        "proposal_id": state.id,
        "opened_position": state.opened_position,
        "revised_position": state.revised_position,
        "started_position": state.closed_position if state.closed == "enacted" else None,
        "lost_position": None if closure is None else closure.lost_at,
        "anew": anew_json(one),
        "owed": None if owing is None else owing.body(),
        "assessment": assessment_json(one.found),
        "approvals": [
            {
                "position": each.position,
                "at": format_instant(each.at),
                "signer": each.signer,
                "role": each.role,
                "on_behalf": each.on_behalf,
                "delegation_position": each.delegation,
            }
            for each in one.found.approvals
        ],
        **judged_json(then, one),
    }


def _body(then: Moment, found: Running, one: Stood) -> dict[str, object]:
    return {
        "schema": "why/1",
        "alias": found.alias,
        "runs": found.body(),
        **why_json(then, one),
        "as_of": as_of_json(then),
    }
