"""Project Wycheproof's cases, each with the result it states, through our own check."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from ledger.errors import Unproven
from ledger.seal.keys import ED25519, P256, public_key_from_blob, verify
from ledger.seal.sshsig import pack_strings

pytestmark = pytest.mark.needs("vectors")


def cases(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    file = Path(os.environ["ASSENT_VECTORS"]) / "wycheproof" / name
    for group in json.loads(file.read_bytes())["testGroups"]:
        for case in group["tests"]:
            yield group["publicKey"], case


def is_accepted(blob: bytes, signature: bytes, message: str) -> bool:
    try:
        verify(public_key_from_blob(blob), signature, bytes.fromhex(message))
    except Unproven:
        return False
    return True


def test_the_151_cases_of_ed25519() -> None:
    wrong, count = [], 0
    for key, case in cases("ed25519_test.json"):
        count += 1
        blob = pack_strings(ED25519.encode(), bytes.fromhex(key["pk"]))
        signature = pack_strings(ED25519.encode(), bytes.fromhex(case["sig"]))
        if is_accepted(blob, signature, case["msg"]) != (case["result"] == "valid"):
            wrong.append((case["tcId"], case["comment"]))

    assert count == 151
    assert wrong == []


def test_the_484_cases_of_p256() -> None:
    wrong, count = [], 0
    for key, case in cases("ecdsa_secp256r1_sha256_test.json"):
        count += 1
        blob = pack_strings(P256.encode(), b"nistp256", bytes.fromhex(key["uncompressed"]))
        signature = from_der(bytes.fromhex(case["sig"]))
        accepted = signature is not None and is_accepted(blob, signature, case["msg"])
        if accepted != (case["result"] == "valid"):
            wrong.append((case["tcId"], case["comment"]))

    assert count == 484
    assert wrong == []


def from_der(der: bytes) -> bytes | None:
    """The SSH form of a DER signature; None where the bytes are not DER."""
    try:
        r, s = decode_dss_signature(der)
        if encode_dss_signature(r, s) != der:
            return None
    except ValueError:
        return None
    return pack_strings(P256.encode(), pack_strings(mpint(r), mpint(s)))


def mpint(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 8) // 8, "big", signed=True) if number else b""
