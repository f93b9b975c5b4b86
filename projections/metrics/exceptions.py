"""How often rules are waived, for how long, and whether people look back in time."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists

from projections.exceptions import exceptions
from projections.metrics.definition import (
    Metric,
    metric,
    observations,
    one_if,
    seconds_between,
)
from projections.proposals import proposals
from projections.reviews import DUE_KINDS, reviews

_exception, _release, _review = exceptions.c, proposals.c, reviews.c
_before = exceptions.alias("earlier")


def _granted(**columns: ColumnElement[Any]) -> Select[Any]:
    """One row for each exception; alias and tier are those of the release that it is for."""
    common: dict[str, ColumnElement[Any]] = {
        "at": _exception.granted_at,
        "position": _exception.granted_position,
        "number": _exception.number,
        "alias": _exception.alias,
        "tier": _release.tier,
    }
    return observations(**{**common, **columns}).join_from(
        exceptions, proposals, _release.number == _exception.release_number, isouter=True
    )


EXCEPTIONS_GRANTED: Final = metric(
    "exceptions", "Exceptions granted", "count", ("alias", "tier"), _granted()
)

EXCEPTIONS_IN_FORCE: Final = metric(
    "exceptions-in-force",
    "Exceptions in force",
    "level",
    ("alias", "tier"),
    _granted(until=_exception.ends_at),
)

EXCEPTION_TIME: Final = metric(
    "exception-time",
    "How long exceptions held",
    "duration",
    ("alias", "tier"),
    _granted(
        at=_exception.ends_at,
        value=seconds_between(_exception.granted_at, _exception.ends_at),
    ),
)

REPEAT_EXCEPTIONS: Final = metric(
    "repeat-exceptions",
    "Granted again to the same alias",
    "share",
    ("alias", "tier"),
    _granted(
        value=one_if(
            exists().where(
                _before.c.alias == _exception.alias,
                _before.c.granted_position < _exception.granted_position,
            )
        )
    ),
)

OVERDUE_REVIEWS: Final = metric(
    "overdue-reviews",
    "Overdue reviews",
    "level",
    ("alias",),
    observations(
        at=_review.due,
        until=_review.closed_at,
        position=_review.opened_position,
        number=_review.number,
        alias=_review.alias,
        what=_review.about,
    ).where(_review.about.in_(DUE_KINDS), _review.due.is_not(None)),
    parts="about",
)

EXCEPTIONS: Final[tuple[Metric, ...]] = (
    *(EXCEPTIONS_GRANTED, EXCEPTIONS_IN_FORCE, EXCEPTION_TIME, REPEAT_EXCEPTIONS),
    OVERDUE_REVIEWS,
)
"""The metrics of this file, in the order they are told."""
