"""The tree against the RFC's own recursion, other people's vectors and liars."""

import json
import os
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput, Unproven
from ledger.seal.merkle import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    push,
    root,
)
from tests.reference import rfc6962

DATA = [f"entry {n}".encode() for n in range(34)]
LEAVES = [leaf_hash(data) for data in DATA]
SIZES = range(1, len(DATA) + 1)


def grow(leaves: list[bytes]) -> tuple[bytes, ...]:
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(leaves):
        frontier = push(size, frontier, leaf)
    return frontier


@pytest.mark.parametrize("size", [0, *SIZES])
def test_the_frontier_leads_to_the_root_that_the_recursion_finds(size: int) -> None:
    frontier = grow(LEAVES[:size])

    assert root(frontier) == rfc6962.tree_hash(DATA[:size])
    assert len(frontier) == size.bit_count()


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root(()) == EMPTY_ROOT == rfc6962.tree_hash([])


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_are_those_of_the_recursion_and_check(size: int) -> None:
    expected = rfc6962.tree_hash(DATA[:size])
    for index in range(size):
        proof = inclusion_proof(LEAVES.__getitem__, index, size)

        assert proof == rfc6962.path(index, DATA[:size])
        check_inclusion(index, size, LEAVES[index], proof, expected)


@pytest.mark.parametrize("size2", SIZES)
def test_consistency_proofs_are_those_of_the_recursion_and_check(size2: int) -> None:
    root2 = rfc6962.tree_hash(DATA[:size2])
    for size1 in range(1, size2 + 1):
        proof = consistency_proof(LEAVES.__getitem__, size1, size2)

        assert proof == rfc6962.proof(size1, DATA[:size2])
        check_consistency(size1, size2, rfc6962.tree_hash(DATA[:size1]), root2, proof)


@given(size=st.integers(2, 34), data=st.data())
def test_an_inclusion_proof_fits_no_other_place(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    proof = inclusion_proof(LEAVES.__getitem__, index, size)

    with pytest.raises(Unproven, match=r"leads to|are expected"):
        check_inclusion(other, size, LEAVES[index], proof, root(grow(LEAVES[:size])))


@given(size1=st.integers(1, 33), more=st.integers(1, 33), bit=st.integers(0, 255), data=st.data())
def test_a_consistency_proof_with_one_bit_flipped_proves_nothing(
    size1: int, more: int, bit: int, data: st.DataObject
) -> None:
    size2 = min(size1 + more, 34)
    proof = consistency_proof(LEAVES.__getitem__, size1, size2)
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = bytearray(proof[at])
    flipped[bit // 8] ^= 1 << bit % 8
    proof[at] = bytes(flipped)

    with pytest.raises(Unproven, match="leads to"):
        check_consistency(
            size1, size2, root(grow(LEAVES[:size1])), root(grow(LEAVES[:size2])), proof
        )


def test_a_node_cannot_pass_for_a_leaf() -> None:
    assert node_hash(LEAVES[0], LEAVES[1]) != leaf_hash(LEAVES[0] + LEAVES[1])


def test_a_history_with_an_edited_entry_is_no_continuation() -> None:
    """What a mark is for: the old root does not lead to a log that was changed."""
    edited = [*LEAVES[:3], leaf_hash(b"edited"), *LEAVES[4:20]]
    proof = consistency_proof(edited.__getitem__, 10, 20)

    with pytest.raises(Unproven, match="leads to"):
        check_consistency(10, 20, root(grow(LEAVES[:10])), root(grow(edited)), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadInput, match=f"no leaf {index} among {size}"):
        inclusion_proof(LEAVES.__getitem__, index, size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 3), (-1, 3), (4, 3)])
def test_no_proof_is_made_from_nothing_or_backwards(size1: int, size2: int) -> None:
    with pytest.raises(BadInput, match=f"from {size1} to {size2}"):
        consistency_proof(LEAVES.__getitem__, size1, size2)


def test_a_short_hash_is_no_hash() -> None:
    with pytest.raises(Unproven, match="32 bytes"):
        check_inclusion(0, 2, LEAVES[0], [LEAVES[1][:31]], root(grow(LEAVES[:2])))


@pytest.mark.needs("vectors")
@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_the_probes_of_transparency_dev_give_what_they_state(kind: str) -> None:
    files = sorted((Path(os.environ["ASSENT_VECTORS"]) / "rfc6962" / kind).rglob("*.json"))
    wrong = [file.name for file in files if is_refused(file) != wants_error(file)]

    assert len(files) == 98
    assert wrong == []


def wants_error(file: Path) -> bool:
    return bool(json.loads(file.read_bytes())["wantErr"])


def is_refused(file: Path) -> bool:
    probe = json.loads(file.read_bytes())
    proof = [b64decode(one) for one in probe["proof"] or []]
    try:
        if "leafIdx" in probe:
            leaf, expected = b64decode(probe["leafHash"] or ""), b64decode(probe["root"] or "")
            check_inclusion(probe["leafIdx"], probe["treeSize"], leaf, proof, expected)
        else:
            roots = b64decode(probe["root1"] or ""), b64decode(probe["root2"] or "")
            check_consistency(probe["size1"], probe["size2"], *roots, proof)
    except Unproven:
        return True
    return False
