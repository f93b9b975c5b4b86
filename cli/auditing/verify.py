"""``assent audit verify``: a bundle, verified by somebody who trusts nothing in it."""

from contextlib import ExitStack
from pathlib import Path

import click

from cli import params
from cli.context import make_app
from cli.options import Options, reading_bundle
from cli.places import bundle_places
from cli.verify import verify_ledger
from cli.verify_brought import Brought, bringing
from ledger.errors import BadInput
from ledger.store.bundle_unpacking import unpacked


@click.command()
@click.argument("bundle", metavar="DIR|FILE.tar", type=params.FILE)
@bringing
@reading_bundle
def verify(bundle: Path, *, options: Options, brought: Brought) -> int:
    """Replay the bundle in DIR, or in a plain tar, as `assent verify` replays a ledger.

    What you trust comes from you: the ledger id (--ledger-id, or pinned before), the
    keys of witnesses, and what you verified before. Nothing of yours is changed,
    but your mark where you pinned the ledger and it is verified.

    \b
    Example:      assent audit verify acme.tar --ledger-id 5f2a… --witnesses auditors.allowed
    Exit status:  0 verified, 2 no bundle, 3 refused entries, 4 tampered, forked or
                  rolled back, 5 uncheckable
    """
    with ExitStack() as stack:
        folder = bundle if bundle.is_dir() else stack.enter_context(unpacked(_file(bundle)))
        app = make_app(options)
        app.places = bundle_places(folder)
        return verify_ledger(app, brought)


def _file(bundle: Path) -> Path:
    """*bundle*, if it is a file: a pipe would be waited for."""
    if not bundle.is_file():
        reason = "neither a folder nor a file" if bundle.exists() else "no such folder or file"
        raise BadInput("no-such-file", f"{bundle}: {reason}")
    return bundle
