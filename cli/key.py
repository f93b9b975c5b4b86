"""``assent key``: make signing keys, and see those there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from cli import params
from cli.context import interactive
from cli.options import Options, plain
from cli.output import emit, emit_json, emit_json_lines, emit_table, note, safe
from cli.places import key_folder
from cli.signing import keys_in_agent
from ledger.errors import AssentError, BadInput
from ledger.seal.keys import ED25519, IN_FILES, P256, SK_ED25519, SK_P256, PublicKey
from ledger.store.keyfile import read_public_key, write_new_key

_SHORT = {ED25519: "ed25519", P256: "p256", SK_ED25519: "sk-ed25519", SK_P256: "sk-p256"}


@click.group()
def command() -> None:
    """Make and list signing keys; they are OpenSSH keys, and never leave this machine.

    A key in ssh-agent or in a security key signs as well as one in a file.

    \b
    Example:      assent key new alice
    Exit status:  0 done, 2 bad input, 3 refused, 5 no such key
    """


@command.command()
@click.argument("name", metavar="ID", type=params.identifier)
@click.option("--unencrypted", is_flag=True, help="No passphrase; required without a terminal.")
@click.option(
    "--type", "algorithm", type=click.Choice(IN_FILES), default=ED25519, show_default=True
)
@plain
def new(name: str, algorithm: str, *, unencrypted: bool, options: Options) -> None:
    """Make a key for ID; print the public half, which a roster names.

    A key is never overwritten. People protect theirs with a passphrase; a
    service that runs alone takes --unencrypted. A key in a security key is
    made by OpenSSH: ssh-keygen -t ed25519-sk (or ecdsa-sk).

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
    """List the keys of this user: those in files, and those that the agent holds.

    A key of the agent's that no file here names stands under "-".

    \b
    Example:      assent key list
    Exit status:  0 always
    """
    found = list(_listed())
    if options.as_json:
        emit_json_lines(one.body() for one in found)
        return
    if not found:
        note(f"there are no keys in {key_folder()}; make one with: assent key new ID")
        return
    emit_table(("id", "type", "fingerprint", "agent"), [one.row() for one in found])


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


@dataclass(frozen=True, slots=True)
class _Listed:
    """A key in a file, in the agent, or in both; or what keeps a file from being one."""

    key: PublicKey | AssentError
    path: Path | None
    in_agent: bool
    comment: str | None = None

    def row(self) -> tuple[str, str, str, str]:
        """The line of a table: a fingerprint is long, so types have short names."""
        name = "-" if self.path is None else self.path.name
        if isinstance(self.key, AssentError):
            return name, f"{self.key.code}: {self.key.message}", "", ""
        return name, _SHORT[self.key.algorithm], self.key.id, "yes" if self.in_agent else "no"

    def body(self) -> dict[str, object]:
        """The same for programs."""
        name = None if self.path is None else self.path.name
        if isinstance(self.key, AssentError):
            return {"schema": "key/1", "id": name, "file": str(self.path), "problem": self.key.code}
        held = {"agent": self.in_agent, "comment": self.comment}
        return _body(name, self.path, self.key) | held


def _listed() -> Iterator[_Listed]:
    """The keys of the folder by name, then the agent's others."""
    held, silent = keys_in_agent()
    if silent is not None:
        note(f"{safe(silent.message)}; what it holds is not listed")
    comments = {one.public: one.comment for one in held}
    found = [(_read(half), half.with_suffix("")) for half in sorted(key_folder().glob("*.pub"))]
    for key, path in found:
        if isinstance(key, PublicKey):
            yield _Listed(key, path, key in comments, comments.get(key))
        else:
            yield _Listed(key, path, in_agent=False)
    named = [key for key, _ in found]
    for one in held:
        if one.public not in named:
            yield _Listed(one.public, None, in_agent=True, comment=one.comment)


def _read(half: Path) -> PublicKey | AssentError:
    """The key, or what keeps it from being one: a list shows both."""
    try:
        return read_public_key(half)
    except AssentError as error:
        return error


def _body(name: str | None, path: Path | None, key: PublicKey) -> dict[str, object]:
    return {
        "schema": "key/1",
        "id": name,
        "type": key.algorithm,
        "key": key.text,
        "fingerprint": key.id,
        "file": None if path is None else str(path),
    }
