"""Whether releases are taken back in time, and when people last rehearsed a stop."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select

from projections.drills import drills
from projections.metrics.definition import Metric, metric, observations, one_if
from projections.releases import releases

_release, _drill = releases.c, drills.c
_next = drills.alias("next")


def _rolled_back(value: ColumnElement[Any]) -> Select[Any]:
    """One row for each release that was rolled back and of which *value* is known."""
    return observations(
        at=_release.rolled_back_at,
        position=_release.rolled_back_position,
        number=_release.number,
        alias=_release.alias,
        tier=_release.tier,
        value=value,
    )


ROLLBACK_TIME: Final = metric(
    "rollback-time",
    "How long rollbacks took",
    "duration",
    ("alias", "tier"),
    _rolled_back(_release.rollback_seconds).where(
        _release.rolled_back_at.is_not(None), _release.rollback_seconds.is_not(None)
    ),
)

ROLLBACKS_IN_TIME: Final = metric(
    "rollbacks-in-time",
    "Rollbacks in time",
    "share",
    ("alias", "tier"),
    _rolled_back(one_if(_release.in_time)).where(
        _release.rolled_back_at.is_not(None), _release.in_time.is_not(None)
    ),
)

_followed = (
    select(_next.c.at)
    .where(_next.c.target == _drill.target, _next.c.position > _drill.position, _next.c.counts)
    .order_by(_next.c.position)
    .limit(1)
    .scalar_subquery()
)

DRILL_AGE: Final = metric(
    "drill-age",
    "Since the last drill",
    "age",
    (),
    observations(at=_drill.at, until=_followed, position=_drill.position, what=_drill.target).where(
        _drill.counts
    ),
    parts="target",
)

EMERGENCIES: Final[tuple[Metric, ...]] = (ROLLBACK_TIME, ROLLBACKS_IN_TIME, DRILL_AGE)
"""The metrics of this file, in the order they are told."""
