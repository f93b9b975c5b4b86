"""``assent alias diff``: what differs between two releases of an alias, and who allowed each."""

from pathlib import Path
from typing import Final

import click

from cli import params
from cli.alias_diff_parts import (
    Side,
    approvals_section,
    evidence_section,
    numbers_section,
    parts_json,
    policy_differences,
    policy_section,
    side_json,
    stack_section,
)
from cli.asked import alias_named, proposal_named
from cli.auditing.asked import as_of_json, as_of_words
from cli.auditing.origin import show_audited
from cli.auditing.stood import differs_section, require_equal, stood
from cli.context import App, make_app, parse_time
from cli.moment import Moment, held_moment
from cli.options import Options, reading_as_of
from cli.sections import Section
from ledger.decide.states import ProposalState
from ledger.errors import BadInput, Refused
from ledger.model.terms import format_instant
from ledger.policy.case import require_release

DIGITS: Final = 18
"""No position has more digits."""


@click.command()
@click.argument("alias", type=params.alias)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--html", type=params.FILE, help="Write the answer as a page to this file.")
@reading_as_of
def diff(options: Options, alias: str, a: str, b: str, html: Path | None) -> None:
    """Show what differs between two releases of ALIAS: stack, evidence, policy, approvals.

    A and B are each the number of a proposal, or a time or an @POSITION: then it is
    the release that ALIAS ran at that moment.

    \b
    Example:      assent alias diff fraud/production 12 2026-11-21T07:41:26Z
    Exit status:  0 compared, 2 no such alias, position or proposal, 3 nothing ran then,
                  4 judged anew one of them differs from what was signed
    """
    app = make_app(options)
    then = held_moment(app)
    alias_named(then.standing, alias)
    old, new = (_side(app, then, alias, named) for named in (a, b))
    policies = policy_differences(then, old, new)
    title = f"{alias}: {old.named} to {new.named}"
    sections = [
        Section(title, (("A", old.cited()), ("B", new.cited()))),
        *(section for side in (old, new) if (section := differs_section(side.stood)).rows),
        stack_section(old, new),
        evidence_section(old, new),
        *numbers_section(old, new),
        policy_section(then, old, new, policies),
        approvals_section(old, new),
    ]
    body = {
        "schema": "alias-diff/1",
        "alias": alias,
        "a": side_json(then, old),
        "b": side_json(then, new),
        **parts_json(old, new, policies),
        "as_of": as_of_json(then),
    }
    show_audited(app, then, body, title, as_of_words(then), sections, html, terse=True)
    for side in (old, new):
        require_equal(side.stood)


def _side(app: App, then: Moment, alias: str, named: str) -> Side:
    """The release of *alias* that *named* refers to.

    Raises :class:`BadInput` (``unknown-proposal``, ``no-such-position``, ``not-an-instant``),
    :class:`Refused` (``not-released``).
    """
    numbered = named.removeprefix("#").isdecimal()
    state = _named(app, then, alias, named) if numbered else _run_at(then, alias, named)
    effect = require_release(state.effect, state.number)
    return Side(f"#{state.number}" if numbered else named, effect, stood(app, then, state))


def _named(app: App, then: Moment, alias: str, named: str) -> ProposalState:
    state = proposal_named(app, named, then)
    if state.effect.alias != alias or state.closed != "enacted":
        raise Refused(
            "not-released",
            f"{named} was never released to {alias}",
            hint=f"assent alias history {alias} lists what was",
        )
    return state


def _run_at(then: Moment, alias: str, named: str) -> ProposalState:
    from projections.aliases import stable_as_of  # noqa: PLC0415 - a heavy import
    from projections.log import position_at  # noqa: PLC0415 - the same

    with then.views.reading() as connection:
        digits = named.removeprefix("@")
        if digits != named and digits.isascii() and digits.isdecimal():
            position = _position(then, digits)
        else:
            position = position_at(connection, format_instant(parse_time(named)))
        row = None if position is None else stable_as_of(connection, alias, position)
    state = None if row is None else then.standing.proposal(str(row.proposal))
    if state is None:
        raise Refused(
            "not-released",
            f"{alias} ran nothing at {named}",
            hint=f"assent alias history {alias} lists what it ran",
        )
    return state


def _position(then: Moment, digits: str) -> int | None:
    if len(digits) > DIGITS or int(digits) > then.position:
        raise BadInput(
            "no-such-position",
            f"there is no position {digits[:DIGITS]}; the log ends at {then.position}",
            hint=f"for the proposal of that number write {digits[:DIGITS]}",
        )
    return int(digits)
