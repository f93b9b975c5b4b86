"""What was asked for after opening: whether people could know what a change would need."""

from typing import Any, Final

from sqlalchemy import ColumnElement, exists

from projections.evidence import evidence
from projections.metrics.definition import Metric, metric, observations, one_if
from projections.proposals import proposals
from projections.revisions import added_facts, revisions

_proposal, _revision, _fact, _document = proposals.c, revisions.c, added_facts.c, evidence.c

REVISED_CHANGES: Final = metric(
    "revised-changes",
    "Changes reworked after opening",
    "share",
    ("alias", "tier"),
    observations(
        at=_proposal.opened_at,
        position=_proposal.opened_position,
        number=_proposal.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        value=one_if(
            (_proposal.revision > 1) | exists().where(_fact.proposal == _proposal.id),
        ),
    ).where(_proposal.effect == "release"),
)

REVISIONS: Final = metric(
    "revisions",
    "Revisions after the first",
    "count",
    ("alias", "tier"),
    observations(
        at=_revision.at,
        position=_revision.position,
        number=_revision.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        what=_proposal.effect,
    )
    .join_from(revisions, proposals, _proposal.number == _revision.number, isouter=True)
    .where(_revision.revision > 1),
)


def _after_rework() -> ColumnElement[Any]:
    """Whether a document came after its proposal was first revised, or a fact added to it."""
    revised = exists().where(
        _revision.number == _document.number,
        _revision.revision > 1,
        _revision.position < _document.position,
    )
    widened = exists().where(
        _fact.proposal == _document.proposal, _fact.position < _document.position
    )
    return revised | widened


EVIDENCE_AFTER_OPENING: Final = metric(
    "evidence-after-opening",
    "Documents added after rework",
    "count",
    ("alias", "tier"),
    observations(
        at=_document.at,
        position=_document.position,
        number=_document.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        what=_document.type,
    )
    .join_from(evidence, proposals, _proposal.number == _document.number, isouter=True)
    .where(_document.taken_from.is_(None), _after_rework()),
    parts="type",
)

REWORK: Final[tuple[Metric, ...]] = (REVISED_CHANGES, REVISIONS, EVIDENCE_AFTER_OPENING)
"""The metrics of this file, in the order they are told."""
