"""Our own one-probe vectors, each file named for its attack: ``want_error`` is a code or null.

They hold bytes in base64 and nothing of ours, so that any other verifier of this
format can be run against them.
"""

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import AssentError
from ledger.model.canonical import decode
from ledger.seal.envelope import examine
from ledger.seal.merkle import check_consistency, check_inclusion, leaf_hash, push, root

VECTORS = Path(__file__).parent.parent / "vectors"


def canonical(probe: dict[str, Any]) -> str | None:
    return code_of(lambda: decode(b64decode(probe["input"])))


def envelope(probe: dict[str, Any]) -> str | None:
    found = examine(b64decode(probe["envelope"]))
    if probe["want_error"] is None:
        assert found.leaf.hex() == probe["leaf"]
        assert found.key == probe["key"]
    return found.fault and found.fault[0]


def merkle(probe: dict[str, Any]) -> str | None:
    proof = [bytes.fromhex(one) for one in probe.get("proof", [])]
    if probe["check"] == "root":
        frontier: tuple[bytes, ...] = ()
        for size, leaf in enumerate(probe["leaves"]):
            frontier = push(size, frontier, leaf_hash(b64decode(leaf)))
        return None if root(frontier).hex() == probe["root"] else "bad-root"
    if probe["check"] == "inclusion":
        leaf, expected = bytes.fromhex(probe["leaf"]), bytes.fromhex(probe["root"])
        return code_of(
            lambda: check_inclusion(probe["index"], probe["size"], leaf, proof, expected)
        )
    roots = bytes.fromhex(probe["root1"]), bytes.fromhex(probe["root2"])
    return code_of(lambda: check_consistency(probe["size1"], probe["size2"], *roots, proof))


def code_of(check: Callable[[], object]) -> str | None:
    try:
        check()
    except AssentError as refusal:
        return refusal.code
    return None


CHECKS = {"canonical": canonical, "envelope": envelope, "merkle": merkle}
FILES = [file for kind in CHECKS for file in sorted((VECTORS / kind).glob("*.json"))]


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parent.name}/{file.stem}" for file in FILES])
def test_a_vector_gives_what_it_states(file: Path) -> None:
    probe = json.loads(file.read_bytes())

    assert CHECKS[file.parent.name](probe) == probe["want_error"]


@pytest.mark.parametrize("kind", CHECKS)
def test_each_kind_has_vectors_that_pass_and_vectors_that_fail(kind: str) -> None:
    probes = [json.loads(file.read_bytes()) for file in FILES if file.parent.name == kind]

    assert {probe["want_error"] is None for probe in probes} == {True, False}
