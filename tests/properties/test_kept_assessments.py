"""What the gate's short way reads is what a fresh assessment would say.

The views keep each open proposal's assessment until an entry that affects it comes or
``valid_until`` passes. If anything else could change an answer, the gate would be wrong;
and so would the inbox be, whose rows are kept beside it.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import select

from ledger.decide.cases import assess_proposal, case_of
from ledger.model.terms import parse_instant
from ledger.policy.assessment import assessment_json
from projections.proposals import proposals
from projections.runner import Views
from projections.tables import Values
from projections.waiting import notice_rows, notices, pending_approvals, pending_rows
from tests.organisation import Organisation
from tests.projections.histories import Step, fill, organisation_after, steps
from tests.properties.test_views_rebuild import long_history


@given(things=steps(40))
def test_what_is_kept_is_what_would_be_said_now(things: list[Step]) -> None:
    org = organisation_after(things)
    assert_fresh(org)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_a_long_history_what_is_kept_is_still_true(seed: int) -> None:
    org = organisation_after(long_history(seed, 500))
    assert assert_fresh(org) > 3, "the history left too little open to prove anything"
    assert org.standing.head.policy > 2, "hardly another policy was ever in force"


def test_long_histories_meet_what_policies_block_and_whom_they_tell() -> None:
    blocks: set[str] = set()
    told = 0
    for seed in (1, 2, 3):
        with Views() as views:
            fill(views, organisation_after(long_history(seed, 500)), 5000)
            with views.reading() as connection:
                told += len(connection.execute(select(notices)).all())
                for (found,) in connection.execute(select(proposals.c.blocks)):
                    blocks |= set(json.loads(found))
    assert blocks >= {"base-moved", "environment-before", "mutation-not-allowed", "duty"}
    assert told > 0


def assert_fresh(org: Organisation) -> int:
    """Compare what is kept of every open proposal with a new answer; how many there were."""
    compared = 0
    kept: dict[str, list[Values]] = {}
    with Views() as views:
        fill(views, org, 7)
        with views.reading() as connection:
            rows = connection.execute(select(proposals).where(proposals.c.closed.is_(None))).all()
            for table in (pending_approvals, notices):
                ordered = select(table).order_by(*table.primary_key)
                kept[table.name] = [dict(row) for row in connection.execute(ordered).mappings()]
    for row in rows:
        state = org.standing.proposal(row.id)
        assert state is not None
        latest = org.standing.head.time
        until = latest + 1 if row.valid_until is None else parse_instant(row.valid_until)
        fresh = assess_proposal(org.standing, state, min(latest, until - 1))
        assert timeless(json.loads(row.assessment)) == timeless(assessment_json(fresh))
        case = case_of(org.standing, state)
        asked = pending_rows(org.standing.policy(), state, case, fresh)
        assert of(state.id, kept["pending_approvals"]) == list(asked)
        assert of(state.id, kept["notices"]) == list(notice_rows(state, case, fresh))
        compared += 1
    return compared


def of(proposal: str, rows: list[Values]) -> list[Values]:
    return [row for row in rows if row["proposal"] == proposal]


def timeless(assessment: dict[str, Any]) -> dict[str, Any]:
    """*assessment* without what says when it was made, ages in words included."""
    body = json.loads(json.dumps(assessment))
    for requirement in body["requirements"]:
        requirement["missing"] = [text.split(": expired")[0] for text in requirement["missing"]]
    return {key: value for key, value in body.items() if key not in ("at", "position")}
