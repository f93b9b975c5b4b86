"""What the gate's short way reads is what a fresh assessment would say.

The views keep each open proposal's assessment until an entry that affects it comes or
``valid_until`` passes. If anything else could change an answer, the gate would be wrong.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import select

from ledger.decide.cases import assess_proposal
from ledger.model.terms import parse_instant
from ledger.policy.assessment import assessment_json
from projections.proposals import proposals
from projections.runner import Views
from tests.organisation import Organisation
from tests.projections.histories import Step, fill, organisation_after, steps
from tests.properties.test_views_rebuild import long_history


@given(things=steps(40))
def test_what_is_kept_is_what_would_be_said_now(things: list[Step]) -> None:
    org = organisation_after(things)
    assert_fresh(org)


@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_long_history_what_is_kept_is_still_true(seed: int) -> None:
    org = organisation_after(long_history(seed, 300))
    assert assert_fresh(org) > 3, "the history left too little open to prove anything"


def assert_fresh(org: Organisation) -> int:
    """Compare every open proposal's kept assessment with a new one; how many there were."""
    compared = 0
    with Views() as views:
        fill(views, org, 7)
        with views.reading() as connection:
            rows = connection.execute(select(proposals).where(proposals.c.closed.is_(None))).all()
    for row in rows:
        state = org.standing.proposal(row.id)
        assert state is not None
        latest = org.standing.head.time
        until = latest + 1 if row.valid_until is None else parse_instant(row.valid_until)
        fresh = assess_proposal(org.standing, state, min(latest, until - 1))
        assert timeless(json.loads(row.assessment)) == timeless(assessment_json(fresh))
        compared += 1
    return compared


def timeless(assessment: dict[str, Any]) -> dict[str, Any]:
    """*assessment* without what says when it was made, ages in words included."""
    body = json.loads(json.dumps(assessment))
    for requirement in body["requirements"]:
        requirement["missing"] = [text.split(": expired")[0] for text in requirement["missing"]]
    return {key: value for key, value in body.items() if key not in ("at", "position")}
