"""Canonical JSON: one value, one spelling, and everything else is named and refused."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.model.canonical import LIMIT, MAX_DEPTH, MAX_INTEGER, JsonValue, decode, encode

KEYS = st.from_regex(r"[a-z0-9][a-z0-9_.-]*", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXTS
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example('\x00\x1f\x7f\x80\u2028\U0001f600"\\/\b\f\n\r\t')
def test_what_is_written_is_read_back(value: JsonValue) -> None:
    assert decode(encode(value)) == value


@given(VALUES)
def test_writing_is_what_the_standard_library_would_write(value: JsonValue) -> None:
    """A second writer: sorted keys, no space, nothing escaped that need not be."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert encode(value) == text.encode()


@given(st.data(), VALUES)
def test_another_spelling_of_the_same_value_is_refused(
    data: st.DataObject, value: JsonValue
) -> None:
    spelling = data.draw(
        st.sampled_from(
            [
                json.dumps(value, indent=1),
                json.dumps(value, ensure_ascii=False) + "\n",
                json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")),
                json.dumps(value, ensure_ascii=False, separators=(",", ":")),
            ]
        )
    ).encode()

    if spelling == encode(value):
        assert decode(spelling) == value
    else:
        with pytest.raises(BadInput, match="canonical form"):
            decode(spelling)


@given(st.binary(max_size=200) | st.text('[]{}",:\\u0d8 .-+eE19aA\n', max_size=60).map(str.encode))
def test_whatever_is_read_is_what_would_be_written(raw: bytes) -> None:
    """The fast reader and the slow writer agree, and nothing else escapes than a refusal."""
    try:
        value = decode(raw)
    except BadInput:
        return
    assert encode(value) == raw


CASES: dict[str, tuple[bytes, str]] = {
    "a byte order mark": (b"\xef\xbb\xbf{}", "not-json"),
    "a byte that is not UTF-8": (b'"\xff"', "not-utf8"),
    "an encoded surrogate": (b'"\xed\xa0\x80"', "not-utf8"),
    "an overlong slash": (b'"\xc0\xaf"', "not-utf8"),
    "half of a surrogate pair": (rb'"\ud800"', "lone-surrogate"),
    "the other half": (rb'"\udc00"', "lone-surrogate"),
    "an escaped pair": (rb'"\ud83d\ude00"', "not-canonical"),
    "an escaped letter": (rb'"\u0061"', "not-canonical"),
    "an escaped slash": (rb'"\/"', "not-canonical"),
    "an upper-case escape": (rb'"\u001F"', "not-canonical"),
    "a long escape": (rb'"\u000a"', "not-canonical"),
    "an escaped delete": (rb'"\u007f"', "not-canonical"),
    "a raw newline in text": (b'"\n"', "not-json"),
    "a float": (b'{"a":0.95}', "not-an-integer"),
    "a float that is whole": (b'{"a":1.0}', "not-an-integer"),
    "an exponent": (b"1e3", "not-an-integer"),
    "not a number": (b"NaN", "not-an-integer"),
    "an exponent beyond every float": (b"1e999", "not-an-integer"),
    "infinity": (b"[-Infinity]", "not-an-integer"),
    "minus zero": (b"-0", "not-canonical"),
    "a leading zero": (b"[01]", "not-json"),
    "a plus sign": (b"+1", "not-json"),
    "two to the 53rd": (b"9007199254740992", "integer-range"),
    "minus two to the 53rd": (b"-9007199254740992", "integer-range"),
    "a number of 4,000 digits": (b"[" + b"9" * 4000 + b"]", "integer-range"),
    "a number of 5,000 digits": (b"9" * 5000, "integer-range"),
    "a duplicate key": (b'{"a":1,"a":1}', "duplicate-key"),
    "a duplicate key, spelled otherwise": (rb'{"a":1,"\u0061":2}', "duplicate-key"),
    "keys out of order": (b'{"b":1,"a":1}', "not-canonical"),
    "keys out of order further in": (b'[{"a":{"b":1,"a":1}}]', "not-canonical"),
    "an upper-case key": (b'{"A":1}', "key-pattern"),
    "an empty key": (b'{"":1}', "key-pattern"),
    "a key ending in a newline": (rb'{"a\n":1}', "key-pattern"),
    "a key beginning with a dot": (b'{".a":1}', "key-pattern"),
    "a space": (b'{"a": 1}', "not-canonical"),
    "a carriage return at the end": (b"{}\r", "not-canonical"),
    "a trailing comma": (b"[1,]", "not-json"),
    "a comment": (b"[1]//", "not-json"),
    "two values": (b"{}{}", "not-json"),
    "single quotes": (b"{'a':1}", "not-json"),
    "nothing": (b"", "not-json"),
    "a cut text": (b'"abc', "not-json"),
    "a bomb of lists": (b"[" * 60_000, "too-deep"),
    "a bomb of objects": (b'{"a":' * 10_000, "too-deep"),
    "a bomb behind brackets in text": (
        b'["' + b"]" * 30_000 + b'",' + b"[" * 30_000,
        "too-deep",
    ),
    "one level too many": (b"[" * 17 + b"]" * 17, "too-deep"),
    "one byte too many": (b'"' + b"a" * (LIMIT - 1) + b'"', "too-large"),
}


@pytest.mark.parametrize("case", CASES)
def test_reading_refuses(case: str) -> None:
    raw, code = CASES[case]

    with pytest.raises(BadInput, match=r".") as refusal:
        decode(raw)

    assert refusal.value.code == code


def test_the_largest_and_the_deepest_are_read() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    broad = b"[" + b",".join([b"[]"] * 1000) + b"]"
    large = b'"' + b"a" * (LIMIT - 2) + b'"'
    brackets = b'"' + b"[{" * 1000 + b'"'

    assert [encode(decode(raw)) for raw in (deep, broad, large, brackets)] == [
        deep,
        broad,
        large,
        brackets,
    ]


def test_the_limit_is_the_callers() -> None:
    with pytest.raises(BadInput, match="5 bytes of JSON; at most 4 are read"):
        decode(b'"abc"', limit=4)


UNSPEAKABLE: dict[str, tuple[object, str]] = {
    "a float": (0.5, "not-an-integer"),
    "a whole float": ([1.0], "not-an-integer"),
    "an infinite float": (float("inf"), "not-an-integer"),
    "a large integer": ({"a": 2**53}, "integer-range"),
    "a small integer": (-(2**53), "integer-range"),
    "an upper-case key": ({"A": 1}, "key-pattern"),
    "a key that is a number": ({1: 1}, "key-pattern"),
    "half of a surrogate pair": ("\ud800", "lone-surrogate"),
    "bytes": (b"a", "not-json"),
    "a tuple": ((1, 2), "not-json"),
    "a set": ({1, 2}, "not-json"),
}


@pytest.mark.parametrize("case", UNSPEAKABLE)
def test_writing_refuses(case: str) -> None:
    value, code = UNSPEAKABLE[case]

    with pytest.raises(BadInput, match=r".") as refusal:
        encode(value)  # type: ignore[arg-type]  # what a type checker would have caught

    assert refusal.value.code == code


def test_writing_refuses_what_contains_itself() -> None:
    knot: list[JsonValue] = []
    knot.append(knot)

    with pytest.raises(BadInput, match="nested deeper than 16"):
        encode(knot)


def strings_in(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in strings_in(item)]
        case dict():
            return [text for pair in value.items() for item in pair for text in strings_in(item)]
        case _:
            return []


@pytest.mark.needs("vectors")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("arrays", None),
        ("french", "key-pattern"),
        ("structures", "key-pattern"),
        ("unicode", "key-pattern"),
        ("values", "not-an-integer"),
        ("weird", "key-pattern"),
    ],
)
def test_the_vectors_of_rfc_8785_are_matched_or_refused(name: str, code: str | None) -> None:
    """Byte-equal inside the subset; outside it refused, though every text still agrees."""
    folder = Path(os.environ["ASSENT_VECTORS"]) / "jcs"
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    output = (folder / "output" / f"{name}.json").read_bytes()

    assert [text for text in strings_in(value) if encode(text) not in output] == []
    if code is None:
        assert encode(value) == output
        assert decode(output) == value
    else:
        for attempt in (lambda: encode(value), lambda: decode(output)):
            with pytest.raises(BadInput, match=r".") as refusal:
                attempt()
            assert refusal.value.code == code
