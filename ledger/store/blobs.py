"""Evidence in a folder, each file named by its content.

``<folder>/ab/cdef…`` holds the bytes whose SHA-256 is ``abcdef…``. A file is written beside
its place, flushed and renamed, so that it is there whole or not at all; it is hashed
again whenever it is read, since whoever can write the folder can change it.
"""

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from ledger.errors import BadInput, Refused, Uncheckable, Unproven

SIZE_LIMIT: Final = 2**30
"""The largest file that is kept as evidence, in bytes, unless the caller says otherwise."""

_CHUNK: Final = 2**20
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})\Z")


class Blobs:
    """Content-addressed files under *folder*, which is made when the first one is put."""

    def __init__(self, folder: Path, *, limit: int = SIZE_LIMIT, read_only: bool = False) -> None:
        self.folder = folder
        self.limit = limit
        self.read_only = read_only

    def put(self, source: bytes | Path) -> str:
        """Keep *source*, bytes or a file, and return its digest; what is there is left alone.

        Raises :class:`BadInput` (``no-such-file``, ``file-too-large``), :class:`Uncheckable`
        (``evidence-folder``), :class:`Refused` (``log-read-only``).
        """
        if self.read_only:
            raise Refused(
                "log-read-only",
                f"{self.folder} is part of a bundle: nothing is put into it",
                hint="act on the ledger it was exported from",
            )
        chunks = _of_bytes(source) if isinstance(source, bytes) else _of_file(source)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        except OSError as error:
            raise _folder_trouble(self.folder, error) from None
        try:
            with os.fdopen(descriptor, "wb") as file:
                digest = self._copy(chunks, file, source)
            self._settle(Path(name), digest)
        finally:
            Path(name).unlink(missing_ok=True)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes with this *digest*, proved.

        Raises :class:`BadInput` (``not-a-digest``), :class:`Unproven` (``digest-mismatch``),
        :class:`Uncheckable` (``evidence-missing``).
        """
        with self._open(digest) as file:
            data = file.read(self.limit + 1)
        _require(digest, f"sha256:{sha256(data).hexdigest()}", self.path(digest))
        return data

    def check(self, digest: str) -> None:
        """Prove that the bytes are here, in bounded memory. Raises as :meth:`get`."""
        with self._open(digest) as file:
            found = _hash(iter(lambda: file.read(_CHUNK), b""))
        _require(digest, found, self.path(digest))

    def path(self, digest: str) -> Path:
        """Where the file with this *digest* is. Raises :class:`BadInput` (``not-a-digest``)."""
        match = _DIGEST.match(digest)
        if match is None:
            raise BadInput(
                "not-a-digest", f"{digest!r} is not sha256: and 64 lower-case hexadecimal digits"
            )
        return self.folder / match[1][:2] / match[1][2:]

    def _copy(self, chunks: Iterator[bytes], file: BinaryIO, source: bytes | Path) -> str:
        hasher, length = sha256(), 0
        for chunk in chunks:
            length += len(chunk)
            if length > self.limit:
                what = "the document" if isinstance(source, bytes) else str(source)
                raise BadInput(
                    "file-too-large",
                    f"{what} has more than {self.limit:,} bytes",
                    hint="attach its digest and the place where it is kept instead",
                )
            hasher.update(chunk)
            try:
                file.write(chunk)
            except OSError as error:
                raise _folder_trouble(self.folder, error) from None
        return f"sha256:{hasher.hexdigest()}"

    def _settle(self, new: Path, digest: str) -> None:
        place = self.path(digest)
        try:
            self.check(digest)
        except (Uncheckable, Unproven):
            # Missing or altered: either way the proved bytes take the place.
            try:
                place.parent.mkdir(exist_ok=True)
                _require_own_folder(place.parent)
                new.chmod(0o644)
                _flush(new)
                new.replace(place)
                _flush(place.parent)
                _flush(self.folder)
            except OSError as error:
                raise _folder_trouble(self.folder, error) from None

    @contextmanager
    def _open(self, digest: str) -> Iterator[BinaryIO]:
        path = self.path(digest)
        try:
            _require_own_folder(path.parent)
            # Neither followed out of the folder, nor waited for at the end of a pipe.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise _missing(digest, path, error.strerror) from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _missing(digest, path, "not a regular file")
            try:
                yield file
            except OSError as error:
                raise _missing(digest, path, error.strerror) from None


def digest_of(path: Path) -> str:
    """The digest of a file, read in chunks. Raises :class:`BadInput` (``no-such-file``)."""
    return _hash(_of_file(path))


def _of_bytes(data: bytes) -> Iterator[bytes]:
    yield data


def _of_file(path: Path) -> Iterator[bytes]:
    try:
        # A pipe or a device would be waited for; those are not files one can attach.
        if not path.is_file():
            reason = "not a file" if path.exists() else "no such file"
            raise BadInput("no-such-file", f"{path}: {reason}")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise BadInput("no-such-file", f"{path}: {error.strerror}") from None


def _hash(chunks: Iterator[bytes]) -> str:
    hasher = sha256()
    for chunk in chunks:
        hasher.update(chunk)
    return f"sha256:{hasher.hexdigest()}"


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_own_folder(folder: Path) -> None:
    if folder.is_symlink():
        raise OSError(0, "its folder is a link that leads elsewhere")


def _require(expected: str, found: str, path: Path) -> None:
    if found != expected:
        raise Unproven(
            "digest-mismatch",
            f"{path} was changed: its digest is {found}, not {expected}",
            hint="restore the file from where it came from; attaching it again puts it right",
        )


def _missing(digest: str, path: Path, reason: str | None) -> Uncheckable:
    return Uncheckable(
        "evidence-missing",
        f"the evidence {digest} cannot be read at {path}: {reason}",
        hint="put the file back into the evidence folder",
    )


def _folder_trouble(folder: Path, error: OSError) -> Uncheckable:
    return Uncheckable(
        "evidence-folder",
        f"nothing can be written to the evidence folder {folder}: {error.strerror}",
        hint="see that the folder exists and is writable, and that the disk is not full",
    )
