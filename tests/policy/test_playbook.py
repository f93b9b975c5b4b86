"""The playbook says of a policy what it asks of whom, tier by tier."""

import json

import pytest

from ledger.errors import Uncheckable
from ledger.policy.analysis import playbook as playbook_module
from ledger.policy.analysis.playbook import most_approvals, playbook, playbook_json
from ledger.policy.document import Policy, RoleCount
from ledger.policy.reading import read_policy
from ledger.policy.starting import SMALL, STANDARD
from tests.organisation import POLICY
from tests.policies import ENVIRONMENTS, EXCEPTIONAL, STAGED, STEWARDSHIP

OVERRIDES = """
[overrides]
set = ["release-owner", "auditor"]
lift = { model-owner = 1, data-owner = 1 }
"""


def read(text: str) -> Policy:
    return read_policy(text, file="policy.toml")


def test_each_tier_lists_what_it_always_and_what_it_sometimes_asks_for() -> None:
    high, medium, low = playbook(read(STANDARD)).tiers
    assert [one.tier for one in (high, medium, low)] == ["high", "medium", "low"]
    assert [need.id for need in high.always] == [
        "model-owner", "permissions", "traffic", "change-record", "evaluation", "high-risk-file",
        "quality",
    ]  # fmt: skip
    assert [need.id for need in high.sometimes] == ["data-lineage", "code", "reproducible"]
    assert "permissions" not in {need.id for need in (*medium.always, *medium.sometimes)}
    assert "high-risk-file" not in {need.id for need in (*low.always, *low.sometimes)}
    assert [rule.id for rule in high.rules] == [
        "new-powers", "people", "new-ground", "nothing-else-fits",
    ]  # fmt: skip
    assert [rule.id for rule in low.rules] == ["small-and-offline"]


def test_a_tier_that_no_release_reaches_is_said_to_be_so() -> None:
    one_rule = '[[tier]]\nis = "high"\nid = "all"\n[[requirement]]'
    start = SMALL.index("[[tier]]")
    end = SMALL.index("[[requirement]]")
    text = SMALL[:start] + one_rule + SMALL[end:].removeprefix("[[requirement]]")
    reached = {one.tier: one.reached for one in playbook(read(text)).tiers}
    assert reached == {"high": True, "medium": False, "low": False}


def test_each_role_lists_all_that_the_policy_gives_it_to_do() -> None:
    roles = {one.role: one for one in playbook(read(STANDARD)).roles}
    security = roles["security-owner"]
    assert [(need.id, need.hard, count) for need, count in security.approves] == [
        ("permissions", True, 1)
    ]
    assert roles["evaluation-owner"].attaches == ("evaluation-report",)
    assert roles["auditor"].told == roles["data-owner"].told == ("evaluation",)
    assert [one.role for one in roles.values() if one.operates] == ["release-owner"]
    assert [one.role for one in roles.values() if one.stewards] == ["steward"]
    assert roles["steward"].stewards == 2
    assert [one.role for one in roles.values() if one.stops] == [
        "security-owner", "release-owner", "on-call", "steward",
    ]  # fmt: skip
    assert {one.role: one.excepts for one in roles.values() if one.excepts} == {
        "security-owner": 1, "release-owner": 1,
    }  # fmt: skip
    assert {one.role: one.lifts for one in roles.values() if one.lifts} == {
        "security-owner": 1, "model-owner": 1,
    }  # fmt: skip


def test_stages_stand_at_their_tiers_and_with_those_who_watch_and_roll_back() -> None:
    page = playbook(read(STAGED))

    assert [one.stages for one in page.tiers] == [
        ("shadow", "guarded", "general"), ("shadow", "guarded", "general"), ("general",),
    ]  # fmt: skip
    assert {one.role: one.observes for one in page.roles if one.observes} == {
        "evaluation-owner": ("shadow", "guarded", "general")
    }
    assert [one.role for one in page.roles if one.rolls_back] == ["release-owner", "on-call"]
    unblocked = playbook(read(POLICY))
    assert [one.role for one in unblocked.roles if one.rolls_back] == ["release-owner"]
    body = playbook_json(page)
    assert json.loads(json.dumps(body))["stages"][1]["share"] == "0.05"
    assert json.loads(json.dumps(body))["rollback"]["within"] == 600
    assert playbook_json(unblocked)["rollback"] is None


def test_nobody_is_asked_to_watch_a_stage_that_asks_for_nothing() -> None:
    page = playbook(read(STAGED.replace("[[stage]]", '[[stage]]\nid = "inside"\n[[stage]]', 1)))

    assert page.tiers[0].stages[0] == "inside"
    assert [one.observes for one in page.roles if one.observes] == [
        ("shadow", "guarded", "general")
    ]


def test_one_approval_counts_for_every_requirement_of_its_role() -> None:
    more = '[[requirement]]\nid = "more"\napprovals = { model-owner = 2, data-owner = 1 }\n'
    policy = read(POLICY + more)
    assert most_approvals(policy.requirements) == (
        RoleCount(role="model-owner", count=2),
        RoleCount(role="data-owner", count=1),
    )
    assert most_approvals(policy.requirements[::-1])[0].count == 2


def test_who_asks_how_long_the_way_back_takes_is_named() -> None:
    assert playbook(read(STANDARD)).timed == ("change-record",)
    assert playbook(read(SMALL)).timed == ()


def test_where_the_conditions_have_too_many_cases_whatever_has_one_may_apply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_many(_: Policy) -> None:
        raise Uncheckable("too-many-cases", "the conditions have too many cases")

    monkeypatch.setattr(playbook_module, "applicability", too_many)
    page = playbook(read(SMALL))
    assert page.applies is None
    for one in page.tiers:
        assert one.reached
        assert [need.id for need in one.always] == ["second-pair-of-eyes", "change-record"]
        assert [need.id for need in one.sometimes] == ["evaluation", "high-risk-file"]


def test_the_form_for_programs_holds_the_whole_policy() -> None:
    body = playbook_json(playbook(read(POLICY + ENVIRONMENTS + STEWARDSHIP)))
    assert json.loads(json.dumps(body)) == body, "only what JSON knows"
    assert (body["schema"], body["number"], body["first_release"]) == ("playbook/1", 1, "high")
    assert body["stewardship"] == {"approvals": [{"role": "auditor", "count": 1}]}
    assert body["environments"] == {
        "order": ["dev", "staging", "production"],
        "automatic": ["dev", "staging"],
        "services": ["deployer"],
    }
    assert body["clocks"] == {
        "distinct_people": True, "approve_within": 14 * 86_400, "use_within": 72 * 3600,
    }  # fmt: skip
    needs = body["requirements"]
    assert isinstance(needs, list)
    data = next(need for need in needs if need["id"] == "data")
    assert data["applies"] == {"low": "sometimes", "medium": "sometimes", "high": "sometimes"}
    assert data["approvals"] == [{"role": "data-owner", "count": 1}]
    assert playbook_json(playbook(read(POLICY)))["stewardship"] is None
    assert playbook_json(playbook(read(POLICY)))["overrides"] is None
    stops = playbook_json(playbook(read(POLICY + OVERRIDES)))["overrides"]
    assert stops == {
        "set": ["release-owner", "auditor"],
        "lift": [{"role": "model-owner", "count": 1}, {"role": "data-owner", "count": 1}],
        "drill_every": None,
    }
    assert playbook_json(playbook(read(POLICY)))["exceptions"] is None
    assert playbook_json(playbook(read(EXCEPTIONAL)))["exceptions"] == {
        "max_life": 72 * 3600,
        "approvals": [
            {"role": "security-owner", "count": 1}, {"role": "release-owner", "count": 1},
        ],
        "never": ["personal-data"],
        "controls": 1,
        "review_within": 48 * 3600,
        "repeat_after": 2,
    }  # fmt: skip
