"""The observations of a metric and what they come to, as tests ask for them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select

from ledger.model.terms import format_instant, parse_instant
from projections.metrics.catalogue import metric_named
from projections.metrics.definition import Metric
from projections.metrics.summary import Apart, Window, measured
from tests.organisation import START, Organisation
from tests.projections.once import views_of

DAY = 86_400
MONTH = 30 * DAY
YEAR = Window(START - DAY, START + 365 * DAY)
FIRST = Window(START, START + MONTH)
"""Windows in which the histories of the simulator have something to count."""

PAGE: Final = (Path(__file__).parents[2] / "docs/reference/metrics.md").read_text("utf-8")
"""The page on the metrics."""

ITS_WINDOW: Final = ("2026-08-24T00:00:00Z", "2026-09-23T00:00:00Z")
"""The window of its queries."""


@contextmanager
def told(org: Organisation) -> Iterator[Connection]:
    """A connection to views of all that *org* did."""
    with views_of(org) as views, views.reading() as connection:
        yield connection


def metric_of(name: str) -> Metric:
    """The metric of that name, which exists."""
    found = metric_named(name)
    assert found is not None
    return found


def observed(connection: Connection, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """The observations of a metric in the order of time, each with *columns*; times in seconds."""
    view = metric_of(name).view
    wanted = select(*(view.c[column] for column in columns))
    rows = connection.execute(wanted.order_by(view.c.at, view.c.position, view.c.what))
    return [
        tuple(
            parse_instant(cell) if column in ("at", "until") and cell is not None else cell
            for column, cell in zip(columns, row, strict=True)
        )
        for row in rows
    ]


def comes_to(
    connection: Connection,
    name: str,
    end: int,
    length: int = MONTH,
    by: Apart | None = None,
) -> dict[str | None, tuple[int, float | None]]:
    """How many observations a metric rests on, and its number: in all, and for each of *by*."""
    found = measured(connection, metric_of(name), Window(end - length, end), by)
    return {key: (one.observations, one.value) for key, one in found.items()}


def apart(one: Metric) -> tuple[Apart | None, ...]:
    """All that a metric can be told apart by, and nothing."""
    return (None, "what", *one.by)


def page_query(language: str, window: Window = FIRST) -> str:
    """The one query of the page in *language*, about *window* instead of its own."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    asked = str(found)
    for written, meant in zip(ITS_WINDOW, (window.start, window.end), strict=True):
        asked = asked.replace(written, format_instant(meant))
    return asked
