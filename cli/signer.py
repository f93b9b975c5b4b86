"""``assent signer``: accept one's place, and see who signs."""

import click

from cli import params
from cli.act import perform
from cli.asked import signer_named
from cli.context import make_app
from cli.moment import moment
from cli.options import Options, reading_as_of, writing
from cli.output import emit, emit_json, emit_json_lines, emit_table, note
from ledger.decide import signer
from ledger.decide.signer_states import SignerState


@click.group()
def command() -> None:
    """Accept one's place in the ledger, and see who signs.

    \b
    Example:      assent signer accept --as bob
    Exit status:  0 done, 2 bad input, 3 refused, 4 unproven, 5 uncheckable
    """


@command.command()
@writing
def accept(*, options: Options) -> None:
    """Accept: prove with a signature that you hold the key you were named with.

    Nobody acts before accepting, and nobody acts at all before every root
    signer has accepted.

    \b
    Example:      assent signer accept --as bob
    Exit status:  0 accepted, 2 no --yes, 3 refused, 4 unproven, 5 uncheckable, 6 conflict
    """
    app = make_app(options)
    receipt = perform(
        app,
        lambda standing, by, at: signer.accept(
            standing, by=by, at=at, named_by=by.named_key.named_by
        ),
    )
    if receipt is None or options.as_json:
        return
    ledger = app.views.standing().ledger()
    if ledger is not None and ledger.waiting:
        note(f"the founding still waits for {', '.join(ledger.waiting)}")


@command.command("list")
@reading_as_of
def list_signers(*, options: Options) -> None:
    """List the signers, their roles, and who has yet to accept.

    \b
    Example:      assent signer list --as-of 12
    Exit status:  0 listed, 2 bad input, 4 unproven, 5 uncheckable
    """
    signers = moment(make_app(options)).standing.signers()
    if options.as_json:
        emit_json_lines(_body(one) for one in signers)
        return
    emit_table(
        ("id", "kind", "root", "roles", "accepted", "key"),
        [
            (
                one.id,
                one.kind,
                "root" if one.root else "",
                ", ".join(one.roles),
                "not yet" if one.accepted_at is None else f"at {one.accepted_at}",
                one.named_key.id,
            )
            for one in signers
        ],
    )


@command.command()
@click.argument("name", metavar="ID", type=params.identifier)
@reading_as_of
def show(name: str, *, options: Options) -> None:
    """Show one signer: roles, key, and where they were named and accepted.

    \b
    Example:      assent signer show alice
    Exit status:  0 shown, 2 there is no such signer, 4 unproven, 5 uncheckable
    """
    standing = moment(make_app(options)).standing
    one = signer_named(standing, name)
    if options.as_json:
        emit_json(_body(one))
        return
    emit(f"{one.id}: {one.kind}{', root signer' if one.root else ''}")
    if one.accountable is not None:
        emit(f"accountable  {one.accountable}")
    emit(f"roles        {', '.join(one.roles) or 'none'}")
    emit(f"key          {one.named_key.text}")
    emit(f"fingerprint  {one.named_key.id}")
    emit(f"named at     position {one.named_key.named_at}")
    accepted = "not yet" if one.accepted_at is None else f"at position {one.accepted_at}"
    emit(f"accepted     {accepted}")


def _body(one: SignerState) -> dict[str, object]:
    return {
        "schema": "signer/1",
        "id": one.id,
        "kind": one.kind,
        "accountable": one.accountable,
        "root": one.root,
        "roles": list(one.roles),
        "key": one.named_key.text,
        "fingerprint": one.named_key.id,
        "named": one.named_key.named_at,
        "accepted": one.accepted_at,
    }
