"""What differs between the texts of two policies: added, taken out, changed."""

import pytest

from ledger.policy.analysis.differences import Difference, differences
from tests.policy.weakened import BASE, policy


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "number = 1\n[roles]",
            "number = 2\n[roles]",
            Difference("policy", "", "number", "changed", "1", "2"),
        ),
        ('steward = "st"', 'steward = "keeps"', ("roles", "steward", "because", "st", "keeps")),
        (
            "model-owner = 2",
            "model-owner = 1",
            ("requirement", "model-owner", "approvals.model-owner", "2", "1"),
        ),
        (
            'max_age = "30d"',
            'max_age = "72h"',
            ("requirement", "evaluation", "evidence.evaluation-report.max_age", "30d", "3d"),
        ),
        (
            'from = "evaluation-report"',
            'from = "model-card"',
            ("requirement", "quality", "from", "evaluation-report", "model-card"),
        ),
        (
            'min = "0.90"',
            'min = "0.91"',
            ("requirement", "quality", "metrics.auc.min", "0.90", "0.91"),
        ),
        (
            '"web", "shop"',
            '"web"',
            ("requirement", "quality", "segments.recall.names", "web, shop, abroad", "web, abroad"),
        ),
        ("hard = true", "hard = false", ("requirement", "permissions", "hard", "yes", "no")),
        ('is = "medium"', 'is = "low"', ("tier", "ordinary", "is", "medium", "low")),
        (
            'low = ["quantization"]',
            'low = ["adapter"]',
            ("limits", "", "mutations.low", "quantization", "adapter"),
        ),
        (
            "open_candidates = 64",
            "open_candidates = 65",
            ("limits", "", "open_candidates", "64", "65"),
        ),
        ('use_within = "72h"', 'use_within = "2d"', ("approvals", "", "use_within", "3d", "2d")),
        ("steward = 2", "steward = 1", ("stewardship", "", "approvals.steward", "2", "1")),
        (
            "security-owner = 2, model-owner = 1",
            "security-owner = 1, model-owner = 1",
            ("overrides", "", "lift.security-owner", "2", "1"),
        ),
        ('max_life = "72h"', 'max_life = "96h"', ("exceptions", "", "max_life", "3d", "4d")),
        (
            'review_within = "48h"',
            'review_within = "1h"',
            ("exceptions", "", "review_within", "2d", "1h"),
        ),
        ('never = ["data"]', 'never = ["told"]', ("exceptions", "", "never", "data", "told")),
        (
            "release-owner = 2 }",
            "release-owner = 1 }",
            ("exceptions", "", "approvals.release-owner", "2", "1"),
        ),
        (
            'drill_every = "90d"',
            'drill_every = "30d"',
            ("overrides", "", "drill_every", "90d", "30d"),
        ),
        (
            '"security-owner", "steward"]',
            '"steward"]',
            ("overrides", "", "set", "security-owner, steward", "steward"),
        ),
        (
            'automatic = ["dev"]',
            'automatic = ["staging"]',
            ("environments", "", "automatic", "dev", "staging"),
        ),
        ('small = "0.01"', 'small = "0.02"', ("shift", "", "small", "0.01", "0.02")),
        (
            'personal_data = "p"',
            'personal_data = "q"',
            ("declared", "personal_data", "because", "p", "q"),
        ),
        (
            'must_not = "act"',
            'must_not = "open"',
            ("duty", "changes-nothing", "must_not", "act", "open"),
        ),
        (
            '"dev", "staging", "production"',
            '"dev", "production"',
            ("environments", "", "order", "dev, staging, production", "dev, production"),
        ),
        (
            'by = ["release-owner"]\n',
            'by = ["steward"]\n',
            ("operation", "", "by", "release-owner", "steward"),
        ),
    ],
)
def test_what_changed_is_named_by_block_id_and_key(
    old: str, new: str, expected: Difference | tuple[str, str, str, str, str]
) -> None:
    assert BASE.count(old) == 1
    if isinstance(expected, tuple):
        block, id_, key, before, after = expected
        expected = Difference(block, id_, key, "changed", before, after)

    found = differences(policy(BASE), policy(BASE.replace(old, new)))

    assert found == (expected,)


def test_what_stands_in_one_policy_alone_is_one_line() -> None:
    long = BASE.replace('never = ["data"]\n', "")
    short = long.replace('[[combine]]\nroles = ["model-owner", "release-owner"]\n', "").replace(
        '[[requirement]]\nid = "data"\nwhen = "modifies_data_lineage"\n'
        "approvals = { data-owner = 1 }\n",
        "",
    )

    out = differences(policy(long), policy(short))

    text = "when modifies_data_lineage; approvals.data-owner 1; hard no"
    assert out == (
        Difference("combine", "model-owner and release-owner", "", "taken out", "", None),
        Difference("requirement", "data", "", "taken out", text, None),
    )
    assert [(one.change, one.new) for one in differences(policy(short), policy(long))] == [
        ("added", ""),
        ("added", text),
    ]


def test_exceptions_where_there_were_none_are_one_line() -> None:
    none = BASE[: BASE.index("[exceptions]")]

    (found,) = differences(policy(none), policy(BASE))

    assert (found.block, found.id, found.key, found.change) == ("exceptions", "", "", "added")
    assert found.new == (
        "max_life 3d; approvals.security-owner 1; approvals.release-owner 2; never data;"
        " controls 2; review_within 2d; repeat_after 2"
    )


def test_a_key_that_one_policy_alone_sets_is_added_or_taken_out() -> None:
    longer = policy(BASE.replace('id = "told"', 'id = "told"\nwhen = "online"'))

    assert differences(policy(BASE), longer) == (
        Difference("requirement", "told", "when", "added", None, "online"),
    )
    assert differences(longer, policy(BASE)) == (
        Difference("requirement", "told", "when", "taken out", "online", None),
    )


def test_the_order_of_tier_rules_is_a_difference() -> None:
    first = BASE[BASE.index("[[tier]]") : BASE.index('[[tier]]\nis = "low"')]
    last = '[[tier]]\nis = "medium"'
    moved = BASE.replace(first, "").replace(last, first + last)

    assert differences(policy(BASE), policy(moved)) == (
        Difference(
            "tier", "", "order", "changed", "people, offline, ordinary", "offline, people, ordinary"
        ),
    )


def test_comments_and_the_order_of_requirements_are_no_difference() -> None:
    told = '[[requirement]]\nid = "told"\nfields = ["why", "rollback.plan"]\n'
    moved = BASE.replace(told, "").replace("[limits]\n", told + "# a comment\n[limits]\n")

    assert differences(policy(BASE), policy(moved)) == ()
