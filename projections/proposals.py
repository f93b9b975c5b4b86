"""What is asked for and what it still needs.

Tables ``proposals`` and ``requirements`` (the status of each).
"""

import json
from collections.abc import Iterator

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, Table, Text, select

from ledger.decide.states import ProposalState
from ledger.model.effects import ReleaseEffect
from ledger.policy.assessment import Assessment, assessment_json
from projections.tables import METADATA, Values, instant, listed
from projections.texts import stack_text

proposals = Table(
    "proposals",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("alias", Text),
    Column("model", Text),
    Column("effect", Text, nullable=False),
    Column("opener", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opened_position", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("revised_at", Text, nullable=False),
    Column("base", Integer),
    Column("policy", Integer, nullable=False),
    Column("summary", Text, nullable=False),
    Column("stack_digest", Text),
    Column("stack", Text),
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
    Index("proposals_by_model", "model", "closed"),
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


def proposal_row(state: ProposalState, assessment: Assessment, position: int) -> Values:
    """The row of a proposal; *position* is that of the last entry that touched it."""
    effect = state.effect
    asked = effect if isinstance(effect, ReleaseEffect) else None
    return {
        "id": state.id,
        "number": state.number,
        "alias": effect.alias,
        "model": None if effect.alias is None else model_of(effect.alias),
        "effect": effect.effect,
        "opener": state.opener,
        "opened_at": instant(state.opened_at),
        "opened_position": state.opened_position,
        "revision": state.revision,
        "revised_at": instant(state.revised_at),
        "base": state.base,
        "policy": assessment.policy,
        "summary": effect.summary,
        "stack_digest": None if asked is None else asked.stack.digest,
        "stack": None if asked is None else stack_text(asked.stack),
        "risk": None if asked is None else asked.risk,
        "tier": assessment.tier,
        "verdict": assessment.verdict,
        "blocks": listed(block.code for block in assessment.blocks),
        "parties": listed(assessment.parties),
        "review_digest": assessment.review_digest,
        "closed": state.closed,
        "closed_at": instant(None if state.closure is None else state.closure.at),
        "closed_position": state.closed_position,
        "ready_at": instant(assessment.ready_at),
        "valid_until": until_of(assessment),
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
            "valid_until": until_of(assessment),
        }


def model_of(alias: str) -> str:
    """The model of *alias*: its name before the slash."""
    return alias.partition("/")[0]


def until_of(assessment: Assessment) -> str | None:
    """When time alone may change what is stored of *assessment*; ``None`` for never."""
    return None if assessment.verdict == "closed" else instant(assessment.until)


def proposal_by_id(connection: Connection, proposal: str) -> Row[tuple[object, ...]] | None:
    """The row of one proposal, as it was when an entry last touched it."""
    return connection.execute(select(proposals).where(proposals.c.id == proposal)).first()


def requirement_list(connection: Connection, proposal: str) -> list[Row[tuple[object, ...]]]:
    """The requirements of one proposal in the order of the policy, as of that same moment."""
    wanted = select(requirements).where(requirements.c.proposal == proposal)
    return list(connection.execute(wanted.order_by(requirements.c.rank)).all())
