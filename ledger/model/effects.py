"""Effects: what happens once a proposal has all the consent it needs.

A release and an exception are about an alias; every other effect is about the whole ledger:
its policy, its signers, its root, its stops or its clock. A further one joins :data:`Effect`
together with the verb that carries it out.
"""

from hashlib import sha256
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from ledger.model.frozen import Frozen, Sorted, canonical_bytes
from ledger.model.names import (
    TEXT_PATTERN,
    Alias,
    AliasPattern,
    Identifier,
    KeyId,
    Line,
    Name,
    Number,
    Position,
    PublicKeyText,
    Reason,
    SignerKind,
    Text,
    Tier,
    Uuid,
)
from ledger.model.stack import WORDS, Stack
from ledger.model.terms import InstantText

ROSTER: Final = 200
"""The most signers that one entry may name."""

STOPS: Final = 500
"""The most stops that one lift may name; further ones take a further lift."""

WAIVED: Final = 100
"""The most requirements that one exception may name."""

CONTROLS: Final = 100
"""The most compensating controls that one exception may name."""

Incident = Annotated[Line, Field(min_length=1)]
"""What happened, or the id under which that is looked into."""

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


class LedgerEffect(Frozen):
    """What every effect says that is about the whole ledger and not about an alias."""

    summary: Line
    why: Text | None
    contributors: Sorted[Identifier]

    @property
    def alias(self) -> None:
        """There is none."""
        return


class PolicyEffect(LedgerEffect):
    """A request for a new policy: the document, and why it should be in force."""

    effect: Literal["policy"] = "policy"
    policy: PolicyDocument


class EnrolmentEffect(LedgerEffect):
    """A request that somebody may sign, with that key, in those roles.

    Of a signer who is stopped, or never accepted, it replaces key and roles.
    """

    effect: Literal["enrolment"] = "enrolment"
    signer: Identifier
    signer_kind: SignerKind
    accountable: Identifier | None
    key: PublicKeyText
    roles: Sorted[Identifier]


class RolesEffect(LedgerEffect):
    """A request to give and take roles, on all aliases or those of a pattern.

    What is given ends at ``until``, where that is stated; what is taken away are the
    roles held within the pattern.
    """

    effect: Literal["roles"] = "roles"
    signer: Identifier
    grant: Sorted[Identifier]
    strip: Sorted[Identifier]
    aliases: AliasPattern | None
    until: InstantText | None


class RotationEffect(LedgerEffect):
    """A request that a signer's next key takes the place of the present one."""

    effect: Literal["rotation"] = "rotation"
    signer: Identifier
    key: PublicKeyText


class ExceptionEffect(Frozen):
    """A request to waive requirements, for one revision of one proposal and until then.

    ``release`` is that proposal; ``owner`` answers for the exception, and the ``controls``
    make up for what is waived.
    """

    effect: Literal["exception"] = "exception"
    release: Uuid
    revision: Number
    alias: Alias
    waives: Sorted[Identifier] = Field(min_length=1, max_length=WAIVED)
    owner: Identifier
    incident: Incident
    controls: tuple[Reason, ...] = Field(max_length=CONTROLS)
    until: InstantText
    summary: Line
    why: Text | None
    contributors: Sorted[Identifier]


class LiftEffect(LedgerEffect):
    """A request to take back exactly those stops."""

    effect: Literal["lift"] = "lift"
    stops: Sorted[Uuid] = Field(min_length=1, max_length=STOPS)


class RootEffect(LedgerEffect):
    """A request for other root signers, or for another threshold."""

    effect: Literal["root"] = "root"
    signers: Sorted[Identifier] = Field(min_length=1, max_length=ROSTER)
    threshold: Number


class DisownEffect(LedgerEffect):
    """A request to hold what those keys of a signer permitted after a position for not theirs."""

    effect: Literal["disown"] = "disown"
    signer: Identifier
    keys: Sorted[KeyId] = Field(min_length=1, max_length=ROSTER)
    after: Position


class ClockEffect(LedgerEffect):
    """A request to set ledger time to ``at``, since the entry at ``position`` ran ahead."""

    effect: Literal["clock"] = "clock"
    position: Position
    at: InstantText


Effect = Annotated[
    ReleaseEffect
    | PolicyEffect
    | EnrolmentEffect
    | RolesEffect
    | RotationEffect
    | ExceptionEffect
    | LiftEffect
    | RootEffect
    | DisownEffect
    | ClockEffect,
    Field(discriminator="effect"),
]
"""Every effect this version knows."""


EFFECTS: Final = (
    "release",
    "policy",
    "enrolment",
    "roles",
    "rotation",
    "exception",
    "lift",
    "root",
    "disown",
    "clock",
)
"""The words of :data:`Effect`, as people write them."""


def effect_hash(effect: Effect) -> str:
    """The SHA-256 of the canonical JSON of *effect*, in hexadecimal digits."""
    return sha256(canonical_bytes(effect)).hexdigest()
