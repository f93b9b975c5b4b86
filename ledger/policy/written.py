"""The policy as people write it in TOML: one model for each block, with the keys they type.

Keys that begin with a letter and mean something else in Python (``is``, ``from``) are
aliases. ``reading`` turns these into the normalised models of ``document``.
"""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ledger.errors import BadInput
from ledger.model.frozen import Frozen
from ledger.model.names import TIERS, Identifier, Name, Tier
from ledger.model.terms import DecimalText, parse_duration
from ledger.policy.document import Combination, Duty, Environments, Operation, Shift
from ledger.policy.rollout import STAGES
from ledger.policy.values import (
    BLOCKS,
    PARTS,
    Because,
    Better,
    Ceiling,
    ConditionText,
    Count,
    FactName,
    Identifiers,
    Names,
)


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


class WrittenSegmentTrigger(Frozen):
    """A line of ``[rollback.triggers.segments]``: the bounds of a number in segments."""

    names: Names = ()
    better: Better | None = None
    min: DecimalText | None = None
    max: DecimalText | None = None
    max_gap: DecimalText | None = None
    max_drop: DecimalText | None = None
    max_rise: DecimalText | None = None


class WrittenSegments(WrittenSegmentTrigger):
    """A line of ``[requirement.segments]``: the bounds of a number in each named segment."""

    names: Names = Field(min_length=1)


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


class WrittenExceptions(Frozen):
    """``[exceptions]``: what may be waived for a while, with whose consent, and its review."""

    max_life: Duration
    approvals: dict[Identifier, Count] = Field(min_length=1, max_length=PARTS)
    never: Identifiers = ()
    controls: Ceiling = 1
    review_within: Duration
    repeat_after: Ceiling | None = None


class WrittenOverrides(Frozen):
    """``[overrides]``: who may stop, who consents to taking a stop back, and when to rehearse."""

    set: Identifiers = ()
    lift: dict[Identifier, Count] = Field(default_factory=dict, max_length=PARTS)
    drill_every: Duration | None = None


class WrittenConsent(Frozen):
    """``[approvals]``: how approvals are counted, and within which clocks."""

    distinct_people: bool = True
    approve_within: Duration | None = None
    use_within: Duration | None = None


class WrittenStage(Frozen):
    """``[[stage]]``: one step of a release, and what has to hold before the next."""

    id: Identifier
    tiers: tuple[Tier, ...] = Field(default=TIERS, min_length=1, max_length=len(TIERS))
    share: DecimalText | None = None
    soak: Duration | None = None
    observed_by: Identifiers = ()
    metrics: dict[Name, WrittenMetric] = Field(default_factory=dict, max_length=PARTS)
    segments: dict[Name, WrittenSegments] = Field(default_factory=dict, max_length=PARTS)
    observe: dict[Tier, Duration] = Field(default_factory=dict)


class WrittenTriggers(Frozen):
    """``[rollback.triggers]``: every key but these two is a metric, with its bounds."""

    model_config = ConfigDict(extra="allow")

    incident: bool = False
    segments: dict[Name, WrittenSegmentTrigger] = Field(default_factory=dict, max_length=PARTS)
    __pydantic_extra__: dict[Name, WrittenMetric] = Field(init=False)

    @model_validator(mode="after")
    def _few(self) -> Self:
        if len(self.metrics) > PARTS:
            raise PydanticCustomError(
                "wrong-value", "expected at most {most} metrics", {"most": PARTS}
            )
        return self

    @property
    def metrics(self) -> dict[str, WrittenMetric]:
        """The metrics with their bounds: every other key."""
        return self.__pydantic_extra__ or {}


class WrittenRollback(Frozen):
    """``[rollback]``: who takes a release back, on which triggers, within which times."""

    by: Identifiers = Field(min_length=1)
    services: Identifiers = ()
    within: Duration | None = None
    review_within: Duration | None = None
    triggers: WrittenTriggers = WrittenTriggers()


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
    exceptions: WrittenExceptions | None = None
    overrides: WrittenOverrides | None = None
    stage: tuple[WrittenStage, ...] = Field(default=(), max_length=STAGES)
    rollback: WrittenRollback | None = None
