"""Where a policy asks for less than another: every kind planted, and found where it is."""

from typing import Final

import pytest

from ledger.errors import Uncheckable
from ledger.policy.analysis.weaker import told_less, weakenings
from tests.policy.planted import PLANTED, planted
from tests.policy.weakened import BASE, policy


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_weakening_is_found_with_the_smallest_example(name: str) -> None:
    a, b = planted(name)
    _, _, codes, said = PLANTED[name]

    found = weakenings(a, b)

    assert codes <= {one.code for one in found}, found
    if said is not None:
        examples = [one.example.said for one in found if one.example is not None]
        assert said in examples, examples


EITHER_WAY: Final = frozenset(
    {
        "a duty about another requirement",
        "a duty about other evidence",
        "a duty of another role",
        "an exception by another role",
        "an environment before left out",
        "an environment that was not known",
        "another role",
        "a lower tier",
        "a tier rule that catches less",
        "a wider bound of the shift",
        "more approvals, and a duty about none of them",
        "more who operate",
    }
)
"""Each takes something away on either side: a higher tier, for one, admits more mutations.

And without ``[rollback]`` whoever operates rolls back: fewer of them are fewer who can.
"""


@pytest.mark.parametrize("name", sorted(PLANTED.keys() - EITHER_WAY))
def test_the_same_change_the_other_way_round_is_no_weakening(name: str) -> None:
    weaker, stricter = reversed(planted(name))

    assert weakenings(weaker, stricter) == ()


@pytest.mark.parametrize("name", sorted(EITHER_WAY))
def test_what_takes_something_away_on_either_side_is_weaker_both_ways(name: str) -> None:
    a, b = planted(name)

    assert weakenings(a, b)
    assert weakenings(b, a)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("number = 1\n[roles]", "number = 2\n[roles]"),
        ('id = "traffic"', 'id = "going-live"'),
        ('id = "no-own-tests"', 'id = "renamed"'),
        ("personal_data || shift == 'large'", "shift == 'large' || personal_data"),
        (
            'when = "modifies_data_lineage"',
            "when = \"touches.exists(c, c in ['features', 'dataset'])\"",
        ),
        ('when = "tier >= HIGH"', 'when = "tier == HIGH"'),
        ('when = "tier >= HIGH"', 'when = "expands_permissions || tier > MEDIUM"'),
        ('id = "told"', 'id = "told"\nbecause = "people read it"'),
        ('[[combine]]\nroles = ["model-owner", "release-owner"]', ""),
        ("steward = 2", "steward = 2, model-owner = 1"),
        ("[stewardship]\napprovals = { steward = 2 }", ""),
        ("lift = { security-owner = 2, model-owner = 1 }", ""),
        ("security-owner = 2, model-owner = 1", "model-owner = 1, security-owner = 3"),
        ('"security-owner", "steward"]', '"steward", "security-owner", "auditor"]'),
        ('"dev", "staging", "production"', '"dev", "staging", "qa", "production"'),
    ],
)
def test_what_asks_for_as_much_is_nowhere_weaker(old: str, new: str) -> None:
    assert old in BASE
    stricter = policy(BASE.replace(old, new))

    found = weakenings(policy(BASE), stricter)

    assert [one for one in found if "environment qa" not in one.what] == []


def test_the_answers_of_both_policies_stand_beside_the_example() -> None:
    a, b = planted("a tier rule that catches less")

    found = {one.what: one for one in weakenings(a, b)}

    tier, approvals = found["tier"], found["approvals by security-owner"]
    assert (tier.before, tier.after) == ("high (people)", "low (offline)")
    assert (approvals.before, approvals.after) == ("1 (requirement permissions)", "nothing")
    assert approvals.example is not None
    assert approvals.example.tiers == ("high", "low")
    assert approvals.example.facts[0]["personal_data"] is True


def test_a_requirement_taken_out_says_all_that_it_asked_for_once() -> None:
    quality = BASE[BASE.index('[[requirement]]\nid = "quality"') : BASE.index("[limits]")]
    shift = BASE[BASE.index("[shift]") : BASE.index("[[tier]]")]
    without = BASE.replace(quality, "").replace(shift, "").replace("shift == 'large' || ", "")

    found = weakenings(policy(BASE), policy(without))

    numbers = [one.what for one in found if one.code == "number"]
    assert numbers == [
        "number auc from evaluation-report",
        "number latency from evaluation-report",
        "number recall in web from evaluation-report",
        "number recall in shop from evaluation-report",
        "number recall in abroad from evaluation-report",
    ]
    # What belongs to a number that nobody looks at is not said again.
    assert {one.code for one in found}.isdisjoint({"min", "max", "max_gap", "max_drop"})


def test_numbers_need_their_document_also_where_no_requirement_asks_for_it() -> None:
    always = BASE.replace('when = "tier >= MEDIUM"\nfrom', "from")
    a, b = policy(always), policy(always.replace('max_age = "30d"', 'max_age = "31d"'))

    (found,) = weakenings(a, b)

    assert (found.code, found.before) == ("max-age", "at most 30d old (requirement quality)")
    assert found.example is not None
    assert found.example.tiers == ("low", "low")


def test_a_gap_among_fewer_segments_is_less() -> None:
    names = 'recall = { names = ["web", "shop", "abroad"]'
    overall = '[[requirement]]\nid = "all"\nfrom = "evaluation-report"\n[requirement.segments]\n'
    a = BASE.replace("[limits]\n", f'{overall}{names}, min = "0.5" }}\n[limits]\n', 1)
    b = a.replace(f'{names}, min = "0.5", max_gap', 'recall = { names = ["web", "shop"], max_gap')

    (found,) = weakenings(policy(a), policy(b))

    assert (found.code, found.what) == ("max_gap", "max_gap of recall from evaluation-report")
    assert found.before.startswith("0.05 among abroad, shop, web")
    assert found.after.startswith("0.05 among shop, web")


def test_what_is_blocked_anyway_needs_nothing_else() -> None:
    """No mutation of a low tier but quantization: what it would need besides is no matter."""
    when = "tier == LOW && 'adapter' in mutations"
    more = f'[[requirement]]\nid = "more"\nwhen = "{when}"\napprovals = {{ steward = 1 }}\n'
    stricter = BASE.replace("[limits]\n", f"{more}[limits]\n", 1)

    assert weakenings(policy(stricter), policy(BASE)) == ()
    allowed = stricter.replace('low = ["quantization"]', 'low = ["quantization", "adapter"]')
    lists = BASE.replace('low = ["quantization"]', 'low = ["quantization", "adapter"]')
    assert [one.code for one in weakenings(policy(allowed), policy(lists))] == ["approvals"]


def test_whom_a_policy_no_longer_tells_is_said_apart() -> None:
    a, b = policy(BASE), policy(BASE.replace('notify = ["auditor"]', ""))

    assert weakenings(a, b) == ()
    assert [(one.code, one.what) for one in told_less(a, b)] == [("notify", "telling auditor")]
    assert told_less(b, a) == ()


def test_the_block_of_stewards_is_weaker_than_the_root_alone() -> None:
    block = "[stewardship]\napprovals = { steward = 2 }"

    found = weakenings(policy(BASE.replace(block, "")), policy(BASE))

    assert [(one.code, one.before, one.after) for one in found] == [
        ("stewardship", "the root threshold", "2 steward")
    ]


def test_a_lift_by_roles_is_weaker_than_one_by_the_root_alone() -> None:
    lift = "lift = { security-owner = 2, model-owner = 1 }"

    found = weakenings(policy(BASE.replace(lift, "")), policy(BASE))

    assert [(one.code, one.what, one.before, one.after) for one in found] == [
        ("lift", "consent to a lift", "the root threshold", "2 security-owner, 1 model-owner")
    ]


EXCEPTIONS: Final = BASE[BASE.index("[exceptions]") :]
"""The last block of the policy."""


def test_exceptions_where_there_were_none_are_said_once_and_the_other_way_is_no_weakening() -> None:
    none = policy(BASE.replace(EXCEPTIONS, ""))

    found = weakenings(none, policy(BASE))

    assert [(one.code, one.before, one.after) for one in found] == [
        (
            "exceptions",
            "nobody can ask for one",
            "for 3d, with 1 security-owner, 2 release-owner",
        )
    ]
    assert weakenings(policy(BASE), none) == ()


def test_a_duty_about_exceptions_is_nothing_lost_where_there_are_none() -> None:
    duty = BASE[BASE.index('[[duty]]\nid = "no-waiving"') : BASE.index('[[duty]]\nid = "changes')]
    without = BASE.replace(duty, "")

    assert [one.code for one in weakenings(policy(BASE), policy(without))] == ["duty"]
    assert weakenings(policy(BASE), policy(without.replace(EXCEPTIONS, ""))) == ()


@pytest.mark.parametrize(
    "instead",
    ["hard = true", 'fields = ["rollback.plan"]'],
    ids=["hard", "about the rollback"],
)
def test_what_is_no_longer_named_but_cannot_be_waived_either_is_nothing_lost(instead: str) -> None:
    data = "approvals = { data-owner = 1 }\n"
    text = BASE.replace('never = ["data"]\n', "").replace(data, f"{data}{instead}\n")

    assert weakenings(policy(BASE), policy(text)) == ()


def test_a_requirement_under_another_name_is_no_longer_kept() -> None:
    """Both ask for the same; what may be waived is another question."""
    text = BASE.replace('id = "data"', 'id = "datasets"').replace('never = ["data"]\n', "")

    (found,) = weakenings(policy(BASE), policy(text))

    assert (found.code, found.what) == ("never-waived", "requirement data")
    kept = BASE.replace('id = "data"', 'id = "datasets"').replace('["data"]', '["datasets"]')
    assert weakenings(policy(BASE), policy(kept)) == ()


def test_another_domain_is_said_where_a_duty_about_exceptions_asks_for_it() -> None:
    """The duty forbids its model owner to waive what is of the domain security."""
    traffic = 'when = "affects_production_traffic"\n'
    a = BASE.replace(traffic, f'{traffic}domain = "security"\n')
    b = BASE.replace(traffic, f'{traffic}domain = "speed"\n')

    (found,) = weakenings(policy(a), policy(b))

    assert (found.code, found.what) == (
        "domain",
        "domain of requirement traffic, which may be waived",
    )
    assert (found.before, found.after) == ("security", "speed")
    assert weakenings(policy(b), policy(b.replace('"speed"', '"size"'))) == ()
    hard = b.replace(traffic, f"{traffic}hard = true\n")
    assert weakenings(policy(a), policy(hard)) == ()
    duty = BASE[BASE.index('[[duty]]\nid = "no-waiving"') : BASE.index('[[duty]]\nid = "changes')]
    assert weakenings(policy(a.replace(duty, "")), policy(BASE.replace(duty, ""))) == ()


def test_without_the_block_only_the_root_stops_and_lifts() -> None:
    block = BASE[BASE.index("[overrides]") : BASE.index("[exceptions]")]

    found = weakenings(policy(BASE), policy(BASE.replace(block, "")))

    assert [(one.code, one.what, one.after) for one in found] == [
        ("stops", "stops by security-owner", "not allowed"),
        ("stops", "stops by steward", "not allowed"),
        ("drills", "time between drills of a stop", "any time"),
    ]


@pytest.mark.parametrize("when", ["effect == 'lift'", "requirement == 'lift'"])
def test_a_duty_about_lifts_is_missed_and_shown_with_its_effect(when: str) -> None:
    bars = f'[[duty]]\nid = "d"\nrole = "steward"\nmust_not = "approve"\nwhen = "{when}"\n'

    (found,) = weakenings(policy(BASE.replace("[[combine]]", f"{bars}[[combine]]")), policy(BASE))

    assert (found.code, found.what) == ("duty", "duty d")
    assert found.example is not None
    assert "a proposal of the effect lift" in found.example.said
    assert [one["effect"] for one in found.example.facts] == ["lift", "lift"]


@pytest.mark.parametrize(
    "when",
    [
        "effect == 'root'",
        "effect in ['disown', 'clock']",
        "requirement == 'lift' && effect == 'policy'",
        "effect != 'policy' && environment == '' && requirement == 'root'",
    ],
)
def test_a_duty_that_binds_nobody_who_approves_is_not_missed(when: str) -> None:
    """What only the root decides takes approvals of the root, whom no duty binds."""
    bars = f'[[duty]]\nid = "d"\nrole = "steward"\nmust_not = "approve"\nwhen = "{when}"\n'

    assert weakenings(policy(BASE.replace("[[combine]]", f"{bars}[[combine]]")), policy(BASE)) == ()


def test_no_environments_at_all_is_weaker_than_an_order() -> None:
    block = BASE[BASE.index("[environments]") : BASE.index("[stewardship]")]
    free = BASE.replace(block, "").replace('when = "affects_production_traffic"\n', "")

    found = weakenings(policy(BASE), policy(free))

    assert [(one.code, one.example) for one in found] == [("environments", None)]


def test_too_many_cases_are_refused() -> None:
    words = [f"word-{number}" for number in range(120)]
    large = BASE.replace("!online &&", f"!online && channels.all(c, c in {words}) &&")
    for name in ("self-modify", "quantization"):
        others = [f"{name}-{number}" for number in range(190)]
        large = large.replace(f'["{name}"]', str([name, *others]))

    with pytest.raises(Uncheckable, match="too many cases") as refused:
        weakenings(policy(large), policy(large))

    assert refused.value.code == "too-many-cases"
