"""What an audit asks of a bundle beside its entries: the tiles over them, and what it claims."""

from collections.abc import Iterable, Iterator, Sequence

from cli.progress import shown
from ledger.audit.vouching import refusals_finding
from ledger.decide.judgement import OTHER_LEDGER, TILE_DIFFERS, Finding
from ledger.errors import BadInput
from ledger.model.bundle import (
    CHECKPOINTS,
    DOCUMENT_LIMIT,
    REFUSED,
    REFUSED_LIMIT,
    document_path,
)
from ledger.seal.checkpoint import LIMIT, Note, parse_note
from ledger.seal.merkle import leaf_hash
from ledger.seal.tiles import (
    ENTRIES_LIMIT,
    HASHES_LIMIT,
    WIDTH,
    HashTiles,
    Tile,
    split_entries,
    tiles_of,
)
from ledger.store.bundle import BundleStore

MOST_NOTES = 10_000
"""How many checkpoints of a bundle are looked at."""

_HASH = 32


def tile_findings(bundle: BundleStore) -> Iterator[Finding]:
    """Where the tiles of *bundle* are not those of the entries in it."""
    size, tiles, tell = bundle.size(), HashTiles(), shown("comparing tiles")
    for tile in tiles_of(size, None):
        for row in bundle.rows(tile.start, tile.width):
            leaf = row.indexed_leaf or leaf_hash(b"") if row.raw is None else leaf_hash(row.raw)
            yield from _compare(bundle, tiles.add(leaf))
        yield from _behind(bundle, tile)
        tell(tile.start + tile.width, size)
    yield from _compare(bundle, tiles.rest())


def claim_findings(
    bundle: BundleStore, ledger: str, refused: Sequence[tuple[int, str]]
) -> Iterator[Finding]:
    """Where *bundle* names another *ledger*, or other entries as *refused*."""
    if bundle.claim.ledger != ledger:
        said = "the bundle says to be of another ledger"
        yield Finding(None, OTHER_LEDGER, said, ledger, bundle.claim.ledger)
    finding = refusals_finding(refused, bundle.folder.read(REFUSED, REFUSED_LIMIT))
    if finding is not None:
        yield finding


def document_finding(bundle: BundleStore, digest: str) -> Finding | None:
    """A finding where the document with this *digest* was changed, or is not in *bundle*."""
    path = document_path(digest)
    try:
        found = bundle.folder.sha256(path, DOCUMENT_LIMIT)
    except BadInput as error:
        return Finding(None, "evidence-missing", error.message, digest)
    if found is None:
        return Finding(None, "evidence-missing", f"the bundle has no {path}", digest)
    if f"sha256:{found}" != digest:
        said = f"{path} was changed: it has another digest"
        return Finding(None, "evidence-differs", said, digest, f"sha256:{found}")
    return None


def bundle_notes(bundle: BundleStore) -> Iterator[tuple[str, Note]]:
    """The checkpoints in *bundle*, each with its path; what is no checkpoint is passed over."""
    for name in bundle.folder.names(CHECKPOINTS, MOST_NOTES):
        path = f"{CHECKPOINTS}/{name}"
        data = bundle.folder.read(path, LIMIT)
        try:
            note = None if data is None else parse_note(data)
        except BadInput:
            continue
        if note is not None:
            yield path, note


def _compare(bundle: BundleStore, tiles: Iterable[tuple[Tile, bytes]]) -> Iterator[Finding]:
    for tile, data in tiles:
        held = bundle.folder.read(tile.path, HASHES_LIMIT)
        if held != data:
            yield _differs(tile, data, held)


def _differs(tile: Tile, data: bytes, held: bytes | None) -> Finding:
    """Which hash of a *tile* with this *data* is another where it is *held*."""
    if held is None or len(held) != len(data):
        length = "no such file" if held is None else f"{len(held)} bytes"
        said = f"{tile.path} is not the hash tile of its entries"
        return Finding(tile.start, TILE_DIFFERS, said, f"{len(data)} bytes", length)
    at = next(
        at for at in range(0, len(data), _HASH) if data[at : at + _HASH] != held[at : at + _HASH]
    )
    below = tile.start + (at // _HASH) * (WIDTH ** (tile.level or 0))
    said = f"a hash in {tile.path} is not that of its entries"
    return Finding(
        below, TILE_DIFFERS, said, data[at : at + _HASH].hex(), held[at : at + _HASH].hex()
    )


def _behind(bundle: BundleStore, tile: Tile) -> Iterator[Finding]:
    """A finding where an entry tile goes on behind its last entry."""
    data = bundle.folder.read(tile.path, ENTRIES_LIMIT)
    if data is None:
        return
    entries, whole = split_entries(data, tile.width)
    if len(entries) == tile.width and not whole:
        last = tile.start + tile.width - 1
        yield Finding(last, TILE_DIFFERS, f"{tile.path} goes on behind its last entry")
