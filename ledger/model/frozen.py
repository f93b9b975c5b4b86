"""The base of every signed value: frozen, strict, closed; and the kinds of sorted tuples."""

from collections.abc import Hashable
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

Item = TypeVar("Item", bound=Hashable)


class Frozen(BaseModel):
    """A value that cannot change and knows no field but its own.

    Optional fields of signed values have no default: they are written as ``null``,
    so that one meaning has one form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _sort_key(item: object) -> str:
    """A word itself, or the first field of a value: its name."""
    return item if isinstance(item, str) else str(next(iter(vars(item).values())))


def _sorted_and_distinct(items: tuple[Item, ...]) -> tuple[Item, ...]:
    keys = [_sort_key(item) for item in items]
    if any(one >= other for one, other in zip(keys, keys[1:], strict=False)):
        raise ValueError("must be sorted, each only once")
    return items


Sorted = Annotated[tuple[Item, ...], AfterValidator(_sorted_and_distinct)]
"""A set of words as a sorted tuple: sets have no order that bytes could keep."""
