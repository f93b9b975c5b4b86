"""The forms tables are exported in: CSV, lines of JSON, and Parquet. Each writes row by row.

CSV is that of RFC 4180, in UTF-8, with a header and CRLF at the end of lines. NULL is an empty
field, empty text is ``""``; booleans are ``true`` and ``false``.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ledger.errors import BadInput

if TYPE_CHECKING:
    from projections.export import ExportedColumn

Rows = Sequence[Sequence[Any]]
"""Rows with a value for each column: text, a whole number, a ``bool``, or ``None``."""

_TO_QUOTE: Final = re.compile(r'[",\r\n]|^$')
_CSV_WORDS: Final = {None: "", True: "true", False: "false"}


class Writer(Protocol):
    """Writes the rows of one table into one file."""

    def write(self, rows: Rows) -> None:
        """Add *rows*."""

    def close(self) -> None:
        """Finish the file."""


class CsvWriter:
    """Writes a table as CSV."""

    def __init__(self, path: Path, columns: Sequence["ExportedColumn"]) -> None:
        self._file = path.open("x", encoding="utf-8", newline="")
        self._file.write(_csv_line(column.name for column in columns))

    def write(self, rows: Rows) -> None:
        """Add *rows*."""
        self._file.writelines(_csv_line(row) for row in rows)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


class JsonLinesWriter:
    """Writes a table as one JSON object on each line, its keys the columns."""

    def __init__(self, path: Path, columns: Sequence["ExportedColumn"]) -> None:
        self._file = path.open("x", encoding="utf-8", newline="")
        self._names = [column.name for column in columns]

    def write(self, rows: Rows) -> None:
        """Add *rows*."""
        self._file.writelines(self._line(row) for row in rows)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _line(self, row: Sequence[Any]) -> str:
        body = dict(zip(self._names, row, strict=True))
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"


class ParquetWriter:
    """Writes a table as Parquet: strings, 64-bit integers and booleans.

    Raises :class:`BadInput` (``parquet-not-installed``) where pyarrow is not there.
    """

    def __init__(self, path: Path, columns: Sequence["ExportedColumn"]) -> None:
        arrow, parquet = _pyarrow()
        self._arrow = arrow
        types = {"text": arrow.string(), "integer": arrow.int64(), "boolean": arrow.bool_()}
        self._schema = arrow.schema(
            [arrow.field(one.name, types[one.type], nullable=one.null) for one in columns]
        )
        self._file = parquet.ParquetWriter(path, self._schema)

    def write(self, rows: Rows) -> None:
        """Add *rows*."""
        values = zip(*rows, strict=True)
        arrays = [
            self._arrow.array(list(column), type=field.type)
            for column, field in zip(values, self._schema, strict=True)
        ]
        self._file.write_batch(self._arrow.record_batch(arrays, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


FORMS: Final[Mapping[str, type[CsvWriter | JsonLinesWriter | ParquetWriter]]] = {
    "csv": CsvWriter,
    "jsonl": JsonLinesWriter,
    "parquet": ParquetWriter,
}
"""What writes each form; its name is the ending of the files."""


def require_form(name: str) -> None:
    """Raise :class:`BadInput` (``parquet-not-installed``) where a form cannot be written here."""
    if FORMS[name] is ParquetWriter:
        _pyarrow()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy, no types
        from pyarrow import parquet  # noqa: PLC0415 - the same
    except ImportError:
        raise BadInput(
            "parquet-not-installed",
            "Parquet is written with pyarrow, which is not installed",
            hint="pip install 'assent[parquet]', or --format csv",
        ) from None
    return pa, parquet


def _csv_line(values: Iterable[Any]) -> str:
    return ",".join(map(_csv_field, values)) + "\r\n"


def _csv_field(value: Any) -> str:
    if isinstance(value, str):
        quoted = _TO_QUOTE.search(value) is not None
        return '"' + value.replace('"', '""') + '"' if quoted else value
    return _CSV_WORDS[value] if value is None or isinstance(value, bool) else str(value)
