"""``assent override``: stop something at once, say what is stopped, and rehearse it.

A machine asks ``check`` at every step it takes: nothing is imported here that this needs not.
"""

import click

from cli.options import Options, reading, reading_as_of, writing
from cli.output import emit, emit_json, note, safe

STOPPED = 3
"""The exit status of a check whose target is stopped (CLI.md)."""


def _text(value: str) -> str:
    from cli.params import text  # noqa: PLC0415 - takes models

    return text(value)


def _seconds(value: str) -> int:
    from cli.stop_drill import seconds_of  # noqa: PLC0415 - the same

    return seconds_of(value)


@click.group()
def command() -> None:
    """Stop something at once, see what is stopped, and rehearse it.

    TARGET is generation, alias/<model>/<environment>, capability/<permission> or
    signer/<id>.

    \b
    Example:      assent override set alias/fraud/production --reason "INC-7"
    Exit status:  as each verb's
    """


@command.command("set")
@click.argument("target")
@click.option("--reason", required=True, type=_text, metavar="TEXT", help="Why; everyone reads it.")
@writing
def set_(target: str, reason: str, *, options: Options) -> None:
    """Stop TARGET; it needs the power, and nobody's consent.

    generation halts what services open or revise; alias/fraud/production lets no
    release go on there; capability/web none whose stack holds that permission;
    signer/bob revokes a signer. Others lift it, with a proposal.

    \b
    Example:      assent override set signer/bob --reason "laptop stolen" --as alice
    Exit status:  0 stopped, 2 no such target, 3 refused, 5 uncheckable
    """
    from cli.context import make_app  # noqa: PLC0415 - not needed by a check
    from cli.stopping import stop  # noqa: PLC0415

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
    from cli.check_quickly import check_quickly  # noqa: PLC0415 - only for this verb

    found = check_quickly(options, target)
    if found is None:
        from cli.checking import check_target  # noqa: PLC0415 - only on the long way

        found = check_target(options, target)
    if options.as_json:
        emit_json(found.body())
    for line in () if options.as_json else found.lines():
        emit(safe(line))
    if found.remark:
        note(safe(found.remark))
    click.get_current_context().exit(STOPPED if found.stopped else 0)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Lifted ones as well.")
@reading_as_of
def list_(*, everything: bool, options: Options) -> None:
    """List the stops that hold, oldest first, with who set them and why.

    \b
    Example:      assent override list --all
    Exit status:  0 listed, 4 unproven, 5 uncheckable
    """
    from cli.stop_list import list_stops  # noqa: PLC0415 - not needed by a check

    list_stops(options, everything=everything)


@command.command()
@click.argument("target")
@click.option("--took", type=_seconds, metavar="TIME", help="How long it took: 40s, 2m.")
@click.option("--note", "said", type=_text, metavar="TEXT", help="What it showed.")
@writing
def drill(target: str, took: int | None, said: str | None, *, options: Options) -> None:
    """Rehearse a stop of TARGET on a copy, and keep that it was, and how long it took.

    --took says how long it took people, from the decision to the stop; without it,
    how long the rehearsal on the copy did. Nothing is stopped.

    \b
    Example:      assent override drill alias/fraud/production --took 40s --as olga
    Exit status:  0 kept, 2 no such target, 3 refused, 6 someone wrote first
    """
    from cli.context import make_app  # noqa: PLC0415 - not needed by a check
    from cli.stop_drill import drill_stop  # noqa: PLC0415

    drill_stop(make_app(options), target, took, said)
