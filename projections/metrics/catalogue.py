"""All metrics there are, in the order they are told."""

from typing import Final

from projections.metrics.consent import CONSENT
from projections.metrics.definition import Metric

METRICS: Final[tuple[Metric, ...]] = (*CONSENT,)
"""Every metric; each has its definition in ``docs/reference/metrics.md``."""


def metric_named(name: str) -> Metric | None:
    """The metric of that name, if there is one."""
    return next((one for one in METRICS if one.name == name), None)
