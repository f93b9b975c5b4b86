"""From a batch of entries to the rows of the proposals they touch.

Each proposal is assessed once, at the time of the last entry that touched it, so that the
size of a batch never shows. A closed one is judged as it was when it was closed: that is
what was decided upon. What a release under an exception is given later counts as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, update

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.events import ApprovalGranted
from ledger.policy.assessment import Assessment
from projections.affected import affected
from projections.evidence import (
    approvals,
    evidence,
    evidence_metrics,
    evidence_rows,
    granted_row,
    metric_rows,
)
from projections.judgements import Judgement, judgement
from projections.proposals import (
    proposal_row,
    proposals,
    requirement_rows,
    requirements,
)
from projections.tables import Values, many, put
from projections.waiting import notice_rows, notices, pending_approvals, pending_rows


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the rows of all proposals that *judged* entries touch. Aliases come before."""
    touched = affected(connection, judged, standing)
    judgements = _judge(standing, touched)
    put(
        connection,
        proposals,
        [proposal_row(one, touched[name].position) for name, one in judgements.items()],
    )
    _replace_needs(connection, judgements)
    _write_approvals(connection, judged, standing, judgements)
    documents = [
        row
        for one in judgements.values()
        for row in evidence_rows(one.state, one.policy, _counted(one))
    ]
    put(connection, evidence, documents)
    first = judged[0].position
    put(
        connection,
        evidence_metrics,
        [
            row
            for one in judgements.values()
            for document in one.state.documents
            if document.position >= first
            for row in metric_rows(document)
        ],
    )


def _counted(one: Judgement) -> frozenset[int]:
    return frozenset(
        document.position for found in _said(one) for document in found.binding.evidence
    )


def _said(one: Judgement) -> tuple[Assessment, ...]:
    """What is said of *one*, and since its release was started under an exception."""
    return (one.assessment,) if one.since is None else (one.assessment, one.since.assessment)


def _judge(standing: Standing, touched: Mapping[str, Judged]) -> dict[str, Judgement]:
    states = {name: standing.proposal(name) for name in touched}
    return {
        name: judgement(standing, state, touched[name].at)
        for name, state in states.items()
        if state is not None
    }


def _replace_needs(connection: Connection, judgements: dict[str, Judgement]) -> None:
    """Replace what is needed of each proposal: the number of its rows changes as well."""
    names = [{"wanted": name} for name in judgements]
    wanted: BindParameter[str] = bindparam("wanted")
    for table in (requirements, pending_approvals, notices):
        many(connection, delete(table).where(table.c.proposal == wanted), names)
    put(
        connection,
        requirements,
        [row for one in judgements.values() for row in requirement_rows(one.assessment, one.until)],
    )
    pending = [row for one in judgements.values() for row in pending_rows(one)]
    put(connection, pending_approvals, pending)
    put(connection, notices, [row for one in judgements.values() for row in notice_rows(one)])


def _write_approvals(
    connection: Connection,
    judged: Sequence[Judged],
    standing: Standing,
    judgements: dict[str, Judgement],
) -> None:
    """Write those given in this batch, then say of each which is held and which counts."""
    granted: list[Values] = []
    for one in judged:
        if one.entry is None or not one.admitted:
            continue
        event = one.entry.event
        state = standing.proposal(event.proposal) if isinstance(event, ApprovalGranted) else None
        if isinstance(event, ApprovalGranted) and state is not None:
            by = one.entry.by.signer
            granted.append(granted_row(state, event, position=one.position, by=by, at=one.at))
    put(connection, approvals, granted)
    wanted: BindParameter[Any] = bindparam("wanted")
    nothing = update(approvals).where(approvals.c.proposal == wanted)
    names = [{"wanted": name, "held": False, "counts": False} for name in judgements]
    values: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in ("held", "counts")}
    many(connection, nothing.values(values), names)
    held = update(approvals).where(approvals.c.position == wanted).values(values)
    many(connection, held, [row for one in judgements.values() for row in _held(one)])


def _held(one: Judgement) -> list[Values]:
    counting = {approval.position for found in _said(one) for approval in found.approvals}
    return [
        {"wanted": approval.position, "held": True, "counts": approval.position in counting}
        for approval in one.state.approvals
    ]
