"""The tables as other programs are given them: which, of what types, and their rows in order.

All tables and SQL views but those that only this program reads: the standing, and how far it
goes. The order of the rows is that of their key, or of their columns from the left, so that the
same log gives the same files.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Boolean, Column, Connection, Integer, Table, func, select

from projections import standing as kept
from projections.columns import words_of
from projections.tables import METADATA

Type = Literal["text", "integer", "boolean"]
"""What a column holds: text, whole numbers of 64 bits, or yes and no."""

OWN: Final = (kept.standing, kept.standing_roots, kept.tracking)
"""The tables whose form changes with the code, and which are not for reports."""

BATCH: Final = 2_000
"""How many rows are in memory at a time."""


@dataclass(frozen=True, slots=True)
class ExportedColumn:
    """A column: its name, what it holds, whether it may be NULL, and in words what it is."""

    name: str
    type: Type
    null: bool
    about: str


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table or SQL view: what it is, and its columns."""

    table: Table
    about: str
    columns: tuple[ExportedColumn, ...]

    @property
    def name(self) -> str:
        """Its name, which never changes."""
        return self.table.name

    @property
    def is_view(self) -> bool:
        """Whether it is made of the other tables when it is asked."""
        return self.table.is_view


def exported_tables() -> tuple[ExportedTable, ...]:
    """Every table and SQL view there is to export, by name."""
    found = (table for table in METADATA.tables.values() if table not in OWN)
    return tuple(_exported(table) for table in sorted(found, key=lambda one: one.name))


def row_counts(connection: Connection, tables: Sequence[ExportedTable]) -> int:
    """How many rows *tables* have together."""
    counts = (select(func.count()).select_from(one.table) for one in tables)
    return sum(connection.scalar(wanted) or 0 for wanted in counts)


def batches(connection: Connection, table: ExportedTable) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of *table* in order, at most :data:`BATCH` at a time; booleans are ``bool``."""
    keys = table.table.primary_key.columns
    wanted = select(table.table).order_by(*(keys or table.table.columns))
    yield from connection.execute(wanted.execution_options(yield_per=BATCH)).partitions()


def _exported(table: Table) -> ExportedTable:
    words = words_of(table)
    columns = (
        ExportedColumn(one.name, _type(one), bool(one.nullable), words.columns[one.name])
        for one in table.columns
    )
    return ExportedTable(table, words.about, tuple(columns))


def _type(column: Column[Any]) -> Type:
    """What *column* holds; anything but numbers and booleans is text."""
    if isinstance(column.type, Boolean):
        return "boolean"
    return "integer" if isinstance(column.type, Integer) else "text"
