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


SAFEGUARDS = """
[[requirement]]
id = "permissions"
when = "expands_permissions"
approvals = { security-owner = 1 }
domain = "security"
hard = true
because = "no new power without a threat review"
[[requirement]]
id = "threats"
when = "touches.exists(c, c == 'tools')"
evidence = { threat-review = {} }
domain = "security"
because = "tools are looked at before they are used"
[[requirement]]
id = "personal-data"
when = "personal_data"
evidence = { privacy-review = {} }
because = "whose data it is does not change in an incident"
[[requirement]]
id = "change-record"
fields = ["summary", "rollback.plan", "rollback.owner"]
because = "a rollback plan is written before the release"
"""
"""Requirements that are hard, in a domain, on the never-list, and about the rollback, in turn."""

EXCEPTIONS = """
[exceptions]
max_life = "72h"
approvals = { security-owner = 1, release-owner = 1 }
never = ["personal-data"]
controls = 1
review_within = "48h"
repeat_after = 2
"""

STOPS = """
[overrides]
set = ["security-owner", "release-owner", "on-call", "steward"]
lift = { security-owner = 1, model-owner = 1 }
drill_every = "90d"
"""

EXCEPTIONAL = "".join(
    (
        STAGED.replace(
            'auditor = "reviews"',
            'auditor = "reviews"\nsecurity-owner = "approves threat controls"'
            '\nsteward = "keeps the roster"',
        )
        .replace('id = "data"\n', 'id = "data-lineage"\n')
        .replace('because = "a release rests on numbers"\n', 'domain = "quality"\n')
        .replace(
            'from = "evaluation-report"\n', 'domain = "quality"\nfrom = "evaluation-report"\n'
        ),
        SAFEGUARDS,
        duty(
            "model-owner",
            "approve",
            "effect == 'exception' && waives_domains.exists(d, d in ['safety', 'security'])",
            "model-owner-no-security-exceptions",
        ),
        "\n[stewardship]\napprovals = { steward = 1 }\n",
        EXCEPTIONS,
        STOPS,
    )
)
"""STAGED with exceptions that end, stops that are rehearsed, and a requirement of every kind.

``permissions`` is hard, ``personal-data`` on the never-list and ``change-record`` about the
rollback; ``threats`` is of the domain security and may be waived.
"""

EXCEPTIONAL_PEOPLE: Mapping[str, Sequence[str]] = {
    **STAGED_PEOPLE,
    "sam": ["security-owner"],
    "rosa": ["release-owner"],
    "stella": ["steward"],
    "mona": ["model-owner", "security-owner"],
}
"""Who fits EXCEPTIONAL: omar or rosa opens and the other consents beside sam or mona.

The duty of the policy keeps mona from exceptions that waive what is of the domain security.
"""


def exceptional(*blocks: str, text: str = EXCEPTIONAL) -> Organisation:
    """An organisation under EXCEPTIONAL with *blocks* behind it, and those who fit it."""
    return Organisation(
        policy=numbered(1, *blocks, text=text),
        people=EXCEPTIONAL_PEOPLE,
        services=STAGED_SERVICES,
    )
