"""``assent audit``: the auditor's questions, findings, checkpoints, proofs and bundles."""

import click

from cli import params
from cli.act import perform
from cli.auditing.checkpoint import checkpoint
from cli.auditing.compare import compare
from cli.auditing.dossier import dossier
from cli.auditing.export import export
from cli.auditing.prove import prove
from cli.auditing.verify import verify
from cli.auditing.watched import watched
from cli.auditing.who import who
from cli.auditing.why import why
from cli.auditing.witness import witness
from cli.context import make_app
from cli.options import Options, writing
from ledger.decide.acknowledgement import acknowledge as decide_acknowledge


@click.group(
    commands=[who, why, watched, dossier, checkpoint, witness, compare, prove, export, verify]
)
def command() -> None:
    """Ask who, why and how it was watched; sign, compare and hand on what was verified.

    \b
    Example:      assent audit why fraud/production
    Exit status:  as each verb's
    """


@command.command()
@click.argument("position", type=click.IntRange(min=0))
@click.option(
    "--note", "text", type=params.text, required=True, help="What was found out about it."
)
@writing
def acknowledge(position: int, text: str, *, options: Options) -> None:
    """Take note of the findings at POSITION, as an auditor or a root signer.

    They stay findings, and are listed for ever; they no longer change the
    verdict of `assent verify`.

    \b
    Example:      assent audit acknowledge 17 --note "intruder; database key changed"
    Exit status:  0 noted, 2 bad input, 3 refused, 4 unproven, 5 uncheckable, 6 conflict
    """
    perform(
        make_app(options, despite_alarm=True),
        lambda standing, by, at: decide_acknowledge(
            standing, by=by, at=at, position=position, note=text
        ),
    )
