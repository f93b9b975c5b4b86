"""Proofs in one pass: those of the recursion, and a file that is its own canonical form."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.proofs import (
    LIMIT,
    Proof,
    check_proof,
    first_difference,
    parse_proof,
    prove_consistency,
    prove_inclusion,
    roots_at,
)
from ledger.errors import BadInput, Uncheckable, Unproven
from ledger.seal.checkpoint import Checkpoint, Note, Witness, cosign
from ledger.seal.merkle import (
    check_consistency,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
)
from ledger.seal.private_keys import generate
from tests.reference import rfc6962

ADA = generate(b"\x01" * 32)
WITNESS = Witness("ada", ADA.public)
DATA = [f"entry {n}".encode() for n in range(34)]
LEAVES = [leaf_hash(data) for data in DATA]
SIZES = range(1, len(DATA) + 1)


def read_once(leaves: list[bytes]) -> Iterator[bytes]:
    """*leaves*, each of which can be had once."""
    yield from leaves


@pytest.mark.parametrize("size", SIZES)
def test_one_pass_makes_the_inclusion_proofs_of_the_recursion(size: int) -> None:
    for index in range(size):
        leaf, proof = prove_inclusion(read_once(LEAVES), index, size)

        assert leaf == LEAVES[index]
        assert list(proof) == inclusion_proof(LEAVES.__getitem__, index, size)


@pytest.mark.parametrize("size2", SIZES)
def test_one_pass_makes_the_consistency_proofs_of_the_recursion(size2: int) -> None:
    for size1 in range(1, size2 + 1):
        root1, root2, proof = prove_consistency(read_once(LEAVES), size1, size2)

        assert (root1, root2) == (rfc6962.tree_hash(DATA[:size1]), rfc6962.tree_hash(DATA[:size2]))
        assert list(proof) == consistency_proof(LEAVES.__getitem__, size1, size2)
        check_consistency(size1, size2, root1, root2, proof)


def test_one_pass_finds_the_roots_of_many_sizes() -> None:
    found = roots_at(read_once(LEAVES), {0, 1, 7, 32, 99})

    assert found == {size: rfc6962.tree_hash(DATA[:size]) for size in (0, 1, 7, 32)}


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_nothing_is_proven_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadInput, match=f"there is no entry {index} among {size}"):
        prove_inclusion(LEAVES, index, size)


def test_a_log_that_ends_early_proves_nothing() -> None:
    with pytest.raises(Unproven, match="the log ends before position 34"):
        prove_inclusion(LEAVES, 3, 35)
    with pytest.raises(Unproven, match="the log ends before position 39"):
        prove_consistency(LEAVES, 3, 40)
    with pytest.raises(BadInput, match="from 4 to 3"):
        prove_consistency(LEAVES, 4, 3)


def test_the_first_difference_is_found_as_far_as_both_go() -> None:
    assert first_difference(LEAVES, [*LEAVES[:5], b"", *LEAVES[6:]]) == 5
    assert first_difference(LEAVES, LEAVES[:7]) is None


def proof_of(index: int, size: int) -> Proof:
    checkpoint = Checkpoint("ab" * 32, size, rfc6962.tree_hash(DATA[:size]), None)
    note = Note(checkpoint, (cosign(checkpoint, "ada", ADA, 1_790_000_000),))
    return Proof(index, prove_inclusion(LEAVES, index, size)[1], note)


PROOF = proof_of(5, 21)


def test_whoever_has_entry_proof_and_witness_needs_no_log() -> None:
    for size in SIZES:
        proof = parse_proof(proof_of(size // 2, size).text.encode())
        (by,) = check_proof(proof, DATA[size // 2], "ab" * 32, [WITNESS])
        assert (by.name, by.at) == ("ada", 1_790_000_000)


@given(st.integers(1, 34), st.data(), st.binary(max_size=80))
def test_what_is_printed_is_read_back_and_nothing_else_is(
    size: int, draw: st.DataObject, more: bytes
) -> None:
    whole = proof_of(draw.draw(st.integers(0, size - 1)), size).text.encode()
    assert parse_proof(whole).text.encode() == whole
    cut = draw.draw(st.integers(0, len(whole) - 1))

    for tried in (more, whole[:cut] + more, whole[:cut] + more + whole[cut + 1 :]):
        with suppress(BadInput):
            assert parse_proof(tried).text.encode() == tried


TEXT = PROOF.text
MALFORMED = {
    "nothing": "",
    "one line": "c2sp.org/tlog-proof@v1",
    "another version": TEXT.replace("@v1", "@v2", 1),
    "an extra line": TEXT.replace("index", "extra AA==\nindex", 1),
    "no index": TEXT.replace("index 5\n", "", 1),
    "an index with a zero in front": TEXT.replace("index 5", "index 05", 1),
    "a hash cut short": TEXT.replace("=\n", "\n", 1),
    "no checkpoint": TEXT.partition("\n\n")[0] + "\n\n",
    "too many hashes": TEXT.replace("index 5\n", "index 5\n" + ("A" * 43 + "=\n") * 63, 1),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_proof_is_canonical_or_refused(name: str) -> None:
    with pytest.raises(BadInput, match=r"this is no (proof|checkpoint)"):
        parse_proof(MALFORMED[name].encode())


def test_what_is_longer_than_any_proof_is_not_looked_at() -> None:
    with pytest.raises(BadInput, match=f"more than {LIMIT} bytes"):
        parse_proof(TEXT.encode() + b"x" * LIMIT)


def test_a_proof_is_about_one_entry_in_one_ledger() -> None:
    with pytest.raises(Unproven, match="the proof leads to") as raised:
        check_proof(PROOF, DATA[6], "ab" * 32, [WITNESS])
    assert raised.value.code == "bad-proof"

    with pytest.raises(Unproven, match="another ledger") as raised:
        check_proof(PROOF, DATA[5], "cd" * 32, [WITNESS])
    assert raised.value.code == "other-ledger"

    with pytest.raises(Unproven, match="hashes where"):
        check_proof(replace(PROOF, hashes=PROOF.hashes[1:]), DATA[5], "ab" * 32, [WITNESS])
    with pytest.raises(Unproven, match="the proof leads to"):
        check_proof(replace(PROOF, index=4), DATA[5], "ab" * 32, [WITNESS])


def test_a_checkpoint_nobody_one_trusts_has_signed_vouches_for_nothing() -> None:
    with pytest.raises(Uncheckable, match="no witness you trust") as raised:
        check_proof(PROOF, DATA[5], "ab" * 32, [Witness("bob", ADA.public)])

    assert raised.value.code == "checkpoint-missing"
    forged = replace(PROOF.note, checkpoint=replace(PROOF.note.checkpoint, size=22))
    with pytest.raises(Unproven, match="not signed by ada"):
        check_proof(replace(PROOF, note=forged), DATA[5], "ab" * 32, [WITNESS])
