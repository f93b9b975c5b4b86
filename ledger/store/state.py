"""What one user trusts about one ledger, in a folder that nobody else can write.

``<root>/<ledger id>/`` holds::

    pin              the ledger id, written once
    mark             {"root": "<hex>", "size": N}: the largest log this user has verified
    receipts.jsonl   {"leaf": "<hex>", "position": N} for each entry this user appended
    views.sqlite     views and standing, disposable (only its path is known here)
    lock             held while any of them is written

A mark only grows, under the lock, so that two programs of one user never move it back.
"""

import fcntl
import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from ledger.errors import BadInput, Refused, Uncheckable, Unproven

_HASH: Final = re.compile(r"[0-9a-f]{64}\Z")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Mark:
    """The largest log that was verified: its size and its Merkle root of 32 bytes."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that was appended and acknowledged: its position and its leaf hash of 32 bytes."""

    position: int
    leaf: bytes


class State:
    """One user's state for one ledger.

    Every method raises :class:`Refused` (``state-exposed``) where others own the folder or may
    write to it, :class:`Uncheckable` (``state-unavailable``, ``state-damaged``) where it
    cannot be used.
    """

    def __init__(self, root: Path, ledger: str) -> None:
        if _HASH.match(ledger) is None:
            raise BadInput("not-a-ledger-id", f"{ledger!r} is not 64 lower-case hexadecimal digits")
        self.ledger = ledger
        self.folder = root / ledger

    @property
    def views(self) -> Path:
        """The path of this user's own views."""
        return self.folder / "views.sqlite"

    def is_pinned(self) -> bool:
        """Whether this user has pinned the ledger."""
        data = self._read("pin")
        if data is None:
            return False
        if data != f"{self.ledger}\n".encode():
            raise _damaged(self.folder / "pin")
        return True

    def pin(self) -> None:
        """Pin the ledger: from now on its id is trusted. Twice is the same as once."""
        if not self.is_pinned():
            with self._lock():
                self._write("pin", f"{self.ledger}\n".encode())

    def mark(self) -> Mark | None:
        """The largest log this user has verified, None before the first."""
        data = self._read("mark")
        return None if data is None else _as_mark(data, self.folder / "mark")

    def advance_mark(self, mark: Mark) -> Mark:
        """Raise the mark to *mark*, and return the one that stands afterwards.

        A smaller one changes nothing: another program of this user was quicker. Raises
        :class:`Unproven` (``mark-forked``) where the same size is marked with another root.
        """
        with self._lock():
            old = self.mark()
            if old is not None and old.size == mark.size and old.root != mark.root:
                raise Unproven(
                    "mark-forked",
                    f"a log of {mark.size} entries was verified under the root {old.root.hex()},"
                    f" and is now shown under {mark.root.hex()}",
                    hint="two histories exist; find out who serves the other one",
                )
            if old is not None and old.size >= mark.size:
                return old
            self._write("mark", _line({"root": mark.root.hex(), "size": mark.size}))
        return mark

    def swap_mark(self, expected: Mark | None, mark: Mark) -> bool:
        """Put *mark* in the place of *expected*; whether that was still the mark.

        So whoever is about to sign that *mark* continues what they verified before signs it
        on the mark that they compared, whatever other programs of theirs do meanwhile.
        """
        with self._lock():
            if self.mark() != expected:
                return False
            if mark != expected:
                self._write("mark", _line({"root": mark.root.hex(), "size": mark.size}))
        return True

    def receipts(self) -> list[Receipt]:
        """Every receipt of this user for this ledger, oldest first."""
        path = self.folder / "receipts.jsonl"
        data = self._read("receipts.jsonl") or b""
        whole, _, _cut = data.rpartition(b"\n")  # what follows was cut by a crash: never promised
        return [_as_receipt(line, path) for line in whole.splitlines()]

    def add_receipts(self, receipts: list[Receipt]) -> None:
        """Keep *receipts*, flushed to the disk before this returns."""
        lines = b"".join(_line({"leaf": r.leaf.hex(), "position": r.position}) for r in receipts)
        path = self.folder / "receipts.jsonl"
        with self._lock(), self._trouble():
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                file.seek(_end_of_lines(file.read()))
                file.truncate()
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())

    def make(self) -> None:
        """Make the folder, readable and writable by its user only."""
        with self._trouble():
            self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.mkdir(exist_ok=True, mode=0o700)
        self._require_own()

    def _require_own(self) -> bool:
        """Whether the folder exists; refused where it is not the user's alone to write."""
        with self._trouble():
            try:
                found = os.lstat(self.folder)
            except FileNotFoundError:
                return False
        own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        if not own or found.st_mode & 0o022:
            raise Refused(
                "state-exposed",
                f"{self.folder} belongs to someone else, or others may write to it",
                hint=f"chmod 700 {self.folder}, once you know that nobody has changed it",
            )
        return True

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Uncheckable(
                "state-unavailable",
                f"{error.filename or self.folder}: {error.strerror}",
                hint="name another folder in ASSENT_STATE, or mend this one",
            ) from None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.make()
        with self._trouble():
            descriptor = os.open(
                self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        try:
            with self._trouble():
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _read(self, name: str) -> bytes | None:
        if not self._require_own():
            return None
        with self._trouble():
            try:
                return (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def _write(self, name: str, data: bytes) -> None:
        """Replace the file *name* by *data*, whole or not at all. Called under the lock."""
        new = self.folder / f"{name}.new"
        with self._trouble():
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.folder / name)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _line(value: dict[str, str | int]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _end_of_lines(data: bytes) -> int:
    """Where the last whole line ends; what follows was cut by a crash."""
    return data.rfind(b"\n") + 1


def _as_mark(data: bytes, path: Path) -> Mark:
    return _decoded(data, path, lambda d: Mark(_size(d["size"]), _root(d["root"])))


def _as_receipt(data: bytes, path: Path) -> Receipt:
    return _decoded(data, path, lambda d: Receipt(_size(d["position"]), _root(d["leaf"])))


def _decoded(data: bytes, path: Path, build: Callable[[dict[str, Any]], _T]) -> _T:
    try:
        return build(json.loads(data))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(path) from None


def _size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _root(value: object) -> bytes:
    if not isinstance(value, str) or _HASH.match(value) is None:
        raise TypeError
    return bytes.fromhex(value)


def _damaged(path: Path) -> Uncheckable:
    return Uncheckable(
        "state-damaged",
        f"{path} is not what assent wrote there",
        hint="restore it from a backup; without it nobody can say whether the log was cut",
    )
