"""Signature lines that prove themselves: each that holds is told, whatever stands beside it."""

from dataclasses import replace
from hashlib import sha256

from ledger.seal.checkpoint import Checkpoint, Cosigned, Note, cosign, self_cosigned
from ledger.seal.keys import P256
from ledger.seal.private_keys import generate

ADA, BOB = generate(b"\x01" * 32), generate(b"\x02" * 32, P256)
POINT = Checkpoint(sha256(b"a founding").hexdigest(), 7, sha256(b"root").digest(), None)
BY_ADA, BY_BOB = cosign(POINT, "ada", ADA, 11), cosign(POINT, "bob", BOB, 12)


def test_every_line_that_holds_is_told_with_its_key_and_time() -> None:
    found = self_cosigned(Note(POINT, (BY_ADA, BY_BOB)))

    assert found == (Cosigned("ada", ADA.public, 11), Cosigned("bob", BOB.public, 12))


def test_a_line_that_proves_nothing_hides_none_that_does() -> None:
    other = cosign(replace(POINT, size=8), "eve", ADA, 11)
    torn = replace(BY_BOB, name="tom", made=BY_BOB.made[:20])

    found = self_cosigned(Note(POINT, (other, torn, BY_ADA)))

    assert found == (Cosigned("ada", ADA.public, 11),)
