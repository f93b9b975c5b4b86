"""What a metric is: a SQL view of observations, all with the same columns (:data:`COLUMNS`).

So one reader, one table and one plot serve for all of them, and whoever asks with SQL finds
the same everywhere.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Table,
    Text,
    case,
    cast,
    literal,
    null,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.ddl import CreateView
from sqlalchemy.sql.functions import FunctionElement

from projections.tables import METADATA

Kind = Literal["duration", "count", "share", "level", "age", "state"]
"""How observations are summed up: see :mod:`projections.metrics.summary`."""

Dimension = Literal["alias", "tier", "role", "approver"]
"""What a metric may be told apart by."""

COLUMNS: Final = (
    *("at", "until", "position", "number", "alias", "tier", "role", "approver"),
    *("what", "value"),
)
"""The columns of every view of a metric, in this order."""

TEXTS: Final = frozenset({"at", "until", "alias", "tier", "role", "approver", "what"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name, how it is summed up, and the view of its observations.

    ``title`` is what stands over a column or plot; ``by`` what it may be told apart by;
    ``parts`` what its column ``what`` holds, where it is told apart by that unasked.
    """

    name: str
    title: str
    kind: Kind
    by: tuple[Dimension, ...]
    view: Table
    parts: str | None = None


def metric(  # noqa: PLR0917 - read as a line of the table of metrics
    name: str,
    title: str,
    kind: Kind,
    by: tuple[Dimension, ...],
    question: Select[Any] | CompoundSelect[Any],
    parts: str | None = None,
) -> Metric:
    """A metric whose observations are the rows of *question*, as a view of the database."""
    view = CreateView(question, f"metric_{name.replace('-', '_')}", metadata=METADATA)
    return Metric(name, title, kind, by, view.table, parts)


def observations(**columns: ColumnElement[Any]) -> Select[Any]:
    """A select of :data:`COLUMNS`, those not given being NULL; ``value`` is 1 where not given."""
    unknown = columns.keys() - set(COLUMNS)
    if unknown or not {"at", "position"} <= columns.keys():
        raise LookupError(f"not the columns of a metric: {sorted(columns)}")
    found = {"value": literal(1), **columns}
    return select(*(found.get(name, _nothing(name)).label(name) for name in COLUMNS))


def _nothing(name: str) -> ColumnElement[Any]:
    return cast(null(), Text if name in TEXTS else Integer)


def word(text: str) -> ColumnElement[str]:
    """*text* as a column, of the same type in every database."""
    return cast(literal(text), Text)


def one_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where *condition* holds, else 0: the value of a share."""
    return case((condition, 1), else_=0)


class seconds_between(FunctionElement[int]):  # noqa: N801 - it is read as a function of SQL
    """The whole seconds from one time, as the tables hold it, to another that is later, else 0.

    Times stand in the tables as they were judged: one of before a correction of the clock may
    be later than one after it.
    """

    type = Integer()
    inherit_cache = True
    name = "seconds_between"


@compiles(seconds_between, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    spans = (f"CAST(strftime('%s', {one}) AS INTEGER)" for one in (end, start))
    return f"max(0, {' - '.join(spans)})"


@compiles(seconds_between, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    spans = (f"EXTRACT(EPOCH FROM CAST({one} AS timestamptz))" for one in (end, start))
    return f"CAST(GREATEST(0, {' - '.join(spans)}) AS bigint)"
