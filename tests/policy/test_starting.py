"""The starting policies are good policies, and mean what they say."""

import pytest

from ledger.policy.checks import check_policy
from ledger.policy.conditions import evaluate, parse
from ledger.policy.document import parse_policy
from ledger.policy.reading import problems, read_policy
from ledger.policy.starting import SMALL, STANDARD


@pytest.mark.parametrize("text", [STANDARD, SMALL], ids=["standard", "small"])
def test_a_starting_policy_is_accepted_and_survives_its_canonical_form(text: str) -> None:
    assert problems(text, "policy.toml") == []
    policy = read_policy(text, file="policy.toml")

    assert parse_policy(policy.canonical()) == policy


def test_the_small_one_works_for_two_people_and_not_for_one() -> None:
    policy = read_policy(SMALL, file="policy.toml")
    both = frozenset({"reviewer", "operator"})

    assert check_policy(policy, {"ada": both, "bob": both}) == []
    found = check_policy(policy, {"ada": frozenset({"operator"})})
    assert [one.code for one in found] == ["lock-out"]


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
