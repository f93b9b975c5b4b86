"""``assent audit who``: who did what about the release that an alias runs, having seen what."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli import params
from cli.auditing.acts import Act, acts_of, acts_section, keys_section
from cli.auditing.asked import as_of_json, as_of_words, running
from cli.auditing.consent import consents
from cli.auditing.consent_told import consent_sections
from cli.auditing.evidence import digests_section
from cli.auditing.origin import show_audited
from cli.auditing.stood import Stood, anew_json, differs_section, require_equal, stood
from cli.auditing.vetoes import vetoes, vetoes_section
from cli.auditing.why import opened_rows, review_section
from cli.context import make_app
from cli.moment import Moment, held_moment
from cli.options import Options, reading_as_of
from cli.sections import Section
from ledger.model.effects import ReleaseEffect


@click.command()
@click.argument("alias", type=params.alias)
@click.option("--html", type=params.FILE, help="Write the answer as a page to this file.")
@reading_as_of
def who(options: Options, alias: str, html: Path | None) -> None:
    """Say who opened, approved, started and watched what ALIAS runs, having seen what.

    Of each approval: the role and who lent it, the key, all that it was bound to,
    and whether it counted when the release was started, or why not.

    \b
    Example:      assent audit who fraud/production --json
    Exit status:  0 shown, 2 no such alias, 3 it runs nothing, 4 judged anew it differs
    """
    app = make_app(options)
    then = held_moment(app)
    found = running(then, alias)
    one = stood(app, then, found.state)
    acts = acts_of(app, then, found.state)
    lead = f"{alias} runs #{found.state.number} {found.words()}; {as_of_words(then)}"
    title = f"Who allowed what {alias} runs: #{found.state.number}"
    head = Section(title, (("summary", found.state.effect.summary), *people_rows(one)))
    body = {
        "schema": "who/1",
        "alias": alias,
        "runs": found.body(),
        "proposal": found.state.number,
        "proposal_id": found.state.id,
        **who_json(then, one, acts),
        "as_of": as_of_json(then),
    }
    seen = [digests_section(one.state.documents), review_section(one)]
    sections = [head, *who_sections(then, one, acts), *seen]
    show_audited(app, then, body, title, lead, sections, html)
    require_equal(one)


def people_rows(one: Stood) -> list[tuple[str, str]]:
    """Who opened and carried it out, who contributed, and who was named to answer for it."""
    effect = one.state.effect
    rows = opened_rows(one)
    rows.append(("contributors", ", ".join(effect.contributors) or "none"))
    rows.append(("parties", ", ".join(one.found.parties) or "none"))
    if isinstance(effect, ReleaseEffect):
        rows.append(("owner", effect.owner or "none"))
        rows.append(("on call", effect.on_call or "none"))
        rows.append(("rolls back", effect.rollback.owner or "none"))
    return rows


def who_sections(then: Moment, one: Stood, acts: Sequence[Act]) -> list[Section]:
    """The approvals with what they saw, the rejections, every act, and the keys."""
    parts = [
        differs_section(one),
        *consent_sections(one, consents(then, one, acts), acts),
        vetoes_section(vetoes(acts)),
        acts_section(acts),
        keys_section(acts),
    ]
    return [part for part in parts if part.rows]


def who_json(then: Moment, one: Stood, acts: Sequence[Act]) -> dict[str, object]:
    """The same for programs."""
    effect = one.state.effect
    release = effect if isinstance(effect, ReleaseEffect) else None
    return {
        "opened_by": one.state.opener,
        "contributors": list(effect.contributors),
        "parties": list(one.found.parties),
        "owner": None if release is None else release.owner,
        "on_call": None if release is None else release.on_call,
        "rollback_owner": None if release is None else release.rollback.owner,
        "anew": anew_json(one),
        "approvals": [each.body() for each in consents(then, one, acts)],
        "rejections": [each.body() for each in vetoes(acts)],
        "acts": [act.body() for act in acts],
    }
