"""Which key signs: a file that was named, one in the agent, or one in the key folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.output import note
from cli.places import key_folder
from ledger.errors import AssentError, Uncheckable
from ledger.seal.envelope import KeyHolder
from ledger.seal.keys import IN_HARDWARE, PublicKey
from ledger.seal.sshsig import NAMESPACE
from ledger.store.agent import AgentKey, held_keys
from ledger.store.keyfile import (
    AskPassphrase,
    read_public_half,
    read_public_key,
    read_signing_key,
)
from ledger.store.openssh import OpensshKey

PUBLIC: Final = ".pub"


@dataclass(frozen=True, slots=True)
class _Announced:
    """A key whose device waits to be touched: that is said when it does."""

    key: KeyHolder

    @property
    def public(self) -> PublicKey:
        return self.key.public

    def sign_payload(self, payload: bytes, namespace: str = NAMESPACE) -> bytes:
        note("touch the security key when it blinks")
        return self.key.sign_payload(payload, namespace)


def signing_key(
    name: str, wanted: Sequence[str] | None, named: str | None, ask: AskPassphrase | None
) -> KeyHolder:
    """What signs for the signer *name*.

    *named* is a file: a private key, the handle of a security key, or a ``.pub`` file, which
    stands for the agent's key of that name. Without it, the first of the keys *wanted* (ids,
    the best first) that the agent holds, when no file is opened; else the file in the key
    folder that holds one of them; else the one called *name*, whosever key it is. *ask* asks for
    a passphrase; ``None`` where nobody can be asked.

    Raises :class:`Uncheckable` (``key-missing``) and what reading the file or asking the
    agent raises; an agent that cannot be asked matters only where no file does without it.
    """
    if named:
        path = Path(named)
        return _of_public_file(path) if path.suffix == PUBLIC else _of_file(path, ask)
    held, silent = keys_in_agent() if wanted else ((), None)
    for key in _in_order(wanted or (), held):
        return _announced(key)
    path = _file_in_folder(name, wanted or ())
    if os.path.lexists(path):
        return _of_file(path, ask)
    if silent is not None:
        raise silent
    raise Uncheckable(
        "key-missing",
        f"no key of {name}'s is here: not {path}{_nor_in_the_agent(wanted)}",
        hint="name one with --key, add it to the agent with ssh-add, or: assent key new",
    )


def keys_in_agent() -> tuple[tuple[AgentKey, ...], AssentError | None]:
    """What the user's agent holds, and what kept it from saying so, if anything did."""
    named = os.environ.get("SSH_AUTH_SOCK")
    if not named:
        return (), None
    try:
        return held_keys(Path(named)), None
    except AssentError as error:
        return (), error


def _in_order(wanted: Sequence[str], held: Sequence[AgentKey]) -> Iterator[AgentKey]:
    return (key for id_ in wanted for key in held if key.public.id == id_)


def _of_public_file(path: Path) -> KeyHolder:
    """The agent's key whose public half is in *path*, or one that OpenSSH finds beside it."""
    public = read_public_key(path)
    held, silent = keys_in_agent()
    for key in _in_order([public.id], held):
        return _announced(key)
    if os.path.lexists(path.with_suffix("")):
        return _announced(OpensshKey(path.with_suffix(""), public))
    raise silent or Uncheckable(
        "key-missing",
        f"the agent does not hold {public.id}, the key in {path}",
        hint="add it with ssh-add, or name the private file",
    )


def _of_file(path: Path, ask: AskPassphrase | None) -> KeyHolder:
    public = read_public_half(path)
    if public.algorithm in IN_HARDWARE:
        return _announced(OpensshKey(path, public))
    return read_signing_key(path, ask)


def _announced(key: KeyHolder) -> KeyHolder:
    return _Announced(key) if key.public.algorithm in IN_HARDWARE else key


def _file_in_folder(name: str, wanted: Sequence[str]) -> Path:
    """The file that holds a key *wanted*, such as one that was rotated to; else that of *name*."""
    own = key_folder() / name
    halves = [own.with_name(own.name + PUBLIC), *sorted(key_folder().glob(f"*{PUBLIC}"))]
    ids = [(_id_of(half), half.with_suffix("")) for half in halves] if wanted else []
    found = (file for want in wanted for id_, file in ids if id_ == want and file.exists())
    return next(found, own)


def _id_of(half: Path) -> str | None:
    try:
        return read_public_key(half).id
    except AssentError:
        return None


def _nor_in_the_agent(wanted: Sequence[str] | None) -> str:
    return f", and the agent does not hold {' or '.join(wanted)}" if wanted else ""
