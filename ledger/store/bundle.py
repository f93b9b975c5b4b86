"""A bundle as the store of a log: one folder of tiles, read and never written.

``bundle.json`` says how many entries there are, and so which tiles are looked for; files
that no tile is called are not. What a tile lacks is missing from the log.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ledger.errors import Refused
from ledger.model.bundle import CLAIM, CLAIM_LIMIT, Claim, damaged, oversize_path, parse_claim
from ledger.seal.tiles import (
    ENTRIES_LIMIT,
    HASHES_LIMIT,
    WIDTH,
    split_entries,
    split_hashes,
    tile_at,
    tiles_of,
)
from ledger.store.bundle_folder import BundleFolder
from ledger.store.gaps import GAP_LIMIT
from ledger.store.log import EventLog, Tell
from ledger.store.rows import RAW_LIMIT, Head, Placed, Row, Stray


class BundleStore:
    """The rows of the bundle in *folder*; one tile of each kind is in memory at a time."""

    def __init__(self, folder: BundleFolder, claim: Claim) -> None:
        self.folder = folder
        self.claim = claim
        self._read: tuple[int, list[Row]] = (-1, [])
        self._missing = 0
        """How many entries before the end of the tile that was read are missing in a row."""

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.folder.path)

    def edge(self) -> AbstractContextManager[None]:
        """Nothing: the folder's own errors are ours already."""
        return nullcontext()

    def append(self, envelopes: Sequence[Placed], size: int, tell: Tell) -> None:  # noqa: ARG002 - as every store
        """Refuse: a bundle is what somebody exported."""
        raise Refused(
            "log-read-only",
            f"{self.name} is a bundle: nothing is appended to it",
            hint="act on the ledger it was exported from",
        )

    def turn(self) -> AbstractContextManager[None]:
        """Nothing to wait for."""
        return nullcontext()

    def rows(self, start: int, limit: int) -> list[Row]:
        """The rows at *start* and the *limit* - 1 positions after it, fewer at the end."""
        found: list[Row] = []
        end = min(start + limit, self.claim.size)
        while start < end:
            index, offset = divmod(start, WIDTH)
            part = self._tile(index)[offset : offset + end - start]
            found += part
            start += len(part)
        return found

    def size(self) -> int:
        """The number of positions, as claimed."""
        return self.claim.size

    def claimed_head(self) -> Head:
        """The head as claimed; no frontier is."""
        return Head(self.claim.size, bytes.fromhex(self.claim.root), ())

    def find(self, leaf: bytes) -> int | None:
        """The first position whose hash, in the tiles, is *leaf*."""
        for tile in tiles_of(self.claim.size, 0):
            hashes = self._hashes(tile.index)
            if leaf in hashes:
                return tile.index * WIDTH + hashes.index(leaf)
        return None

    def strays(self, limit: int) -> list[Stray]:  # noqa: ARG002 - as every store has it
        """None: what is beside the tiles is not looked at."""
        return []

    def close(self) -> None:
        """Let go of the folder."""
        self.folder.close()

    def _tile(self, index: int) -> list[Row]:
        """The rows of the entry tile with this *index*."""
        if self._read[0] != index:
            rows = list(self._rows_of(index))
            self._count_missing(index, rows)
            self._read = index, rows
        return self._read[1]

    def _rows_of(self, index: int) -> Iterator[Row]:
        tile = tile_at(None, index, self.claim.size)
        if tile is None:
            return
        data = self.folder.read(tile.path, ENTRIES_LIMIT)
        entries = [] if data is None else split_entries(data, tile.width)[0]
        hashes = self._hashes(index)
        for offset in range(tile.width):
            position = tile.start + offset
            raw = entries[offset] if offset < len(entries) else None
            if raw == b"":
                raw = self.folder.read(oversize_path(position), RAW_LIMIT) or b""
            leaf = hashes[offset] if hashes else None
            yield Row(position, "", -1, "", raw, leaf, has_columns=False)

    def _hashes(self, index: int) -> list[bytes]:
        """The hashes of the lowest hash tile with this *index*; none where it is no such tile."""
        tile = tile_at(0, index, self.claim.size)
        data = None if tile is None else self.folder.read(tile.path, HASHES_LIMIT)
        return [] if tile is None or data is None else split_hashes(data, tile.width) or []

    def _count_missing(self, index: int, rows: Sequence[Row]) -> None:
        """Raise :class:`Uncheckable` (``bundle-damaged``) where far more is claimed than there is.

        Anybody can claim 2**50 entries; nobody should wait until each was missed.
        """
        there = sum(row.raw is not None for row in rows)
        before = self._missing if there == 0 and index == self._read[0] + 1 else 0
        self._missing = before + len(rows) - there
        if self._missing > GAP_LIMIT:
            raise damaged(
                f"{CLAIM} claims {self.claim.size} entries; more than {GAP_LIMIT} of them"
                f" before position {rows[-1].position} are not there"
            )


def open_bundle(folder: Path) -> EventLog:
    """The log in the bundle *folder*.

    Raises :class:`BadInput` (``bundle-unsafe``), :class:`Uncheckable` (``bundle-damaged``,
    ``store-unavailable``).
    """
    bundle = BundleFolder(folder)
    try:
        return EventLog(BundleStore(bundle, read_claim(bundle)))
    except BaseException:
        bundle.close()
        raise


def read_claim(folder: BundleFolder) -> Claim:
    """What the bundle in *folder* claims. Raises as :func:`open_bundle`."""
    data = folder.read(CLAIM, CLAIM_LIMIT)
    if data is None:
        raise damaged(f"{folder.path} has no {CLAIM}")
    return parse_claim(data)
