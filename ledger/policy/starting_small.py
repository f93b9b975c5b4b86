"""The policy that ``assent policy new --small`` writes, for a handful of people."""

from typing import Final

SMALL: Final = """\
# A policy for a team of two or three: one reviewer who is not the author, and the numbers.

name = "models"
number = 1                       # goes up by one with every published text

[roles]
reviewer = "looks at what others propose, and answers for having agreed"
operator = "starts and completes releases"
steward  = "keeps the policy and the roster"

[declared]                       # a change says yes or no to each; silence counts as yes
personal_data = "reads, or was trained on, personal data"
online        = "used in live decisions"

# ---- Tiers: first match from the top; a proposer may only raise ----
[[tier]]
is = "high"
id = "people-or-powers"
when = "personal_data || expands_permissions"
[[tier]]
is = "low"
id = "offline"
when = "!online"
[[tier]]
is = "medium"
id = "everything-else"

# ---- Requirements: all that apply must be met ----
[[requirement]]
id = "second-pair-of-eyes"
approvals = { reviewer = 1 }
because = "nobody releases their own change alone"

[[requirement]]
id = "change-record"
fields = ["summary", "why", "rollback.plan"]
because = "how to go back is written down before going ahead"

[[requirement]]
id = "evaluation"
when = "tier >= MEDIUM"
evidence = { evaluation-report = { max_age = "30d" } }
because = "a live change comes with its numbers"

[[requirement]]
id = "high-risk-file"
when = "tier >= HIGH"
evidence = { model-card = {} }
because = "what carries a high risk is described"

[limits]
open_candidates = 16             # proposals of releases that may be open at once, in all
open_candidates_per_service = 4
reserved_for_people = 4          # places that no service can take
prohibited_permissions = ["signer-access", "policy-write", "self-modify"]

[approvals]
distinct_people = true
approve_within = "14d"
use_within = "72h"

[operation]
by = ["operator"]

[[stage]]                        # one step: everybody at once, and nothing to be observed
id = "general"

[rollback]                       # to the stack before, alone and at once; looked at afterwards
by = ["reviewer", "operator", "steward"]
within = "1h"
review_within = "72h"

[stewardship]                    # who consents to policy and roster; the root may stand in
approvals = { steward = 1 }

[overrides]                      # who may stop, beside the root, and who consents to going on
set = ["reviewer", "operator", "steward"]
lift = { reviewer = 1 }
"""
"""For teams of two or three, where one other person looks at each change."""
