"""What the gate's short way reads is what a fresh assessment would say.

The views keep each open proposal's assessment until an entry that affects it comes or
``valid_until`` passes. If anything else could change an answer, the gate would be wrong;
and so would the inbox be, whose rows are kept beside it.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import select

from ledger.decide.cases import assess_proposal
from ledger.model.terms import parse_instant
from ledger.policy.assessment import assessment_json
from projections.judgements import judgement
from projections.proposals import proposals
from projections.runner import Views
from projections.tables import Values
from projections.waiting import notice_rows, notices, pending_approvals, pending_rows
from tests.organisation import Organisation
from tests.projections.histories import SEEDS, Step, fill, lived, organisation_after, steps


@settings(max_examples=settings().max_examples // 2)
@given(things=steps(24))
def test_what_is_kept_is_what_would_be_said_now(things: list[Step]) -> None:
    org = organisation_after(things)
    assert_fresh(org)


@pytest.mark.parametrize(
    "seed", [SEEDS[0], *(pytest.param(seed, marks=pytest.mark.slow) for seed in SEEDS[1:])]
)
def test_after_a_long_history_what_is_kept_is_still_true(seed: int) -> None:
    org = lived(seed)
    assert assert_fresh(org, every=35) > 3, "the history left too little open to prove anything"
    assert org.standing.head.policy > 2, "hardly another policy was ever in force"


def test_long_histories_meet_what_policies_block_and_whom_they_tell() -> None:
    blocks: set[str] = set()
    told = 0
    for seed in SEEDS:
        with Views() as views:
            fill(views, lived(seed), 5000)
            with views.reading() as connection:
                told += len(connection.execute(select(notices)).all())
                for (found,) in connection.execute(select(proposals.c.blocks)):
                    blocks |= set(json.loads(found))
    assert blocks >= {"base-moved", "environment-before", "mutation-not-allowed", "duty"}
    assert told > 0


def assert_fresh(org: Organisation, *, every: int | None = None) -> int:
    """Compare what is kept with a new answer, at the end or *every* so many entries.

    Returns how many open proposals were compared at the end.
    """
    compared, size = 0, len(org.envelopes)
    with Views() as views:
        for end in (*range(every or size, size, every or size), size):
            fill(views, org, 7, end=end)
            compared = compare_with_fresh(views)
    return compared


def compare_with_fresh(views: Views) -> int:
    """Compare what is kept of every open proposal with a new answer; how many there were."""
    compared, standing = 0, views.standing()
    kept: dict[str, list[Values]] = {}
    with views.reading() as connection:
        rows = connection.execute(select(proposals).where(proposals.c.closed.is_(None))).all()
        for table in (pending_approvals, notices):
            ordered = select(table).order_by(*table.primary_key)
            kept[table.name] = [dict(row) for row in connection.execute(ordered).mappings()]
    for row in rows:
        state = standing.proposal(row.id)
        assert state is not None
        latest = standing.head.time
        until = latest + 1 if row.valid_until is None else parse_instant(row.valid_until)
        at = min(latest, until - 1)
        fresh = assess_proposal(standing, state, at)
        assert timeless(json.loads(row.assessment)) == timeless(assessment_json(fresh))
        now = judgement(standing, state, at)
        assert of(state.id, kept["pending_approvals"]) == list(pending_rows(now))
        assert of(state.id, kept["notices"]) == list(notice_rows(now))
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
