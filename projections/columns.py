"""What each table and column of the views holds, in words, and which columns join which.

The words stand in ``columns.toml``: ``docs/reference/views.md`` is made from them, and on
PostgreSQL they are the comments of the tables. All views of metrics have the same columns, and
share their words.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Table

from projections.metrics.catalogue import METRICS
from projections.tables import METADATA

_WORDS: Final = Path(__file__).with_name("columns.toml")
_METRICS, _JOINS, _AS_OF = "metric_*", "joins", "as_of"


@dataclass(frozen=True, slots=True)
class Words:
    """What a table is, and what each of its columns holds, by name; all in Markdown."""

    about: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AsOf:
    """Which rows of a table were there as of a position, and what of them may have come later.

    A row is there from the position in the column ``since`` on, and before that in ``until``
    where there is such a column. The columns in ``later`` may say what came after it.
    """

    since: str
    until: str | None
    later: tuple[str, ...]

    def condition(self, position: str) -> str:
        """The rows as of *position*, in SQL."""
        begun = f"{self.since} <= {position}"
        if self.until is None:
            return begun
        return f"{begun} AND ({self.until} IS NULL OR {self.until} > {position})"


@cache
def _read() -> dict[str, dict[str, object]]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


@cache
def described() -> Mapping[str, Words]:
    """The words of every table and view there are any of, in the order they are told.

    The views of metrics share theirs, under ``metric_*``.
    """
    return {
        name: Words(
            about=str(texts[""]).strip(),
            columns={column: str(text) for column, text in texts.items() if column},
        )
        for name, texts in _read().items()
        if name not in (_JOINS, _AS_OF)
    }


def words_of(table: Table) -> Words:
    """The words of *table*. Raises :class:`LookupError` where nobody has written any."""
    metric = next((one for one in METRICS if one.view is table), None)
    if metric is None:
        return described()[table.name]
    about = f"Observations of the metric {metric.name}: {metric.title}."
    return Words(about, described()[_METRICS].columns)


def joins() -> dict[str, tuple[str, ...]]:
    """Which columns hold values of which: patterns by the ``table.column`` they are of.

    ``column`` is that of any table, ``table.column`` of one; a minus in front: not that one.
    """
    found = _read()[_JOINS]
    return {of: tuple(map(str, names)) for of, names in found.items() if isinstance(names, list)}


def joined(of: str) -> Iterator[Column[object]]:
    """The columns that hold values of the column *of*, but for itself."""
    patterns = joins()[of]
    without = {name[1:] for name in patterns if name.startswith("-")} | {of}
    for table in METADATA.sorted_tables:
        for column in table.columns:
            names = (column.name, str(column))
            fits = any(fnmatchcase(name, one) for name in names for one in patterns)
            if fits and without.isdisjoint(names):
                yield column


def as_of() -> dict[str, AsOf]:
    """The tables whose rows of a position can be told, by name; the others are of now."""
    return {
        name: AsOf(str(one["since"]), one.get("until"), tuple(map(str, one["later"])))
        for name, one in _read()[_AS_OF].items()
        if isinstance(one, dict)
    }


def comments() -> Iterator[str]:
    """The statements that write the words into a PostgreSQL database, where its tables are made.

    To be executed as they are (``exec_driver_sql``), in the schema that is looked in first.
    """
    for table in METADATA.sorted_tables:
        words = words_of(table)
        kind = "VIEW" if table.is_view else "TABLE"
        yield f"COMMENT ON {kind} {_name(table.name)} IS {_text(words.about)}"
        for column, text in words.columns.items():
            yield f"COMMENT ON COLUMN {_name(table.name)}.{_name(column)} IS {_text(text)}"


def _name(name: str) -> str:
    return f'"{name}"'


def _text(words: str) -> str:
    plain = " ".join(words.split()).replace("'", "''")
    return f"'{plain}'"
