"""What releases rest on: evidence that holds, lineage that is known, and no exception."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, or_, select

from projections.aliases import alias_history
from projections.evidence import evidence
from projections.log import entries
from projections.metrics.definition import Metric, metric, observations, one_if
from projections.proposals import proposals
from projections.releases import releases

_release, _document, _valid = releases.c, evidence.c, alias_history.c


def _started(value: ColumnElement[int]) -> Select[Any]:
    """One row for each release that was started."""
    return observations(
        at=_release.started_at,
        position=_release.started_position,
        number=_release.number,
        alias=_release.alias,
        tier=_release.tier,
        value=value,
    )


COMPLETE_LINEAGE: Final = metric(
    "complete-lineage",
    "Releases of complete lineage",
    "share",
    ("alias", "tier"),
    _started(one_if(proposals.c.lineage_gaps == "[]")).join_from(
        releases, proposals, proposals.c.number == _release.number
    ),
)

RELEASES_UNDER_EXCEPTION: Final = metric(
    "releases-under-exception",
    "Releases under an exception",
    "share",
    ("alias", "tier"),
    _started(one_if(_release.exceptions != "[]")),
)


def _relied_upon() -> ColumnElement[Any]:
    """Whether a document expired while its release was on its way, or was run by its alias."""
    replaced = (
        select(entries.c.judged_at)
        .where(entries.c.position == _release.replaced_position)
        .scalar_subquery()
    )
    ends = (_release.completed_at, _release.rolled_back_at, replaced)
    expired = _document.expires_at
    on_its_way = (_release.started_at <= expired).self_group()
    for end in ends:
        on_its_way &= or_(end.is_(None), end > expired)
    running = exists().where(
        _valid.number == _document.number,
        _valid.valid_from <= expired,
        or_(_valid.valid_to.is_(None), _valid.valid_to > expired),
    )
    return or_(on_its_way, running)


EXPIRED_EVIDENCE: Final = metric(
    "expired-evidence",
    "Expired while relied upon",
    "count",
    ("alias", "tier"),
    observations(
        at=_document.expires_at,
        position=_document.position,
        number=_document.number,
        alias=_release.alias,
        tier=_release.tier,
        what=_document.type,
    )
    .join_from(evidence, releases, _release.number == _document.number)
    .where(_document.counts, _document.expires_at.is_not(None), _relied_upon()),
    parts="type",
)

RELEASING: Final[tuple[Metric, ...]] = (
    *(COMPLETE_LINEAGE, RELEASES_UNDER_EXCEPTION, EXPIRED_EVIDENCE),
)
"""The metrics of this file, in the order they are told."""
