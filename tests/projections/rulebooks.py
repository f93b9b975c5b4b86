"""Policies that follow each other in a random history: the simulator's own, with more."""

from functools import cache

from ledger.model.effects import PolicyEffect
from tests.organisation import POLICY, new_policy

PIECES = (
    """
[[requirement]]
id = "told"
when = "online"
approvals = { model-owner = 2 }
notify = ["auditor", "data-owner"]
because = "two people look, and others know"
""",
    """
[[requirement]]
id = "powers"
when = "expands_permissions || tier >= HIGH"
approvals = { data-owner = 1 }
hard = true
because = "new powers are looked at everywhere"
""",
    """
[limits]
open_candidates = 60
open_candidates_per_service = 1
reserved_for_people = 2
prohibited_permissions = ["network"]
[limits.mutations]
low = []
medium = ["adapter"]
""",
    """
[[duty]]
id = "no-data-approvals"
role = "model-owner"
must_not = "approve"
when = "requirement == 'data' || (requirement == 'model-owner' && personal_data)"
because = "who builds does not allow the data"
[[duty]]
id = "no-own-evaluations"
role = "release-owner"
must_not = "attach-evidence"
because = "who ships does not evaluate"
[[duty]]
id = "no-private-data"
role = "data-owner"
must_not = "open"
when = "personal_data"
because = "who keeps the data does not ask for it"
[[duty]]
id = "auditor-changes-nothing"
role = "auditor"
must_not = "act"
when = "effect == 'release'"
because = "a judge is not a party"
""",
    """
[[combine]]
roles = ["model-owner", "data-owner"]
because = "a small team"
""",
    """
[environments]
order = ["staging", "production"]
automatic = ["staging"]
services = ["pilot"]
""",
    """
[stewardship]
approvals = { data-owner = 2 }
""",
    """
[overrides]
set = ["release-owner"]
lift = { auditor = 1, model-owner = 1 }
""",
    """
[[stage]]
id = "shadow"
tiers = ["medium", "high"]
soak = "2h"
observed_by = ["evaluation-owner", "breeder"]
[[stage]]
id = "guarded"
tiers = ["high"]
share = "0.05"
observed_by = ["auditor", "evaluation-owner"]
[stage.metrics]
retry_rate = { max = "0.05" }
[[stage]]
id = "general"
share = "1"
observe = { low = "3h", medium = "6h", high = "12h" }
""",
    """
[rollback]
by = ["release-owner"]
services = ["breeder"]
within = "10m"
review_within = "48h"
[rollback.triggers]
incident = true
retry_rate = { max = "0.08" }
""",
)
WAIVING = """
[exceptions]
max_life = "72h"
approvals = { release-owner = 1 }
controls = 1
review_within = "24h"
"""
SOAK = 2 * 3600
_BARE = 7
_COMBINE = 4
_DUTIES = 3


@cache
def rulebook(number: int, kind: int) -> PolicyEffect:
    """A request for policy *number*; *kind* chooses what it has beside the usual; most waive."""
    chosen = kind * 37 % (1 << len(PIECES))
    if chosen >> _COMBINE & 1:
        chosen |= 1 << _DUTIES
    extra = "".join(piece for i, piece in enumerate(PIECES) if chosen >> i & 1)
    extra += WAIVING if kind % _BARE else ""
    return new_policy(POLICY.replace("number = 1\n", f"number = {number}\n") + extra)
