"""Tiles: a log as static files, in the layout of C2SP tlog-tiles.

A **hash tile** at level L holds up to 256 hashes of 32 bytes, each the root of 256**L entries
that are all there; an **entry tile** holds up to 256 entries, each behind its length as a
big-endian uint16. Only the last tile of a level may be partial, and says so in its path::

    tile/<L>/<N>          tile/0/x001/x234/067
    tile/<L>/<N>.p/<W>    tile/1/001.p/17
    tile/entries/<N>      tile/entries/273.p/112

An entry longer than the 65,535 bytes its length can tell is rubbish: its length is 0, and
whoever keeps the tiles keeps its first bytes elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.seal.merkle import node_hash

WIDTH: Final = 256
"""How many hashes, or entries, a full tile holds."""

HASHES_LIMIT: Final = WIDTH * 32
"""Bytes of the largest hash tile."""

ENTRY_LIMIT: Final = 65_535
"""Bytes of the largest entry whose length can be told."""

ENTRIES_LIMIT: Final = WIDTH * (2 + ENTRY_LIMIT)
"""Bytes of the largest entry tile."""

_BITS: Final = 8
_HASH: Final = 32
_LENGTH: Final = 2
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Tile:
    """Which tile: its *level* (``None`` for entries), its *index* there, how many it holds."""

    level: int | None
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is kept."""
        number = f"{self.index % _THOUSAND:03}"
        rest = self.index // _THOUSAND
        while rest:
            number = f"x{rest % _THOUSAND:03}/{number}"
            rest //= _THOUSAND
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{'entries' if self.level is None else self.level}/{number}{partial}"

    @property
    def start(self) -> int:
        """The position of the first entry below it."""
        return self.index << _BITS * ((self.level or 0) + 1)


def tile_at(level: int | None, index: int, size: int) -> Tile | None:
    """The tile of a log of *size* entries with this *level* and *index*; ``None`` for none."""
    width = min(WIDTH, (size >> _BITS * (level or 0)) - index * WIDTH)
    return Tile(level, index, width) if width > 0 else None


def tiles_of(size: int, level: int | None) -> Iterator[Tile]:
    """Every tile at *level* of a log of *size* entries, in order."""
    index = 0
    while (tile := tile_at(level, index, size)) is not None:
        yield tile
        index += 1


def levels_of(size: int) -> range:
    """The levels at which a log of *size* entries has hash tiles."""
    levels = 0
    while size >> _BITS * levels:
        levels += 1
    return range(levels)


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """The entry tile of *entries*; one that is too long counts as nothing."""
    told = [b"" if len(entry) > ENTRY_LIMIT else entry for entry in entries]
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in told)


def split_entries(data: bytes, width: int) -> tuple[list[bytes], bool]:
    """The first *width* entries in *data*, fewer where it ends too soon.

    With it, whether that is all of *data*.
    """
    entries: list[bytes] = []
    at = 0
    while len(entries) < width:
        start = at + _LENGTH
        end = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or end > len(data):
            break
        entries.append(data[start:end])
        at = end
    return entries, at == len(data)


def split_hashes(data: bytes, width: int) -> list[bytes] | None:
    """The hashes in *data*, ``None`` where these are not exactly *width*."""
    if len(data) != width * _HASH:
        return None
    return [data[at : at + _HASH] for at in range(0, len(data), _HASH)]


class HashTiles:
    """The hash tiles of a log that grows by a leaf at a time; 255 hashes a level are kept."""

    def __init__(self) -> None:
        self._levels: list[tuple[int, list[bytes]]] = []

    def add(self, leaf: bytes) -> Iterator[tuple[Tile, bytes]]:
        """Add a *leaf* hash; the tiles that it fills, the lowest first."""
        level, found = 0, leaf
        while True:
            if level == len(self._levels):
                self._levels.append((0, []))
            index, hashes = self._levels[level]
            hashes.append(found)
            if len(hashes) < WIDTH:
                return
            yield Tile(level, index), b"".join(hashes)
            self._levels[level] = index + 1, []
            level, found = level + 1, _full_root(hashes)

    def rest(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial tiles at the end, the lowest first."""
        for level, (index, hashes) in enumerate(self._levels):
            if hashes:
                yield Tile(level, index, len(hashes)), b"".join(hashes)


def _full_root(hashes: Sequence[bytes]) -> bytes:
    """The root over *hashes*, which are a power of two."""
    while len(hashes) > 1:
        hashes = [
            node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]
