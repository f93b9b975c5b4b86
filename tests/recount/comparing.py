"""Where an answer that was printed differs from what was counted."""

from collections.abc import Iterator
from typing import Any


def differences(mine: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where *theirs* is not what *mine* says; keys of which *mine* says nothing are left out."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key, value in mine.items():
            if key not in theirs:
                yield f"{path}/{key} is missing"
            else:
                yield from differences(value, theirs[key], f"{path}/{key}")
    elif isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif mine != theirs:
        yield f"{path}: {mine!r} is counted, {theirs!r} is said"
