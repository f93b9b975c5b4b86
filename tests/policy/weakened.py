"""A policy with something in every block, to be weakened."""

from typing import Final

from ledger.policy.document import Policy
from ledger.policy.reading import read_policy

BASE: Final = """
name = "compared"
number = 1
[roles]
model-owner = "m"
data-owner = "d"
security-owner = "s"
evaluation-owner = "e"
release-owner = "r"
steward = "st"
auditor = "a"
[[duty]]
id = "no-own-tests"
role = "evaluation-owner"
must_not = "open"
when = "effect == 'release' && hidden_test_access"
[[duty]]
id = "no-runtime-privileges"
role = "data-owner"
must_not = "approve"
when = "requirement == 'permissions'"
[[duty]]
id = "no-own-results"
role = "release-owner"
must_not = "attach-evidence"
when = "evidence_domain == 'quality'"
[[duty]]
id = "no-waiving"
role = "model-owner"
must_not = "approve"
when = "effect == 'exception' && waives_domains.exists(d, d in ['safety', 'security'])"
[[duty]]
id = "changes-nothing"
role = "auditor"
must_not = "act"
[[combine]]
roles = ["model-owner", "release-owner"]
[declared]
personal_data = "p"
online = "o"
hidden_test_access = "h"
[shift]
metrics = ["auc"]
small = "0.01"
moderate = "0.05"
[[tier]]
is = "high"
id = "people"
when = "personal_data || shift == 'large' || expands_permissions"
[[tier]]
is = "low"
id = "offline"
when = "!online && touches.all(c, c == 'model')"
[[tier]]
is = "medium"
id = "ordinary"
[[requirement]]
id = "model-owner"
approvals = { model-owner = 2 }
[[requirement]]
id = "data"
when = "modifies_data_lineage"
approvals = { data-owner = 1 }
[[requirement]]
id = "permissions"
when = "tier >= HIGH"
approvals = { security-owner = 1 }
hard = true
[[requirement]]
id = "traffic"
when = "affects_production_traffic"
approvals = { release-owner = 1 }
[[requirement]]
id = "told"
fields = ["why", "rollback.plan"]
[[requirement]]
id = "evaluation"
when = "tier >= MEDIUM"
domain = "quality"
notify = ["auditor"]
[requirement.evidence]
evaluation-report = { max_age = "30d", by = ["evaluation-owner"], independent = true }
model-card = {}
[[requirement]]
id = "quality"
when = "tier >= MEDIUM"
from = "evaluation-report"
[requirement.metrics]
auc = { min = "0.90", max_drop = "0.01" }
latency = { max = "50", max_rise = "5", max_rise_ratio = "0.10" }
[requirement.segments]
recall = { names = ["web", "shop", "abroad"], min = "0.5", max_gap = "0.05" }
[limits]
open_candidates = 64
open_candidates_per_service = 8
reserved_for_people = 8
prohibited_permissions = ["self-modify"]
[limits.mutations]
low = ["quantization"]
medium = ["quantization", "adapter"]
[approvals]
distinct_people = true
approve_within = "14d"
use_within = "72h"
[operation]
by = ["release-owner"]
[environments]
order = ["dev", "staging", "production"]
automatic = ["dev"]
services = ["deployer"]
[stewardship]
approvals = { steward = 2 }
[overrides]
set = ["security-owner", "steward"]
lift = { security-owner = 2, model-owner = 1 }
drill_every = "90d"
[exceptions]
max_life = "72h"
approvals = { security-owner = 1, release-owner = 2 }
never = ["data"]
controls = 2
review_within = "48h"
repeat_after = 2
"""
"""A policy with something in every block."""


def policy(text: str) -> Policy:
    """The policy that is written in *text*."""
    return read_policy(text, file="policy.toml")
