"""What examining says of an envelope with a fault: whose key it carries, once that is known."""

from ledger.model.canonical import encode
from ledger.seal.envelope import examine, join
from ledger.seal.private_keys import generate

ADA = generate(b"\x01" * 32)


def test_a_fit_key_is_told_even_where_its_signature_does_not_hold() -> None:
    payload = encode({"by": {"key": ADA.public.id}})
    raw = join(payload, ADA.public, ADA.sign_payload(b"another payload"))

    found = examine(raw)

    assert found.fault is not None
    assert (found.payload, found.key) == (payload, ADA.public.id)
