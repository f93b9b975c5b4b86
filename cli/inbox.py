"""``assent inbox``: the approvals that wait for one person."""

import click

from cli import params
from cli.asked import require_role
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, signing_reader
from cli.output import emit_json_lines, emit_table, note
from ledger.errors import Refused


@click.command()
@click.option("--role", type=params.identifier, help="Only what is asked of this role.")
@signing_reader
def command(options: Options, role: str | None) -> None:
    """What waits for me: the proposals whose approval I could give now.

    \b
    Example:      assent inbox --as dana
    Exit status:  0, 2 unknown role, 3 not a signer of this ledger
    """
    from projections.inbox import current_assessments, inbox  # noqa: PLC0415 - a heavy import

    app = make_app(options)
    person = app.signer_name
    then = moment(app)
    if then.standing.signer(person) is None:
        raise Refused("unknown-signer", f"{person} is not a signer of this ledger")
    if role is not None:
        require_role(then.standing, role)
    with then.views.reading() as connection:
        fresh = current_assessments(connection, then.standing, then.at)
        waiting = inbox(connection, person, role, standing=then.standing, fresh=fresh)
    if options.as_json:
        emit_json_lines(
            {
                "schema": "waiting/1",
                "proposal": one.number,
                "proposal_id": one.proposal,
                "alias": one.alias,
                "role": one.role,
                "tier": one.tier,
                "verdict": one.verdict,
                "opened_by": one.opener,
                "since": one.since,
                "summary": one.summary,
            }
            for one in waiting
        )
        return
    if not waiting:
        note(f"nothing waits for {person}")
        return
    emit_table(
        ("proposal", "alias", "as", "tier", "opened by", "since", "summary"),
        [
            (one.number, one.alias, one.role, one.tier, one.opener, one.since, one.summary)
            for one in waiting
        ],
    )
