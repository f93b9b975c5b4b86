"""Policies with one thing wrong: the line, the code and the mend of each."""

from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.policy.reading import problems, read_policy
from ledger.policy.starting import STANDARD

GOOD: Final = """\
name = "fraud"
number = 1
[roles]
model-owner = "accepts task quality"
release-owner = "changes traffic"
[declared]
online = "used in live decisions"
[shift]
metrics = ["auc"]
small = "0.01"
moderate = "0.05"
[[tier]]
is = "low"
id = "offline"
when = "!online"
[[tier]]
is = "high"
id = "the-rest"
[[requirement]]
id = "model-owner"
approvals = { model-owner = 1 }
[[requirement]]
id = "evaluation"
when = "tier >= MEDIUM"
evidence = { report = { max_age = "30d", by = ["model-owner"] } }
[[requirement]]
id = "quality"
from = "report"
[requirement.metrics]
auc = { better = "higher", min = "0.90", max = "1", max_drop = "0.01" }
[requirement.segments]
recall = { names = ["web", "abroad"], max_gap = "0.03" }
[approvals]
distinct_people = true
approve_within = "14d"
[operation]
by = ["release-owner"]
"""


@dataclass(frozen=True)
class Broken:
    """A change to the good policy, and what is said about it."""

    old: str
    new: str
    line: int
    code: str
    message: str
    mend: str


BROKEN: Final = {
    "a misspelt block": Broken(
        "[roles]", "[rolez]", 3, "unknown-key", "unknown key 'rolez'; expected", "mean roles?"
    ),
    "a plural block": Broken(
        "[[tier]]\nis", "[[tiers]]\nis", 12, "unknown-key", "'tiers'", r"\[\[tier\]\]"
    ),
    "a misspelt key": Broken(
        "approve_within", "aprove_within", 35, "unknown-key", "in approvals", "mean approve_within?"
    ),
    "a key that nobody knows": Broken(
        "number = 1", "number = 1\ncolour = 1", 3, "unknown-key", "'colour'", "remove it"
    ),
    "a key that nobody knows, inside": Broken(
        "max_gap", "max_gape", 32, "unknown-key", "requirement.quality.segments.recall", "max_gap?"
    ),
    "no name": Broken('name = "fraud"\n', "", 1, "missing-key", "lacks the key 'name'", "add name"),
    "a requirement without id": Broken(
        'id = "quality"\n', "", 26, "missing-key", "requirement.3 lacks the key 'id'", "add id = "
    ),
    "a tier without its word": Broken(
        'is = "low"\n', "", 12, "missing-key", "tier.offline lacks the key 'is'", "add is = "
    ),
    "text for a number": Broken(
        "number = 1", 'number = "1"', 2, "wrong-type", "expected a whole number, found text", ""
    ),
    "a word for yes or no": Broken(
        "= true", '= "yes"', 34, "wrong-type", "expected true or false, found text", ""
    ),
    "text for a list": Broken(
        'by = ["release-owner"]', 'by = "release-owner"', 37, "wrong-type", "expected a list", ""
    ),
    "a list for a table": Broken(
        "{ model-owner = 1 }", '["model-owner"]', 21, "wrong-type", "expected a table", ""
    ),
    "a count of none": Broken(
        "{ model-owner = 1 }", "{ model-owner = 0 }", 21, "wrong-value", "expected at least 1", ""
    ),
    "nobody operates": Broken(
        'by = ["release-owner"]', "by = []", 37, "wrong-value", "operation.by: .*at least 1", ""
    ),
    "a tier that is none": Broken(
        'is = "high"',
        'is = "hihg"',
        17,
        "wrong-value",
        "expected 'low', 'medium' or 'high'",
        "high",
    ),
    "a name with a space": Broken(
        'id = "quality"', 'id = "our quality"', 27, "wrong-value", "our quality", "a-z 0-9"
    ),
    "a role with capitals": Broken(
        "release-owner = ", "Release-Owner = ", 5, "wrong-value", "roles.Release-Owner", "a-z 0-9"
    ),
    "a float": Broken(
        'min = "0.90"', "min = 0.90", 30, "not-a-decimal", "min = 0.9: numbers", 'quotes: "0.9"'
    ),
    "a decimal with a comma": Broken(
        'min = "0.90"', 'min = "0,90"', 30, "not-a-decimal", "'0,90'", 'such as "0.95"'
    ),
    "a duration without unit": Broken(
        '"14d"', '"14"', 35, "not-a-duration", "'14' is not a duration", "72h, 14d"
    ),
    "a duration as a number": Broken(
        '"14d"', "14", 35, "not-a-duration", "expected a duration in quotes", '"30m" or "14d"'
    ),
    "a date": Broken(
        "number = 1", "number = 2026-11-21", 2, "wrong-type", "dates have no", "quotes"
    ),
    "no TOML": Broken("number = 1", "number 1", 2, "not-toml", "expected '='", "line of its own"),
    "a key twice": Broken(
        "number = 1", "number = 1\nnumber = 2", 3, "duplicate-key", "stands twice", "keep one"
    ),
    "a right-to-left override": Broken(
        "changes traffic", "changes \u202etraffic", 5, "forbidden-character", "U[+]202E", "take it"
    ),
    "an escaped right-to-left override": Broken(
        "changes traffic", "changes \\u202etraffic", 5, "forbidden-character", "U[+]202E", "take it"
    ),
    "line ends of Windows": Broken(
        "number = 1\n", "number = 1\r\n", 2, "forbidden-character", "U[+]000D", "plain line ends"
    ),
    "an unknown role that approves": Broken(
        "{ model-owner = 1 }",
        "{ model-ower = 1 }",
        21,
        "unknown-role",
        "'model-ower'",
        "mean model-o",
    ),
    "an unknown role that attaches": Broken(
        'by = ["model-owner"]',
        'by = ["judge"]',
        25,
        "unknown-role",
        "'judge'",
        r"add it to \[roles\]",
    ),
    "an unknown role that operates": Broken(
        'by = ["release-owner"]',
        'by = ["release-owners"]',
        37,
        "unknown-role",
        "owners'",
        "mean rel",
    ),
    "an unknown fact": Broken(
        '"!online"',
        '"!onlin"',
        15,
        "condition-unknown-name",
        "tier rule 'offline': char",
        "online?",
    ),
    "a tier rule about the tier": Broken(
        '"!online"', '"tier > LOW"', 15, "condition-unknown-name", "'tier'", "that it decides"
    ),
    "a condition that ends early": Broken(
        "tier >= MEDIUM", "tier >=", 24, "condition-syntax", "character 8: expected a fact", ""
    ),
    "a tier as a word": Broken(
        "tier >= MEDIUM", "tier == 'medium'", 24, "condition-type", "not compared", "tier == HIGH"
    ),
    "a declared fact that is computed": Broken(
        "online =", "touches =", 7, "name-taken", "'touches' is computed", "another name"
    ),
    "a declared fact with a meaning": Broken(
        "online =", "in =", 7, "name-taken", "'in' has a meaning", "another name"
    ),
    "a declared fact with a dash": Broken(
        "online =", "on-line =", 7, "wrong-value", "declared.on-line", "a-z 0-9 _"
    ),
    "a tier rule never asked": Broken(
        'when = "!online"\n', "", 12, "unreachable-tier", "'offline' always matches", "condition"
    ),
    "two requirements of one name": Broken(
        'id = "quality"',
        'id = "evaluation"',
        27,
        "duplicate-id",
        "'evaluation' stands twice",
        "name",
    ),
    "a requirement that asks for nothing": Broken(
        "approvals = { model-owner = 1 }\n",
        'approvals = { model-owner = 1 }\n[[requirement]]\nid = "idle"\n',
        22,
        "empty-requirement",
        "'idle' asks for nothing",
        "add approvals",
    ),
    "a policy that requires nobody": Broken(
        "approvals = { model-owner = 1 }",
        'when = "online"\napprovals = { model-owner = 1 }',
        1,
        "requires-nobody",
        "could need nobody",
        "without a condition",
    ),
    "numbers without a source": Broken(
        'from = "report"\n', "", 26, "from-needed", "'quality' checks numbers", "add from"
    ),
    "a source that nobody asks for": Broken(
        'from = "report"',
        'from = "reprot"',
        28,
        "unknown-evidence-type",
        "'reprot'",
        "mean report?",
    ),
    "a source without numbers": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nfrom = "report"',
        21,
        "from-unused",
        "no num",
        "out",
    ),
    "evidence with two rules": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nevidence = { report = {} }',
        26,
        "evidence-twice",
        "already in the requirement 'model-owner'",
        "one rule for each type",
    ),
    "an unknown field": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nfields = [\n  "summary",\n  "rollback.plans",\n]',
        23,
        "unknown-field",
        "'rollback.plans', which no change has",
        "did you mean rollback.plan",
    ),
    "no bound": Broken(
        ', max_gap = "0.03"', "", 32, "no-bound", "'recall' in requirement 'quality'", "max_gap"
    ),
    "a range of nothing": Broken(
        'max = "1"', 'max = "0.5"', 30, "empty-range", "min 0.90 lies above max 0.5", "exchange"
    ),
    "a bound below zero": Broken(
        'max_drop = "0.01"', 'max_drop = "-0.01"', 30, "negative-bound", "max_drop = -0.01", '"0"'
    ),
    "a gap with itself": Broken(
        '["web", "abroad"]', '["web"]', 32, "gap-of-one", "there is only one", "name the other"
    ),
    "a segment twice": Broken(
        '["web", "abroad"]', '["web", "abroad", "web"]', 32, "duplicate-id", "'web' stands", "one"
    ),
    "a shift of what nobody checks": Broken(
        'metrics = ["auc"]', 'metrics = ["f1"]', 9, "shift-unchecked", "'f1'", "requirement.metrics"
    ),
    "a shift upside down": Broken(
        'small = "0.01"', 'small = "0.1"', 10, "shift-order", "small = 0.1", "small <= moderate"
    ),
    "a block of a later version": Broken(
        "[operation]",
        "[limits]\nopen_candidates = 3\n[operation]",
        36,
        "unsupported-key",
        r"\[limits\] is not enforced by this version",
        "remove it",
    ),
    "an empty block of a later version": Broken(
        "[operation]",
        "[exceptions]\n[operation]",
        36,
        "unsupported-key",
        r"\[exceptions\]",
        "remove",
    ),
    "a key of a later version": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nnotify = []',
        21,
        "unsupported-key",
        "notify",
        "rem",
    ),
}


def test_the_policy_that_is_broken_below_is_good_before() -> None:
    assert problems(GOOD, "policy.toml") == []


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_policy_is_refused_with_line_code_and_mend(broken: Broken) -> None:
    assert GOOD.count(broken.old) >= 1
    text = GOOD.replace(broken.old, broken.new, 1)

    with pytest.raises(BadInput, match=broken.message):
        read_policy(text, file="policy.toml")
    matching = [one for one in problems(text, "policy.toml") if one.code == broken.code]

    assert [(one.file, one.line) for one in matching] == [("policy.toml", broken.line)]
    with pytest.raises(BadInput, match=broken.message):
        raise matching[0].as_error()
    if broken.mend:
        with pytest.raises(BadInput, match=broken.mend):
            raise BadInput("mend", matching[0].hint or "")


def test_an_error_names_file_and_line_in_front() -> None:
    with pytest.raises(BadInput, match=r"^my/policy\.toml:2: number: expected a whole number"):
        read_policy(GOOD.replace("number = 1", "number = true"), file="my/policy.toml")


def test_all_problems_are_found_in_one_go_in_the_order_of_their_lines() -> None:
    text = GOOD.replace("!online", "onlin").replace("report = ", "report = ", 1)
    text = text.replace('by = ["release-owner"]', 'by = ["nobody"]').replace("0.90", "2")

    found = [(one.line, one.code) for one in problems(text, "policy.toml")]

    assert found == [(15, "condition-unknown-name"), (30, "empty-range"), (37, "unknown-role")]


def test_what_is_unsupported_does_not_hide_what_else_is_wrong() -> None:
    text = GOOD.replace("[operation]", "[rollback]\nwithin = 1.5e3\n[operation]")

    assert [one.code for one in problems(text, "p")] == ["not-a-decimal"]

    text = text.replace("1.5e3", '"10m"').replace("number = 1", 'number = "1"')
    assert [one.code for one in problems(text, "p")] == ["wrong-type", "unsupported-key"]


SCRAPS: Final = [
    "",
    "=",
    '"',
    "[",
    "[[tier]]",
    "{}",
    "1",
    "true",
    "'x'",
    "\n",
    "requirement",
    "é",
    "#",
]


@given(st.integers(0, len(STANDARD)), st.integers(0, 60), st.sampled_from(SCRAPS))
def test_no_edit_of_a_policy_ends_in_anything_but_problems_with_lines(
    place: int, cut: int, scrap: str
) -> None:
    text = STANDARD[:place] + scrap + STANDARD[place + cut :]

    found = problems(text, "policy.toml")

    assert all(one.line is not None and 1 <= one.line <= text.count("\n") + 1 for one in found)
    if not found:
        assert read_policy(text, file="policy.toml").canonical()
