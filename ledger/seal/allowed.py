"""Lists of allowed signers, in the form of OpenSSH (``ssh-keygen(1)``, ALLOWED SIGNERS).

::

    NAME [namespaces="checkpoint.v1@assent,entry.v1@assent"] KEYTYPE BASE64 [comment]

One key a line; a name may stand on several, empty lines and those that begin with ``#``
say nothing. The same file serves ``ssh-keygen -Y verify -f``, so what OpenSSH would
understand and this reader would not (patterns, certificates, times of validity) is
refused rather than passed over.
"""

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import AssentError, BadInput
from ledger.model.names import is_identifier
from ledger.seal.keys import SUPPORTED, PublicKey, parse_public_key

LIMIT: Final = 1_048_576
"""Bytes of the largest list that is read."""

_NAMESPACES: Final = re.compile(r'namespaces="([A-Za-z0-9@._-]+(?:,[A-Za-z0-9@._-]+)*)"\Z')


@dataclass(frozen=True, slots=True)
class Allowed:
    """A name, its key, and for which purposes; without namespaces for every one."""

    name: str
    key: PublicKey
    namespaces: tuple[str, ...]

    def may_sign(self, namespace: str) -> bool:
        """Whether the key counts for *namespace*."""
        return not self.namespaces or namespace in self.namespaces

    @property
    def line(self) -> str:
        """The line, without its newline, that :func:`parse_allowed` reads."""
        only = f'namespaces="{",".join(self.namespaces)}" ' if self.namespaces else ""
        return f"{self.name} {only}{self.key.text}"


def parse_allowed(data: bytes, file: str) -> tuple[Allowed, ...]:
    """The lines of *data*; *file* is its name in what is raised.

    Raises :class:`BadInput` (``bad-witnesses``) with the line that is not understood.
    """
    if len(data) > LIMIT:
        raise _bad(f"more than {LIMIT} bytes", file, None)
    try:
        lines = data.decode().split("\n")
    except UnicodeDecodeError:
        raise _bad("it is not UTF-8", file, None) from None
    return tuple(
        _allowed(line, file, number)
        for number, line in enumerate((line.strip(" \t\r") for line in lines), start=1)
        if line and not line.startswith("#")
    )


def _allowed(line: str, file: str, number: int) -> Allowed:
    name, _, rest = line.partition(" ")
    if not is_identifier(name):
        raise _bad("the name is not an identifier", file, number)
    namespaces: tuple[str, ...] = ()
    first, _, behind = rest.lstrip(" ").partition(" ")
    if first not in SUPPORTED:
        match = _NAMESPACES.match(first)
        if match is None:
            raise _bad('only namespaces="…" may stand before the type of the key', file, number)
        namespaces, rest = tuple(match[1].split(",")), behind
    try:
        key = parse_public_key(rest.lstrip(" "))
    except AssentError as error:
        raise _bad(error.message, file, number) from None
    return Allowed(name, key, namespaces)


def _bad(why: str, file: str, line: int | None) -> BadInput:
    return BadInput(
        "bad-witnesses",
        f"not a list of allowed signers: {why}",
        hint='a line is NAME namespaces="checkpoint.v1@assent" ssh-ed25519 AAAA…',
        file=file,
        line=line,
    )
