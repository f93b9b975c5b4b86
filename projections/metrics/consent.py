"""How long consent takes, how often it is refused, and what it makes people do.

Here and in the other families tables are joined by the number of the proposal, not by its id:
what was opened in the same days lies side by side then, which counts with a million entries.
And where only alias and tier come from there, by an outer join, which always finds one: where
nobody asks for these, the database leaves the join out.
"""

from typing import Any, Final

from sqlalchemy import Select, and_, exists, union_all

from projections.evidence import approvals
from projections.metrics.definition import (
    Metric,
    metric,
    observations,
    one_if,
    seconds_between,
    word,
)
from projections.proposals import proposals, requirements
from projections.revisions import rejections, revisions
from projections.waiting import pending_approvals

_proposal, _need = proposals.c, requirements.c
_approval, _rejection, _waiting = approvals.c, rejections.c, pending_approvals.c

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
    parts="effect",
)

REQUIREMENT_LATENCY: Final = metric(
    "requirement-latency",
    "Until a requirement is met",
    "duration",
    ("alias", "tier"),
    observations(
        at=_need.met_at,
        position=_proposal.position,
        number=_need.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        what=_need.requirement,
        value=seconds_between(_proposal.opened_at, _need.met_at),
    )
    .join_from(requirements, proposals, _proposal.number == _need.number)
    .where(_need.status == "satisfied", _need.met_at.is_not(None)),
    parts="requirement",
)

APPROVER_LATENCY: Final = metric(
    "approver-latency",
    "From revision to approval",
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
    .join_from(approvals, proposals, _proposal.number == _approval.number, isouter=True)
    .join(
        revisions,
        and_(revisions.c.number == _approval.number, revisions.c.revision == _approval.revision),
    ),
)


def _given(table: Any, what: str) -> Select[Any]:
    """What people said in *table*, with the proposals that they said it of."""
    said = table.c
    return observations(
        at=said.at,
        position=said.position,
        number=said.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        role=said.role,
        approver=said.signer,
        what=word(what),
    ).join_from(table, proposals, _proposal.number == said.number, isouter=True)


REJECTIONS: Final = metric(
    "rejections",
    "Rejections",
    "count",
    ("alias", "tier", "role", "approver"),
    _given(rejections, "rejection"),
)

REJECTED_CHANGES: Final = metric(
    "rejected-changes",
    "Changes ever rejected",
    "share",
    ("alias", "tier"),
    observations(
        at=_proposal.opened_at,
        position=_proposal.opened_position,
        number=_proposal.number,
        alias=_proposal.alias,
        tier=_proposal.tier,
        what=_proposal.effect,
        value=one_if(exists().where(_rejection.proposal == _proposal.id)),
    ),
)

APPROVER_WORKLOAD: Final = metric(
    "approver-workload",
    "Approvals and rejections given",
    "count",
    ("alias", "tier", "role", "approver"),
    union_all(_given(approvals, "approval"), _given(rejections, "rejection")),
)

APPROVALS_WAITING: Final = metric(
    "approvals-waiting",
    "Approvals waiting",
    "state",
    ("alias", "tier", "role", "approver"),
    observations(
        at=_waiting.since,
        position=_proposal.position,
        number=_waiting.number,
        alias=_waiting.alias,
        tier=_proposal.tier,
        role=_waiting.role,
        approver=_waiting.person,
    ).join_from(pending_approvals, proposals, _proposal.number == _waiting.number),
)

CONSENT: Final[tuple[Metric, ...]] = (
    *(APPROVAL_LATENCY, REQUIREMENT_LATENCY, APPROVER_LATENCY),
    *(REJECTIONS, REJECTED_CHANGES, APPROVER_WORKLOAD, APPROVALS_WAITING),
)
"""The metrics of this file, in the order they are told."""
