"""Numbers in an entry as a table, and what an observation came to, as it was judged then."""

from typing import Any, Final

from cli.sections import Section
from ledger.decide.context import Standing

FIELDS: Final = frozenset({"name", "segment", "value", "low", "high", "level"})
"""The fields of a number."""


def is_numbers(value: Any) -> bool:
    """Whether *value*, out of an entry that may hold anything, is a list of numbers."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) and one.keys() == FIELDS for one in value)
    )


def number_sections(event: Any) -> list[Section]:
    """The numbers that *event* reports, a line each."""
    found = [one for one in event.values() if is_numbers(one)] if isinstance(event, dict) else []
    return [
        Section("The numbers", tuple(_row(one) for one in numbers), ("number", "in", "value", ""))
        for numbers in found
    ]


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    interval = "" if one["low"] is None else f"[{one['low']}, {one['high']}]"
    level = "" if one["level"] is None else f" at {one['level']}"
    return str(one["name"]), str(one["segment"] or "-"), str(one["value"]), f"{interval}{level}"


def judged_sections(standing: Standing, position: int) -> list[Section]:
    """Whether the observation at *position*, if it is one, passed, and what it breached."""
    seen = standing.observation(position)
    if seen is None:
        return []
    rows = [("does not pass", text) for text in seen.complaints]
    rows += [("breaches a trigger", text) for text in seen.breaches]
    return [Section("As judged then", tuple(rows) or (("it passes",),))]
