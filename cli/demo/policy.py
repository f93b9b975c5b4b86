"""The demo's own policy: the shape of ``assent policy new``, for screening models."""

from typing import Final

POLICY: Final = """\
# What a screening model needs before it may be released.
name = "screening-models"
number = 1

[roles]
model-owner      = "defines the capability and accepts task quality"
evaluation-owner = "runs the evaluations and answers for them"
security-owner   = "approves permissions and risky changes"
data-owner       = "approves datasets, retention and jurisdiction"
software-owner   = "approves the code that trains and judges"
release-owner    = "changes traffic and aliases"
on-call          = "is called when a release misbehaves"
steward          = "keeps the policy and the roster"
auditor          = "reviews evidence and compliance; changes nothing"

[declared]                       # a change says yes or no to each; silence counts as yes
personal_data    = "reads, or was trained on, personal data"
sensitive_domain = "credit, health, employment, identity"
online           = "used in live decisions"

[shift]
metrics = ["auc"]
small = "0.01"
moderate = "0.05"

[[tier]]                         # first match from the top
is = "high"
id = "people"
when = "personal_data || sensitive_domain"
[[tier]]
is = "low"
id = "small-and-offline"
when = "!online && shift in ['none', 'small']"
[[tier]]
is = "medium"
id = "everything-else"

[[requirement]]
id = "model-owner"
approvals = { model-owner = 1 }
because = "somebody accepts the task quality"

[[requirement]]
id = "data-lineage"
when = "modifies_data_lineage"
approvals = { data-owner = 1 }
because = "new data is the data owner's to allow"

[[requirement]]
id = "risk-review"
when = "expands_permissions || tier >= HIGH"
approvals = { security-owner = 1 }
hard = true
because = "no new risk without a review"

[[requirement]]
id = "code"
when = "modifies_code || modifies_evaluator"
approvals = { software-owner = 1 }
because = "what trains, and what judges, is reviewed as code"

[[requirement]]
id = "traffic"
approvals = { release-owner = 1 }
because = "who changes traffic has agreed to it"

[[requirement]]
id = "change-record"
fields = ["summary", "why", "owner", "rollout.plan", "rollback.plan", "rollback.owner"]
because = "how to go back is written down before going ahead"

[[requirement]]
id = "evaluation"
because = "who built it does not grade it"
[requirement.evidence.evaluation-report]
max_age = "30d"
by = ["evaluation-owner"]
independent = true               # not by anyone who had a hand in the change

[[requirement]]
id = "reproducible"
when = "touches.exists(c, c in ['model', 'dataset', 'code'])"
evidence = { training-record = {} }
because = "seed, configuration, code and data version can be looked up"

[[requirement]]
id = "high-risk-file"
when = "tier >= HIGH"
evidence = { model-card = { max_age = "90d" } }
because = "what carries a high risk is described for those who live with it"

[[requirement]]
id = "quality"
from = "evaluation-report"
because = "no release is worse than what runs, for anybody"
[requirement.metrics]
auc            = { better = "higher", min = "0.95", max_drop = "0.01" }
brier          = { better = "lower", max = "0.08" }
latency_p95_ms = { better = "lower", max = "50" }
[requirement.segments]           # lesions by size: none may fall behind
recall = { names = ["small", "medium", "large"], min = "0.85", max_gap = "0.10", max_drop = "0.05" }

[approvals]
distinct_people = true           # different roles need different people
approve_within = "14d"
use_within = "72h"

[operation]
by = ["release-owner"]

[[stage]]
id = "shadow"                    # scores every lesion, and shows nobody
soak = "24h"
observed_by = ["watchdog"]
[stage.metrics]
flagged = { min = "0.20", max = "0.60" }

[[stage]]
id = "canary"                    # one lesion in ten
share = "0.10"
soak = "48h"
observed_by = ["watchdog"]
[stage.metrics]
overruled = { max = "0.08" }

[[stage]]
id = "general"                   # all of them, and watched for as long as it says
observe = { low = "72h", medium = "72h", high = "72h" }

[rollback]
by = ["release-owner", "on-call"]
services = ["watchdog"]
within = "30m"
review_within = "48h"
[rollback.triggers]
incident  = true
overruled = { max = "0.10" }

[overrides]                      # one person stops, two others let it go on
set = ["release-owner", "on-call"]
lift = { model-owner = 1, security-owner = 1 }

[stewardship]
approvals = { steward = 2 }
"""
"""Numbers are bounds on what :mod:`cli.demo.evaluation` and :mod:`cli.demo.live` report."""
