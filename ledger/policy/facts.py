"""The vocabulary of conditions: every name they may use, its kind, and where it comes from.

Values are computed elsewhere, from the stack's differences, the change request and
what was declared; ``assent policy facts`` prints this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ledger.model.effects import EFFECTS
from ledger.policy.conditions import Kind
from ledger.policy.document import MustNot, Policy

Use = Literal["tier", "requirement"] | MustNot
"""Where a condition stands: in a tier rule, in a requirement, or in a duty about some act."""

USES: Final[tuple[Use, ...]] = (
    "tier",
    "requirement",
    "approve",
    "open",
    "attach-evidence",
    "withdraw-evidence",
    "operate",
    "act",
)

_DUTIES: Final = USES[2:]
_LATE: Final[tuple[Use, ...]] = ("requirement", "approve", "operate")
"""Where the tier is known: what decides it, or which documents count, cannot ask for it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A name that conditions may use, where its value comes from, and which conditions."""

    name: str
    kind: Kind
    source: str
    uses: tuple[Use, ...] = USES


FACTS: Final = (
    Fact("effect", "word", f"what the proposal asks for: {', '.join(EFFECTS)}"),
    Fact("alias", "word", "the alias the change names, such as fraud/production"),
    Fact("model", "word", "the alias before its slash"),
    Fact("environment", "word", "the alias after its slash"),
    Fact("touches", "words", "components whose digest differs from the stack the alias runs"),
    Fact("mutations", "words", "the change's mutations"),
    Fact("permissions", "words", "all permissions the new stack will hold"),
    Fact("channels", "words", "the change's channels"),
    Fact("modifies_data_lineage", "bool", "touches dataset or features"),
    Fact("modifies_code", "bool", "touches code or sdk"),
    Fact("modifies_evaluator", "bool", "touches evaluator"),
    Fact("expands_permissions", "bool", "the new stack holds a permission that the alias's lacks"),
    Fact("affects_production_traffic", "bool", "the environment is the last one"),
    Fact(
        "shift",
        "word",
        "the largest relative change of the metrics in [shift]: none, small, moderate or large;"
        " unknown is large",
        ("tier", *_LATE),
    ),
    Fact("tier", "tier", "the tier reached: LOW, MEDIUM or HIGH", _LATE),
    Fact("requirement", "word", "the id of the requirement the approval is for", ("approve",)),
    Fact(
        "evidence_domain",
        "word",
        "the domain of the requirement that asks for the document",
        ("attach-evidence", "withdraw-evidence"),
    ),
    Fact("waives_domains", "words", "the domains an exception asks to waive", _DUTIES),
)
"""What is computed; without a stack before, all is touched."""

SHIFTS: Final = ("none", "small", "moderate", "large")
"""The words of ``shift``, in their order."""


def vocabulary(policy: Policy, use: Use) -> Mapping[str, Kind]:
    """Return the kind of each name that a condition of *policy* in that place may use."""
    names: dict[str, Kind] = {item.name: "bool" for item in policy.declared}
    names.update((fact.name, fact.kind) for fact in FACTS if use in fact.uses)
    return names


def declared_facts(policy: Policy) -> tuple[Fact, ...]:
    """Return the facts that *policy* wants declared, as lines of the same table."""
    source = "declared as yes or no, silence counts as yes"
    return tuple(
        Fact(item.name, "bool", f"{source}: {item.because}" if item.because else source)
        for item in policy.declared
    )
