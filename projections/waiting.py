"""Who is asked and who is told.

Tables ``pending_approvals`` (one row for each role and person who could give an approval
that is still missing) and ``notices`` (one for each who is told, and need not answer).
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from ledger.policy.assess import bind
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.document import Policy
from ledger.policy.requirements import Findings, could_approve
from projections.judgements import Judgement
from projections.tables import METADATA, Values, instant, listed, numbers_text


def _table(name: str, *more: Column[str]) -> Table:
    return Table(
        name,
        METADATA,
        Column("proposal", Text, primary_key=True),
        Column("role", Text, primary_key=True),
        Column("person", Text, primary_key=True),
        Column("number", Integer, nullable=False),
        Column("alias", Text),
        Column("requirements", Text, nullable=False),
        Column("since", Text, nullable=False),
        Column("valid_until", Text),
        *more,
        Index(f"{name}_by_person", "person", "role", "number"),
    )


pending_approvals = _table(
    "pending_approvals", Column("under_exception", Text), Column("owed_until", Text)
)
notices = _table("notices")

IN_VAIN: Final = (
    "base-moved",
    "policy-moved",
    "policy-unsupported",
    "disowned",
    "duty",
    "prohibited-permission",
    "mutation-not-allowed",
    "unknown-environment",
)
"""Blocks that only a revision lifts, or nothing does: no approval outlives them."""

Wanted = dict[tuple[str, str], list[str]]
"""Roles and people, each pair with the requirements it is about."""


def pending_rows(one: Judgement) -> Iterator[Values]:
    """One row for each role that is still asked for and each person who could act in it.

    Empty where an approval would be refused or in vain: closed, expired, or blocked by what
    takes a revision to mend. Whom a duty bars from all that the role is asked for could not.
    A closed one whose release owes for an exception is asked about as its own start was.
    """
    since = one.owing
    case, assessment = (
        (one.case, one.assessment) if since is None else (since.case, since.assessment)
    )
    marks = {
        "under_exception": None if since is None else numbers_text(since.exceptions),
        "owed_until": None if since is None else instant(since.owed_until),
    }
    vain = any(block.code in IN_VAIN for block in assessment.blocks)
    unmet = [need for need in assessment.requirements if not need.is_consented]
    over = since is None and assessment.verdict in ("closed", "expired")
    if vain or over or not unmet:
        return
    found = _findings(one.policy, case, assessment)
    wanted: Wanted = {}
    for need in unmet:
        for quorum in (*need.approvals, *need.stand_in):
            for person in could_approve((quorum,), found, need.id):
                wanted.setdefault((quorum.role, person), []).append(need.id)
    yield from ({**row, **marks} for row in _rows(wanted, one))


def notice_rows(one: Judgement) -> Iterator[Values]:
    """One row for each role that an applying requirement wants told and each who holds it.

    Nobody is told of what they have a hand in, nor of what is closed.
    """
    wanted: Wanted = {}
    if one.assessment.verdict != "closed":
        for need in one.assessment.requirements:
            for role in need.notify if need.status != "not-applicable" else ():
                for person, roles in one.case.people.items():
                    if role in roles and person not in one.case.parties:
                        wanted.setdefault((role, person), []).append(need.id)
    return _rows(wanted, one)


def _findings(policy: Policy, case: Case, assessment: Assessment) -> Findings:
    """What an assessment knew about *case*, as far as the question who could approve needs it."""
    bound = bind(policy, case)
    return Findings(
        policy=policy,
        case=case,
        facts=bound.facts,
        newest=bound.newest,
        counted=bound.counted,
        current={},
        approvals=bound.approvals,
        automatic=False,
        at=assessment.at,
    )


def _rows(wanted: Wanted, one: Judgement) -> Iterator[Values]:
    state = one.state
    for (role, person), requirements in sorted(wanted.items()):
        yield {
            "proposal": state.id,
            "role": role,
            "person": person,
            "number": state.number,
            "alias": state.effect.alias,
            "requirements": listed(requirements),
            "since": instant(state.revised_at),
            "valid_until": one.until,
        }
