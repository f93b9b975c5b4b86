"""Key files: read with suspicion, written once, never overwritten.

Private keys are in OpenSSH's format with mode 0600, public keys beside them in
``.pub`` with mode 0644, as ``ssh-keygen`` leaves them; either program reads the
other's. This is the one place that draws the randomness of a key.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ledger.errors import BadInput, Refused, Uncheckable
from ledger.seal.keys import ED25519, PublicKey, parse_public_key
from ledger.seal.private_keys import (
    LIMIT,
    SECRET_SIZE,
    SigningKey,
    generate,
    is_encrypted,
    load_private_key,
    public_half,
    serialize_private_key,
)

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

AskPassphrase = Callable[[str], bytes]
"""Asks a person for the passphrase of the file it is given the name of."""


def read_signing_key(path: Path, ask_passphrase: AskPassphrase | None) -> SigningKey:
    """The private key in the file *path*; *ask_passphrase* is None where nobody can be asked.

    Raises :class:`Uncheckable` (``key-missing``, ``key-unreadable``, ``passphrase-needed``),
    :class:`Refused` (``key-exposed``) and what ``load_private_key`` raises.
    """
    data, mode = _read(path)
    encrypted = is_encrypted(data)
    if mode & _OTHERS:
        raise Refused(
            "key-exposed",
            f"others than its owner have rights to {path} (mode {mode:04o})",
            hint=f"chmod 600 {path}",
        )
    if not encrypted:
        return load_private_key(data, None)
    if ask_passphrase is None:
        raise Uncheckable(
            "passphrase-needed",
            f"{path} is encrypted and there is nobody to ask for its passphrase",
            hint="run at a terminal, or give a service a key without a passphrase",
        )
    return load_private_key(data, ask_passphrase(str(path)))


def read_public_half(path: Path) -> PublicKey:
    """The public key that the private key file *path* states in clear, asking nobody.

    Raises :class:`Uncheckable` (``key-missing``, ``key-unreadable``) and what
    ``public_half`` raises.
    """
    return public_half(_read(path)[0])


def read_public_key(path: Path) -> PublicKey:
    """The public key in the file *path*, one line as in a ``.pub`` file.

    Raises :class:`Uncheckable` (``key-missing``, ``key-unreadable``) and what
    ``parse_public_key`` raises.
    """
    return parse_public_key(_read(path)[0].decode("utf-8", "replace"))


def write_new_key(path: Path, passphrase: bytes | None, algorithm: str = ED25519) -> PublicKey:
    """Make a key, write it to *path* and its public half to *path* + ``.pub``; return that half.

    Folders are made with mode 0700. Raises :class:`Refused` (``key-exists``) where either
    file is there already, and :class:`Uncheckable` (``key-unwritable``).
    """
    key = generate(os.urandom(SECRET_SIZE), algorithm)
    public_path = path.with_name(path.name + ".pub")
    if os.path.lexists(public_path):
        raise _exists(public_path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path, 0o600, serialize_private_key(key, passphrase))
        _create(public_path, 0o644, f"{key.public.text}\n".encode())
    except OSError as error:
        raise Uncheckable("key-unwritable", f"cannot write {path}: {error.strerror}") from None
    return key.public


def _create(path: Path, mode: int, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except FileExistsError:
        raise _exists(path) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            # A umask can only take rights away; this gives back what it took.
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()  # half a key is worse than none
        raise


def _exists(path: Path) -> Refused:
    return Refused(
        "key-exists",
        f"{path} exists, and keys are never overwritten",
        hint="choose another name for the new key",
    )


def _read(path: Path) -> tuple[bytes, int]:
    """At most one byte more than a key may have, from a plain file, and the file's mode."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Uncheckable(
            "key-missing",
            f"there is no key file {path}",
            hint="make a key with: assent key new, or name one with --key",
        ) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise BadInput("not-a-file", f"{path} is not a file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(LIMIT + 1), stat.S_IMODE(mode)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)


def _unreadable(path: Path, error: OSError) -> Uncheckable:
    return Uncheckable("key-unreadable", f"cannot read {path}: {error.strerror}")
