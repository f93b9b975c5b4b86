"""``assent audit checkpoint``: one line of text for the whole log, signed by who verified it."""

from pathlib import Path

import click

from cli import params
from cli.auditing.cosigning import checkpoint_of, require_author, sign
from cli.auditing.notes import hand_out, known_keys, note_json, require_free
from cli.context import App, make_app
from cli.options import Options, cosigning
from ledger.seal.checkpoint import Note


@click.command()
@click.option(
    "--out", type=params.FILE, metavar="FILE", help="Write it to this new file, not to stdout."
)
@cosigning
def checkpoint(out: Path | None, *, options: Options) -> None:
    """Sign how many entries the log has, and their root, as an auditor or a root signer.

    The log is verified first, as far as it was not yet. Nothing is appended:
    hand the text to others, publish it, and compare it with theirs. A log that
    was cut or changed behind it can never show the same checkpoint again.

    \b
    Example:      assent audit checkpoint --as rita > acme.checkpoint
    Exit status:  0 signed, 2 bad input, 3 refused, 4 unproven, 5 uncheckable, 6 conflict
    """
    require_free(out)
    app = make_app(options)
    made = signed_now(app)
    hand_out(options, made.text, out)
    if options.as_json:
        note_json(made, out, known_keys(app.standing))


def signed_now(app: App) -> Note:
    """The checkpoint of the log as it is now, verified and signed by who acts."""
    what = checkpoint_of(app, app.standing)
    require_author(app, what)
    return Note(what, (sign(app, what),))
