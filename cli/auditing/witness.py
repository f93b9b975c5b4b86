"""``assent audit witness``: a second signature under a checkpoint, by who verified the same."""

from pathlib import Path
from typing import Final

import click

from cli import params
from cli.act import require_willing
from cli.auditing.bundle_notes import read_note
from cli.auditing.cosigning import (
    date_of,
    require_author,
    require_own_key,
    require_true,
    sign,
)
from cli.auditing.notes import hand_out, known_keys, note_json, require_free
from cli.context import App, make_app
from cli.options import Options, writing
from cli.output import emit, note
from ledger.decide.checkpoint import witness as decide_witness
from ledger.decide.context import Standing
from ledger.errors import Refused
from ledger.model.entry import Entry
from ledger.seal.checkpoint import Note, to_cosign
from ledger.service import act

_NO_WRITES: Final = ("log-read-only", "store-forbidden")
"""Why a log may take no entry of ours, though everything else is in order."""


@click.command()
@click.argument("file", metavar="FILE", type=params.FILE)
@click.option("--note-only", is_flag=True, help="Sign the text alone; append nothing to the log.")
@click.option(
    "--out", type=params.FILE, metavar="FILE", help="Write it to this new file, not to stdout."
)
@writing
def witness(file: Path, out: Path | None, *, note_only: bool, options: Options) -> None:
    """Add your signature to the checkpoint in FILE ("-": piped in), if it is true.

    It is true where the log, which is verified first, has that root at that size,
    and continues what you verified before: your key never stands under two
    histories. The signature goes into the log as well, as checkpoint.witnessed,
    which takes an auditor or a root signer; with --note-only, or where the log
    cannot be written, it does not, and anybody may witness from outside.

    \b
    Example:      assent audit witness acme.checkpoint --as rita --yes
    Exit status:  0 signed, 2 bad input, 3 refused, 4 unproven: another history,
                  5 uncheckable, 6 conflict
    """
    require_free(out)
    app = make_app(options)
    found = read_note(file, app.expected_id)
    require_true(app, found)
    if note_only:
        require_own_key(app)
    else:
        require_author(app, found.checkpoint)
    if options.dry_run:
        at = date_of(app, found.checkpoint)
        emit(to_cosign(found.checkpoint, at).decode().removesuffix("\n"))
        return
    if not note_only:
        _ask(app, found)
    signature = sign(app, found.checkpoint)
    made = found.joined([signature])
    hand_out(options, made.text, out)
    position = None if note_only else _append(app, Note(found.checkpoint, (signature,)))
    if options.as_json:
        note_json(made, out, known_keys(app.standing), position=position)


def _ask(app: App, found: Note) -> None:
    """Let a person confirm what is signed: it is an entry as well."""
    require_willing(app.options)
    if not app.options.yes:
        what = found.checkpoint
        note(f"{what.size} entries under the root {what.root.hex()}")
        click.confirm(f"Witness that as {app.signer_name}?", abort=True, err=True)


def _append(app: App, own: Note) -> int | None:
    """Put the signature into the log; its position, or ``None`` where the log takes nothing."""

    def confirmed(_: Standing, __: Entry) -> None:
        """Whoever signed the checkpoint has been asked."""

    key = app.signing_key.public.id
    try:
        receipt = act(
            app.ledger,
            app.signer,
            lambda standing, by, at: decide_witness(standing, by=by, key=key, at=at, note=own.text),
            now=app.now,
            confirm=confirmed,
        )
    except Refused as error:
        if error.code not in _NO_WRITES:
            raise
        note(f"not put into the log: {error.message}")
        return None
    note(f"checkpoint.witnessed at position {receipt.position}")
    return receipt.position
