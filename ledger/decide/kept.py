"""What every row of a standing has: the key under which it is kept, and its form as bytes."""

from typing import Any, ClassVar, TypeVar

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
