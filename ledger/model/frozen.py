"""The base of every signed value: frozen, strict, closed; and the kinds of sorted tuples."""

import json
from collections.abc import Hashable
from itertools import pairwise
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

Item = TypeVar("Item", bound=Hashable)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
"""Made once: ``json.dumps`` makes one for each call that wants another form than its own."""


class Frozen(BaseModel):
    """A value that cannot change and knows no field but its own.

    Optional fields of signed values have no default: they are written as ``null``,
    so that one meaning has one form.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def canonical_bytes(value: Frozen, **also: str) -> bytes:
    """The canonical JSON of a value that was validated, with the fields *also* beside its own.

    The strict encoder looks at every part before it writes one; a validated value has
    been looked at, so this is the same bytes in a fifth of the time.
    """
    return _ENCODER.encode({**value.model_dump(mode="json"), **also}).encode()


def _sort_key(item: object) -> str:
    """A word itself, or the first field of a value: its name."""
    return item if isinstance(item, str) else str(next(iter(vars(item).values())))


def _sorted_and_distinct(items: tuple[Item, ...]) -> tuple[Item, ...]:
    keys = [_sort_key(item) for item in items]
    if any(one >= other for one, other in pairwise(keys)):
        raise ValueError("must be sorted, each only once")
    return items


Sorted = Annotated[tuple[Item, ...], AfterValidator(_sorted_and_distinct)]
"""A set of words as a sorted tuple: sets have no order that bytes could keep."""
