"""What people ask most, in process: each 95th percentile against ten milliseconds."""

from collections import Counter
from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from projections.aliases import alias_named, aliases, stable_as_of
from projections.inbox import inbox
from projections.metrics.catalogue import METRICS
from projections.metrics.summary import Window, measured
from projections.rows import SqliteRows
from projections.runner import Views
from projections.waiting import pending_approvals
from tests.benchmarks.catch_up import warm_views
from tests.benchmarks.measure import Measurement, percentile_95
from tests.lifelike import History

TIMES = 100
TEN_MILLISECONDS = 0.010
MONTH = 30 * 86_400
"""The window over which ``assent metrics`` tells, unless told otherwise."""


def measure(history: History) -> list[Measurement]:
    """Every question, on warm views."""
    path = warm_views(history)
    rows = SqliteRows(path)
    try:
        with Views(path) as views, views.reading() as connection:
            asked = {**_questions(connection, rows, history), **_metrics(connection, history)}
            return [
                Measurement(
                    f"{name}, p95", "10 ms", history.size,
                    percentile_95(ask, times=TIMES), TEN_MILLISECONDS, "s", 1.0, "at most",
                )
                for name, ask in asked.items()
            ]  # fmt: skip
    finally:
        rows.close()


def _questions(
    connection: Connection, rows: SqliteRows, history: History
) -> Mapping[str, Callable[[], object]]:
    standing = Standing(rows)
    newest = standing.numbered(standing.head.proposals)
    assert newest is not None
    alias = f"{history.models[0]}/production"
    waiting = Counter(connection.scalars(select(pending_approvals.c.person)))
    busiest = waiting.most_common(1)[0][0]
    middle = history.size // 2
    assert connection.execute(select(aliases).where(aliases.c.alias == alias)).first()
    return {
        "gate": lambda: assess_proposal(Standing(rows), newest, history.ended),
        "inbox of who has most to do": lambda: list(inbox(connection, busiest)),
        "alias show": lambda: alias_named(connection, alias),
        "alias show --as-of": lambda: stable_as_of(connection, alias, position=middle),
    }


def _metrics(connection: Connection, history: History) -> Mapping[str, Callable[[], object]]:
    window = Window(history.ended - MONTH, history.ended)
    return {
        f"metric {one.name}": lambda one=one: measured(connection, one, window)  # type: ignore[misc]
        for one in METRICS
    }
