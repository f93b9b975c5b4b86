"""The policies that ``assent policy new`` writes: text to start from, every line enforced."""

from typing import Final

from ledger.policy.starting_small import SMALL

__all__ = ["SMALL", "STANDARD"]

STANDARD: Final = """\
# What a change needs before it may be released. Check it with: assent policy check FILE
# Conditions (when) are a small subset of CEL over the names that `assent policy facts` lists.
# Numbers that decide stand in quotes; durations are 30m, 72h, 14d.

name = "models"
number = 1                       # goes up by one with every published text

# ---- Who is accountable for what ----
[roles]
model-owner      = "defines the capability and accepts task quality"
evaluation-owner = "maintains suites and the quality of evidence"
security-owner   = "approves permissions and threat controls"
data-owner       = "approves datasets, retention and jurisdiction"
software-owner   = "approves code and evaluator changes"
release-owner    = "changes traffic and aliases"
on-call          = "is called when a release misbehaves"
steward          = "keeps the policy and the roster"
auditor          = "reviews evidence and compliance; changes nothing"

# ---- What holders of a role must not do, in whatever other role they would do it ----
[[duty]]
id = "model-owner-no-security-exceptions"
role = "model-owner"
must_not = "approve"
when = "effect == 'exception' && waives_domains.exists(d, d in ['safety', 'security'])"
because = "the owner of a capability does not waive its safeguards"

[[duty]]
id = "no-hidden-test-candidates"
role = "evaluation-owner"
must_not = "open"
when = "effect == 'release' && hidden_test_access"
because = "who has seen the hidden tests does not breed candidates for them"

[[duty]]
id = "security-does-not-judge-quality"
role = "security-owner"
must_not = "withdraw-evidence"
when = "evidence_domain == 'quality'"
because = "threat control does not override the evidence of quality"

[[duty]]
id = "data-owner-no-runtime-privileges"
role = "data-owner"
must_not = "approve"
when = "requirement == 'permissions'"
because = "data stewardship is no authority over what a model may do"

[[duty]]
id = "release-owner-no-evaluations"
role = "release-owner"
must_not = "attach-evidence"
when = "evidence_domain == 'quality'"
because = "who ships does not write the results it ships on"

[[duty]]
id = "auditor-changes-nothing"
role = "auditor"
must_not = "act"                 # but accept, change keys, comment, review and stop
because = "a judge is not a party"

# Where one person holds two roles, this lifts duties of the one for what is done in the other.
# [[combine]]
# roles = ["release-owner", "evaluation-owner"]
# because = "a team of four"

# ---- Facts only people know. A change says yes or no to each; silence counts as yes. ----
[declared]
personal_data      = "reads, or was trained on, personal data"
sensitive_domain   = "credit, health, employment, identity"
new_data_source    = "a source the alias has not used before"
objective_change   = "the training objective or the label changed"
policy_semantics   = "the meaning of a decision changed"
new_channel        = "a channel or device class not covered before"
new_feature        = "an input the alias has not used before"
new_tool           = "the model can call something new"
network_access     = "the model can reach a network"
code_execution     = "the model can run code"
hidden_test_access = "somebody with a hand in it has seen the hidden tests"
online             = "used in live decisions"

[shift]                          # the largest relative change of these metrics, as a word
metrics = ["auc"]
small = "0.01"                   # none: no change; small: up to this; moderate: up to the next
moderate = "0.05"

# ---- Tiers: first match from the top; a proposer may only raise ----
[[tier]]
is = "high"
id = "new-powers"
when = "expands_permissions || new_tool || network_access || code_execution"
[[tier]]
is = "high"
id = "people"
when = "personal_data || sensitive_domain || policy_semantics"
[[tier]]
is = "high"
id = "new-ground"
when = "new_data_source || objective_change || new_channel || shift == 'large'"
[[tier]]
is = "low"
id = "small-and-offline"
when = "!online && shift in ['none', 'small'] && touches.all(c, c == 'model')"
[[tier]]
is = "medium"
id = "ordinary-change"
when = "new_feature || shift == 'moderate' || touches.exists(c, !(c in ['evaluator', 'tools']))"
[[tier]]
is = "high"
id = "nothing-else-fits"

# ---- Requirements: all that apply must be met ----
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
id = "permissions"
when = "expands_permissions || tier >= HIGH"
approvals = { security-owner = 1 }
domain = "security"
hard = true
because = "no new power without a threat review"

[[requirement]]
id = "code"
when = "modifies_code || modifies_evaluator"
approvals = { software-owner = 1 }
because = "what runs, and what judges, is reviewed as code"

[[requirement]]
id = "traffic"
approvals = { release-owner = 1 }
because = "who changes traffic has agreed to it"

[[requirement]]
id = "change-record"
fields = ["summary", "why", "scope", "impact", "risk_rationale", "owner", "rollout.plan",
    "rollback.plan", "rollback.trigger", "rollback.owner", "rollback.within"]
because = "a rollback plan is written before the release, not during the incident"

[[requirement]]
id = "evaluation"
domain = "quality"
notify = ["data-owner", "auditor"]   # told in their inbox, and need not answer
because = "who built it does not grade it"
[requirement.evidence]           # independent: not by a party to the proposal
evaluation-report = { max_age = "30d", by = ["evaluation-owner"], independent = true }

[[requirement]]
id = "reproducible"
when = "touches.exists(c, c in ['model', 'dataset', 'features', 'code'])"
evidence = { training-record = {} }
because = "seed, configuration, code and data versions can be looked up"

[[requirement]]
id = "high-risk-file"
when = "tier >= HIGH"
evidence = { model-card = { max_age = "90d" } }
because = "what carries a high risk is described for those who live with it"

[[requirement]]
id = "quality"
domain = "quality"
from = "evaluation-report"       # only a document that counts supplies numbers
because = "no release is worse than what runs, for anybody"
[requirement.metrics]
auc            = { better = "higher", min = "0.90", max_drop = "0.01" }
latency_p95_ms = { better = "lower", max = "50" }
[requirement.segments]           # name your own segments; none may fall behind the best of them
recall = { names = ["web", "in-store", "abroad"], max_gap = "0.05", max_drop = "0.02" }

# ---- Limits ----
[limits]
open_candidates = 64             # proposals of releases that may be open at once, in all
open_candidates_per_service = 8
reserved_for_people = 8          # places that no service can take
prohibited_permissions = ["signer-access", "policy-write", "self-modify"]
[limits.mutations]               # what a change may name at each tier; without a list, anything
low    = ["quantization", "adapter"]
medium = ["quantization", "adapter", "prompt", "hyperparameters", "features"]
high   = [
    "quantization", "adapter", "prompt", "hyperparameters", "features", "architecture",
    "objective", "tools",
]

# ---- How approvals count (parties to a proposal never approve it: that is no option) ----
[approvals]
distinct_people = true           # different roles need different people
approve_within = "14d"           # from the revision to the approval that makes it ready
use_within = "72h"               # from that approval to the start of the release

# ---- Who starts, advances and completes releases ----
[operation]
by = ["release-owner"]

# ---- Environments ----
# Without this block every alias, whatever stands after its slash, is production. With it a stack
# passes them in order, and in the automatic ones only what is hard needs approvals.
# [environments]
# order = ["dev", "staging", "production"]
# automatic = ["dev", "staging"]
# services = ["deployer"]          # signers that may operate the automatic ones

# ---- Stages of a release to production, in order; who operates it never observes it ----
[[stage]]
id = "shadow"                    # answers beside what runs; nobody is served by it
tiers = ["medium", "high"]
soak = "24h"
observed_by = ["evaluation-owner"]       # or a service that watches: ["watchdog"]
[[stage]]
id = "guarded"
tiers = ["medium", "high"]
share = "0.05"                   # of the traffic
soak = "24h"
observed_by = ["evaluation-owner"]
[stage.metrics]                  # every observation names them, and holds their bounds
latency_p95_ms = { better = "lower", max = "50" }
error_rate     = { better = "lower", max = "0.01" }
[[stage]]
id = "general"
observe = { low = "24h", medium = "72h", high = "168h" }   # how long it is watched afterwards

# ---- Back to the stack before: alone and at once, and looked at afterwards ----
[rollback]
by = ["release-owner", "on-call"]        # services = [...] roll back on a trigger only
within = "10m"
review_within = "48h"
[rollback.triggers]              # what calls for it
incident       = true
latency_p95_ms = { better = "lower", max = "80" }
error_rate     = { better = "lower", max = "0.02" }
[rollback.triggers.segments]     # in every segment that is reported
recall = { max_drop = "0.05" }

# ---- Who consents to the next policy and to changes of the roster; the root may stand in ----
[stewardship]
approvals = { steward = 2 }

# ---- Who may stop at once and alone, beside the root, and who consents to going on ----
[overrides]
set = ["security-owner", "release-owner", "on-call", "steward"]
lift = { security-owner = 1, model-owner = 1 }   # the root may stand in
drill_every = "90d"              # a stop that nobody has rehearsed is a hope

# ---- When the rules have to wait: what may be waived, for one change and for a while ----
# Never what is hard, the fields of the rollback, or the last approval that is asked for.
[exceptions]
max_life = "72h"                 # from asking for it to its end
approvals = { security-owner = 1, release-owner = 1 }   # nobody stands in
never = ["data-lineage"]         # beside what is never waived anyway
controls = 1                     # what makes up for it: compensating controls to be named
review_within = "48h"            # of its end, by somebody who had no part in it
repeat_after = 2                 # from the third in 90 days for one alias, stewards consent too
"""
"""For organisations in which different people own quality, data, security, code and traffic."""
