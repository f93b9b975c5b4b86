"""The shape of a file of cases: what people write beside a policy to test it.

``[change]`` has the keys of ``change.toml``, its stack written as versions alone; it and
``[base]`` are where every case starts from, and a case writes only what is different.
Moments are ages: how long before the judgement something was said.
"""

from typing import Annotated, Literal

from pydantic import Field

from cli.change import WrittenReasons
from ledger.model.frozen import Frozen
from ledger.model.names import Alias, Component, Identifier, Line, Name, Text, Tier
from ledger.model.terms import DecimalText
from ledger.policy.assessment import Status
from ledger.policy.document import MustNot
from ledger.policy.values import Because, Count
from ledger.policy.written import Duration

BlockCode = Literal[
    "rejected",
    "duty",
    "prohibited-permission",
    "mutation-not-allowed",
    "unknown-environment",
    "environment-before",
]
"""The blocks that a case can bring about; the others come from what happens in a ledger."""

Numbers = dict[Name, DecimalText]


class WrittenService(Frozen):
    """A line of ``[services]``."""

    accountable: Identifier
    roles: tuple[Identifier, ...] = ()


class WrittenRoot(Frozen):
    """``[root]``: who may stand in for stewards, and how many of them it takes."""

    signers: tuple[Identifier, ...] = Field(min_length=1)
    threshold: Count


class WrittenCaseChange(WrittenReasons):
    """``[change]``, and ``change`` of a case: any of the keys of ``change.toml``."""

    effect: Literal["release", "policy"] = "release"
    alias: Alias | None = None
    summary: Line | None = None
    permissions: tuple[Identifier, ...] | None = None
    stack: dict[Component, Name] = Field(default_factory=dict)


class WrittenBase(Frozen):
    """``[base]``, and ``base`` of a case: what the alias runs now, and how well."""

    stack: dict[Component, Name] = Field(default_factory=dict)
    permissions: tuple[Identifier, ...] = ()
    metrics: Numbers = Field(default_factory=dict)
    segments: dict[Name, Numbers] = Field(default_factory=dict)


class WrittenAttached(Frozen):
    """A line of ``evidence``: ``about`` names components, or versions as ``model@m1``."""

    type: Identifier
    by: Identifier
    age: Duration = 0
    about: tuple[Name, ...] | None = None
    metrics: Numbers = Field(default_factory=dict)
    segments: dict[Name, Numbers] = Field(default_factory=dict)
    expires: Duration | None = None
    withdrawn: bool = False


class WrittenApproval(Frozen):
    """A line of ``approvals``."""

    by: Identifier
    role: Identifier
    age: Duration = 0


class WrittenRejection(Frozen):
    """A line of ``rejections``."""

    by: Identifier
    role: Identifier
    reason: Text = "no reason is given"


class WrittenExpect(Frozen):
    """``expect``: what the policy should answer; what is not written is not compared."""

    tier: Tier | None = None
    tier_because: tuple[Identifier, ...] | None = None
    verdict: Literal["ready", "open", "blocked", "expired"] | None = None
    statuses: dict[Identifier, Status] | None = None
    blocks: tuple[BlockCode, ...] | None = None
    missing: tuple[Name, ...] | None = None
    combined: tuple[Identifier, ...] | None = None


class WrittenAct(Frozen):
    """``[[case.act]]``: whether somebody may do this, or which duty forbids it."""

    by: Identifier
    does: MustNot
    role: Identifier | None = None
    requirement: Identifier | None = None
    evidence: Identifier | None = None
    effect: Literal["exception"] | None = None
    waives: tuple[Identifier, ...] = ()
    waives_domains: tuple[Identifier, ...] = ()
    expect: Identifier
    combined: tuple[Identifier, ...] | None = None


class WrittenCase(Frozen):
    """``[[case]]``: one proposal, what was said about it, and what is expected."""

    id: Identifier
    because: Because = ""
    opened_by: Identifier | None = None
    revised_by: tuple[Identifier, ...] = ()
    change: WrittenCaseChange = WrittenCaseChange()
    base: WrittenBase | None = None
    first_release: bool = False
    added: tuple[Identifier, ...] = ()
    evidence: tuple[WrittenAttached, ...] = ()
    approvals: tuple[WrittenApproval, ...] = ()
    rejections: tuple[WrittenRejection, ...] = ()
    completed_in: tuple[Identifier, ...] = ()
    waived: tuple[Identifier, ...] = ()
    after: Duration | None = None
    expect: WrittenExpect | None = None
    act: tuple[WrittenAct, ...] = ()


class WrittenCases(Frozen):
    """The whole file."""

    policy: Line | None = None
    number: Annotated[int, Field(ge=1, le=2**53 - 1)] | None = None
    opened_by: Identifier | None = None
    people: dict[Identifier, tuple[Identifier, ...]] = Field(min_length=1)
    services: dict[Identifier, WrittenService] = Field(default_factory=dict)
    root: WrittenRoot | None = None
    change: WrittenCaseChange = WrittenCaseChange()
    base: WrittenBase | None = None
    case: tuple[WrittenCase, ...] = Field(min_length=1)
