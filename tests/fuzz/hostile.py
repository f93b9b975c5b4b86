"""Hostile bytes: a good example changed as a fuzzer does, and shapes that grow without end.

A change is told by whole numbers, so that Hypothesis draws and shrinks it like anything else.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import strategies as st

_LETTERS: Final = "\0\n\r\t \"'\\[]{}()=,:.-+#_0aé"
_WORDS_APART: Final = (
    *("\r\n", "\n\n", "[[", "]]", '"""', "''", "\\u0000", "\\ud800", "\u202e", "\ufeff", "null"),
    *("true", "NaN", "inf", "-0", "1e999", "0.1", "9007199254740992", "-9223372036854775809"),
    *("9" * 4400, "a." * 40, "[" * 40, '{"a":' * 20, "(" * 70, "sha256:", "ssh-ed25519 ", "%00"),
    *("2026-02-30T25:61:61Z", "999999999999d", "https://", "%", "&", "?", "@", "x in ", "&&", "||"),
    *("!", ".all(x, ", "— ", "refused 1 "),
)
_NO_TEXT: Final = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xff" * 4, b"\0" * 4, b"\x80\0\0\0")
TOKENS: Final[tuple[bytes, ...]] = (
    *(token.encode() for token in (*_LETTERS, *_WORDS_APART)),
    *_NO_TEXT,
)
"""What parsers stumble over: limits, halves of letters, brackets, numbers at the edge."""

VALUES: Final = tuple(
    value.encode()
    for value in (
        *('""', '"a"', '"-1"', '"0.10"', '"1e5"', '"9d"', '"\\u0000"', '"\u202e"', '"é"', "''"),
        *("true", "false", "null", "0", "1", "-1", "-0", "1.5", "9007199254740991", "1" + "0" * 15),
        *("[]", "{}", '[""]', '[["a"]]', '{"a":1}', "{ a = 1 }", "a", "*", '"a/b"', '"2"'),
        *(f'"{"a" * 65}"', f'"{"é" * 9000}"', f'"{"0" * 64}"', f'"sha256:{"0" * 64}"'),
        *("2026-11-21", "2026-11-21T00:00:00Z", '"2026-02-30T00:00:00Z"', '"9999-12-31T23:59:59Z"'),
    )
)
"""What stands where another value was expected."""

_WORDS: Final = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[\w.+/-]+|[\[\]{}(),:=]')

Change = tuple[int, int, int, int]
"""Which change, where it begins, how far it goes, and what is put there."""


def flip(data: bytes, at: int, _: int, bit: int) -> bytes:
    """One bit of *data* turned over."""
    if not data:
        return data
    at %= len(data)
    return data[:at] + bytes([data[at] ^ (1 << bit % 8)]) + data[at + 1 :]


def cut(data: bytes, at: int, _: int, __: int) -> bytes:
    """Only the beginning of *data*."""
    return data[: at % (len(data) + 1)]


def drop(data: bytes, at: int, length: int, _: int) -> bytes:
    """*data* without a part of it."""
    at %= len(data) + 1
    return data[:at] + data[at + length % 40 :]


def double(data: bytes, at: int, length: int, times: int) -> bytes:
    """A part of *data* several times."""
    at %= len(data) + 1
    end = at + length % 80
    return data[:end] + data[at:end] * (times % 40) + data[end:]


def double_line(data: bytes, at: int, _: int, times: int) -> bytes:
    """One line of *data* several times."""
    lines: list[bytes] = data.splitlines(keepends=True) or [b""]
    at %= len(lines)
    return b"".join([*lines[:at], lines[at] * (1 + times % 40), *lines[at:]])


def insert(data: bytes, at: int, _: int, which: int) -> bytes:
    """A token somewhere in *data*."""
    at %= len(data) + 1
    return data[:at] + TOKENS[which % len(TOKENS)] + data[at:]


def overwrite(data: bytes, at: int, length: int, which: int) -> bytes:
    """A token in the place of a part of *data*."""
    at %= len(data) + 1
    return data[:at] + TOKENS[which % len(TOKENS)] + data[at + length % 12 :]


def nest(data: bytes, at: int, length: int, which: int) -> bytes:
    """A part of *data* between brackets, up to 200 deep."""
    at %= len(data) + 1
    end, depth = at + length % 30, 1 + which // 3 % 200
    left, right = ((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"))[which % 3]
    return data[:at] + left * depth + data[at:end] + right * depth + data[end:]


def say(data: bytes, at: int, length: int, which: int) -> bytes:
    """Another value in the place of a word, or a word of *data* itself."""
    words = list(_WORDS.finditer(data))
    if not words:
        return data
    word = words[at % len(words)]
    other = words[which % len(words)][0] if length % 2 else VALUES[which % len(VALUES)]
    return data[: word.start()] + other + data[word.end() :]


def leave_out(data: bytes, at: int, _: int, __: int) -> bytes:
    """*data* without one of its lines."""
    lines: list[bytes] = data.splitlines(keepends=True) or [b""]
    at %= len(lines)
    return b"".join([*lines[:at], *lines[at + 1 :]])


CHANGES: Final[tuple[Callable[[bytes, int, int, int], bytes], ...]] = (
    flip,
    cut,
    drop,
    double,
    double_line,
    insert,
    overwrite,
    nest,
    leave_out,
    say,
    say,
    say,
    say,
)


def changed(data: bytes, changes: Sequence[Change]) -> bytes:
    """*data* after *changes*, one after the other."""
    for which, at, length, what in changes:
        data = CHANGES[which % len(CHANGES)](data, at, length, what)
    return data


_number = st.integers(0, 2**16)


def hostile(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Bytes at random, tokens in a row, *seeds* changed up to four times, two of them joined."""
    seed = st.sampled_from(seeds)
    changes = st.lists(st.tuples(_number, _number, _number, _number), min_size=1, max_size=4)
    spliced = st.builds(
        lambda one, other, at: one[: at % (len(one) + 1)] + other[at % (len(other) + 1) :],
        seed,
        seed,
        _number,
    )
    mutated = st.builds(changed, seed | spliced, changes)
    tokens = st.lists(st.sampled_from(TOKENS) | st.binary(max_size=4), max_size=20).map(b"".join)
    said = st.builds(
        changed,
        seed,
        st.lists(
            st.tuples(st.just(CHANGES.index(say)), _number, _number, _number),
            min_size=1,
            max_size=2,
        ),
    )
    return st.one_of(said, said, said, mutated, mutated, spliced, tokens, st.binary(max_size=200))


GROWING: Final = {
    "one letter": b"a",
    "digits": b"9",
    "blanks": b" ",
    "empty lines": b"\n",
    "carriage returns": b"\r",
    "lists": b"[",
    "objects": b'{"a":',
    "tables": b"[[a]]\n",
    "parentheses": b"(",
    "not": b"!",
    "sums of words": b"a || ",
    "dotted": b"a.",
    "keys": b"a=",
    "inline tables": b"a={",
    "lists as values": b"a=[",
    "quotes": b'"',
    "backslashes": b'"\\',
    "base64": b"AAAA",
    "zero bytes": b"\0",
    "high bytes": b"\xff",
    "wide letters": "—".encode(),
    "parameters": b"&a=b",
    "at signs": b"a@",
    "elements": b"<a>",
    "comments": b"# a\n",
}
"""What is repeated until the input is long, alone and behind a good example."""
