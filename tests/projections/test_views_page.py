import re
from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Table, Text

from projections.runner import FAMILIES
from projections.tables import METADATA

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "views.md"
TYPES = {
    BigInteger: "integer",
    Integer: "integer",
    Boolean: "boolean",
    Text: "text",
    LargeBinary: "bytes",
}
Column = tuple[str, bool, str, bool]
ROW = re.compile(r"\| `(\w+)`( †)? \| (\w+) \| (yes|no) \| (.+) \|")


def documented() -> dict[str, list[Column]]:
    found: dict[str, list[Column]] = {}
    for section in PAGE.read_text().split("\n## ")[1:]:
        rows = [ROW.fullmatch(line) for line in section.splitlines() if line.startswith("| `")]
        assert all(rows), f"a row of {section.splitlines()[0]} is not of the usual form"
        found[section.splitlines()[0]] = [
            (row[1], bool(row[2]), row[3], row[4] == "yes") for row in rows if row is not None
        ]
    return found


def built(table: Table) -> list[Column]:
    return [
        (column.name, column.primary_key, TYPES[type(column.type)], bool(column.nullable))
        for column in table.columns
    ]


def test_the_page_of_the_views_lists_every_table_column_by_column() -> None:
    assert FAMILIES
    assert documented() == {name: built(table) for name, table in METADATA.tables.items()}
