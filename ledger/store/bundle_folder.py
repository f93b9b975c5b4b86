"""Reading inside a folder that somebody else made: nothing in it leads out, or holds on.

Every folder on the way and the file itself are opened by name below the one before, and no link is
followed; what is no regular file is never opened, since a pipe would be waited for; and
how much is read was fixed before. Only the folder itself may be named through links.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from heapq import nsmallest
from pathlib import Path
from typing import Final

from ledger.errors import BadInput, Uncheckable

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class BundleFolder:
    """The folder at *path*. Close it.

    Every method raises :class:`BadInput` (``bundle-unsafe``) for what has no business in a
    bundle, and :class:`Uncheckable` (``store-unavailable``) where the system will not read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._trouble():
            self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of the file *name*, at most *limit*; ``None`` where there is none."""
        with self._trouble(), self._opened(name) as descriptor:
            if descriptor is None:
                return None
            self._require_length(name, os.fstat(descriptor).st_size, limit)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                data = file.read(limit + 1)
        self._require_length(name, len(data), limit)
        return data

    def sha256(self, name: str, limit: int) -> str | None:
        """The SHA-256, in hex, of the file *name*, of at most *limit* bytes; ``None`` for none."""
        with self._trouble(), self._opened(name) as descriptor:
            if descriptor is None:
                return None
            self._require_length(name, os.fstat(descriptor).st_size, limit)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file_digest(file, "sha256").hexdigest()

    def names(self, name: str, most: int) -> list[str]:
        """The first *most* names in the folder *name*, sorted; none where it is not there."""
        with self._trouble(), self._within(f"{name}/*") as folder:
            if folder is None:
                return []
            with os.scandir(folder) as found:
                return nsmallest(most, (one.name for one in found))

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)

    def _require_length(self, name: str, length: int, limit: int) -> None:
        if length > limit:
            raise _unsafe(self.path / name, f"has more than {limit:,} bytes")

    @contextmanager
    def _opened(self, name: str) -> Iterator[int | None]:
        """A descriptor of the file *name*."""
        last = name.rpartition("/")[2]
        with self._within(name) as folder:
            found = None if folder is None else _kind(last, folder)
            if found is None:
                yield None
                return
            if not stat.S_ISREG(found):
                raise _unsafe(self.path / name, "is not a regular file")
            descriptor = os.open(last, _FILE, dir_fd=folder)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    @contextmanager
    def _within(self, name: str) -> Iterator[int | None]:
        """A descriptor of the folder that *name* is in."""
        descriptor = os.dup(self._descriptor)
        try:
            for part in name.split("/")[:-1]:
                found = _kind(part, descriptor)
                if found is None:
                    yield None
                    return
                if not stat.S_ISDIR(found):
                    raise _unsafe(self.path / name, f"{part} on the way to it is not a folder")
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Uncheckable(
                "store-unavailable",
                f"{self.path}: {error.strerror}",
                hint="see that the folder of the bundle is there, and that you may read it",
            ) from None


def _kind(name: str, folder: int) -> int | None:
    """The mode of *name* in *folder*, links not followed; ``None`` where it is not there."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None


def _unsafe(path: Path, why: str) -> BadInput:
    return BadInput(
        "bundle-unsafe",
        f"{path}: {why}",
        hint="a bundle holds plain files and folders; ask for one from somebody you know",
    )
