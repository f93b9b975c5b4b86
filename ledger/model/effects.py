"""Effects: what happens once a proposal has all the consent it needs.

This version knows two: the release of a stack to an alias, and a new policy. A further
one joins :data:`Effect` together with the verb that carries it out.
"""

from hashlib import sha256
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ledger.model.frozen import Frozen, Sorted, canonical_bytes
from ledger.model.names import TEXT_PATTERN, Alias, Identifier, Line, Name, Text, Tier
from ledger.model.stack import WORDS, Stack

PolicySource = Annotated[
    str, StringConstraints(pattern=TEXT_PATTERN, min_length=1, max_length=40_000)
]
"""A policy's text, or its canonical JSON."""


class PolicyDocument(Frozen):
    """A policy as it is signed: the text people read and the canonical JSON that judges."""

    text: PolicySource
    canonical: PolicySource


class FactDeclared(Frozen):
    """A declared fact with its answer: yes or no."""

    fact: Identifier
    value: bool


class Link(Frozen):
    """A named reference to something outside, such as a pull request."""

    name: Identifier
    target: Line


class Rollout(Frozen):
    """How the change reaches its users."""

    plan: Text | None


class Rollback(Frozen):
    """How the change is taken back: plan, trigger, owner, and the longest time in seconds."""

    plan: Text | None
    trigger: Text | None
    owner: Identifier | None
    within: int | None = Field(gt=0)


class ReleaseEffect(Frozen):
    """A change request: the stack for an alias, why, how risky, and how to take it back."""

    effect: Literal["release"] = "release"
    alias: Alias
    summary: Line
    why: Text | None
    scope: Text | None
    impact: Text | None
    risk: Tier | None
    risk_rationale: Text | None
    declares: Sorted[FactDeclared]
    mutations: Sorted[Name] = Field(max_length=WORDS)
    known_risks: tuple[Text, ...]
    benefits: tuple[Text, ...]
    channels: Sorted[Name] = Field(max_length=WORDS)
    contributors: Sorted[Identifier]
    owner: Identifier | None
    on_call: Identifier | None
    rollout: Rollout
    rollback: Rollback
    links: Sorted[Link]
    stack: Stack


class PolicyEffect(Frozen):
    """A request for a new policy: the document, and why it should be in force."""

    effect: Literal["policy"] = "policy"
    summary: Line
    why: Text | None
    contributors: Sorted[Identifier]
    policy: PolicyDocument

    @property
    def alias(self) -> None:
        """A policy is for the whole ledger, not for an alias."""
        return


Effect = Annotated[ReleaseEffect | PolicyEffect, Field(discriminator="effect")]
"""Every effect this version knows."""


def effect_hash(effect: Effect) -> str:
    """The SHA-256 of the canonical JSON of *effect*, in hexadecimal digits."""
    return sha256(canonical_bytes(effect)).hexdigest()
