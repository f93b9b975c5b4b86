"""Metrics as tables: all of them under their names, or one with what it is told apart by."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from cli.metrics_told import Told, trend_words, value_words
from cli.sections import Section
from ledger.model.terms import format_duration, format_instant

if TYPE_CHECKING:
    from projections.metrics.summary import Summary, Window

COLUMNS: Final = ("value", "observed", "trend")
UNITS: Final = {"d": "day", "h": "hour", "m": "minute"}


def window_words(window: "Window") -> str:
    """Of which time numbers are told, such as ``30 days to 2026-11-22T04:18:36Z``."""
    text = format_duration(window.end - window.start)
    count, unit = text[:-1], UNITS[text[-1]]
    span = f"{count} {unit}" if count == "1" else f"{count} {unit}s"
    return f"{span} to {format_instant(window.end)}"


def for_terminal(told: Sequence[Told], lead: str) -> Section:
    """All that was *told*, each under the name to ask for it by; where it is one, its title too."""
    rows = list(_rows(told))
    title = told[0].metric.title if len(told) == 1 else ""
    return _section(title, lead, rows)


def for_page(told: Sequence[Told], lead: str) -> Section:
    """An overview of what was *told*, by titles; parts and groups have pictures of their own."""
    rows = [(item.metric.title, item.groups[None], trend_words(item.course), item) for item in told]
    return _section("", lead, rows)


def _rows(told: Sequence[Told]) -> Iterator[tuple[str, "Summary", str, Told]]:
    for one in told:
        for key, found in one.groups.items():
            if key is None:
                yield one.metric.name, found, trend_words(one.course), one
            else:
                yield f"  {key}", found, "", one


def _section(title: str, lead: str, rows: "Sequence[tuple[str, Summary, str, Told]]") -> Section:
    cells = tuple(
        (name, value_words(one.metric, found), str(found.observations), course)
        for name, found, course, one in rows
    )
    marks = tuple("dim" if found.value is None else "" for _, found, _, _ in rows)
    return Section(title, cells, (lead, *COLUMNS), marks)
