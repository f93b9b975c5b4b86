"""The starting policies are good policies, and mean what they say."""

import re
from collections.abc import Mapping
from typing import Final

import pytest

from ledger.model.names import TIERS
from ledger.policy.analysis.vacuities import vacuities
from ledger.policy.checking.checks import check_policy
from ledger.policy.conditions import evaluate, parse
from ledger.policy.document import Environments
from ledger.policy.published import parse_policy
from ledger.policy.reading import problems, read_policy
from ledger.policy.stages import observers_of, stages_of
from ledger.policy.starting import SMALL, STANDARD
from ledger.policy.waiving import why_never


@pytest.mark.parametrize("text", [STANDARD, SMALL], ids=["standard", "small"])
def test_a_starting_policy_is_accepted_and_survives_its_canonical_form(text: str) -> None:
    assert problems(text, "policy.toml") == []
    policy = read_policy(text, file="policy.toml")

    assert parse_policy(policy.canonical()) == policy
    assert vacuities(policy) == ()


STANDARD_PEOPLE: Final[Mapping[str, frozenset[str]]] = {
    "ada": frozenset({"model-owner", "steward"}),
    "bob": frozenset({"evaluation-owner"}),
    "cleo": frozenset({"security-owner", "steward"}),
    "dan": frozenset({"data-owner"}),
    "eve": frozenset({"software-owner"}),
    "fay": frozenset({"release-owner"}),
    "gus": frozenset({"auditor"}),
    "hal": frozenset({"on-call"}),
}
"""The least people in whom the standard policy finds everybody it asks for."""


def test_the_small_one_works_for_two_people_and_not_for_one() -> None:
    policy = read_policy(SMALL, file="policy.toml")
    both = frozenset({"reviewer", "operator"})

    assert check_policy(policy, {"ada": both | {"steward"}, "bob": both}, {}) == []
    found = check_policy(policy, {"ada": frozenset({"operator"})})
    assert [one.path[0] for one in found] == ["requirement", "stewardship", "overrides"]
    assert {one.code for one in found} == {"lock-out"}


def test_the_standard_one_works_with_two_stewards_besides_the_proposer() -> None:
    policy = read_policy(STANDARD, file="policy.toml")

    assert check_policy(policy, STANDARD_PEOPLE, {}) == []
    alone = {**STANDARD_PEOPLE, "cleo": frozenset({"security-owner"})}
    found = check_policy(policy, alone)
    assert [(one.code, one.path) for one in found] == [("lock-out", ("stewardship", "approvals"))]


@pytest.mark.parametrize("text", [STANDARD, SMALL], ids=["standard", "small"])
def test_whoever_operates_may_stop_as_may_others_and_a_lift_takes_consent(text: str) -> None:
    policy = read_policy(text, file="policy.toml")

    assert policy.overrides is not None
    assert set(policy.operation.by) < set(policy.overrides.set)
    assert policy.overrides.lift


def test_the_standard_one_lets_an_emergency_wait_for_nobody_and_forgets_nothing() -> None:
    policy = read_policy(STANDARD, file="policy.toml")
    block = policy.exceptions

    assert block is not None
    assert {one.role for one in block.approvals} == {"security-owner", "release-owner"}
    waivable = {need.id for need in policy.requirements if why_never(policy, need) is None}
    assert {"evaluation", "quality", "model-owner"} <= waivable
    assert waivable.isdisjoint({"permissions", "change-record", "data-lineage"})
    assert policy.overrides is not None
    assert policy.overrides.drill_every == 90 * 86_400


def test_the_small_one_has_no_exceptions_for_want_of_somebody_to_review_them() -> None:
    policy = read_policy(SMALL, file="policy.toml")
    assert policy.exceptions is None
    block = '[exceptions]\nmax_life = "72h"\napprovals = { reviewer = 1 }\nreview_within = "72h"\n'
    more = read_policy(SMALL + block, file="policy.toml")
    both = frozenset({"reviewer", "operator", "steward"})

    (found,) = check_policy(more, {"ada": both, "bob": both}, {})

    assert found.message.startswith("nobody would be left to review an exception: 1 person")
    assert check_policy(more, {"ada": both, "bob": both, "cleo": both}, {}) == []


def test_the_standard_one_keeps_the_six_duties_apart() -> None:
    policy = read_policy(STANDARD, file="policy.toml")

    assert [(one.role, one.must_not) for one in policy.duties] == [
        ("model-owner", "approve"),
        ("evaluation-owner", "open"),
        ("security-owner", "withdraw-evidence"),
        ("data-owner", "approve"),
        ("release-owner", "attach-evidence"),
        ("auditor", "act"),
    ]
    everything = {"ada": frozenset(role.name for role in policy.roles)}
    assert "the duty auditor-changes-nothing always bars ada" in (
        check_policy(policy, everything)[0].message
    )


def test_what_the_standard_one_offers_in_comments_can_be_taken_in() -> None:
    offered = re.sub(
        r"^# (\[\[?\w+\]\]?|(?:roles|because|order|automatic|services) = .*)$",
        r"\1",
        STANDARD,
        flags=re.MULTILINE,
    )
    assert offered.count("\n[[combine]]\n") == offered.count("\n[environments]\n") == 1

    policy = read_policy(offered, file="policy.toml")

    assert policy.combinations[0].roles == ("release-owner", "evaluation-owner")
    assert policy.environments == Environments(
        order=("dev", "staging", "production"),
        automatic=("dev", "staging"),
        services=("deployer",),
    )
    assert check_policy(policy, STANDARD_PEOPLE, {}) == []


def test_the_standard_one_watches_what_is_not_small_before_everybody_has_it() -> None:
    policy = read_policy(STANDARD, file="policy.toml")

    stages = {tier: stages_of(policy, "fraud/production", tier) for tier in TIERS}
    assert {tier: [one.id for one in found] for tier, found in stages.items()} == {
        "low": ["general"],
        "medium": ["shadow", "guarded", "general"],
        "high": ["shadow", "guarded", "general"],
    }
    assert [one.tier for one in stages["high"][-1].observe] == [*TIERS]
    observers = {name for one in policy.stages for name in observers_of(policy, one)}
    assert observers.isdisjoint(policy.operation.by)


@pytest.mark.parametrize("text", [STANDARD, SMALL], ids=["standard", "small"])
def test_whoever_operates_also_rolls_back_and_it_is_reviewed(text: str) -> None:
    policy = read_policy(text, file="policy.toml")

    assert set(policy.operation.by) < set(policy.takers)
    assert policy.rollback is not None
    assert policy.rollback.review_within is not None


def test_the_small_one_has_one_stage_that_asks_for_nothing() -> None:
    (stage,) = read_policy(SMALL, file="policy.toml").stages

    assert not stage.is_watched
    assert (stage.observe, stage.share) == ((), None)


def test_the_standard_one_counts_what_nobody_thought_of_as_high() -> None:
    policy = read_policy(STANDARD, file="policy.toml")

    assert policy.tiers[-1].tier == "high"
    assert policy.tiers[-1].when is None


def test_a_small_offline_change_of_the_model_is_low() -> None:
    policy = read_policy(STANDARD, file="policy.toml")
    facts: dict[str, bool | str | tuple[str, ...]] = {one.name: False for one in policy.declared}
    facts |= {"expands_permissions": False, "shift": "small", "touches": ("model",)}

    matching = [
        rule for rule in policy.tiers if rule.when is None or evaluate(parse(rule.when), facts)
    ]

    assert (matching[0].id, matching[0].tier) == ("small-and-offline", "low")
