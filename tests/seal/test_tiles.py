"""Tiles as C2SP tlog-tiles has them: its own examples, and the tree they are cut from."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.seal.merkle import leaf_hash
from ledger.seal.tiles import (
    ENTRIES_LIMIT,
    HASHES_LIMIT,
    HashTiles,
    Tile,
    levels_of,
    pack_entries,
    split_entries,
    split_hashes,
    tile_at,
    tiles_of,
)
from tests.reference import rfc6962

BIG = 70_000
"""The size of the specification's example."""


def entries(start: int, end: int) -> list[bytes]:
    return [str(n).encode() for n in range(start, end)]


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries(0, size)]


def hash_tiles(of: list[bytes]) -> Iterator[tuple[Tile, bytes]]:
    tiles = HashTiles()
    for leaf in of:
        yield from tiles.add(leaf)
    yield from tiles.rest()


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1, 17), "tile/1/001.p/17"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
        (Tile(None, 0), "tile/entries/000"),
        (Tile(None, 1_000, 255), "tile/entries/x001/000.p/255"),
    ],
)
def test_a_path_is_written_as_the_specification_writes_it(tile: Tile, path: str) -> None:
    assert tile.path == path


def test_a_log_of_70000_entries_has_the_tiles_of_the_specifications_example() -> None:
    assert list(levels_of(BIG)) == [0, 1, 2]
    found = {level: list(tiles_of(BIG, level)) for level in (0, 1, 2, None)}

    assert [len(found[level]) for level in (0, 1, 2, None)] == [274, 2, 1, 274]
    assert all(tile.width == 256 for tile in found[0][:273])
    assert found[0][273].path == "tile/0/273.p/112"
    assert [tile.path for tile in found[1]] == ["tile/1/000", "tile/1/001.p/17"]
    assert [tile.path for tile in found[2]] == ["tile/2/000.p/1"]
    assert found[None][273].path == "tile/entries/273.p/112"
    assert (found[1][1].start, found[2][0].start, found[None][2].start) == (65_536, 0, 512)


@pytest.mark.parametrize(
    ("size", "expected"), [(0, []), (1, [0]), (255, [0]), (256, [0, 1]), (65_536, [0, 1, 2])]
)
def test_a_level_begins_with_the_first_full_tile_below_it(size: int, expected: list[int]) -> None:
    assert list(levels_of(size)) == expected


def test_a_level_has_no_tile_behind_its_last() -> None:
    assert tile_at(0, 1, 256) is None
    assert tile_at(0, 1, 257) == Tile(0, 1, 1)
    assert tile_at(1, 0, 255) is None
    assert list(tiles_of(0, None)) == []


def test_the_hash_tiles_of_70000_leaves_hold_the_roots_of_the_subtrees() -> None:
    every = leaves(BIG)

    found = dict(hash_tiles(every))

    wanted = [tile for level in levels_of(BIG) for tile in tiles_of(BIG, level)]
    assert sorted(found, key=lambda tile: tile.path) == sorted(wanted, key=lambda tile: tile.path)
    assert found[Tile(0, 273, 112)] == b"".join(every[69_888:])
    level1 = split_hashes(found[Tile(1, 1, 17)], 17)
    assert level1 is not None
    assert level1[16] == rfc6962.tree_hash(entries(272 * 256, 273 * 256))
    assert found[Tile(2, 0, 1)] == rfc6962.tree_hash(entries(0, 65_536))
    assert max(map(len, found.values())) == HASHES_LIMIT


@given(st.integers(0, 800))
def test_hash_tiles_grow_to_just_those_that_a_size_has(size: int) -> None:
    found = [tile for tile, _ in hash_tiles(leaves(size))]

    wanted = {tile for level in levels_of(size) for tile in tiles_of(size, level)}
    assert set(found) == wanted
    assert len(found) == len(wanted)


@given(st.lists(st.binary(max_size=40), max_size=256))
def test_entries_that_are_packed_are_split_again(packed: list[bytes]) -> None:
    assert split_entries(pack_entries(packed), len(packed)) == (packed, True)


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=20), st.data())
def test_entries_cut_short_are_those_before_the_cut(all_: list[bytes], data: st.DataObject) -> None:
    packed = pack_entries(all_)
    cut = data.draw(st.integers(0, len(packed) - 1))

    found, whole = split_entries(packed[:cut], len(all_))

    assert found == all_[: len(found)]
    assert len(found) < len(all_)
    assert whole == (pack_entries(found) == packed[:cut])


@given(st.binary(max_size=60), st.integers(1, 256))
def test_whatever_the_bytes_no_more_entries_are_split_than_asked_for(
    data: bytes, width: int
) -> None:
    found, whole = split_entries(data, width)

    assert len(found) <= width
    assert data.startswith(pack_entries(found))
    assert whole == (data == pack_entries(found))


def test_what_stands_behind_the_last_entry_is_told() -> None:
    assert split_entries(pack_entries([b"one", b"two"]) + b"x", 2) == ([b"one", b"two"], False)
    assert split_entries(pack_entries([b"one", b"two"]), 1) == ([b"one"], False)


def test_an_entry_too_long_for_its_length_is_packed_as_nothing() -> None:
    longest = bytes(65_535)

    assert pack_entries([longest + b"x", b"y"]) == b"\x00\x00\x00\x01y"
    assert split_entries(pack_entries([longest]), 1) == ([longest], True)
    assert len(pack_entries([longest] * 256)) == ENTRIES_LIMIT


@pytest.mark.parametrize("length", [0, 31, 33, 96])
def test_hashes_of_another_number_are_none(length: int) -> None:
    assert split_hashes(bytes(length), 2) is None
    assert split_hashes(bytes(range(64)), 2) == [bytes(range(32)), bytes(range(32, 64))]
