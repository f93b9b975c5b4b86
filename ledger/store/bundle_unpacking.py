r"""A bundle out of a plain tar, which somebody else made: nothing but files below one folder.

Read is POSIX ustar, as :mod:`ledger.store.bundle_writing` and ``tar --format=ustar`` write it:
regular files and folders. Links, devices, pipes, sparse files and headers that extend others
are refused, not passed over; so are names that lead out, or stand twice, and sizes that
are no bundle's. Python's own reader is for whatever a tar may be, and trusts its headers.

::

    name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] link[100]
    "ustar\0" "00" … prefix[155]           512 bytes, then the file, padded to 512
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ledger.errors import BadInput, Uncheckable
from ledger.model.bundle import DOCUMENT_LIMIT, EVIDENCE

MEMBER_LIMIT: Final = 2**26
"""Bytes of the largest file in a bundle that is no document."""

TOTAL_LIMIT: Final = 2**35
"""Bytes of all files of a bundle."""

MOST_MEMBERS: Final = 1_000_000
"""How many files a bundle may have."""

_BLOCK: Final = 512
_CHUNK: Final = 2**20
_PART: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")
_MOST_PARTS: Final = 12
_OCTAL: Final = re.compile(rb" *([0-7]{1,12})[ \0]*\Z")


@dataclass(frozen=True, slots=True)
class _Member:
    """A file or a folder in a tar: the parts of its name, and its length."""

    parts: tuple[str, ...]
    size: int
    is_file: bool


@contextmanager
def unpacked(tar: Path) -> Iterator[Path]:
    """The folder of the bundle in the file *tar*, unpacked for as long as it is looked at.

    Raises :class:`BadInput` (``bundle-unsafe``, ``not-a-bundle``) and :class:`Uncheckable`
    (``store-unavailable``).
    """
    with tempfile.TemporaryDirectory(prefix="assent-bundle-") as folder:
        try:
            with tar.open("rb") as file:
                top = _unpack(file, tar, Path(folder))
        except OSError as error:
            raise Uncheckable(
                "store-unavailable",
                f"{error.filename or tar}: {error.strerror}",
                hint="see that the file is there, and that there is room to unpack it (TMPDIR)",
            ) from None
        yield Path(folder) / top


def _unpack(file: BinaryIO, tar: Path, folder: Path) -> str:
    """Write every member of *file* below *folder*; the name of the one folder they are in."""
    tops: set[str] = set()
    total = 0
    for count, member in enumerate(_members(file, tar)):
        total += member.size
        if count >= MOST_MEMBERS or total > TOTAL_LIMIT:
            raise _unsafe(tar, "more, or larger, than a bundle is")
        tops.add(member.parts[0])
        path = folder.joinpath(*member.parts)
        try:
            if member.is_file:
                path.parent.mkdir(parents=True, exist_ok=True)
                _copy(file, tar, path, member.size)
            else:
                path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise _unsafe(tar, f"{'/'.join(member.parts)} is there twice") from None
    if len(tops) != 1:
        raise _unsafe(tar, "a bundle is one folder")
    return tops.pop()


def _members(file: BinaryIO, tar: Path) -> Iterator[_Member]:
    """Each member of *file*, which is to be read before the next one is asked for."""
    while True:
        block = file.read(_BLOCK)
        if block == bytes(_BLOCK):
            return
        member = _member(block, tar)
        yield member
        padding = -member.size % _BLOCK
        if len(file.read(padding)) != padding:
            raise _unsafe(tar, "it is cut short")


def _member(block: bytes, tar: Path) -> _Member:
    """The member that the header *block* announces."""
    if len(block) != _BLOCK or block[257:265] != b"ustar\x0000":
        raise BadInput(
            "not-a-bundle",
            f"{tar} is not a plain tar (POSIX ustar), or is cut short",
            hint="unpack it and name the folder; a compressed one is decompressed first",
        )
    if _number(block[148:156]) != sum(block[:148]) + 8 * ord(" ") + sum(block[156:]):
        raise _unsafe(tar, "the checksum of a header is wrong")
    kind = block[156:157]
    if kind not in (b"0", b"\0", b"5"):
        raise _unsafe(tar, f"a member of type {kind!r}, which is no plain file or folder")
    name = b"/".join(part for part in (_text(block[345:500]), _text(block[:100])) if part)
    parts = tuple(name.decode("latin-1").removesuffix("/" if kind == b"5" else "").split("/"))
    if not all(map(_PART.match, parts)) or len(parts) > _MOST_PARTS:
        raise _unsafe(tar, f"a member with the name {name[:200]!r}")
    is_file = kind != b"5"
    if is_file and len(parts) == 1:
        raise _unsafe(tar, f"the file {parts[0]} is in no folder")
    size = _number(block[124:136])
    limit = (DOCUMENT_LIMIT if parts[1:2] == (EVIDENCE,) else MEMBER_LIMIT) if is_file else 0
    if size is None or size > limit:
        raise _unsafe(tar, f"{'/'.join(parts)} has more than {limit:,} bytes")
    return _Member(parts, size, is_file)


def _copy(file: BinaryIO, tar: Path, path: Path, size: int) -> None:
    """Copy *size* bytes of *file* into a new file at *path*."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as new:
        while size:
            part = file.read(min(size, _CHUNK))
            if not part:
                raise _unsafe(tar, "it is cut short")
            new.write(part)
            size -= len(part)


def _text(field: bytes) -> bytes:
    return field.split(b"\0", 1)[0]


def _number(field: bytes) -> int | None:
    match = _OCTAL.match(field)
    return None if match is None else int(match[1], 8)


def _unsafe(tar: Path, why: str) -> BadInput:
    return BadInput(
        "bundle-unsafe",
        f"{tar}: {why}",
        hint="a bundle holds plain files and folders; ask for one from somebody you know",
    )
