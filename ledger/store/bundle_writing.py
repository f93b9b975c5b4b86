"""Writing a bundle: the same log gives the same bytes, as a folder and as a tar.

Files are written in one order and dated by the log, not by the clock. The tar is plain
(POSIX ustar), its members are regular files below one folder.

A bundle can be exported again, so it is not flushed file by file: what a power cut leaves is
found out when it is verified.
"""

import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from ledger.model.bundle import oversize_path
from ledger.seal.merkle import leaf_hash, push, root
from ledger.seal.tiles import ENTRY_LIMIT, WIDTH, HashTiles, Tile, pack_entries
from ledger.store.rows import RAW_LIMIT

_FOLDER_MODE: Final = 0o755
_FILE_MODE: Final = 0o644


class BundleWriter:
    """Writes the files of a bundle into the empty *folder*. Its methods raise ``OSError``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, data: bytes) -> None:
        """Write the file *name*."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def entries(self, envelopes: Iterable[bytes], tell: Callable[[int], None]) -> tuple[int, bytes]:
        """Write *envelopes* as tiles; how many there are, and their root.

        *tell* is told after each tile how many are written.
        """
        tiles, held = HashTiles(), list[bytes]()
        size, frontier = 0, tuple[bytes, ...]()
        for raw in envelopes:
            if len(raw) > ENTRY_LIMIT:
                self.write(oversize_path(size), raw[:RAW_LIMIT])
            leaf = leaf_hash(raw)
            frontier = push(size, frontier, leaf)
            held.append(raw)
            size += 1
            self._tiles(tiles.add(leaf))
            if len(held) == WIDTH:
                self._entry_tile(size, held)
                held = []
                tell(size)
        if held:
            self._entry_tile(size, held)
        self._tiles(tiles.rest())
        tell(size)
        return size, root(frontier)

    def date(self, at: int) -> None:
        """Give every file and folder the time *at*, in seconds since 1970, and its modes."""
        for path, is_file in _walk(self.folder):
            path.chmod(_FILE_MODE if is_file else _FOLDER_MODE)
            os.utime(path, (at, at))

    def _entry_tile(self, end: int, held: list[bytes]) -> None:
        tile = Tile(None, (end - 1) // WIDTH, len(held))
        self.write(tile.path, pack_entries(held))

    def _tiles(self, filled: Iterable[tuple[Tile, bytes]]) -> None:
        for tile, data in filled:
            self.write(tile.path, data)


def write_tar(folder: Path, target: Path, name: str, at: int) -> None:
    """Write the files of *folder* into the new tar *target*, below *name*, all of the time *at*.

    Raises ``OSError``.
    """
    with tarfile.open(target, "x:", format=tarfile.USTAR_FORMAT) as tar:
        for path, is_file in _walk(folder):
            if not is_file:
                continue
            member = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
            member.size, member.mtime, member.mode = path.stat().st_size, at, _FILE_MODE
            with path.open("rb") as file:
                tar.addfile(member, file)


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Everything below *folder* and then itself, in one order; whether each is a file."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path, True
    yield folder, False
