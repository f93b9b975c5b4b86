"""``assent inbox``: the approvals that wait for one person, and what they are told of."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli import params
from cli.asked import require_role
from cli.condition import awaited_key
from cli.context import make_app
from cli.inbox_releases import Duty, duties_of
from cli.moment import Moment, moment
from cli.options import Options, signing_reader
from cli.output import emit, emit_json_lines, emit_table, note, safe
from cli.wording import about_words, ago
from ledger.decide.naming import lapses_at
from ledger.decide.roles import is_stopped
from ledger.decide.signer_states import Key, SignerState
from ledger.errors import Refused
from ledger.model.terms import format_instant, parse_instant
from ledger.policy.case import ROOT

if TYPE_CHECKING:
    from projections.inbox import ProposalLine, Waiting


@click.command()
@click.option("--role", type=params.identifier, help="Only what concerns this role.")
@signing_reader
def command(options: Options, role: str | None) -> None:
    """What waits for me: approvals I could give now, and what only I can do.

    That is to accept a key that was named for me, to enact a rotation of my own,
    to bring a release on, observe it or review its rollback. Below, for
    information, what a requirement wants me to know of.

    \b
    Example:      assent inbox --as dana
    Exit status:  0, 2 unknown role, 3 not a signer of this ledger
    """
    from projections.inbox import current_assessments, inbox, to_enact, told  # noqa: PLC0415 - heavy

    app = make_app(options)
    person = app.signer_name
    then = moment(app)
    signer = then.standing.signer(person)
    if signer is None:
        raise Refused("unknown-signer", f"{person} is not a signer of this ledger")
    if role not in (None, ROOT):
        require_role(then.standing, role)
    with then.views.reading() as connection:
        fresh = current_assessments(connection, then.standing, then.at)
        waiting = inbox(connection, person, role, fresh=fresh)
        notices = told(connection, person, role, fresh=fresh)
        own = [] if role is not None else to_enact(connection, person, fresh=fresh)
    named = None if role is not None else awaited_key(then.standing, signer, then.at)
    duties = [] if role is not None else duties_of(then, signer)
    if options.as_json:
        emit_json_lines(_key_body(then, signer, key) for key in (named,) if key is not None)
        emit_json_lines(_own_body(one) for one in own)
        emit_json_lines(one.body() for one in duties)
        emit_json_lines(_body(one, "approval") for one in waiting)
        emit_json_lines(_body(one, "information") for one in notices)
        return
    if is_stopped(then.standing, person):
        note(f"{person} is stopped; others lift that with a proposal")
    mine = [*_own_lines(then, signer, named, own), *_duty_lines(duties)]
    for line in mine:
        emit(line)
    if not (mine or waiting):
        note(f"nothing waits for {person}")
    _show_all(waiting, notices, then.at)


def _show_all(waiting: "list[Waiting]", notices: "list[Waiting]", at: int) -> None:
    """The approvals that wait, what is owed for an exception first, and what one is told of."""
    _show_owed([one for one in waiting if one.owed_until is not None], at)
    due = [one for one in waiting if one.owed_until is None]
    if due:
        _show(due)
    if notices:
        if waiting:
            emit()
        emit("For your information:")
        _show(notices)


def _own_lines(
    then: Moment, signer: SignerState, named: Key | None, own: "list[ProposalLine]"
) -> Iterator[str]:
    """What nobody else can do: accept a key, enact a rotation."""
    if named is not None:
        lapses = lapses_at(then.standing, signer)
        until = "" if lapses is None else f" until {format_instant(lapses)}"
        yield f"your key {named.id} waits to be accepted{until}:"
        yield f"  assent signer accept --as {signer.id}"
    for one in own:
        yield safe(f"#{one.number} has all consent and waits for you to enact it: {one.summary}")
        yield f"  assent proposal enact {one.number} --as {signer.id}"


def _duty_lines(duties: list[Duty]) -> Iterator[str]:
    """What waits to be done about releases, each with how."""
    for one in duties:
        yield safe(f"{one.alias} #{one.number}: {one.what}")
        yield f"  {one.command}"


def _key_body(then: Moment, signer: SignerState, named: Key) -> dict[str, object]:
    lapses = lapses_at(then.standing, signer)
    proposal = None if named.proposal is None else then.standing.proposal(named.proposal)
    return {
        "schema": "waiting/1",
        "for": "acceptance",
        "proposal": None if proposal is None else proposal.number,
        "proposal_id": named.proposal,
        "fingerprint": named.id,
        "since": format_instant(named.named_time),
        "until": None if lapses is None else format_instant(lapses),
    }


def _own_body(one: "ProposalLine") -> dict[str, object]:
    return {
        "schema": "waiting/1",
        "for": "enactment",
        "proposal": one.number,
        "proposal_id": one.id,
        "alias": one.alias,
        "effect": one.effect,
        "tier": one.tier,
        "verdict": one.verdict,
        "opened_by": one.opener,
        "since": one.ready_at,
        "summary": one.summary,
    }


def _body(one: "Waiting", purpose: str) -> dict[str, object]:
    return {
        "schema": "waiting/1",
        "for": purpose,
        "proposal": one.number,
        "proposal_id": one.proposal,
        "alias": one.alias,
        "effect": one.effect,
        "role": one.role,
        "requirements": list(one.requirements),
        "tier": one.tier,
        "verdict": one.verdict,
        "opened_by": one.opener,
        "since": one.since,
        "summary": one.summary,
        "under_exceptions": list(one.under),
        "owed_until": one.owed_until,
    }


def _show(lines: "list[Waiting]") -> None:
    emit_table(
        ("proposal", "alias", "as", "tier", "opened by", "since", "summary"),
        [
            (
                one.number,
                about_words(one.effect, one.alias),
                one.role,
                one.tier,
                one.opener,
                one.since,
                one.summary,
            )
            for one in lines
        ],
    )


def _show_owed(lines: "list[Waiting]", at: int) -> None:
    """What was released without what is asked for, and has to have it by a time."""
    if not lines:
        return
    emit("RELEASED under an exception, and to be approved by then, or rolled back:")
    emit_table(
        ("proposal", "alias", "as", "under", "due", "summary"),
        [
            (
                *(one.number, about_words(one.effect, one.alias), one.role),
                *(", ".join(f"#{number}" for number in one.under), _due(one, at), one.summary),
            )
            for one in lines
        ],
    )


def _due(one: "Waiting", at: int) -> str:
    left = parse_instant(one.owed_until or "") - at
    return f"in {ago(left)}" if left > 0 else f"OVERDUE by {ago(-left)}"
