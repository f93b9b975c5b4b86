"""Stacks and numbers as the JSON text that columns hold, and back."""

import json

from ledger.model.events import Metric
from ledger.model.frozen import canonical_bytes
from ledger.model.stack import Stack


def stack_text(stack: Stack) -> str:
    """*stack* as canonical JSON: the text its digest is taken of."""
    return canonical_bytes(stack).decode()


def metrics_text(metrics: tuple[Metric, ...]) -> str:
    """*metrics* as a JSON list of objects: name, segment, value, low, high, level."""
    return "[" + ",".join(canonical_bytes(metric).decode() for metric in metrics) + "]"


def metrics_of(text: str) -> tuple[Metric, ...]:
    """The metrics that :func:`metrics_text` wrote."""
    return tuple(Metric.model_validate(one) for one in json.loads(text))
