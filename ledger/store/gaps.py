"""Rows of a log of which something is missing or odd: each position has one all the same."""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.errors import Uncheckable
from ledger.store.rows import Row

GAP_LIMIT: Final = 65_536
"""The longest run of missing positions that is listed one by one."""


def fill(found: Sequence[Row], start: int, end: int) -> Iterator[Row]:
    """The rows *found* up to *end*, with an empty row at each position that is missing."""
    position = start
    for row in [*found, None]:
        stop = end if row is None else min(row.position, end)
        if stop - position > GAP_LIMIT:
            raise Uncheckable(
                "store-damaged", f"positions {position} to {stop - 1} are missing from the index"
            )
        for missing in range(position, stop):
            yield Row(missing, "", -1, "", None, None)
        if row is None or row.position >= end:
            return
        yield row
        position = row.position + 1


def text_of(value: bytes | None) -> str:
    """What a column holds, of whatever bytes."""
    return "" if value is None else str(value, "utf-8", "replace")


def number_of(value: int | None) -> int:
    """What a column holds, where it holds a number."""
    return -1 if value is None else value
