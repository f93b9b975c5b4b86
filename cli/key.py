"""``assent key``: make signing keys, and see those there are."""

from pathlib import Path

import click

from cli import params
from cli.context import interactive
from cli.options import Options, plain
from cli.output import emit, emit_json, emit_json_lines, emit_table, note
from cli.places import key_folder
from ledger.errors import AssentError, BadInput
from ledger.seal.keys import ED25519, SUPPORTED, PublicKey
from ledger.store.keyfile import read_public_key, write_new_key


@click.group()
def command() -> None:
    """Make and list signing keys; they are OpenSSH keys, and never leave this machine.

    \b
    Example:      assent key new alice
    Exit status:  0 done, 2 bad input, 3 refused, 5 no such key
    """


@command.command()
@click.argument("name", metavar="ID", type=params.identifier)
@click.option("--unencrypted", is_flag=True, help="No passphrase; required without a terminal.")
@click.option(
    "--type", "algorithm", type=click.Choice(SUPPORTED), default=ED25519, show_default=True
)
@plain
def new(name: str, algorithm: str, *, unencrypted: bool, options: Options) -> None:
    """Make a key for ID; print the public half, which a roster names.

    A key is never overwritten. People protect theirs with a passphrase; a
    service that runs alone takes --unencrypted.

    \b
    Example:      assent key new alice
    Exit status:  0 made, 2 no terminal to ask for a passphrase, 3 there is one already
    """
    path = key_folder() / name
    passphrase = None if unencrypted else _new_passphrase(path)
    key = write_new_key(path, passphrase, algorithm)
    if options.as_json:
        emit_json(_body(name, path, key) | {"encrypted": passphrase is not None})
        return
    emit(key.text)
    note(f"{key.id}")
    note(f"private key in {path}{'' if passphrase else ', without a passphrase'}")


@command.command("list")
@plain
def list_keys(*, options: Options) -> None:
    """List the keys of this user.

    \b
    Example:      assent key list
    Exit status:  0 always
    """
    found = [(path.stem, path, _read(path)) for path in sorted(key_folder().glob("*.pub"))]
    if options.as_json:
        emit_json_lines(
            _body(name, path.with_suffix(""), key)
            if isinstance(key, PublicKey)
            else {"schema": "key/1", "id": name, "file": str(path), "problem": key.code}
            for name, path, key in found
        )
        return
    if not found:
        note(f"there are no keys in {key_folder()}; make one with: assent key new ID")
        return
    emit_table(
        ("id", "type", "fingerprint"),
        [
            (name, key.algorithm, key.id)
            if isinstance(key, PublicKey)
            else (name, f"{key.code}: {key.message}", "")
            for name, _, key in found
        ],
    )


@command.command()
@click.argument("name", metavar="ID", type=params.identifier)
@plain
def public(name: str, *, options: Options) -> None:
    """Print the public key of ID on one line, as a roster takes it.

    \b
    Example:      assent key public alice
    Exit status:  0 printed, 2 the file is no public key, 5 there is none
    """
    path = key_folder() / name
    key = read_public_key(path.with_name(f"{name}.pub"))
    if options.as_json:
        emit_json(_body(name, path, key))
        return
    emit(key.text)
    note(key.id)


def _new_passphrase(path: Path) -> bytes:
    if not interactive():
        raise BadInput(
            "needs-unencrypted",
            "there is no terminal to ask for a passphrase",
            hint="--unencrypted makes a key without one, for a service",
        )
    text: str = click.prompt(
        f"New passphrase for {path}", hide_input=True, confirmation_prompt=True, err=True
    )
    return text.encode()


def _read(path: Path) -> PublicKey | AssentError:
    """The key, or what keeps it from being one: a list shows both."""
    try:
        return read_public_key(path)
    except AssentError as error:
        return error


def _body(name: str, path: Path, key: PublicKey) -> dict[str, object]:
    return {
        "schema": "key/1",
        "id": name,
        "type": key.algorithm,
        "key": key.text,
        "fingerprint": key.id,
        "file": str(path),
    }
