"""``assent inbox``: the approvals that wait for one person, and what they are told of."""

from typing import TYPE_CHECKING

import click

from cli import params
from cli.asked import require_role
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, signing_reader
from cli.output import emit, emit_json_lines, emit_table, note
from ledger.errors import Refused
from ledger.policy.case import ROOT

if TYPE_CHECKING:
    from projections.inbox import Waiting


@click.command()
@click.option("--role", type=params.identifier, help="Only what concerns this role.")
@signing_reader
def command(options: Options, role: str | None) -> None:
    """What waits for me: the proposals whose approval I could give now.

    Below them, for information, the ones a requirement wants me to know of.

    \b
    Example:      assent inbox --as dana
    Exit status:  0, 2 unknown role, 3 not a signer of this ledger
    """
    from projections.inbox import current_assessments, inbox, told  # noqa: PLC0415 - heavy

    app = make_app(options)
    person = app.signer_name
    then = moment(app)
    if then.standing.signer(person) is None:
        raise Refused("unknown-signer", f"{person} is not a signer of this ledger")
    if role not in (None, ROOT):
        require_role(then.standing, role)
    with then.views.reading() as connection:
        fresh = current_assessments(connection, then.standing, then.at)
        waiting = inbox(connection, person, role, standing=then.standing, fresh=fresh)
        notices = told(connection, person, role, standing=then.standing, fresh=fresh)
    if options.as_json:
        emit_json_lines(_body(one, "approval") for one in waiting)
        emit_json_lines(_body(one, "information") for one in notices)
        return
    if waiting:
        _show(waiting)
    else:
        note(f"nothing waits for {person}")
    if notices:
        if waiting:
            emit()
        emit("For your information:")
        _show(notices)


def _body(one: "Waiting", purpose: str) -> dict[str, object]:
    return {
        "schema": "waiting/1",
        "for": purpose,
        "proposal": one.number,
        "proposal_id": one.proposal,
        "alias": one.alias,
        "role": one.role,
        "requirements": list(one.requirements),
        "tier": one.tier,
        "verdict": one.verdict,
        "opened_by": one.opener,
        "since": one.since,
        "summary": one.summary,
    }


def _show(lines: "list[Waiting]") -> None:
    emit_table(
        ("proposal", "alias", "as", "tier", "opened by", "since", "summary"),
        [
            (one.number, one.about, one.role, one.tier, one.opener, one.since, one.summary)
            for one in lines
        ],
    )
