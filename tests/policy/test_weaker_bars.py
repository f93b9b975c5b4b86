"""Where a policy counts approvals of people whom the policy before keeps out, under any name."""

from typing import Final

import pytest

from ledger.errors import Uncheckable
from ledger.policy.analysis.weaker import told_less, weakenings
from tests.policy.planted import planted
from tests.policy.weakened import BASE, policy

DUTY: Final = """[[duty]]
id = "{id}"
role = "{role}"
must_not = "approve"
when = "{when}"
"""


def barring(*duties: tuple[str, str], text: str = BASE) -> str:
    """*text* with those roles and conditions in the place of its duty about permissions."""
    start = text.index('[[duty]]\nid = "no-runtime-privileges"')
    end = text.index('[[duty]]\nid = "no-own-results"')
    blocks = (
        DUTY.format(id=f"d{i}", role=role, when=when) for i, (role, when) in enumerate(duties)
    )
    return text[:start] + "".join(blocks) + text[end:]


def asking(*requirements: str) -> str:
    """BASE with those requirements of a security owner in the place of its ``permissions``."""
    start = BASE.index('[[requirement]]\nid = "permissions"')
    end = BASE.index('[[requirement]]\nid = "traffic"')
    block = '[[requirement]]\nid = "{}"\napprovals = {{ security-owner = 1 }}\nhard = true\n'
    return BASE[:start] + "".join(map(block.format, requirements)) + BASE[end:]


def test_who_must_not_approve_is_said_with_both_requirements() -> None:
    a, b = planted("approvals under a name that no duty has")

    (found,) = weakenings(a, b)

    assert found.what == "approvals by security-owner, not by holders of data-owner"
    assert found.before == "1 (requirement permissions)"
    assert found.after == "1, also by them (requirement powers)"
    assert found.example is not None
    assert found.example.tiers == ("high", "high")


@pytest.mark.parametrize("when", ["requirement == 'powers'", "requirement != 'traffic'", "true"])
def test_a_duty_that_moves_along_with_its_requirement_is_nowhere_lost(when: str) -> None:
    a = barring(("data-owner", "requirement == 'permissions'"), text=asking("permissions"))
    b = barring(("data-owner", when), text=asking("powers"))

    assert weakenings(policy(a), policy(b)) == ()


def test_another_requirement_may_ask_for_the_same_approvals_without_its_duty() -> None:
    a = barring(("data-owner", "requirement == 'permissions'"), text=asking("permissions"))
    b = barring(("data-owner", "requirement == 'powers'"), text=asking("more", "powers"))

    assert weakenings(policy(a), policy(b)) == ()
    assert weakenings(policy(b), policy(a)) == ()


def test_a_duty_about_a_requirement_where_it_does_not_apply_keeps_nobody_out() -> None:
    duty = ("data-owner", "requirement == 'permissions' && !online")
    a = barring(
        duty,
        text=asking("permissions").replace(
            'id = "permissions"', 'id = "permissions"\nwhen = "online"'
        ),
    )

    assert weakenings(policy(a), policy(a.replace('id = "permissions"', 'id = "powers"'))) == ()


def test_one_approval_without_two_roles_is_more_than_two_without_one_each() -> None:
    a = barring(
        ("data-owner", "requirement in ['both', 'one']"),
        ("auditor", "requirement in ['both', 'other']"),
        text=asking("both"),
    ).replace('must_not = "act"', 'must_not = "open"')
    b = a.replace('id = "both"', 'id = "one"').replace(
        '[[requirement]]\nid = "traffic"',
        '[[requirement]]\nid = "other"\napprovals = { security-owner = 1 }\nhard = true\n'
        '[[requirement]]\nid = "traffic"',
    )

    (found,) = weakenings(policy(a), policy(b))

    assert found.what == "approvals by security-owner, not by holders of data-owner or auditor"
    assert weakenings(policy(b), policy(a)) == ()


def test_what_a_combination_lifts_is_no_duty_lost_by_another_name() -> None:
    pair = '[[combine]]\nroles = ["{}", "{}"]\n[declared]'
    for one, other in (("data-owner", "security-owner"), ("security-owner", "data-owner")):
        lifted = BASE.replace("[declared]", pair.format(one, other))
        renamed = lifted.replace('id = "permissions"', 'id = "powers"')
        assert weakenings(policy(lifted), policy(renamed)) == ()
    elsewhere = BASE.replace("[declared]", pair.format("data-owner", "release-owner"))
    renamed = elsewhere.replace('id = "permissions"', 'id = "powers"')
    assert [one.code for one in weakenings(policy(elsewhere), policy(renamed))] == ["not-by"]


def test_a_duty_lost_on_the_same_requirement_is_said_of_the_duty_alone() -> None:
    a, b = planted("a duty about another requirement")

    assert [one.code for one in weakenings(a, b)] == ["duty"]


def test_what_nothing_may_waive_is_asked_as_hard_of_the_same_people() -> None:
    a = barring(
        ("data-owner", "requirement in ['permissions', 'soft']"), text=asking("permissions")
    )
    soft = '[[requirement]]\nid = "soft"\napprovals = { security-owner = 1 }\n'
    everywhere = a.replace('automatic = ["dev"]\n', "").replace('services = ["deployer"]\n', "")
    b = everywhere.replace('id = "permissions"', 'id = "powers"').replace(
        '[[requirement]]\nid = "traffic"', f'{soft}[[requirement]]\nid = "traffic"'
    )

    (found,) = weakenings(policy(everywhere), policy(b))

    assert (found.code, found.what) == ("hard", "requirement permissions")


@pytest.mark.parametrize(
    "when",
    [
        "requirement == 'model-owner' || !(requirement in mutations)",
        "!mutations.exists(m, m == requirement)",
        "model != requirement",
    ],
)
def test_a_duty_that_compares_requirements_with_facts_is_too_much_to_look_at(when: str) -> None:
    free = policy(barring(("data-owner", when)))

    with pytest.raises(Uncheckable, match="compares requirement with another fact") as refused:
        weakenings(policy(BASE), free)

    assert refused.value.code == "too-many-cases"
    assert told_less(policy(BASE), free) == ()


def test_variables_over_words_in_quotes_are_words_in_quotes() -> None:
    asked = "['permissions', 'data'].exists(r, r == requirement)"

    found = weakenings(policy(barring(("data-owner", asked))), policy(BASE))

    assert [(one.code, one.example and one.example.said) for one in found] == [
        ("duty", ("requirement data",))
    ]
