"""The policy as people write it in TOML: one model for each block, with the keys they type.

Keys that begin with a letter and mean something else in Python (``is``, ``from``) are
aliases. ``reading`` turns these into the normalised models of ``document``.
"""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from ledger.errors import BadInput
from ledger.model.frozen import Frozen
from ledger.model.names import Identifier, Name, Tier
from ledger.model.terms import DecimalText, parse_duration
from ledger.policy.document import (
    BLOCKS,
    PARTS,
    Combination,
    Duty,
    Environments,
    Identifiers,
    Names,
    Operation,
    Shift,
)
from ledger.policy.values import Because, Better, Ceiling, ConditionText, Count, FactName

UNSUPPORTED: Final = ("stage", "rollback", "exceptions", "overrides.drill_every")
"""Blocks and keys of the policy language that this version does not enforce, and so refuses."""


def _seconds(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "not-a-duration", "expected a duration in quotes", {"hint": 'such as "30m" or "14d"'}
        )
    try:
        return parse_duration(value)
    except BadInput as error:
        raise PydanticCustomError(
            "not-a-duration", "{message}", {"message": error.message, "hint": error.hint}
        ) from None


Duration = Annotated[int, BeforeValidator(_seconds)]
"""A duration as people write it, ``30m``, ``72h`` or ``14d``, in seconds."""


class WrittenTier(Frozen):
    """``[[tier]]``: the tier of a proposal for which ``when`` holds."""

    is_: Tier = Field(alias="is")
    id: Identifier
    when: ConditionText | None = None


class WrittenEvidence(Frozen):
    """A line of ``requirement.evidence``: what a document of a type must be."""

    max_age: Duration | None = None
    by: Identifiers = ()
    independent: bool = False


class WrittenMetric(Frozen):
    """A line of ``[requirement.metrics]``: the bounds of a number."""

    better: Better | None = None
    min: DecimalText | None = None
    max: DecimalText | None = None
    max_drop: DecimalText | None = None
    max_rise: DecimalText | None = None
    max_drop_ratio: DecimalText | None = None
    max_rise_ratio: DecimalText | None = None


class WrittenSegments(Frozen):
    """A line of ``[requirement.segments]``: the bounds of a number in each named segment."""

    names: Names = Field(min_length=1)
    better: Better | None = None
    min: DecimalText | None = None
    max: DecimalText | None = None
    max_gap: DecimalText | None = None
    max_drop: DecimalText | None = None
    max_rise: DecimalText | None = None


class WrittenRequirement(Frozen):
    """``[[requirement]]``: one thing a release needs, when ``when`` holds."""

    id: Identifier
    when: ConditionText | None = None
    approvals: dict[Identifier, Count] = Field(default_factory=dict, max_length=PARTS)
    evidence: dict[Identifier, WrittenEvidence] = Field(default_factory=dict, max_length=PARTS)
    fields_: tuple[Name, ...] = Field(alias="fields", default=(), max_length=PARTS)
    from_: Identifier | None = Field(alias="from", default=None)
    metrics: dict[Name, WrittenMetric] = Field(default_factory=dict, max_length=PARTS)
    segments: dict[Name, WrittenSegments] = Field(default_factory=dict, max_length=PARTS)
    domain: Identifier | None = None
    hard: bool = False
    notify: Identifiers = ()
    because: Because = ""


class WrittenLimits(Frozen):
    """``[limits]``: ceilings, prohibited permissions, and the mutations each tier admits."""

    open_candidates: Ceiling | None = None
    open_candidates_per_service: Ceiling | None = None
    reserved_for_people: Ceiling = 0
    prohibited_permissions: Identifiers = ()
    mutations: dict[Tier, Names] = Field(default_factory=dict)


class WrittenStewardship(Frozen):
    """``[stewardship]``: who consents to policies and to changes of the roster."""

    approvals: dict[Identifier, Count] = Field(min_length=1, max_length=PARTS)


class WrittenOverrides(Frozen):
    """``[overrides]``: who may stop, and who consents to taking a stop back."""

    set: Identifiers = ()
    lift: dict[Identifier, Count] = Field(default_factory=dict, max_length=PARTS)


class WrittenConsent(Frozen):
    """``[approvals]``: how approvals are counted, and within which clocks."""

    distinct_people: bool = True
    approve_within: Duration | None = None
    use_within: Duration | None = None


class WrittenPolicy(Frozen):
    """The whole document."""

    name: Identifier
    number: Annotated[int, Field(ge=1, le=2**53 - 1)]
    roles: dict[Identifier, Because] = Field(max_length=BLOCKS)
    duty: tuple[Duty, ...] = Field(default=(), max_length=BLOCKS)
    combine: tuple[Combination, ...] = Field(default=(), max_length=BLOCKS)
    declared: dict[FactName, Because] = Field(default_factory=dict, max_length=BLOCKS)
    shift: Shift | None = None
    tier: tuple[WrittenTier, ...] = Field(default=(), max_length=BLOCKS)
    requirement: tuple[WrittenRequirement, ...] = Field(max_length=BLOCKS)
    limits: WrittenLimits = WrittenLimits()
    approvals: WrittenConsent = WrittenConsent()
    operation: Operation
    environments: Environments | None = None
    stewardship: WrittenStewardship | None = None
    overrides: WrittenOverrides | None = None
