"""What is asked for and what it still needs.

Tables ``proposals``, ``requirements`` (the status of each) and ``pending_approvals`` (one
row for each role and person who could give it: the inbox).
"""

import json
from collections.abc import Iterator

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from ledger.decide.states import ProposalState
from ledger.policy.assessment import Assessment, RequirementStatus, assessment_json
from ledger.policy.case import Case
from projections.tables import METADATA, Values, instant, listed
from projections.texts import stack_text

proposals = Table(
    "proposals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("alias", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("opener", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opened_position", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("revised_at", Text, nullable=False),
    Column("base", Integer),
    Column("policy", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("stack_digest", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("risk", Text),
    Column("tier", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("blocks", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("review_digest", Text, nullable=False),
    Column("closed", Text),
    Column("closed_at", Text),
    Column("closed_position", Integer),
    Column("ready_at", Text),
    Column("valid_until", Text),
    Column("assessment", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Index("proposals_by_alias", "alias", "closed", "number"),
    Index("proposals_by_state", "closed", "number"),
    Index("proposals_by_stack", "stack_digest", "alias"),
    Index("proposals_by_end", "valid_until"),
)

requirements = Table(
    "requirements",
    METADATA,
    Column("proposal", Text, primary_key=True),
    Column("requirement", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("hard", Boolean, nullable=False),
    Column("valid_until", Text),
    Index("requirements_by_number", "number"),
)

pending_approvals = Table(
    "pending_approvals",
    METADATA,
    Column("proposal", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("requirements", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("valid_until", Text),
    Index("pending_approvals_by_person", "person", "role", "number"),
)


def proposal_row(
    state: ProposalState, assessment: Assessment, closed_at: int | None, position: int
) -> Values:
    """The row of a proposal; *position* is that of the last entry that touched it."""
    effect = state.effect
    return {
        "id": state.id,
        "number": state.number,
        "alias": effect.alias,
        "effect": effect.effect,
        "opener": state.opener,
        "opened_at": instant(state.opened_at),
        "opened_position": state.opened_position,
        "revision": state.revision,
        "revised_at": instant(state.revised_at),
        "base": state.base,
        "policy": assessment.policy,
        "summary": effect.summary,
        "stack_digest": effect.stack.digest,
        "stack": stack_text(effect.stack),
        "risk": effect.risk,
        "tier": assessment.tier,
        "verdict": assessment.verdict,
        "blocks": listed(block.code for block in assessment.blocks),
        "parties": listed(assessment.parties),
        "review_digest": assessment.review_digest,
        "closed": state.closed,
        "closed_at": instant(closed_at),
        "closed_position": state.closed_position,
        "ready_at": instant(assessment.ready_at),
        "valid_until": _until(assessment),
        "assessment": json.dumps(
            {**assessment_json(assessment), "position": position}, ensure_ascii=False
        ),
        "position": position,
    }


def requirement_rows(assessment: Assessment) -> Iterator[Values]:
    """One row for each requirement of the policy that judged, in its order."""
    for rank, one in enumerate(assessment.requirements):
        yield {
            "proposal": assessment.proposal_id,
            "requirement": one.id,
            "number": assessment.proposal,
            "rank": rank,
            "status": one.status,
            "because": one.because,
            "missing": "; ".join(one.missing),
            "hard": one.hard,
            "valid_until": _until(assessment),
        }


def pending_rows(state: ProposalState, case: Case, assessment: Assessment) -> Iterator[Values]:
    """One row for each role that is still asked for and each person who could act in it.

    Empty where no approval would be taken: closed, expired, or the alias has moved on.
    """
    if assessment.verdict in ("closed", "expired") or any(
        block.code == "base-moved" for block in assessment.blocks
    ):
        return
    spent = {(one.signer, one.role) for one in assessment.approvals}
    busy = {one.signer for one in assessment.approvals} if assessment.distinct_people else set()
    for role, wanting in _open_roles(assessment.requirements).items():
        for person, roles in sorted(case.people.items()):
            able = role in roles and person not in case.parties and person not in busy
            if able and (person, role) not in spent:
                yield {
                    "proposal": state.id,
                    "role": role,
                    "person": person,
                    "number": state.number,
                    "alias": state.effect.alias,
                    "requirements": listed(wanting),
                    "since": instant(state.revised_at),
                    "valid_until": _until(assessment),
                }


def _open_roles(statuses: tuple[RequirementStatus, ...]) -> dict[str, list[str]]:
    """The roles of which approvals are missing, each with the requirements that ask for it."""
    found: dict[str, list[str]] = {}
    for one in statuses:
        for quorum in one.approvals:
            if quorum.open:
                found.setdefault(quorum.role, []).append(one.id)
    return found


def _until(assessment: Assessment) -> str | None:
    return None if assessment.verdict == "closed" else instant(assessment.until)
