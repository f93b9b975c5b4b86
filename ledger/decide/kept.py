"""Rows of a standing: the key under which each is kept, its form as bytes, and who keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from pydantic import TypeAdapter


class Kept:
    """A row of the standing; its key is its prefix and, where there are many, its name."""

    __slots__ = ()
    prefix: ClassVar[str]
    named: ClassVar[str | None] = None

    @property
    def key(self) -> str:
        """The key under which this row is kept."""
        return self.prefix if self.named is None else f"{self.prefix}:{getattr(self, self.named)}"


Row = TypeVar("Row", bound=Kept)

_ADAPTERS: dict[str, TypeAdapter[Any]] = {}
"""One codec per kind of row, made when it is first needed: making one is slow."""


def _adapter(prefix: str, kind: type[Any]) -> TypeAdapter[Any]:
    if prefix not in _ADAPTERS:
        _ADAPTERS[prefix] = TypeAdapter(kind)
    return _ADAPTERS[prefix]


def encode_row(state: Kept) -> bytes:
    """*state* as JSON, to be kept under its key."""
    return _adapter(state.prefix, type(state)).dump_json(state)


def decode_row(raw: bytes, kind: type[Row]) -> Row:
    """The state that :func:`encode_row` wrote."""
    state: Row = _adapter(kind.prefix, kind).validate_json(raw)
    return state


class Rows(Protocol):
    """Rows of a standing that was settled before, kept by a shell."""

    def row(self, key: str) -> bytes | None:
        """The row under *key* as :func:`encode_row` wrote it."""

    def root(self, size: int) -> bytes | None:
        """The Merkle root of the log at *size*, if it is within the window."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What to keep: rows by key, Merkle roots by size."""

    rows: Mapping[str, bytes]
    roots: Mapping[int, bytes]


class NoRows:
    """The rows of a ledger nobody has read yet."""

    def row(self, key: str) -> bytes | None:  # noqa: ARG002 - there is none for any key
        """Nothing."""
        return None

    def root(self, size: int) -> bytes | None:  # noqa: ARG002 - there is none for any size
        """Nothing."""
        return None
