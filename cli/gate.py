"""``assent gate``: may this be released? Answered by one line and an exit status."""

from pathlib import Path
from typing import Any

import click

from cli.gate_quickly import answer_quickly
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, safe
from ledger.errors import BadInput, Refused

STATUS = {"ready": 0, "open": 8, "blocked": 3, "expired": 3, "closed": 3}
"""The exit status of each verdict (CLI.md)."""

ERROR = 5


@click.command()
@click.argument("proposal", required=False)
@click.option("--alias", help="With --stack: the alias to release to.")
@click.option(
    "--stack",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file with the stack to release.",
)
@reading_as_of
def command(options: Options, proposal: str | None, alias: str | None, stack: Path | None) -> None:
    """Say whether PROPOSAL, or the newest open one for a stack, may be carried out.

    \b
    Example:      assent gate 12
                  assent gate --alias fraud/production --stack change.toml
    Exit status:  0 ready, 8 open, 3 blocked, expired, closed or no such proposal,
                  5 an error in a requirement, or a ledger that was never pinned
    """
    if (proposal is None) == (alias is None or stack is None) or (alias is None) != (stack is None):
        raise BadInput("usage", "name a PROPOSAL, or --alias and --stack, and not both")
    wanted = None if alias is None or stack is None else _wanted(alias, stack)
    found = answer_quickly(options, proposal, wanted) or _answer(options, proposal, wanted)
    if options.as_json:
        body = {key: found[key] for key in ("proposal", "alias", "effect", "verdict")}
        waived = [one["id"] for one in found["requirements"] if one["status"] == "waived"]
        emit_json({"schema": "gate/1", **body, "waived": waived, "assessment": found})
    else:
        emit(_line(found))
    broken = any(one["status"] == "error" for one in found["requirements"])
    click.get_current_context().exit(ERROR if broken else STATUS[found["verdict"]])


def _answer(
    options: Options, proposal: str | None, wanted: tuple[str, str] | None
) -> dict[str, Any]:
    """The answer after reading what is new, or as it was then."""
    from cli.asked import proposal_named  # noqa: PLC0415 - not needed on the short way
    from cli.context import make_app  # noqa: PLC0415
    from cli.moment import moment  # noqa: PLC0415
    from ledger.decide.cases import assess_proposal, known_proposal  # noqa: PLC0415
    from ledger.policy.assessment import assessment_json  # noqa: PLC0415
    from projections.proposals import newest_open  # noqa: PLC0415

    app = make_app(options)
    then = moment(app)
    if wanted is None:
        state = proposal_named(app, proposal or "", then)
    else:
        with then.views.reading() as connection:
            id_ = newest_open(connection, *wanted)
        if id_ is None:
            raise Refused(
                "no-proposal",
                f"no open proposal brings the stack {wanted[1]} to {wanted[0]}",
                hint="assent proposal open asks for consent to it",
            )
        state = known_proposal(then.standing, id_)
    return assessment_json(assess_proposal(then.standing, state, then.at))


def _wanted(alias: str, stack: Path) -> tuple[str, str]:
    from cli.change import read_stack  # noqa: PLC0415 - only where a file is named
    from cli.params import alias as as_alias  # noqa: PLC0415

    return as_alias(alias), read_stack(stack).digest


def _line(found: dict[str, Any]) -> str:
    told = [block["message"] for block in found["blocks"]]
    if found["verdict"] in ("open", "blocked"):
        asked = [one for one in found["requirements"] if one["status"] != "waived"]
        every = [text for one in asked for text in one["missing"]]
        missing = "; ".join(dict.fromkeys(every))
        told += [f"missing: {missing}"] if missing else []
    if found["verdict"] == "expired":
        told += ["it waited longer than the policy allows; revise the proposal"]
    told += [
        f"WAIVED: {one['id']}, by exception #{one['waived_by']}"
        for one in found["requirements"]
        if one["status"] == "waived"
    ]
    named = found["alias"] or found["effect"]
    if found["alias"] and found["effect"] != "release":
        named = f"{found['effect']} for {found['alias']}"
    about = f"#{found['proposal']} {named}: {found['verdict']}"
    return safe("; ".join([about, *told]))
