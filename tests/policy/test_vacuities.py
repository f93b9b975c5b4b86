"""Conditions that never or always hold, and which requirements apply at which tier."""

from ledger.policy.analysis.vacuities import applicability, vacuities
from tests.policy.weakened import BASE, policy


def test_conditions_that_never_or_always_hold_are_named_with_their_place() -> None:
    text = (
        BASE.replace("!online && touches.all(c, c == 'model')", "online && !online")
        .replace('when = "modifies_data_lineage"', "when = \"touches.exists(c, c == 'modle')\"")
        .replace('when = "tier >= HIGH"', 'when = "tier >= LOW"')
        .replace("requirement == 'permissions'", "requirement == 'permision'")
    )

    found = {one.path: one for one in vacuities(policy(text))}

    assert {path: one.code for path, one in found.items()} == {
        ("tier", 1, "when"): "never-true",
        ("requirement", 1, "when"): "never-true",
        ("requirement", 2, "when"): "always-true",
        ("requirement", 5, "when"): "always-true",
        ("requirement", 6, "when"): "always-true",
        ("duty", 1, "when"): "never-true",
    }
    hints = [one.hint for one in found.values()]
    assert any("touches has only model, dataset" in str(hint) for hint in hints)
    assert any("approvals are asked for by model-owner, data," in str(hint) for hint in hints)
    assert all("mend the condition" in str(hint) for hint in hints)


def test_a_tier_rule_that_others_leave_nothing_to_is_named() -> None:
    text = BASE.replace("!online && touches", "(personal_data && online) && touches")

    found, *others = vacuities(policy(text))

    assert (found.code, found.path) == ("never-true", ("tier", 1, "when"))
    assert {one.code for one in others} == {"always-true"}, "no release is of a low tier any more"
    assert "never reached" in found.message


def test_a_tier_rule_that_always_matches_is_named_unless_it_is_the_last() -> None:
    always = BASE.replace("!online && touches.all(c, c == 'model')", "online || !online")
    last = BASE.replace('id = "ordinary"', 'id = "ordinary"\nwhen = "online || !online"')

    assert [(one.code, one.path) for one in vacuities(policy(always))][:1] == [
        ("always-true", ("tier", 1, "when"))
    ]
    assert vacuities(policy(last)) == ()


def test_a_duty_about_a_requirement_of_another_effect_never_binds() -> None:
    about = "requirement == 'permissions'"
    never = BASE.replace(about, f"{about} && effect == 'policy'")
    always = BASE.replace(about, "requirement == 'stewardship' || effect != 'policy'")

    assert [one.code for one in vacuities(policy(never))] == ["never-true"]
    assert [one.code for one in vacuities(policy(always))] == ["always-true"]


def test_without_the_blocks_that_decide_them_facts_are_constant() -> None:
    block = BASE[BASE.index("[environments]") : BASE.index("[stewardship]")]

    (found,) = vacuities(policy(BASE.replace(block, "")))

    assert (found.code, found.path) == ("always-true", ("requirement", 3, "when"))
    assert found.hint is not None
    assert "without [environments], all are production" in found.hint


def test_a_policy_with_nothing_empty_has_no_such_problem() -> None:
    assert vacuities(policy(BASE)) == ()


def test_too_many_cases_are_a_problem_of_their_own() -> None:
    words = [f"word-{number}" for number in range(120)]
    large = BASE.replace("!online &&", f"!online && channels.all(c, c in {words}) &&")
    for name in ("self-modify", "quantization"):
        others = [f"{name}-{number}" for number in range(199)]
        large = large.replace(f'["{name}"]', str([name, *others]))

    (found,) = vacuities(policy(large))

    assert found.code == "too-many-cases"


def test_where_a_requirement_applies_is_said_for_each_tier() -> None:
    found = applicability(policy(BASE))

    assert found["model-owner"] == {"low": "always", "medium": "always", "high": "always"}
    assert found["permissions"] == {"low": "never", "medium": "never", "high": "always"}
    assert found["data"] == {"low": "never", "medium": "sometimes", "high": "sometimes"}
    assert found["evaluation"] == {"low": "never", "medium": "always", "high": "always"}
    assert found["traffic"]["low"] == "sometimes"
