"""What all tables share: their collection, how times are written, and how rows are put.

Times are text such as ``2026-11-21T07:41:26Z``, positions whole numbers, decimals text,
lists and stacks JSON text; what is unknown is NULL. Any engine can compare and sort these.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite

from ledger.model.terms import format_instant

METADATA = MetaData()
"""Every table of the views."""

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


def put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert *rows*, or replace those that have their key. All rows have the same columns."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in keys]
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changed}
    )
    connection.execute(statement, list(rows))


def chunks(names: Iterable[Any]) -> Iterable[list[Any]]:
    """*names* in lists short enough for one statement."""
    all_names = list(names)
    return (all_names[start : start + MANY] for start in range(0, len(all_names), MANY))
