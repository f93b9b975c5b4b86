"""All metrics there are, in the order they are told."""

from typing import Final

from projections.metrics.consent import CONSENT
from projections.metrics.definition import Metric
from projections.metrics.emergencies import EMERGENCIES
from projections.metrics.exceptions import EXCEPTIONS
from projections.metrics.ownership import OWNERSHIP
from projections.metrics.releasing import RELEASING
from projections.metrics.rework import REWORK
from projections.metrics.violations import VIOLATIONS

METRICS: Final[tuple[Metric, ...]] = (
    *(*CONSENT, *REWORK, *RELEASING, *EXCEPTIONS),
    *(*EMERGENCIES, *OWNERSHIP, *VIOLATIONS),
)
"""Every metric; each has its definition in ``docs/reference/metrics.md``."""


def metric_named(name: str) -> Metric | None:
    """The metric of that name, if there is one."""
    return next((one for one in METRICS if one.name == name), None)
