"""What goes into a log and what comes out of it, as plain values.

Everything read is a claim of the store. The columns of a row are an index over the
signed payload and may lie; so may the leaf hash beside it and the head above it.
"""

from dataclasses import dataclass
from typing import Final, Literal

RAW_LIMIT: Final = 65_536
"""The most bytes of an envelope that are read: one more than an envelope may have, so that a
reader sees that a row is too long and never has to hold a row of a gigabyte."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An envelope on its way into the log, with the columns that index it."""

    stream: str
    version: int
    kind: str
    raw: bytes

    @property
    def originator_id(self) -> str:
        """The stream, by the name the library has for it."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, by the name the library has for it."""
        return self.version


@dataclass(frozen=True, slots=True)
class Row:
    """What the store holds at one position.

    ``raw`` is None where no row stands behind the leaf, ``indexed_leaf`` None where the
    leaf itself is missing. Columns that are missing are empty, or -1 for the version; text
    that is not UTF-8 is shown with replacement characters. Where the store keeps no columns
    beside its envelopes, ``has_columns`` is False and nothing is claimed by them.
    """

    position: int
    stream: str
    version: int
    kind: str
    raw: bytes | None
    indexed_leaf: bytes | None
    has_columns: bool = True


@dataclass(frozen=True, slots=True)
class Head:
    """Size, Merkle root and frontier of a log, hashes of 32 bytes each."""

    size: int
    root: bytes
    frontier: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """A stored row that is not where an append would have put it.

    ``no-leaf``: no position points to it. ``squat``: it claims to have made way for a row
    that is not there. ``outlying-leaf``: not an entry but a leaf, outside the log's positions;
    ``row_id`` is its index.
    """

    row_id: int
    stream: str
    version: int
    kind: str
    why: Literal["no-leaf", "squat", "outlying-leaf"]
