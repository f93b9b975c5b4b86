"""Bounds of numbers as a policy states them: of a metric, overall and in named segments.

``numbers`` holds reported numbers against them. Decimals are text.
"""

from pydantic import Field

from ledger.model.frozen import Frozen
from ledger.model.names import Name
from ledger.model.terms import DecimalText
from ledger.policy.values import Better, Names


class MetricCheck(Frozen):
    """Bounds of a metric: absolute, and against the metric of the stack the alias runs now.

    ``max_drop`` and ``max_rise`` are differences, the ``_ratio`` ones fractions of
    the baseline. Every bound that is set must hold, and is inclusive.
    """

    name: Name
    better: Better | None = None
    min: DecimalText | None = None
    max: DecimalText | None = None
    max_drop: DecimalText | None = None
    max_rise: DecimalText | None = None
    max_drop_ratio: DecimalText | None = None
    max_rise_ratio: DecimalText | None = None


class SegmentTrigger(Frozen):
    """Bounds of a metric in each of the named segments; without names, in each reported.

    ``max_gap`` is how far a segment may lie behind the best of them; ``better`` says
    which way is behind (unset: lower values are).
    """

    metric: Name
    names: Names = ()
    better: Better | None = None
    min: DecimalText | None = None
    max: DecimalText | None = None
    max_gap: DecimalText | None = None
    max_drop: DecimalText | None = None
    max_rise: DecimalText | None = None


class SegmentCheck(SegmentTrigger):
    """Bounds of a metric in segments that are all named, so that none goes missing."""

    names: Names = Field(min_length=1)
