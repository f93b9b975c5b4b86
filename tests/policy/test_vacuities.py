"""Conditions that never or always hold, and which requirements apply at which tier."""

from typing import Final

import pytest

from ledger.policy.analysis.symbols import LEDGER_EFFECTS
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


def about(when: str, deed: str = "approve") -> str:
    """The policy with one more duty, of stewards."""
    more = f'[[duty]]\nid = "more"\nrole = "steward"\nmust_not = "{deed}"\nwhen = "{when}"\n'
    return BASE.replace("[[combine]]", f"{more}[[combine]]")


@pytest.mark.parametrize(
    "when",
    [
        "requirement == 'lift'",
        "effect == 'lift'",
        "effect == 'enrolment' && requirement == 'stewardship'",
        "effect in ['roles', 'rotation']",
        "effect == 'exception'",
    ],
)
def test_a_duty_about_the_consent_to_another_effect_binds(when: str) -> None:
    assert vacuities(policy(about(when))) == ()


@pytest.mark.parametrize("effect", ["root", "disown", "clock"])
def test_a_duty_about_approving_what_only_the_root_decides_never_binds(effect: str) -> None:
    (found,) = vacuities(policy(about(f"effect == '{effect}'")))

    assert (found.code, found.path) == ("never-true", ("duty", 5, "when"))
    assert vacuities(policy(about(f"effect == '{effect}'", "open"))) == ()


@pytest.mark.parametrize(
    ("block", "when"),
    [
        ("lift = { security-owner = 2, model-owner = 1 }", "requirement == 'lift'"),
        ("lift = { security-owner = 2, model-owner = 1 }", "effect == 'lift'"),
        ("[stewardship]\napprovals = { steward = 2 }", "requirement == 'stewardship'"),
        ("[stewardship]\napprovals = { steward = 2 }", "effect in ['policy', 'rotation']"),
    ],
)
def test_where_only_the_root_consents_a_duty_about_it_never_binds(block: str, when: str) -> None:
    """No duty binds an approval of the root, so none could ever bind there."""
    text = about(when)
    assert vacuities(policy(text)) == ()

    (found,) = vacuities(policy(text.replace(block, "")))

    assert (found.code, found.path) == ("never-true", ("duty", 5, "when"))


@pytest.mark.parametrize("effect", sorted(LEDGER_EFFECTS))
@pytest.mark.parametrize(
    "impossible",
    [
        "expands_permissions",
        "!online",
        "environment != ''",
        "environment == 'dev'",
        "alias == 'fraud/dev'",
        "affects_production_traffic",
        "'net' in channels",
    ],
)
def test_what_is_about_the_whole_ledger_has_no_stack_and_no_declared_facts(
    effect: str, impossible: str
) -> None:
    (found,) = vacuities(policy(about(f"effect == '{effect}' && {impossible}", "open")))

    assert (found.code, found.path) == ("never-true", ("duty", 5, "when"))


@pytest.mark.parametrize("impossible", ["tier != HIGH", "shift != 'large'"])
def test_what_is_about_the_whole_ledger_is_of_the_highest_tier(impossible: str) -> None:
    text = about(f"effect in ['policy', 'roles', 'lift'] && {impossible}")
    other = text.replace("personal_data || shift == 'large' || ", "")
    assert other != text, "no rule gives it a high tier for want of a declaration"

    found = [one for one in vacuities(policy(other)) if one.path[0] == "duty"]

    assert [(one.code, one.path) for one in found] == [("never-true", ("duty", 5, "when"))]


NO_EXCEPTIONS: Final = BASE[: BASE.index("[exceptions]")]


@pytest.mark.parametrize("deed", ["approve", "open", "act"])
def test_a_duty_about_exceptions_never_binds_where_there_are_none(deed: str) -> None:
    text = about("effect == 'exception' && online", deed)
    none = text[: text.index("[exceptions]")]

    assert vacuities(policy(text)) == ()
    found = [one for one in vacuities(policy(none)) if one.path == ("duty", 5, "when")]
    assert [one.code for one in found] == ["never-true"]
    assert "without [exceptions] nobody asks for one" in (found[0].hint or "")


def test_a_duty_about_what_is_waived_is_told_that_there_are_no_exceptions() -> None:
    """The policy has one of its own, about what is of the domains safety and security."""
    (found,) = vacuities(policy(NO_EXCEPTIONS))

    assert (found.code, found.path) == ("never-true", ("duty", 3, "when"))
    assert (found.hint or "").count("without [exceptions] nobody asks for one") >= 1


@pytest.mark.parametrize(
    "never",
    [
        "touches.exists(c, c == 'model')",
        "affects_production_traffic",
        "expands_permissions",
        "!online",
        "environment == ''",
        "requirement == 'lift'",
        "requirement == 'data'",
    ],
)
def test_what_no_exception_has_never_holds_of_one(never: str) -> None:
    (found,) = vacuities(policy(about(f"effect == 'exception' && {never}")))

    assert (found.code, found.path) == ("never-true", ("duty", 5, "when"))


@pytest.mark.parametrize(
    "sometimes",
    [
        "environment == 'dev'",
        "alias == 'fraud/production'",
        "waives_domains.all(d, d == 'quality')",
        "waives_domains.exists(d, d == 'quality')",
        "requirement == 'exception'",
        "requirement == 'stewardship'",
    ],
)
def test_what_may_hold_of_an_exception_is_no_vacuity(sometimes: str) -> None:
    assert vacuities(policy(about(f"effect == 'exception' && {sometimes}"))) == ()


STEWARDS: Final = "approvals = { steward = 2 }"
GRANTING: Final = "approvals = { security-owner = 1, release-owner = 2 }"


@pytest.mark.parametrize(
    ("stewards", "granting", "nothing_more"),
    [
        ("steward = 2", "security-owner = 1, steward = 2", True),
        ("steward = 1", "steward = 2", True),
        ("steward = 2", "security-owner = 1, steward = 1", False),
        ("steward = 1, auditor = 1", "security-owner = 1, steward = 1", False),
    ],
)
def test_stewards_who_consent_to_an_exception_anyway_are_asked_for_nothing_more(
    stewards: str, granting: str, *, nothing_more: bool
) -> None:
    text = BASE.replace(STEWARDS, f"approvals = {{ {stewards} }}")
    text = text.replace(GRANTING, f"approvals = {{ {granting} }}")

    found = vacuities(policy(text))

    at = [("repeat-adds-nothing", ("exceptions", "repeat_after"))]
    assert [(one.code, one.path) for one in found] == at * nothing_more
    assert vacuities(policy(text.replace("repeat_after = 2\n", ""))) == ()


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
