"""Other spellings of an entry: what two parsers could read differently is read by neither.

Erin signs these bytes herself, with a key that the ledger knows, so that no finding comes from
a signature that does not fit.
"""

from base64 import b64encode
from functools import cache

import pytest

from ledger.seal.envelope import parts, to_sign
from ledger.seal.sshsig import (
    HASH_ALGORITHM,
    NAMESPACE,
    SshSignature,
    pack_strings,
    split_strings,
)
from ledger.store.rows import RAW_LIMIT
from tests.acts import prepared
from tests.attacks.forging import (
    Forgery,
    erin,
    forged,
    payload_of,
    sign,
    stopped_at,
    with_blob,
)
from tests.attacks.trying import aside
from tests.organisation import Organisation


@cache
def _made() -> Organisation:
    return prepared()[0]


@pytest.fixture
def org() -> Organisation:
    """A ledger to which only a start is missing, signed once for all of these."""
    return aside(_made())


# Other spellings of what erin signed


def _of_honest(org: Organisation) -> tuple[bytes, bytes]:
    raw = forged(org, lambda _: None)
    return parts(raw)


def blob_with_bytes_behind_it(org: Organisation) -> bytes:
    payload, blob = _of_honest(org)
    return with_blob(payload, blob + b"\0")


def blob_with_a_reserved_field(org: Organisation) -> bytes:
    payload, blob = _of_honest(org)
    found = SshSignature.parse(blob)
    fields = pack_strings(
        found.public_key, NAMESPACE.encode(), b"x", HASH_ALGORITHM.encode(), found.signature
    )
    return with_blob(payload, b"SSHSIG\0\0\0\1" + fields)


def blob_of_another_version(org: Organisation) -> bytes:
    payload, blob = _of_honest(org)
    return with_blob(payload, b"SSHSIG\0\0\0\2" + blob[10:])


def signature_with_a_larger_scalar(org: Organisation) -> bytes:
    """S plus the order of the group: lenient verifiers take it for a second signature."""
    payload, blob = _of_honest(org)
    found = SshSignature.parse(blob)
    algorithm, proper = split_strings(found.signature, 2)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(proper[32:], "little") + order
    other = pack_strings(algorithm, proper[:32] + scalar.to_bytes(32, "little"))
    made = SshSignature(found.public_key, NAMESPACE, HASH_ALGORITHM, other)
    return with_blob(payload, made.pack())


def base64_with_loose_bits(org: Organisation) -> bytes:
    payload, blob = _of_honest(org)
    blob += b"\0" * (-len(blob) % 3 == 0)
    line = b64encode(blob)
    return payload + b"\n" + line[:-1] + (b"B" if line[-1:] != b"=" else b"") + b"\n"


def base64_in_the_alphabet_of_urls(org: Organisation) -> bytes:
    raw = forged(org, lambda _: None)
    payload, line, _ = raw.split(b"\n")
    swapped = line.replace(b"+", b"-").replace(b"/", b"_")
    return payload + b"\n" + (swapped if swapped != line else b"-" + line[1:]) + b"\n"


def line_endings_of_windows(org: Organisation) -> bytes:
    return forged(org, lambda _: None).replace(b"\n", b"\r\n")


def bytes_behind_the_entry(org: Organisation) -> bytes:
    return forged(org, lambda _: None) + b"and more"


def empty_line_behind_the_entry(org: Organisation) -> bytes:
    return forged(org, lambda _: None) + b"\n"


def no_newline_at_the_end(org: Organisation) -> bytes:
    return forged(org, lambda _: None)[:-1]


# What two parsers read differently


def _respelled(org: Organisation, old: bytes, new: bytes) -> bytes:
    """Erin signs these bytes herself: no finding comes from the signature."""
    line = payload_of(org)
    assert line.count(old) == 1, line
    other = line.replace(old, new)
    made = SshSignature(erin(org), NAMESPACE, HASH_ALGORITHM, sign(org, to_sign(other)))
    return with_blob(other, made.pack())


def key_that_stands_twice(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":2,"format":1')


def key_that_stands_twice_in_the_event(org: Organisation) -> bytes:
    return _respelled(org, b'"text":"honest"', b'"text":"honest","text":"odd"')


def key_that_stands_twice_with_an_escape(org: Organisation) -> bytes:
    return _respelled(org, b'"text":"honest"', b'"te\\u0078t":"odd","text":"honest"')


def whole_number_as_a_float(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":1.0')


def number_with_an_exponent(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":1e0')


def minus_zero(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":-0')


def number_beyond_doubles(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":9007199254740993')


def number_of_thousands_of_digits(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":' + b"9" * 30_000)


def not_a_number(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":NaN')


def letter_that_is_escaped(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"\\u0068onest"')


def slash_that_is_escaped(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"a\\/b"')


def half_of_a_surrogate_pair(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"\\ud800"')


def nul_in_a_text(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"a\\u0000b"')


def overlong_utf8(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"\xc0\xaf"')


def surrogates_in_utf8(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b'"\xed\xa0\x80"')


def mark_of_byte_order(org: Organisation) -> bytes:
    return _respelled(org, b'{"at"', b'\xef\xbb\xbf{"at"')


def space_between(org: Organisation) -> bytes:
    return _respelled(org, b'{"at":', b'{ "at":')


def other_order_of_keys(org: Organisation) -> bytes:
    return _respelled(org, b'{"kind":"comment.made"', b'{"zzz":1,"kind":"comment.made"')


def comma_at_the_end(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"format":1,"g":[1,]')


def comment_in_json(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'/*1*/"format":1')


def key_in_capitals(org: Organisation) -> bytes:
    return _respelled(org, b'"format":1', b'"Format":1')


def deeper_than_anybody_needs(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b"[" * 1_000 + b"]" * 1_000)


def deeper_than_a_stack(org: Organisation) -> bytes:
    return _respelled(org, b'"honest"', b"[" * 40_000)


def longer_than_an_envelope(org: Organisation) -> bytes:
    """As much of it as any store reads: one byte more than there may be."""
    return _respelled(org, b'"honest"', b'"' + b"x" * 70_000 + b'"')[:RAW_LIMIT]


SPELLINGS: dict[Forgery, str] = {
    blob_with_bytes_behind_it: "malformed-blob",
    blob_with_a_reserved_field: "malformed-blob",
    blob_of_another_version: "malformed-blob",
    signature_with_a_larger_scalar: "bad-signature",
    base64_with_loose_bits: "signature-base64",
    base64_in_the_alphabet_of_urls: "signature-base64",
    line_endings_of_windows: "signature-base64",
    bytes_behind_the_entry: "not-two-lines",
    empty_line_behind_the_entry: "not-two-lines",
    no_newline_at_the_end: "not-two-lines",
    key_that_stands_twice: "duplicate-key",
    key_that_stands_twice_in_the_event: "duplicate-key",
    key_that_stands_twice_with_an_escape: "duplicate-key",
    whole_number_as_a_float: "not-an-integer",
    number_with_an_exponent: "not-an-integer",
    minus_zero: "not-canonical",
    number_beyond_doubles: "integer-range",
    number_of_thousands_of_digits: "integer-range",
    not_a_number: "not-an-integer",
    letter_that_is_escaped: "not-canonical",
    slash_that_is_escaped: "not-canonical",
    half_of_a_surrogate_pair: "lone-surrogate",
    nul_in_a_text: "malformed",
    overlong_utf8: "not-utf8",
    surrogates_in_utf8: "not-utf8",
    mark_of_byte_order: "not-json",
    space_between: "not-canonical",
    other_order_of_keys: "not-canonical",
    comma_at_the_end: "not-json",
    comment_in_json: "not-json",
    key_in_capitals: "key-pattern",
    deeper_than_anybody_needs: "too-deep",
    deeper_than_a_stack: "too-deep",
    longer_than_an_envelope: "too-large",
}


@pytest.mark.parametrize(
    ("spelling", "rule"), SPELLINGS.items(), ids=[one.__name__ for one in SPELLINGS]
)
def test_what_is_spelt_otherwise_places_nothing(
    org: Organisation, spelling: Forgery, rule: str
) -> None:
    assert stopped_at(org, spelling(org)) == rule
