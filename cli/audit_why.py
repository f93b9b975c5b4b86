"""``assent audit why``: the full assessment by which what an alias runs was allowed."""

from pathlib import Path

import click

from cli import params
from cli.answer import show_answer
from cli.asked import alias_named
from cli.context import make_app
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.report import report
from cli.stops import stops_in
from ledger.decide.cases import assess_proposal
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model.terms import format_instant
from ledger.policy.assessment import Assessment, assessment_json


@click.command()
@click.argument("alias", type=params.alias)
@click.option("--html", type=params.FILE, help="Write the answer as a page to this file.")
@reading_as_of
def why(options: Options, alias: str, html: Path | None) -> None:
    """Say why what ALIAS runs was allowed: the assessment as it stood when it was started.

    \b
    Example:      assent audit why fraud/production --as-of 2026-11-21T07:41:26Z
    Exit status:  0 shown, 2 no such alias, 3 it runs nothing
    """
    then = moment(make_app(options))
    state = released(then, alias)
    found = assess_proposal(then.standing, state, then.at, people=False)
    lead = f"{alias} as of {format_instant(then.at)}, position {then.position}"
    sections = report(then.standing, state, found, lambda: stops_in(then.views), then.at)
    title = f"Why {alias} runs #{state.number}"
    show_answer(options, _body(then, alias, state, found), title, lead, sections, html)


def released(then: Moment, alias: str) -> ProposalState:
    """The proposal of what *alias* runs. Raises :class:`Refused` (``nothing-runs``)."""
    stable = alias_named(then.standing, alias).stable
    state = None if stable is None else then.standing.proposal(stable.proposal)
    if state is None:
        raise Refused(
            "nothing-runs",
            f"{alias} runs nothing",
            hint=f"assent alias history {alias} lists what it ran",
        )
    return state


def _body(then: Moment, alias: str, state: ProposalState, found: Assessment) -> dict[str, object]:
    return {
        "schema": "why/1",
        "alias": alias,
        "proposal": state.number,
        "opened_position": state.opened_position,
        "started_position": state.closed_position,
        "assessment": assessment_json(found),
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }
