"""What is asked for and what it still needs.

Tables ``proposals`` and ``requirements`` (the status of each).
"""

import json
import re
from collections.abc import Iterator

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, Table, Text, select

from ledger.errors import BadInput
from ledger.model.effects import ExceptionEffect, ReleaseEffect
from ledger.policy.assessment import Assessment, assessment_json
from projections.judgements import Judgement
from projections.lineage import lineage_gaps
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
    Column("signer", Text),
    Column("release", Text),
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
    Column("owner", Text),
    Column("on_call", Text),
    Column("rollback_owner", Text),
    Column("tier", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("blocks", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("review_digest", Text, nullable=False),
    Column("closed", Text),
    Column("closed_at", Text),
    Column("closed_position", Integer),
    Column("unsupported_position", Integer),
    Column("owed_until", Text),
    Column("ready_at", Text),
    Column("met_at", Text),
    Column("lineage_gaps", Text),
    Column("valid_until", Text),
    Column("assessment", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Index("proposals_by_alias", "alias", "closed", "number"),
    Index("proposals_by_model", "model", "closed"),
    Index("proposals_by_state", "closed", "number"),
    Index("proposals_by_stack", "stack_digest", "alias"),
    Index("proposals_by_end", "valid_until"),
    Index("proposals_by_release", "release"),
    Index("proposals_owing", "owed_until"),
    Index("proposals_by_opening", "opened_at"),
    Index("proposals_by_readiness", "met_at"),
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
    Column("waived_by", Integer),
    Column("met_at", Text),
    Column("valid_until", Text),
    Index("requirements_by_number", "number"),
    Index("requirements_by_time", "met_at"),
)


_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})\Z")
_PREFIX = re.compile(r"[0-9a-f][0-9a-f-]{3,35}\Z")


def proposal_row(one: Judgement, position: int) -> Values:
    """The row of a proposal; *position* is that of the last entry that touched it.

    Of a closed one it is that of the last entry about it.
    """
    state, assessment, effect = one.state, one.assessment, one.state.effect
    asked = effect if isinstance(effect, ReleaseEffect) else None
    owing = one.owing
    if state.closure is not None:
        position = max(state.said_position, state.closure.position)
    return {
        "id": state.id,
        "number": state.number,
        "alias": effect.alias,
        "model": None if effect.alias is None else model_of(effect.alias),
        "effect": effect.effect,
        "signer": getattr(effect, "signer", None),
        "release": effect.release if isinstance(effect, ExceptionEffect) else None,
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
        "owner": None if asked is None else asked.owner,
        "on_call": None if asked is None else asked.on_call,
        "rollback_owner": None if asked is None else asked.rollback.owner,
        "tier": assessment.tier,
        "verdict": assessment.verdict,
        "blocks": listed(block.code for block in assessment.blocks),
        "parties": listed(assessment.parties),
        "review_digest": assessment.review_digest,
        "closed": state.closed,
        "closed_at": instant(None if state.closure is None else state.closure.at),
        "closed_position": state.closed_position,
        "unsupported_position": None if state.closure is None else state.closure.lost_at,
        "owed_until": None if owing is None else instant(owing.owed_until),
        "ready_at": instant(assessment.ready_at),
        "met_at": instant(assessment.met_at),
        "lineage_gaps": None if asked is None else listed(lineage_gaps(asked.stack, one)),
        "valid_until": one.until,
        "assessment": json.dumps(
            {**assessment_json(assessment), "position": position}, ensure_ascii=False
        ),
        "position": position,
    }


def requirement_rows(assessment: Assessment, until: str | None) -> Iterator[Values]:
    """One row for each requirement of the policy that judged, in its order; valid *until* then."""
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
            "waived_by": None if one.waived_by is None else one.waived_by.number,
            "met_at": instant(assessment.met.get(one.id)),
            "valid_until": until,
        }


def model_of(alias: str) -> str:
    """The model of *alias*: its name before the slash."""
    return alias.partition("/")[0]


def proposal_by_id(connection: Connection, proposal: str) -> Row[tuple[object, ...]] | None:
    """The row of one proposal, as it was when an entry last touched it."""
    return connection.execute(select(proposals).where(proposals.c.id == proposal)).first()


def find_proposal(connection: Connection, text: str) -> str:
    """The id of the proposal meant by *text*: ``12``, ``#12``, or four or more of its id.

    Raises :class:`BadInput` (``unknown-proposal``, ``ambiguous-proposal``).
    """
    column = proposals.c
    number = _NUMBER.match(text)
    if number is not None:
        wanted = select(column.id).where(column.number == int(number[1]))
        found = connection.scalar(wanted)
        if found is not None:
            return str(found)
    if _PREFIX.match(text) is None:
        raise _unknown(text)
    ids = connection.scalars(select(column.id).where(column.id.startswith(text)).limit(2)).all()
    if not ids:
        raise _unknown(text)
    if len(ids) > 1:
        raise BadInput(
            "ambiguous-proposal",
            f"more than one proposal begins with {text}",
            hint="write more of the id, or the number",
        )
    return str(ids[0])


def _unknown(text: str) -> BadInput:
    return BadInput(
        "unknown-proposal",
        f"there is no proposal {text}",
        hint="write its number, or at least four characters of its id; assent proposal list",
    )


def newest_open(connection: Connection, alias: str, stack_digest: str) -> str | None:
    """The id of the newest open proposal to bring that stack to *alias*."""
    column = proposals.c
    wanted = select(column.id).where(
        column.alias == alias, column.stack_digest == stack_digest, column.closed.is_(None)
    )
    found = connection.scalar(wanted.order_by(column.number.desc()).limit(1))
    return None if found is None else str(found)


def requirement_list(connection: Connection, proposal: str) -> list[Row[tuple[object, ...]]]:
    """The requirements of one proposal in the order of the policy, as of that same moment."""
    wanted = select(requirements).where(requirements.c.proposal == proposal)
    return list(connection.execute(wanted.order_by(requirements.c.rank)).all())


def owing_list(connection: Connection) -> list[Row[tuple[object, ...]]]:
    """The proposals whose release owes, being started under an exception, by when that ends.

    ``owed_until`` is that time: past it, nothing else starts on the alias.
    """
    wanted = select(proposals).where(proposals.c.owed_until.is_not(None))
    return list(
        connection.execute(wanted.order_by(proposals.c.owed_until, proposals.c.number)).all()
    )
