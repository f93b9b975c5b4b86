"""Every kind of weakening, to be planted in the policy of ``tests.policy.weakened``."""

from typing import Final

from ledger.policy.document import Policy
from tests.policy.weakened import BASE, policy

PLANTED: Final = {
    "a tier rule that catches less": (
        "personal_data || shift",
        "shift",
        {"tier", "approvals", "evidence"},
        ("shift none", "personal_data"),
    ),
    "a lower tier": ('is = "medium"', 'is = "low"', {"tier"}, None),
    "a wider bound of the shift": (
        'moderate = "0.05"',
        'moderate = "0.06"',
        {"tier"},
        ("shift large under A, moderate under B",),
    ),
    "an approval fewer": (
        "model-owner = 2",
        "model-owner = 1",
        {"approvals"},
        ("environment production",),
    ),
    "a narrower condition": (
        'when = "modifies_data_lineage"',
        "when = \"'dataset' in touches\"",
        {"approvals"},
        ("environment production", "touches features"),
    ),
    "another role": (
        "{ data-owner = 1 }",
        "{ model-owner = 1 }",
        {"approvals"},
        ("environment production", "touches dataset"),
    ),
    "a requirement that may be waived": (
        "hard = true",
        "hard = false",
        {"hard", "approvals"},
        ("environment dev", "shift large"),
    ),
    "a field not asked for": ('"why", "rollback.plan"', '"why"', {"field"}, ()),
    "a document not asked for": ("model-card = {}", "", {"evidence"}, None),
    "an older document": ('max_age = "30d"', 'max_age = "31d"', {"max-age"}, None),
    "a document of any age": ('max_age = "30d", ', "", {"max-age"}, None),
    "a document by more roles": (
        'by = ["evaluation-owner"]',
        'by = ["evaluation-owner", "model-owner"]',
        {"attached-by"},
        None,
    ),
    "a document by anybody": ('by = ["evaluation-owner"], ', "", {"attached-by"}, None),
    "a document by a party": (", independent = true", "", {"independent"}, None),
    "a lower minimum": ('min = "0.90"', 'min = "0.8999"', {"min"}, None),
    "a higher maximum": ('max = "50"', 'max = "50.5"', {"max"}, None),
    "a larger drop": ('max_drop = "0.01"', 'max_drop = "0.010000000001"', {"max_drop"}, None),
    "a larger rise": ('max_rise = "5"', 'max_rise = "6"', {"max_rise"}, None),
    "no ratio": (', max_rise_ratio = "0.10"', "", {"max_rise_ratio"}, None),
    "a metric not looked at": (
        'latency = { max = "50", max_rise = "5", max_rise_ratio = "0.10" }',
        "",
        {"number"},
        None,
    ),
    "a segment not looked at": ('"web", "shop"', '"web"', {"number"}, None),
    "a wider gap": ('max_gap = "0.05"', 'max_gap = "0.06"', {"max_gap"}, None),
    "a permission allowed": (
        'prohibited_permissions = ["self-modify"]',
        "",
        {"prohibited-permission"},
        ("permissions self-modify",),
    ),
    "a mutation allowed": (
        'low = ["quantization"]',
        'low = ["quantization", "adapter"]',
        {"mutation-not-allowed"},
        ("mutations adapter", "shift none"),
    ),
    "all mutations allowed": ('low = ["quantization"]\n', "", {"mutation-not-allowed"}, None),
    "one person in many roles": (
        "distinct_people = true",
        "distinct_people = false",
        {"distinct-people"},
        None,
    ),
    "more time to approve": (
        'approve_within = "14d"',
        'approve_within = "15d"',
        {"approve-within"},
        None,
    ),
    "any time to use": ('use_within = "72h"', "", {"use-within"}, None),
    "more who operate": (
        'by = ["release-owner"]\n',
        'by = ["release-owner", "model-owner"]\n',
        {"operation"},
        None,
    ),
    "more candidates": ("open_candidates = 64", "open_candidates = 65", {"ceiling"}, None),
    "any number of candidates of a service": (
        "open_candidates_per_service = 8",
        "",
        {"ceiling"},
        None,
    ),
    "less kept for people": (
        "reserved_for_people = 8",
        "reserved_for_people = 7",
        {"ceiling"},
        None,
    ),
    "an environment before left out": (
        '"dev", "staging", "production"',
        '"dev", "production"',
        {"environments"},
        None,
    ),
    "an environment that was not known": (
        '"dev", "staging", "production"',
        '"lab", "dev", "staging", "production"',
        {"environments"},
        None,
    ),
    "another automatic environment": (
        'automatic = ["dev"]',
        'automatic = ["dev", "staging"]',
        {"automatic", "approvals"},
        ("environment staging",),
    ),
    "another service that operates": (
        'services = ["deployer"]',
        'services = ["deployer", "bot"]',
        {"services"},
        None,
    ),
    "one steward": ("steward = 2", "steward = 1", {"stewardship"}, None),
    "a lift by fewer people": (
        "security-owner = 2, model-owner = 1",
        "security-owner = 1, model-owner = 1",
        {"lift"},
        None,
    ),
    "a lift by one role": ("security-owner = 2, model-owner", "model-owner", {"lift"}, None),
    "a role that may no longer stop": (
        'set = ["security-owner", "steward"]',
        'set = ["security-owner"]',
        {"stops"},
        None,
    ),
    "a duty narrowed": (
        "effect == 'release' && hidden_test_access",
        "effect == 'release' && hidden_test_access && online",
        {"duty"},
        ("hidden_test_access",),
    ),
    "a duty about another requirement": (
        "requirement == 'permissions'",
        "requirement == 'data'",
        {"duty"},
        ("requirement permissions",),
    ),
    "a duty about other evidence": (
        "evidence_domain == 'quality'",
        "evidence_domain == ''",
        {"duty"},
        ("evidence evaluation-report",),
    ),
    "a duty about fewer exceptions": (
        "['safety', 'security']",
        "['safety']",
        {"duty"},
        (
            "a proposal of the effect exception",
            "waives_domains security",
            "personal_data",
            "online",
            "hidden_test_access",
            "requirement exception",
        ),
    ),
    "longer exceptions": ('max_life = "72h"', 'max_life = "73h"', {"exception-life"}, None),
    "an exception by fewer people": (
        "security-owner = 1, release-owner = 2",
        "security-owner = 1, release-owner = 1",
        {"exception-consent"},
        None,
    ),
    "an exception by another role": (
        "security-owner = 1, release-owner = 2",
        "model-owner = 1, release-owner = 2",
        {"exception-consent"},
        None,
    ),
    "a requirement that may be waived once": (
        'never = ["data"]\n',
        "",
        {"never-waived"},
        ("environment production", "touches dataset"),
    ),
    "fewer controls": ("controls = 2", "controls = 1", {"exception-controls"}, None),
    "a later review": ('review_within = "48h"', 'review_within = "3d"', {"exception-review"}, None),
    "more exceptions without stewards": (
        "repeat_after = 2",
        "repeat_after = 3",
        {"exception-repeat"},
        None,
    ),
    "any number of exceptions without stewards": (
        "repeat_after = 2\n",
        "",
        {"exception-repeat"},
        None,
    ),
    "rarer drills": ('drill_every = "90d"', 'drill_every = "91d"', {"drills"}, None),
    "no drills": ('drill_every = "90d"\n', "", {"drills"}, None),
    "a duty about one act alone": ('must_not = "act"', 'must_not = "operate"', {"duty"}, ()),
    "a duty of another role": ('role = "auditor"', 'role = "steward"', {"duty"}, ()),
    "another pair combined": (
        "[declared]",
        '[[combine]]\nroles = ["data-owner", "security-owner"]\n[declared]',
        {"combination"},
        None,
    ),
    "approvals under a name that no duty has": (
        'id = "permissions"',
        'id = "powers"',
        {"not-by"},
        ("shift large",),
    ),
    "approvals under another name where the old one no longer applies": (
        'id = "permissions"\nwhen = "tier >= HIGH"\n',
        (
            'id = "permissions"\nwhen = "tier >= HIGH && online"\n'
            "approvals = { security-owner = 1 }\nhard = true\n"
            '[[requirement]]\nid = "powers"\nwhen = "tier >= HIGH"\n'
        ),
        {"not-by"},
        ("shift large",),
    ),
    "more approvals, and a duty about none of them": (
        'id = "permissions"\nwhen = "tier >= HIGH"\napprovals = { security-owner = 1 }',
        'id = "powers"\nwhen = "tier >= MEDIUM"\napprovals = { security-owner = 2 }',
        {"not-by"},
        ("shift large",),
    ),
    "approvals of whom a duty binds in fewer cases": (
        'id = "permissions"\nwhen = "tier >= HIGH"\n',
        (
            'id = "powers"\nwhen = "tier >= HIGH && !personal_data"\n'
            "approvals = { security-owner = 1 }\nhard = true\n"
            '[[requirement]]\nid = "permissions"\nwhen = "tier >= HIGH && personal_data"\n'
        ),
        {"not-by"},
        ("shift large",),
    ),
    "a document of a domain that no duty is about": (
        'domain = "quality"',
        'domain = "performance"',
        {"duty"},
        ("evidence evaluation-report",),
    ),
    "a fact nobody has to declare": (
        'hidden_test_access = "h"\n',
        "",
        {"declared", "duty"},
        ("hidden_test_access",),
    ),
}
"""What is replaced by what, the codes it is found under, and the smallest example."""


def planted(name: str) -> tuple[Policy, Policy]:
    """The policy as it is, and with the weakening of that name."""
    old, new, _, _ = PLANTED[name]
    assert old in BASE, name
    text = BASE.replace(old, new)
    if name == "a fact nobody has to declare":
        text = text.replace("effect == 'release' && hidden_test_access", "false")
    return policy(BASE), policy(text)
