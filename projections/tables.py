"""What all tables share: their collection, how times are written, and how rows are put.

Times are text such as ``2026-11-21T07:41:26Z``, positions whole numbers, decimals text,
lists and stacks JSON text; what is unknown is NULL. Any engine can compare and sort these.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Compiled,
    Connection,
    Dialect,
    MetaData,
    Select,
    Table,
    UpdateBase,
    bindparam,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from ledger.model.terms import format_instant

METADATA = MetaData()
"""Every table of the views, and every SQL view of them."""

Values = dict[str, Any]
"""A row to be written: every column by its name."""

MANY = 500
"""How many values one statement names at most."""


def instant(seconds: int | None) -> str | None:
    """The time *seconds* after 1970 as the tables hold it."""
    return None if seconds is None else format_instant(seconds)


def listed(names: Iterable[str]) -> str:
    """*names* as JSON text."""
    return json.dumps(list(names), ensure_ascii=False, separators=(",", ":"))


def numbers_text(numbers: Iterable[int]) -> str:
    """*numbers* as JSON text, in order."""
    return json.dumps(sorted(numbers), separators=(",", ":"))


def put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, or replace those that have their key. All rows have the same columns."""
    if not rows:
        return
    compiled = _upsert(table, connection.dialect, tuple(rows[0]))
    _execute(connection, compiled, rows)


@lru_cache(maxsize=256)
def _upsert(table: Table, dialect: Dialect, columns: tuple[str, ...]) -> Compiled:
    """The statement of :func:`put`, compiled once: that takes longer than to execute it."""
    keys = [column.name for column in table.primary_key]
    maker = postgresql if dialect.name == "postgresql" else sqlite
    statement = maker.insert(table).values({name: bindparam(name) for name in columns})
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    upsert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    compiled: Compiled = upsert.compile(dialect=dialect)
    return compiled


@lru_cache(maxsize=16)
def compiled_once(question: Select[Any], dialect: Dialect) -> SQLCompiler:
    """A *question* that is asked often, compiled for *dialect* once."""
    compiled = question.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what a select compiles to
    return compiled


def many(connection: Connection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute *statement* once for each of *rows*, which hold its bound values by name.

    It is compiled by SQLAlchemy and handed to the driver with plain values: to have it bind
    and convert each of them takes longer than to write it, and none needs converting.
    """
    if rows:
        _execute(connection, statement.compile(dialect=connection.dialect), rows)


def _execute(connection: Connection, compiled: Compiled, rows: Sequence[Mapping[str, Any]]) -> None:
    order: Sequence[str] | None = getattr(compiled, "positiontup", None)
    values: list[Any] = [*(map(dict, rows) if order is None else map(_taker(order), rows))]
    connection.exec_driver_sql(str(compiled), values)


def _taker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Takes the values under *names* out of a row, as a tuple also where there is one."""
    if len(names) == 1:
        return lambda row: (row[names[0]],)
    return itemgetter(*names)


def stored_tables() -> list[Table]:
    """The tables that hold rows, without the SQL views of them."""
    return [table for table in METADATA.sorted_tables if not table.is_view]


def chunks(names: Iterable[Any]) -> Iterable[list[Any]]:
    """*names* in lists short enough for one statement."""
    all_names = list(names)
    return (all_names[start : start + MANY] for start in range(0, len(all_names), MANY))
