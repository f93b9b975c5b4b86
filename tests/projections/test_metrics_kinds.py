"""How observations become numbers: windows and their ends, percentiles, and what rests on nothing.

Also that no number depends on the size of batches.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from ledger.model.terms import format_instant
from projections.metrics.catalogue import METRICS
from projections.metrics.definition import COLUMNS, Kind, observations
from projections.metrics.summary import Apart, Summary, Window, measured, percentile, trend
from projections.proposals import proposals
from projections.runner import Views
from projections.tables import METADATA
from tests.organisation import START
from tests.projections.histories import fill, lived
from tests.projections.once import SEED, viewed
from tests.projections.summed import YEAR, apart, comes_to, metric_of, page_query

WINDOWED: tuple[Kind, ...] = ("duration", "count", "share")


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    """Tables with nothing in them but drills of ten hand-made moments, and as many approvals."""
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        METADATA.create_all(opened)
        opened.execute(METADATA.tables["proposals"].insert().values(**_proposal()))
        opened.execute(METADATA.tables["revisions"].insert().values(**_revision()))
        for place, seconds in enumerate((100, 10, 30, 20, 60, 50, 40, 90, 80, 70)):
            opened.execute(
                METADATA.tables["approvals"].insert().values(**_approval(place, seconds))
            )
        yield opened
    engine.dispose()


def _proposal() -> dict[str, Any]:
    values = {
        column.name: "x" if column.type.python_type is str else 1
        for column in proposals.c
        if not column.nullable
    }
    return {**values, "id": "p", "tier": "high", "alias": None}


def _revision() -> dict[str, Any]:
    at = {"at": format_instant(START), "signer": "frank", "summary": "x"}
    return {"position": 1, "proposal": "p", "number": 1, "revision": 1, **at}


def _approval(place: int, seconds: int) -> dict[str, Any]:
    return {
        "position": 10 + place,
        "proposal": "p",
        "number": 1,
        "revision": 1,
        "policy": 1,
        "signer": f"s{place % 2}",
        "role": "model-owner",
        "at": format_instant(START + seconds),
        "counts": True,
        "held": True,
        "review_digest": "x",
    }


def latency(connection: Connection, start: int, end: int) -> Summary:
    window = Window(START + start, START + end)
    return measured(connection, metric_of("approver-latency"), window)[None]


def test_a_window_is_open_at_its_start_and_closed_at_its_end(connection: Connection) -> None:
    assert latency(connection, 10, 30) == Summary(2, 50, 20, 30)
    assert latency(connection, 9, 29) == Summary(2, 30, 10, 20)
    assert latency(connection, 10, 20) == Summary(1, 20, 20, 20)


def test_where_nothing_was_observed_there_is_no_number(connection: Connection) -> None:
    assert latency(connection, 100, 999) == Summary(0, 0, None, None)
    assert latency(connection, 20, 20) == Summary(0, 0, None, None)
    for one in METRICS:
        if one.name not in ("approver-latency", "approver-workload", "rejected-changes"):
            assert measured(connection, one, YEAR) == {None: Summary(0, 0, None)}, one.name


def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(connection: Connection) -> None:
    assert latency(connection, 0, 100) == Summary(10, 550, 50, 90)
    assert latency(connection, 0, 90) == Summary(9, 450, 50, 90)
    assert percentile([7], 0.5) == percentile([7], 0.9) == 7
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(1, 101), 0.9) == 90
    assert percentile([], 0.5) is None


@pytest.mark.parametrize("last", [10, 20, 30, 70, 90, 100])
def test_the_query_of_the_page_finds_the_same_percentiles(
    connection: Connection, last: int
) -> None:
    asked = page_query("sqlite", Window(START, START + last))
    row = connection.execute(text(asked.replace("approval_latency", "approver_latency"))).one()
    found = latency(connection, 0, last)
    assert tuple(row) == (found.value, found.p90, found.observations)


def test_what_has_no_alias_counts_in_all_and_under_no_alias(connection: Connection) -> None:
    end = START + 100
    assert comes_to(connection, "approver-latency", end, by="alias") == {None: (10, 50)}
    assert comes_to(connection, "approver-workload", end, by="alias") == {None: (10, 10)}
    apart = comes_to(connection, "approver-latency", end, by="approver")
    assert apart == {None: (10, 50), "s0": (5, 60), "s1": (5, 50)}


def test_a_trend_is_the_same_number_window_beside_window(connection: Connection) -> None:
    windows = Window(START + 60, START + 90).earlier(3)
    assert windows == (
        Window(START, START + 30),
        Window(START + 30, START + 60),
        Window(START + 60, START + 90),
    )
    course = trend(connection, metric_of("approver-latency"), windows)
    assert [one.value for one in course] == [20, 50, 80]
    course = trend(
        connection, metric_of("approver-workload"), Window(START + 95, START + 190).earlier(2)
    )
    assert [one.value for one in course] == [9, 1]
    assert trend(connection, metric_of("missing-owners"), windows) == []


def test_every_metric_is_a_view_with_the_same_columns_and_says_how_it_is_told_apart() -> None:
    assert len({one.name for one in METRICS}) == len(METRICS) == 24
    assert len({one.title for one in METRICS}) == 24
    for one in METRICS:
        assert one.view.name == f"metric_{one.name.replace('-', '_')}"
        assert tuple(column.name for column in one.view.columns) == COLUMNS


def test_a_view_of_other_columns_is_no_metric() -> None:
    with pytest.raises(
        LookupError, match=r"not the columns of a metric: \['at', 'position', 'who'\]"
    ):
        observations(at=proposals.c.met_at, position=proposals.c.position, who=proposals.c.opener)
    with pytest.raises(LookupError, match=r"not the columns of a metric: \['at'\]"):
        observations(at=proposals.c.met_at)


@pytest.mark.parametrize(
    "one", [one for one in METRICS if one.kind in WINDOWED], ids=lambda one: one.name
)
def test_a_window_is_looked_up_and_never_searched_for(connection: Connection, one: Any) -> None:
    """``missed-duties`` looks through the notices, which are few; none through a table."""
    view = one.view.name
    plan = connection.execute(
        text(f"EXPLAIN QUERY PLAN SELECT * FROM {view} WHERE at > '2026' AND at <= '2027'")  # noqa: S608
    )
    steps = [row[3] for row in plan]
    assert [step for step in steps if step.startswith("SCAN")] == []
    assert any(step.startswith("SEARCH") for step in steps)


@pytest.fixture
def views() -> Views:
    """The views of a long history, to be read only."""
    return viewed()


def every_number(views: Views) -> dict[tuple[str, Apart | None], dict[str | None, Summary]]:
    """What each metric comes to over a year, in all and told apart by all it can be."""
    with views.reading() as connection:
        return {
            (one.name, by): measured(connection, one, YEAR, by)
            for one in METRICS
            for by in apart(one)
        }


def test_a_long_history_has_something_for_nearly_every_metric(views: Views) -> None:
    """Or what follows would compare nothing with nothing."""
    found = every_number(views)
    silent = {one.name for one in METRICS if not found[one.name, None][None].observations}
    assert silent == {"exceptions-in-force", "missing-owners"}  # all over; everybody is there


def test_no_number_depends_on_the_size_of_batches(views: Views) -> None:
    """As of a position in the middle, so that what comes later is seen to change them."""
    org = lived(SEED)
    end = len(org.envelopes) // 6
    with Views() as at_once, Views() as slowly:
        fill(at_once, org, 5000, end=end)
        fill(slowly, org, 7, end=end)
        then = every_number(at_once)
        assert every_number(slowly) == then
        assert then != every_number(views)
