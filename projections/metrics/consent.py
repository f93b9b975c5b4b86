"""How long consent takes, how often it is refused, and who gives it."""

from typing import Final

from sqlalchemy import and_

from projections.evidence import approvals
from projections.metrics.definition import Metric, metric, observations, seconds_between
from projections.proposals import proposals
from projections.revisions import revisions

_proposal, _approval = proposals.c, approvals.c

APPROVAL_LATENCY: Final = metric(
    "approval-latency",
    "From opening to ready",
    "duration",
    ("alias", "tier"),
    observations(
        at=_proposal.met_at,
        position=_proposal.position,
        number=_proposal.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        what=_proposal.effect,
        value=seconds_between(_proposal.opened_at, _proposal.met_at),
    ).where(_proposal.met_at.is_not(None)),
)

APPROVER_LATENCY: Final = metric(
    "approver-latency",
    "From the revision to an approval",
    "duration",
    ("alias", "tier", "role", "approver"),
    observations(
        at=_approval.at,
        position=_approval.position,
        number=_approval.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        role=_approval.role,
        approver=_approval.signer,
        value=seconds_between(revisions.c.at, _approval.at),
    )
    .join_from(approvals, proposals, _proposal.id == _approval.proposal)
    .join(
        revisions,
        and_(
            revisions.c.proposal == _approval.proposal,
            revisions.c.revision == _approval.revision,
        ),
    ),
)

CONSENT: Final[tuple[Metric, ...]] = (APPROVAL_LATENCY, APPROVER_LATENCY)
"""The metrics of this file, in the order they are told."""
