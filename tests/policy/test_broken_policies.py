"""Policies with one thing wrong: the line, the code and the mend of each."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.policy_file import founding_policy
from ledger.errors import BadInput
from ledger.policy.checking.checks import check_policy
from ledger.policy.published import parse_policy
from ledger.policy.reading import problems, read_policy
from ledger.policy.starting import STANDARD
from tests.policy.broken import Broken
from tests.shell import Result, run_assent

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
domain = "quality"
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
[[duty]]
id = "no-own-reports"
role = "model-owner"
must_not = "attach-evidence"
when = "evidence_domain == 'quality'"
[[combine]]
roles = ["model-owner", "release-owner"]
[limits]
open_candidates = 8
open_candidates_per_service = 4
reserved_for_people = 2
prohibited_permissions = ["signer-access"]
[limits.mutations]
low = ["adapter"]
[environments]
order = ["dev", "production"]
automatic = ["dev"]
services = ["deployer"]
[stewardship]
approvals = { release-owner = 1 }
[overrides]
set = ["release-owner"]
lift = { release-owner = 1, model-owner = 1 }
[exceptions]
max_life = "72h"
approvals = { model-owner = 1, release-owner = 1 }
never = ["quality"]
controls = 1
review_within = "48h"
"""


BROKEN: Final = {
    "a misspelt block": Broken(
        "[roles]", "[rolez]", 3, "unknown-key", "unknown key 'rolez'; expected", "mean roles?"
    ),
    "a plural block": Broken(
        "[[tier]]\nis", "[[tiers]]\nis", 12, "unknown-key", "'tiers'", r"\[\[tier\]\]"
    ),
    "a misspelt key": Broken(
        "approve_within", "aprove_within", 36, "unknown-key", "in approvals", "mean approve_within?"
    ),
    "a key that nobody knows": Broken(
        "number = 1", "number = 1\ncolour = 1", 3, "unknown-key", "'colour'", "remove it"
    ),
    "a key that nobody knows, inside": Broken(
        "max_gap", "max_gape", 33, "unknown-key", "requirement.quality.segments.recall", "max_gap?"
    ),
    "no name": Broken('name = "fraud"\n', "", 1, "missing-key", "lacks the key 'name'", "add name"),
    "a requirement without id": Broken(
        'id = "quality"\n', "", 27, "missing-key", "requirement.3 lacks the key 'id'", "add id = "
    ),
    "a tier without its word": Broken(
        'is = "low"\n', "", 12, "missing-key", "tier.offline lacks the key 'is'", "add is = "
    ),
    "text for a number": Broken(
        "number = 1", 'number = "1"', 2, "wrong-type", "expected a whole number, found text", ""
    ),
    "a word for yes or no": Broken(
        "= true", '= "yes"', 35, "wrong-type", "expected true or false, found text", ""
    ),
    "text for a list": Broken(
        'by = ["release-owner"]', 'by = "release-owner"', 38, "wrong-type", "expected a list", ""
    ),
    "a list for a table": Broken(
        "{ model-owner = 1 }", '["model-owner"]', 21, "wrong-type", "expected a table", ""
    ),
    "a count of none": Broken(
        "{ model-owner = 1 }", "{ model-owner = 0 }", 21, "wrong-value", "expected at least 1", ""
    ),
    "nobody operates": Broken(
        'by = ["release-owner"]', "by = []", 38, "wrong-value", "operation.by: .*at least 1", ""
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
        'id = "quality"', 'id = "our quality"', 28, "wrong-value", "our quality", "a-z 0-9"
    ),
    "a role with capitals": Broken(
        "release-owner = ", "Release-Owner = ", 5, "wrong-value", "roles.Release-Owner", "a-z 0-9"
    ),
    "a float": Broken(
        'min = "0.90"', "min = 0.90", 31, "not-a-decimal", "min = 0.9: numbers", 'quotes: "0.9"'
    ),
    "a decimal with a comma": Broken(
        'min = "0.90"', 'min = "0,90"', 31, "not-a-decimal", "'0,90'", 'such as "0.95"'
    ),
    "a duration without unit": Broken(
        '"14d"', '"14"', 36, "not-a-duration", "'14' is not a duration", "72h, 14d"
    ),
    "a duration as a number": Broken(
        '"14d"', "14", 36, "not-a-duration", "expected a duration in quotes", '"30m" or "14d"'
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
        26,
        "unknown-role",
        "'judge'",
        r"add it to \[roles\]",
    ),
    "an unknown role that operates": Broken(
        'by = ["release-owner"]',
        'by = ["release-owners"]',
        38,
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
        28,
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
        'from = "report"\n', "", 27, "from-needed", "'quality' checks numbers", "add from"
    ),
    "a source that nobody asks for": Broken(
        'from = "report"',
        'from = "reprot"',
        29,
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
        27,
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
        ', max_gap = "0.03"', "", 33, "no-bound", "'recall' in requirement 'quality'", "max_gap"
    ),
    "a range of nothing": Broken(
        'max = "1"', 'max = "0.5"', 31, "empty-range", "min 0.90 lies above max 0.5", "exchange"
    ),
    "a bound below zero": Broken(
        'max_drop = "0.01"', 'max_drop = "-0.01"', 31, "negative-bound", "max_drop = -0.01", '"0"'
    ),
    "a gap with itself": Broken(
        '["web", "abroad"]', '["web"]', 33, "gap-of-one", "there is only one", "name the other"
    ),
    "a segment twice": Broken(
        '["web", "abroad"]', '["web", "abroad", "web"]', 33, "duplicate-id", "'web' stands", "one"
    ),
    "a shift of what nobody checks": Broken(
        'metrics = ["auc"]', 'metrics = ["f1"]', 9, "shift-unchecked", "'f1'", "requirement.metrics"
    ),
    "a shift upside down": Broken(
        'small = "0.01"', 'small = "0.1"', 10, "shift-order", "small = 0.1", "small <= moderate"
    ),
    "exceptions without an end": Broken(
        'max_life = "72h"\n',
        "",
        62,
        "missing-key",
        "exceptions lacks the key 'max_life'",
        "add max_life = ",
    ),
    "exceptions in the singular": Broken(
        "[exceptions]", "[exception]", 62, "unknown-key", "'exception'", r"mean \[exceptions\]\?"
    ),
    "a misspelt key of exceptions": Broken(
        "review_within", "reviewed_within", 67, "unknown-key", "in exceptions", "review_within?"
    ),
    "exceptions that nobody consents to": Broken(
        "approvals = { model-owner = 1, release-owner = 1 }",
        "approvals = {}",
        64,
        "wrong-value",
        "at least 1",
        "",
    ),
    "an exception for a moment": Broken(
        'max_life = "72h"', "max_life = 72", 63, "not-a-duration", "in quotes", '"30m"'
    ),
    "an unknown role that grants exceptions": Broken(
        "{ model-owner = 1, release-owner = 1 }",
        "{ model-owners = 1, release-owner = 1 }",
        64,
        "unknown-role",
        "'model-owners'",
        "mean model-owner?",
    ),
    "the root, who grants no exceptions": Broken(
        "{ model-owner = 1, release-owner = 1 }",
        "{ root = 1 }",
        64,
        "unknown-role",
        "'root'",
        "stands in for no consent to an exception: name a role",
    ),
    "a requirement that is never waived, misspelt": Broken(
        'never = ["quality"]',
        'never = ["qality"]',
        65,
        "unknown-requirement",
        "never names the requirement 'qality', and there is none",
        "did you mean quality?",
    ),
    "a requirement never waived that is a document": Broken(
        'never = ["quality"]',
        'never = ["quality", "card"]',
        65,
        "unknown-requirement",
        "'card'",
        "there are: evaluation, model-owner, quality",
    ),
    "a requirement that is never waived twice": Broken(
        'never = ["quality"]',
        'never = ["quality", "quality"]',
        65,
        "duplicate-id",
        r"requirement in \[exceptions\] never, 'quality'",
        "keep one of them",
    ),
    "more controls than can be named": Broken(
        "controls = 1",
        "controls = 101",
        66,
        "too-many-controls",
        "controls = 101 is more than one exception can name",
        "write 100 or less",
    ),
    "exceptions that could waive nothing": Broken(
        'never = ["quality"]',
        'never = ["quality", "evaluation"]',
        62,
        "nothing-to-waive",
        "the only one that asks for approvals",
        r"shorten never, or take \[exceptions\] out",
    ),
    "a duty about what nobody does": Broken(
        '"attach-evidence"',
        '"attach_evidence"',
        42,
        "wrong-value",
        "duty.no-own-reports.must_not: expected 'approve'",
        "mean attach-evidence?",
    ),
    "a duty without an act": Broken(
        'must_not = "attach-evidence"\n',
        "",
        39,
        "missing-key",
        "duty.no-own-reports lacks the key 'must_not'",
        "add must_not = ",
    ),
    "a duty called by its plural": Broken(
        "[[duty]]", "[[duties]]", 39, "unknown-key", "unknown key 'duties'", r"\[\[duty\]\]"
    ),
    "two duties of one name": Broken(
        "[[duty]]",
        '[[duty]]\nid = "no-own-reports"\nrole = "model-owner"\nmust_not = "act"\n[[duty]]',
        44,
        "duplicate-id",
        "the duty 'no-own-reports' stands twice",
        "another name",
    ),
    "a duty of an unknown role": Broken(
        'role = "model-owner"',
        'role = "model-owners"',
        41,
        "unknown-role",
        "'model-owners'",
        "did you mean model-owner?",
    ),
    "a duty that asks for an unknown name": Broken(
        "evidence_domain ==",
        "evidence_domains ==",
        43,
        "condition-unknown-name",
        "duty 'no-own-reports': character 1: unknown name 'evidence_domains'",
        "did you mean evidence_domain?",
    ),
    "a duty about evidence that asks for the tier": Broken(
        "\"evidence_domain == 'quality'\"",
        '"tier >= HIGH"',
        43,
        "condition-unknown-name",
        "duty 'no-own-reports': the name 'tier' is not known here",
        'tier follows from the documents that count, and a duty with must_not = "attach-evidence"',
    ),
    "a duty about everything that asks for the shift": Broken(
        'must_not = "attach-evidence"\nwhen = "evidence_domain == \'quality\'"',
        'must_not = "act"\nwhen = "shift != \'none\'"',
        43,
        "condition-unknown-name",
        "the name 'shift' is not known here",
        'the shift follows from the documents that count, and a duty with must_not = "act"',
    ),
    "a duty about evidence that asks for the requirement": Broken(
        "evidence_domain ==",
        "requirement ==",
        43,
        "condition-unknown-name",
        "the name 'requirement' is not known here",
        'it is known in: must_not = "approve"',
    ),
    "a requirement that asks for what only duties know": Broken(
        "tier >= MEDIUM",
        "evidence_domain == 'quality'",
        24,
        "condition-unknown-name",
        "requirement 'evaluation': the name 'evidence_domain' is not known here",
        'known in: must_not = "attach-evidence", must_not = "withdraw-evidence"',
    ),
    "a tier rule that asks for what an exception waives": Broken(
        '"!online"',
        "\"'safety' in waives_domains\"",
        15,
        "condition-unknown-name",
        "tier rule 'offline': the name 'waives_domains'",
        'must_not = "open"',
    ),
    "a duty whose condition is a word": Broken(
        "evidence_domain == 'quality'",
        "evidence_domain",
        43,
        "condition-type",
        "expected a yes-or-no fact, found a word",
        "a yes or a no",
    ),
    "a role called root": Broken(
        "release-owner = ", "root = ", 5, "name-taken", "'root' is the word for", "another name"
    ),
    "a requirement called stewardship": Broken(
        'id = "quality"',
        'id = "stewardship"',
        28,
        "name-taken",
        "'stewardship' is the requirement of new policies and of changes of the roster, so no",
        "another name",
    ),
    "a duty called root": Broken(
        'id = "no-own-reports"', 'id = "root"', 40, "name-taken", "so no duty can", "another name"
    ),
    "a pair of one role": Broken(
        '["model-owner", "release-owner"]',
        '["model-owner", "model-owner"]',
        45,
        "pair-of-one",
        "names the role 'model-owner' twice",
        "name the two roles",
    ),
    "a pair of three": Broken(
        '["model-owner", "release-owner"]',
        '["model-owner", "release-owner", "steward"]',
        45,
        "wrong-value",
        "combine.1.roles: expected at most 2",
        "",
    ),
    "a pair that stands twice, turned round": Broken(
        "[limits]",
        '[[combine]]\nroles = ["release-owner", "model-owner"]\n[limits]',
        47,
        "duplicate-id",
        "combination of 'model-owner and release-owner' stands twice",
        "keep one of them",
    ),
    "a pair with an unknown role": Broken(
        '["model-owner", "release-owner"]',
        '["model-owner", "release-woner"]',
        45,
        "unknown-role",
        "'release-woner'",
        "did you mean release-owner?",
    ),
    "a pair that no duty is about": Broken(
        "[limits]",
        '[[combine]]\nroles = ["release-owner", "release-owner.2"]\n[limits]',
        46,
        "combine-unused",
        "lifts nothing: no duty is about either of them",
        "take it out",
    ),
    "an unknown role that is told": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nnotify = ["auditor"]',
        21,
        "unknown-role",
        "'auditor'",
        r"add it to \[roles\]",
    ),
    "a role that is told twice": Broken(
        'id = "model-owner"',
        'id = "model-owner"\nnotify = ["model-owner", "model-owner"]',
        21,
        "duplicate-id",
        "role that is told in requirement 'model-owner' 'model-owner' stands twice",
        "keep one",
    ),
    "a ceiling below zero": Broken(
        "open_candidates = 8",
        "open_candidates = -1",
        47,
        "wrong-value",
        "limits.open_candidates: expected at least 0, found -1",
        "",
    ),
    "a ceiling of none": Broken(
        "open_candidates = 8",
        "open_candidates = 0",
        47,
        "ceiling-of-none",
        "lets nobody propose a release",
        "such as 64",
    ),
    "a ceiling for each above that for all": Broken(
        "per_service = 4",
        "per_service = 9",
        48,
        "ceiling-order",
        "= 9 is more than open_candidates = 8",
        "write 8 or less",
    ),
    "a reserve above the ceiling": Broken(
        "for_people = 2",
        "for_people = 9",
        49,
        "reserve-too-large",
        "= 9 is more than open_candidates = 8",
        "write 8 or less",
    ),
    "a reserve without a ceiling": Broken(
        "open_candidates = 8\n",
        "",
        48,
        "reserve-without-ceiling",
        "= 2 keeps places free, and there is no ceiling",
        "add open_candidates",
    ),
    "a permission prohibited twice": Broken(
        '["signer-access"]',
        '["signer-access", "signer-access"]',
        50,
        "duplicate-id",
        "prohibited permission 'signer-access' stands twice",
        "keep one",
    ),
    "a list of mutations for no tier": Broken(
        "low = [",
        "lwo = [",
        52,
        "wrong-value",
        "limits.mutations.lwo: expected 'low', 'medium' or 'high'",
        "did you mean low?",
    ),
    "two lists of mutations for one tier": Broken(
        "low = [",
        'low = ["prompt"]\nlow = [',
        53,
        "duplicate-key",
        "a key stands twice",
        "keep one",
    ),
    "a mutation that stands twice": Broken(
        '["adapter"]',
        '["adapter", "prompt", "adapter"]',
        52,
        "duplicate-id",
        "mutation of the tier low 'adapter' stands twice",
        "keep one",
    ),
    "an automatic environment out of order": Broken(
        'automatic = ["dev"]',
        'automatic = ["dev", "prodution"]',
        55,
        "unknown-environment",
        "'prodution' is not in the order",
        "did you mean production?",
    ),
    "an environment that stands twice": Broken(
        '["dev", "production"]',
        '["dev", "production", "dev"]',
        54,
        "duplicate-id",
        r"name in \[environments\] order, 'dev' stands twice",
        "keep one",
    ),
    "an automatic production": Broken(
        'automatic = ["dev"]',
        'automatic = ["dev", "production"]',
        55,
        "automatic-production",
        "'production' is the last environment, which is production",
        "comes after it",
    ),
    "services with nothing to operate": Broken(
        'automatic = ["dev"]\n',
        "",
        55,
        "services-unused",
        "none is automatic",
        "add automatic",
    ),
    "environments without an order": Broken(
        'order = ["dev", "production"]\n', "", 53, "missing-key", "lacks the key 'order'", "add"
    ),
    "an unknown steward": Broken(
        "{ release-owner = 1 }",
        "{ steward = 2 }",
        58,
        "unknown-role",
        "unknown role 'steward'",
        "model-owner, release-owner",
    ),
    "a policy that nobody consents to": Broken(
        "{ release-owner = 1 }", "{}", 58, "wrong-value", "approvals: expected at least 1 of", ""
    ),
    "an override in the singular": Broken(
        "[overrides]", "[override]", 59, "unknown-key", "'override'", r"mean \[overrides\]"
    ),
    "an unknown role that stops": Broken(
        'set = ["release-owner"]',
        'set = ["release-owner", "on-call"]',
        60,
        "unknown-role",
        "unknown role 'on-call'",
        "model-owner, release-owner",
    ),
    "a role that stops twice": Broken(
        'set = ["release-owner"]',
        'set = ["release-owner", "release-owner"]',
        60,
        "duplicate-id",
        r"role in \[overrides\] set, 'release-owner' stands twice",
        "keep one of them",
    ),
    "the root among those who stop": Broken(
        'set = ["release-owner"]',
        'set = ["root"]',
        60,
        "unknown-role",
        "unknown role 'root'",
        "the root signers may do it anyway: take it out",
    ),
    "an unknown role that lifts": Broken(
        "lift = { release-owner",
        "lift = { realease-owner",
        61,
        "unknown-role",
        "unknown role 'realease-owner'",
        "mean release-owner?",
    ),
    "a lift that takes nobody of a role": Broken(
        "lift = { release-owner = 1",
        "lift = { release-owner = 0",
        61,
        "wrong-value",
        "overrides.lift.release-owner: expected at least 1",
        "",
    ),
    "overrides of nobody": Broken(
        'set = ["release-owner"]\nlift = { release-owner = 1, model-owner = 1 }',
        "set = []",
        59,
        "empty-overrides",
        "gives nobody the power to stop or to lift",
        "take it out to leave both to the root",
    ),
    "a duty called exception": Broken(
        'id = "no-own-reports"',
        'id = "exception"',
        40,
        "name-taken",
        "'exception' is the requirement of exceptions, so no duty can",
        "another name",
    ),
    "a requirement called lift": Broken(
        'id = "quality"',
        'id = "lift"',
        28,
        "name-taken",
        "'lift' is the requirement of lifting stops, so no requirement can",
        "another name",
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


SHOWN: Final = (
    "a misspelt block",
    "a date",
    "an unknown fact",
    "an unknown role that approves",
    "a policy that requires nobody",
    "a requirement that is never waived, misspelt",
    "a duty about evidence that asks for the tier",
    "a pair that stands twice, turned round",
    "a ceiling for each above that for all",
    "a mutation that stands twice",
    "an automatic production",
    "an unknown steward",
)


@pytest.mark.parametrize("name", SHOWN)
def test_the_command_prints_file_line_and_mend_of_a_broken_policy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = BROKEN[name]
    monkeypatch.chdir(tmp_path)
    Path("next.toml").write_text(GOOD.replace(broken.old, broken.new, 1), encoding="utf-8")

    result = run_assent("policy", "check", "next.toml")

    lines = result.out.split("\n")
    (at,) = (n for n, line in enumerate(lines) if line.endswith(f"[{broken.code}]"))
    assert result.exit == 2
    assert re.match(f"next\\.toml:{broken.line}: .*{broken.message}", lines[at])
    assert re.match(f"  .*{broken.mend}", lines[at + 1])


VACUOUS: Final = {
    "a tier rule that never matches": Broken(
        '"!online"', '"online && !online"', 15, "never-true", "rule 'offline'", "'offline' out"
    ),
    "a requirement that always applies": Broken(
        "tier >= MEDIUM", "tier >= LOW", 24, "always-true", "requirement 'evaluation'", "condition"
    ),
    "a duty that never binds": Broken(
        "evidence_domain == 'quality'",
        "effect == 'exception' && effect == 'policy'",
        43,
        "never-true",
        "duty 'no-own-reports'",
        "take the duty 'no-own-reports' out",
    ),
}


def checked(text: str) -> Result:
    """What ``assent policy check`` says of *text*, in the folder of the test."""
    Path("next.toml").write_text(text, encoding="utf-8")
    return run_assent("policy", "check", "next.toml", "--json")


@pytest.mark.parametrize("broken", VACUOUS.values(), ids=VACUOUS.keys())
def test_a_condition_that_is_none_is_shown_and_breaks_no_rule_of_the_ledger(
    broken: Broken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = GOOD.replace(broken.old, broken.new, 1)

    result = checked(text)

    found = result.json["problems"][0]
    assert (result.exit, found["code"], found["line"]) == (2, broken.code, broken.line)
    assert broken.message in found["message"]
    assert broken.mend in found["hint"]
    assert problems(text, "next.toml") == []


def test_conditions_are_only_analysed_once_the_rules_are_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = GOOD.replace('"!online"', '"online && !online"')
    assert checked(GOOD).exit == 0

    result = checked(text.replace("{ model-owner = 1 }", "{ model-ower = 1 }"))

    assert [one["code"] for one in result.json["problems"]] == ["unknown-role"]


def test_a_policy_too_large_to_analyse_is_said_and_can_still_found_a_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ", ".join(f'"m{n}"' for n in range(200))
    lists = "".join(
        f"{tier} = [{words.replace('m', tier)}]\n" for tier in ("low", "medium", "high")
    )
    large = GOOD.replace('low = ["adapter"]\n', lists)

    result = checked(large)

    assert [one["code"] for one in result.json["problems"]] == ["too-many-cases"]
    people = {
        "ann": ["model-owner"],
        "bob": ["release-owner"],
        "cleo": ["release-owner"],
        "dan": [],
    }
    roster = {name: frozenset(roles) for name, roles in people.items()}
    document = founding_policy(Path("next.toml"), roster, lambda _: None)
    assert parse_policy(document.canonical).limits.mutations[2].names[199] == "high199"


def test_what_toml_cannot_repeat_is_found_in_canonical_json() -> None:
    data = json.loads(read_policy(GOOD, file="policy.toml").canonical())
    data["limits"]["mutations"] *= 2
    data["roles"] *= 2
    data["stewardship"]["approvals"] *= 2
    data["exceptions"]["approvals"] *= 2
    data["overrides"]["lift"] *= 2
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))

    found = check_policy(parse_policy(text), None)

    assert {(one.code, one.path) for one in found} == {
        ("duplicate-id", ("limits", "mutations", "low")),
        ("duplicate-id", ("roles", "model-owner")),
        ("duplicate-id", ("roles", "release-owner")),
        ("duplicate-id", ("stewardship", "approvals", "release-owner")),
        ("duplicate-id", ("exceptions", "approvals", "model-owner")),
        ("duplicate-id", ("exceptions", "approvals", "release-owner")),
        ("duplicate-id", ("overrides", "lift", "release-owner")),
        ("duplicate-id", ("overrides", "lift", "model-owner")),
    }


def test_an_error_names_file_and_line_in_front() -> None:
    with pytest.raises(BadInput, match=r"^my/policy\.toml:2: number: expected a whole number"):
        read_policy(GOOD.replace("number = 1", "number = true"), file="my/policy.toml")


def test_all_problems_are_found_in_one_go_in_the_order_of_their_lines() -> None:
    text = GOOD.replace("!online", "onlin").replace("report = ", "report = ", 1)
    text = text.replace('by = ["release-owner"]', 'by = ["nobody"]').replace("0.90", "2")

    found = [(one.line, one.code) for one in problems(text, "policy.toml")]

    assert found == [(15, "condition-unknown-name"), (31, "empty-range"), (38, "unknown-role")]


def test_a_block_that_only_asks_for_drills_is_not_called_empty() -> None:
    text = GOOD[: GOOD.index("set = [")] + 'drill_every = "90d"\n'

    assert problems(text, "p") == []


@pytest.mark.parametrize(
    "instead",
    [
        "approvals = { model-owner = 1 }\nhard = true",
        "approvals = { model-owner = 1 }\nfields = ['rollback.plan']",
        "approvals = { model-owner = 1 }",
    ],
    ids=["hard", "about the rollback", "the last approval"],
)
def test_what_is_never_waived_leaves_an_exception_nothing(instead: str) -> None:
    """The two others are on the never-list, so it all hangs on the one that asks for people."""
    text = GOOD.replace('never = ["quality"]', 'never = ["quality", "evaluation"]')
    text = text.replace("approvals = { model-owner = 1 }", instead, 1)

    assert [one.code for one in problems(text, "p")] == ["nothing-to-waive"]


@pytest.mark.parametrize(
    "instead",
    [
        "approvals = { model-owner = 1 }\nfields = ['why']",
        (
            "approvals = { model-owner = 1 }\n[[requirement]]\nid = 'second'\n"
            "approvals = { release-owner = 1 }"
        ),
    ],
    ids=["more than people", "another approval stays"],
)
def test_what_could_be_waived_somewhere_is_enough(instead: str) -> None:
    text = GOOD.replace('never = ["quality"]', 'never = ["quality", "evaluation"]')

    assert problems(text.replace("approvals = { model-owner = 1 }", instead, 1), "p") == []


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
