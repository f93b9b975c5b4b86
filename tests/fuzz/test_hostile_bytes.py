"""Whatever the bytes: a value or a typed error, within bounds, and what is taken has one form."""

from typing import Final

import pytest
from hypothesis import given

from ledger.errors import AssentError
from tests.fuzz.harness import Target, check, cost
from tests.fuzz.hostile import GROWING, hostile
from tests.fuzz.targets import TARGETS

LONG: Final = 2**10
MANY: Final = 2**11
"""How many bytes of one shape are read, and how many then."""

OF_ITSELF: Final = 2**20
"""Bytes that a reader may take whatever it reads: an error, a traceback, a table of its own."""

A_BYTE: Final = 500
"""Bytes that it may take for each that it reads: a table in TOML takes that for its ``[[a]]``."""

READ_AS_A_CHANGE: Final = ("cases", "observation", "roster")
"""Whose text is read by the reader of a change, so that one of them shows how all grow."""

FOUND: Final = {
    "url": (
        b'postgresql:""]@db.example/governance',
        b"postgresql:[]@db.example/governance",
        b"postgresql://db.example/governance?schema=fraud&user=\xff",
    ),
}
"""What a fuzzer found once, each of which ended in a foreign error."""


@pytest.mark.parametrize("name", TARGETS)
def test_good_examples_are_taken(name: str) -> None:
    for seed in TARGETS[name].seeds:
        found = check(TARGETS[name], seed)

        assert not isinstance(found, AssentError), found


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_the_bytes_they_are_a_value_or_a_typed_error(name: str) -> None:
    target = TARGETS[name]

    @given(hostile(target.seeds))
    def holds(data: bytes) -> None:
        check(target, data)

    holds()


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_found(name: str) -> None:
    for data in FOUND[name]:
        assert isinstance(check(TARGETS[name], data), AssentError)


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in READ_AS_A_CHANGE])
def test_twice_the_bytes_cost_about_twice_as_much(name: str) -> None:
    target = TARGETS[name]

    for unit in GROWING.values():
        for begin in (b"", *(seed for seed in target.seeds[:1] if len(seed) < LONG)):
            _grows_evenly(target, begin, unit)


def _grows_evenly(target: Target, begin: bytes, unit: bytes) -> None:
    once, twice = (cost(target, begin + unit * (size // len(unit))) for size in (LONG, MANY))

    assert twice.peak <= OF_ITSELF + A_BYTE * MANY, (begin, unit)
    assert twice.calls <= 2.2 * once.calls + 5_000, (begin, unit)
    assert twice.seconds <= 4 * once.seconds + 0.1, (begin, unit)
