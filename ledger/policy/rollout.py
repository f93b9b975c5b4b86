"""How a stack reaches everybody and how it is taken back: the stages and the rollback of a policy.

Stages apply in the last environment; ``stages`` says which are passed. Shares are
fractions of the traffic as decimals, durations whole seconds.
"""

from typing import Annotated, Final

from pydantic import Field

from ledger.model.frozen import Frozen
from ledger.model.names import TIERS, Identifier, Tier
from ledger.model.terms import DecimalText
from ledger.policy.bounded import MetricCheck, SegmentCheck, SegmentTrigger
from ledger.policy.values import PARTS, Clock, Identifiers, Seconds

STAGES: Final = 20
"""The most stages of a policy."""


class Window(Frozen):
    """How long a stack of that tier is watched once it is completed."""

    tier: Tier
    seconds: Seconds


class Stage(Frozen):
    """One step of a release of one of ``tiers``, and what has to hold before the next.

    ``share`` of the traffic for at least ``soak``, as observed by those in
    ``observed_by``: names of roles and services. Every observation must name each metric and
    segment and hold its bounds. ``observe`` is the window after completion.
    """

    id: Identifier
    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=len(TIERS))] = TIERS
    share: DecimalText | None = None
    soak: Seconds | None = None
    observed_by: Identifiers = ()
    metrics: tuple[MetricCheck, ...] = Field(default=(), max_length=PARTS)
    segments: tuple[SegmentCheck, ...] = Field(default=(), max_length=PARTS)
    observe: Annotated[tuple[Window, ...], Field(max_length=len(TIERS))] = ()

    @property
    def is_watched(self) -> bool:
        """Whether somebody has to observe it before it is passed."""
        return bool(self.soak is not None or self.metrics or self.segments)


class Triggers(Frozen):
    """What calls for a rollback: an incident, and numbers out of their bounds."""

    incident: bool = False
    metrics: tuple[MetricCheck, ...] = Field(default=(), max_length=PARTS)
    segments: tuple[SegmentTrigger, ...] = Field(default=(), max_length=PARTS)


class Rollback(Frozen):
    """Who takes a release back, which services do on a trigger, and within which times.

    ``within`` is the longest time from trigger to rollback, ``review_within`` from there to
    the end of its review.
    """

    by: Identifiers = Field(min_length=1)
    services: Identifiers = ()
    within: Seconds | None = None
    review_within: Clock | None = None
    triggers: Triggers = Triggers()
