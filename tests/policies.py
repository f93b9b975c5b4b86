"""Pieces of policies to put behind the simulator's own, and people who fit them."""

from collections.abc import Mapping, Sequence

from tests.organisation import PEOPLE, POLICY, Organisation

STEWARDSHIP = """
[stewardship]
approvals = { auditor = 1 }
"""

OVERRIDES = """
[overrides]
set = ["release-owner"]
lift = { auditor = 1, release-owner = 1 }
"""

STEWARDED = (
    POLICY.replace('auditor = "reviews"', 'auditor = "reviews"\nsteward = "keeps the roster"')
    + "\n[stewardship]\napprovals = { steward = 1 }\n"
)
"""The simulator's policy with stewards of its own, who hold no other role."""

ENVIRONMENTS = """
[environments]
order = ["dev", "staging", "production"]
automatic = ["dev", "staging"]
services = ["deployer"]
"""


def too_much_to_compare() -> str:
    """A ``[limits]`` block with more words than two policies can be compared over."""
    lists = "".join(
        f"{tier} = {[f'{tier}-{number}' for number in range(190)]}\n"
        for tier in ("low", "medium", "high")
    )
    return f"\n[limits]\n[limits.mutations]\n{lists}"


def duty(role: str, must_not: str, when: str | None = None, id_: str = "the-duty") -> str:
    """A ``[[duty]]`` block."""
    condition = "" if when is None else f'when = "{when}"\n'
    return (
        f'\n[[duty]]\nid = "{id_}"\nrole = "{role}"\nmust_not = "{must_not}"\n{condition}'
        'because = "it is so"\n'
    )


def combine(one: str, other: str) -> str:
    """A ``[[combine]]`` block."""
    return f'\n[[combine]]\nroles = ["{one}", "{other}"]\nbecause = "a small team"\n'


def numbered(number: int, *blocks: str, text: str = POLICY) -> str:
    """The simulator's policy with *blocks* behind it, as number *number*."""
    return text.replace("number = 1\n", f"number = {number}\n") + "".join(blocks)


def under(
    *blocks: str,
    people: Mapping[str, Sequence[str]] | None = None,
    services: Mapping[str, tuple[str, Sequence[str]]] | None = None,
    text: str = POLICY,
) -> Organisation:
    """An organisation under the simulator's policy with *blocks*; *people* change PEOPLE."""
    return Organisation(
        policy=numbered(1, *blocks, text=text),
        people={**PEOPLE, **(people or {})},
        services=services,
    )


STAGES = """
[environments]
order = ["staging", "production"]
automatic = ["staging"]
services = ["deployer"]

[[stage]]
id = "shadow"
tiers = ["medium", "high"]
soak = "24h"
observed_by = ["watchdog", "evaluation-owner"]

[[stage]]
id = "guarded"
tiers = ["medium", "high"]
share = "0.05"
soak = "24h"
observed_by = ["watchdog", "evaluation-owner"]
[stage.metrics]
retry_rate = { max = "0.05" }

[[stage]]
id = "general"
observe = { low = "24h", medium = "72h", high = "168h" }

[rollback]
by = ["release-owner", "on-call"]
services = ["watchdog"]
within = "10m"
review_within = "48h"
[rollback.triggers]
incident = true
retry_rate = { max = "0.08" }
latency_p95_ms = { max = "80" }
[rollback.triggers.segments]
recall = { max_drop = "0.05" }
"""

STAGED = (
    POLICY.replace(
        'auditor = "reviews"', 'auditor = "reviews"\non-call = "may roll back at any hour"'
    )
    + STAGES
)
"""The simulator's policy with stages, a rollback on triggers, and an automatic staging."""

STAGED_PEOPLE: Mapping[str, Sequence[str]] = {**PEOPLE, "olga": ["on-call"]}
"""Who fits STAGED: omar operates, erin observes, olga and omar roll back."""

STAGED_SERVICES: Mapping[str, tuple[str, Sequence[str]]] = {
    "deployer": ("omar", ()),
    "watchdog": ("erin", ()),
}
"""The services of STAGED, each with the person who answers for it and its roles."""


def staged(*blocks: str, text: str = STAGED) -> Organisation:
    """An organisation under STAGED with *blocks* behind it, and those who fit it."""
    return Organisation(
        policy=numbered(1, *blocks, text=text), people=STAGED_PEOPLE, services=STAGED_SERVICES
    )
