"""From a batch of entries to the rows of the proposals they touch.

Each proposal is assessed once, at the time of the last entry that touched it, so that the
size of a batch never shows. A closed one is judged against the stable stack of its base,
under the policy, after the releases and at the moment of its closing: that is what was
decided upon.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from ledger.decide.cases import case_of
from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.states import ProposalState
from ledger.model.events import ApprovalGranted
from ledger.model.terms import parse_instant
from ledger.policy.assess import assess
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case, Stable
from ledger.policy.document import Policy
from projections.affected import Affected, affected
from projections.aliases import alias_history
from projections.evidence import (
    approvals,
    evidence,
    evidence_metrics,
    evidence_rows,
    granted_row,
    metric_rows,
)
from projections.proposals import (
    model_of,
    proposal_row,
    proposals,
    requirement_rows,
    requirements,
)
from projections.tables import Values, chunks, many, put
from projections.texts import metrics_of, stack_of
from projections.waiting import notice_rows, notices, pending_approvals, pending_rows


@dataclass(frozen=True, slots=True)
class Judgement:
    """A proposal with what the policy says of it, and what that rests on."""

    state: ProposalState
    policy: Policy
    case: Case
    assessment: Assessment
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Before:
    """What had been released when a proposal was closed.

    The stack it was compared with, and the environments that its own stack had passed.
    """

    stable: Stable | None
    completed: tuple[str, ...]


def judge_open(standing: Standing, state: ProposalState, at: int) -> Judgement:
    """Judge an open proposal at *at*."""
    policy, case = standing.policy(), case_of(standing, state)
    return Judgement(state, policy, case, assess(policy, case, at), None)


def judge_closed(
    standing: Standing, state: ProposalState, closed_at: int, before: Before
) -> Judgement:
    """Judge a closed proposal as it was closed, after what had been released *before*."""
    policy = standing.policy(state.closed_policy)
    case = case_of(standing, state, people=False)
    case = replace(case, stable=before.stable, completed=before.completed, candidate=None)
    return Judgement(state, policy, case, assess(policy, case, closed_at), closed_at)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write the rows of all proposals that *judged* entries touch. Aliases come before."""
    found = affected(connection, judged, standing)
    judgements = _judge(connection, standing, found)
    put(
        connection,
        proposals,
        [
            proposal_row(one.state, one.assessment, one.closed_at, found.last[name].position)
            for name, one in judgements.items()
        ],
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
    return frozenset(document.position for document in one.assessment.binding.evidence)


def _judge(connection: Connection, standing: Standing, found: Affected) -> dict[str, Judgement]:
    states = {name: standing.proposal(name) for name in found.last}
    known = {name: state for name, state in states.items() if state is not None}
    closed = [state for state in known.values() if state.closed is not None]
    times = _closing_times(connection, closed, found)
    before = _before(connection, standing, closed)
    return {
        name: judge_open(standing, state, found.last[name].at)
        if state.closed is None
        else judge_closed(standing, state, times[name], before[name])
        for name, state in known.items()
    }


def _closing_times(
    connection: Connection, closed: Sequence[ProposalState], found: Affected
) -> dict[str, int]:
    times = {name: one.at for name, one in found.closed.items()}
    for names in chunks(state.id for state in closed if state.id not in times):
        earlier = select(proposals.c.id, proposals.c.closed_at).where(proposals.c.id.in_(names))
        for name, at in connection.execute(earlier):
            times[name] = parse_instant(at)
    return times


def _before(
    connection: Connection, standing: Standing, closed: Sequence[ProposalState]
) -> dict[str, Before]:
    """What had been released when each of the *closed* proposals was closed."""
    stables = _stables(connection, closed)
    ordered = [s for s in closed if standing.policy(s.closed_policy).environments is not None]
    completed = _completed(connection, ordered)
    return {
        state.id: Before(stables.get(state.base), completed.get(state.id, ())) for state in closed
    }


def _completed(
    connection: Connection, closed: Sequence[ProposalState]
) -> dict[str, tuple[str, ...]]:
    """The environments in which the stacks of *closed* proposals were completed before."""
    known: dict[str, list[tuple[str, int]]] = {}
    for digests in chunks({state.stack_digest for state in closed if state.stack_digest}):
        history = alias_history.c
        wanted = select(history.stack_digest, history.alias, history.valid_from_position).where(
            history.stack_digest.in_(digests)
        )
        for digest, alias, position in connection.execute(wanted):
            known.setdefault(digest, []).append((alias, position))
    return {
        state.id: _environments(state, known.get(state.stack_digest or "", ())) for state in closed
    }


def _environments(state: ProposalState, completed: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """The environments of the model of *state* among what was *completed* before it was closed."""
    model, end = model_of(state.effect.alias or ""), state.closed_position or 0
    return tuple(
        sorted(
            {
                alias.partition("/")[2]
                for alias, at in completed
                if model_of(alias) == model and at < end
            }
        )
    )


def _stables(connection: Connection, closed: Sequence[ProposalState]) -> dict[int | None, Stable]:
    """The stacks that became stable at the bases of *closed* proposals, by position."""
    found: dict[int | None, Stable] = {}
    for bases in chunks({state.base for state in closed if state.base is not None}):
        history = alias_history.c
        wanted = select(history.valid_from_position, history.stack, history.metrics).where(
            history.valid_from_position.in_(bases)
        )
        for position, stack, metrics in connection.execute(wanted):
            found[position] = Stable(stack_of(stack), metrics_of(metrics), position)
    return found


def _replace_needs(connection: Connection, judgements: dict[str, Judgement]) -> None:
    """Replace what is needed of each proposal: the number of its rows changes as well."""
    names = [{"wanted": name} for name in judgements]
    wanted: BindParameter[str] = bindparam("wanted")
    for table in (requirements, pending_approvals, notices):
        many(connection, delete(table).where(table.c.proposal == wanted), names)
    put(
        connection,
        requirements,
        [row for one in judgements.values() for row in requirement_rows(one.assessment)],
    )
    pending: list[Values] = [
        row
        for one in judgements.values()
        for row in pending_rows(one.policy, one.state, one.case, one.assessment)
    ]
    put(connection, pending_approvals, pending)
    told: list[Values] = [
        row
        for one in judgements.values()
        for row in notice_rows(one.state, one.case, one.assessment)
    ]
    put(connection, notices, told)


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
    counting = {approval.position for approval in one.assessment.approvals}
    return [
        {"wanted": approval.position, "held": True, "counts": approval.position in counting}
        for approval in one.state.approvals
    ]
