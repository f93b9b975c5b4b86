"""The page on the views is what the tables are.

That what it says of them is so is held by ``tests/properties/test_as_of.py``.
"""

from sqlalchemy import Column

from projections.columns import described, joined, joins, words_of
from projections.tables import METADATA, stored_tables
from tests.docs.views import EVERY_METRIC, PAGE, page


def test_the_page_on_the_views_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.views"


def test_every_table_and_column_is_described_and_nothing_else_is() -> None:
    tables = METADATA.tables.values()

    assert [one.name for one in tables if not _is_described(one.name)] == []
    assert described().keys() - METADATA.tables.keys() == {EVERY_METRIC}
    for table in tables:
        words = words_of(table)
        assert list(words.columns) == [one.name for one in table.columns], table.name
        assert all((words.about, *words.columns.values())), table.name


def _is_described(name: str) -> bool:
    return name in described() or name.startswith(EVERY_METRIC.rstrip("*"))


def test_every_table_is_reached_by_joins_of_one_kind_of_value() -> None:
    found = {of: list(joined(of)) for of in joins()}

    for of, patterns in joins().items():
        names = {str(one) for one in found[of]} | {one.name for one in found[of]}
        exact = {one for one in patterns if not one.startswith(("-", "*"))}
        assert exact - names == set(), f"what {of} joins is not there"
        assert {type(_column(of).type)} == {type(one.type) for one in found[of]}
    reached = {one.table.name for columns in found.values() for one in columns}
    keys = {of.partition(".")[0] for of in joins()}
    alone = {one.name for one in stored_tables()} - reached - keys
    assert alone == {"standing", "standing_roots", "tracking"}


def _column(name: str) -> Column[object]:
    table, _, key = name.partition(".")
    return METADATA.tables[table].columns[key]
