"""Every signed write goes this way: show, confirm, sign, append, receipt."""

import hashlib
from collections.abc import Callable

import click

from cli.context import App, interactive
from cli.options import Options
from cli.output import emit, emit_json, note, safe
from ledger.decide.context import Standing
from ledger.errors import BadInput
from ledger.model.entry import Entry
from ledger.model.events import Event, ExceptionClosed, ReviewClosed
from ledger.service import Decision, Receipt, act, prepare

Screen = Callable[[Standing, Entry], str | None]
"""Shows what is about to be signed; the digest to be confirmed by its first characters, if any."""

CONFIRMED = 6
"""How many characters of a digest a person types."""


def perform(app: App, decision: Decision, *, screen: Screen | None = None) -> Receipt | None:
    """Carry out one act and print its receipt; with ``--dry-run`` only what would be signed."""
    standing = app.standing
    if app.options.dry_run:
        entry = prepare(standing, app.signer, decision, now=app.now, ledger_id=app.ledger.id)
        emit(entry.payload().decode())
        return None
    require_willing(app.options)

    def confirm(standing: Standing, entry: Entry) -> None:
        digest = screen(standing, entry) if screen is not None and interactive() else None
        if not app.options.yes:
            _ask(entry, digest)

    receipt = act(app.ledger, app.signer, decision, now=app.now, confirm=confirm)
    show_receipt(app, receipt)
    return receipt


def require_willing(options: Options) -> None:
    """Refuse to sign an entry where nobody said to, and nobody can be asked."""
    if not options.yes and not interactive():
        raise BadInput(
            "needs-yes",
            "without a terminal a signed write needs --yes",
            hint="--dry-run prints what would be signed",
        )


def show_receipt(app: App, receipt: Receipt) -> None:
    """Print what came of an act."""
    event = receipt.entry.event
    number = _number(app, event)
    if app.options.as_json:
        emit_json(
            {
                "schema": "receipt/1",
                "position": receipt.position,
                "entry": receipt.leaf,
                "stream": receipt.entry.stream,
                "kind": event.kind,
                "proposal": number,
                "size": receipt.size,
                "root": receipt.root,
            }
        )
        return
    about = "" if number is None else f" of #{number}"
    emit(f"{event.kind}{about} at position {receipt.position}")


def _number(app: App, event: Event) -> int | None:
    """The number of the proposal that *event* is about, if it is about one."""
    id_ = getattr(event, "proposal", None)
    if isinstance(event, ExceptionClosed):
        id_ = event.exception
    if isinstance(event, ReviewClosed):
        review = app.standing.review(event.subject)
        id_ = None if review is None else review.proposal
    if not isinstance(id_, str):
        return None
    state = app.standing.proposal(id_) or app.views.standing().proposal(id_)
    return None if state is None else state.number


def _ask(entry: Entry, digest: str | None) -> None:
    """Let the person confirm: by the digest they reviewed, or plainly."""
    note(f"payload sha256:{hashlib.sha256(entry.payload()).hexdigest()}")
    if digest is None:
        click.confirm(f"Sign {safe(entry.event.kind)} as {entry.by.signer}?", abort=True, err=True)
        return
    wanted = digest.removeprefix("sha256:")[:CONFIRMED]
    typed: str = click.prompt(
        f"Type the first {CONFIRMED} characters of the review digest to sign", err=True
    )
    if typed.strip().removeprefix("sha256:")[:CONFIRMED] != wanted:
        raise BadInput("not-confirmed", "these are not the characters of the review digest")
