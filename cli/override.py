"""``assent override``: stop somebody at once, and say who is stopped."""

import click

from cli import params
from cli.asked import signer_named
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading, reading_as_of, writing
from cli.output import emit, emit_json, emit_json_lines, emit_table, safe
from cli.signer_looking import lifted
from cli.stopping import signer_of, stop
from cli.stops import stops_in, stops_now

STOPPED = 3
"""The exit status of a check whose target is stopped (CLI.md)."""


@click.group()
def command() -> None:
    """Stop somebody at once, and see who is stopped; this version stops signers.

    \b
    Example:      assent override set signer/bob --reason "laptop stolen"
    Exit status:  as each verb's
    """


@command.command("set")
@click.argument("target")
@click.option("--reason", required=True, type=params.text, help="Why; everyone reads it.")
@writing
def set_(target: str, reason: str, *, options: Options) -> None:
    """Stop TARGET, such as signer/bob; it needs the power, and nobody's consent.

    \b
    Example:      assent override set signer/bob --reason "laptop stolen" --as alice
    Exit status:  0 stopped, 2 no such target, 3 refused, 5 uncheckable
    """
    stop(make_app(options, despite_alarm=True), target, reason)


@command.command()
@click.argument("target")
@reading
def check(target: str, *, options: Options) -> None:
    """Say by the exit status whether TARGET is stopped; what cannot be told is no yes.

    \b
    Example:      assent override check signer/breeder
    Exit status:  0 not stopped, 3 stopped, 5 anything else
    """
    app = make_app(options)
    signer_named(app.standing, signer_of(target))
    stopped = app.standing.target(target) is not None
    stops = [one for one in stops_now(app) if one.holds and one.target == target] if stopped else []
    if options.as_json:
        said = {"stopped": stopped, "stops": [one.body() for one in stops]}
        emit_json({"schema": "check/1", "target": target, **said})
    elif not stopped:
        emit(f"{target} is not stopped")
    for one in () if options.as_json else stops:
        emit(safe(f"{target} is stopped, by {one.signer} at {one.at}: {one.reason}"))
    click.get_current_context().exit(STOPPED if stopped else 0)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Lifted ones as well.")
@reading_as_of
def list_(*, everything: bool, options: Options) -> None:
    """List the stops that hold, oldest first, with who set them and why.

    \b
    Example:      assent override list --all
    Exit status:  0 listed, 4 unproven, 5 uncheckable
    """
    then = moment(make_app(options))
    found = [one for one in stops_in(then.views) if everything or one.holds]
    if options.as_json:
        emit_json_lines(one.body() for one in found)
        return
    emit_table(
        ("stop", "target", "set by", "position", "", "why"),
        [
            (one.short, one.target, one.signer, one.position, lifted(one), one.reason)
            for one in found
        ],
    )
