"""What waits for whom now: of proposals that time alone has changed, judged anew.

The tables hold what was so when an entry last touched a proposal, and a SQL view can say no
more. Asked through here, ``approvals-waiting`` agrees with every inbox.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from ledger.decide.context import Standing
from projections.inbox import current_assessments
from projections.metrics.consent import APPROVALS_WAITING
from projections.metrics.definition import Dimension
from projections.metrics.summary import Summary
from projections.waiting import pending_rows


def waiting_now(
    connection: Connection, standing: Standing, at: int, by: Dimension | None = None
) -> dict[str | None, Summary]:
    """How many approvals wait at *at*: in all (under ``None``), and for each value of *by*."""
    rows = list(_rows(connection, standing, at))
    counted = Counter(row[by] for row in rows if by is not None and row[by] is not None)
    numbers = {None: len(rows), **{name: counted[name] for name in sorted(counted)}}
    return {name: Summary(count, count, count or None) for name, count in numbers.items()}


def _rows(connection: Connection, standing: Standing, at: int) -> Iterator[Mapping[Any, Any]]:
    """What waits, each with all that it can be told apart by."""
    fresh = current_assessments(connection, standing, at)
    anew = {one.state.number for one in fresh.values()}
    for row in connection.execute(select(APPROVALS_WAITING.view)).mappings():
        if row["number"] not in anew:
            yield row
    for one in fresh.values():
        for waiting in pending_rows(one):
            yield {**waiting, "approver": waiting["person"], "tier": one.assessment.tier}
