"""The file of an observation: numbers, the window they are of, where they were read.

::

    source = "grafana, board fraud-live"
    from = "2026-11-20T08:00:00Z"
    until = "2026-11-21T08:00:00Z"
    metrics = { retry_rate = "0.02", latency_p95_ms = "41" }
    [segments.web]
    recall = "0.91"

``segments`` are nested as in a file of metrics: a table for each segment. Without ``until`` the
window ends now, without ``from`` it begins with the stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from cli.metrics_file import metric_of
from cli.written_file import WrittenFile, read_written
from cli.written_terms import WrittenInstant
from ledger.errors import BadInput
from ledger.model.events import Metric
from ledger.model.frozen import Frozen
from ledger.model.names import LINE_PATTERN, Line, Name, Text
from ledger.model.problems import Path as Place
from ledger.model.problems import Problem

Said = Annotated[str, StringConstraints(pattern=LINE_PATTERN, min_length=1, max_length=500)]
"""A line that is not empty: an empty incident would be one all the same."""


class WrittenObservation(Frozen):
    """The whole file; numbers are looked at one by one."""

    source: Said
    start: WrittenInstant | None = Field(default=None, alias="from")
    until: WrittenInstant | None = None
    metrics: dict[Name, Any] = Field(default_factory=dict)
    segments: dict[Name, dict[Name, Any]] = Field(default_factory=dict)
    incident: Said | None = None
    summary: Line | None = None
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What somebody observed; ``start`` and ``until`` are instants, where the file has them."""

    source: str
    start: str | None
    until: str | None
    metrics: tuple[Metric, ...]
    incident: str | None
    summary: str | None
    why: str | None


def read_observation(path: Path) -> Observation:
    """The observation in the file at *path*, TOML or JSON.

    Raises :class:`BadInput` with file and line: what :func:`cli.written_file.read_written`,
    its ``validated`` and :func:`cli.metrics_file.metric_of` raise.
    """
    file = read_written(path)
    written = file.validated(WrittenObservation)
    return Observation(
        source=written.source,
        start=written.start,
        until=written.until,
        metrics=_metrics(file, written),
        incident=written.incident,
        summary=written.summary,
        why=written.why,
    )


def _metrics(file: WrittenFile, written: WrittenObservation) -> tuple[Metric, ...]:
    found = [_metric(file, at, name, segment, value) for at, name, segment, value in _all(written)]
    return tuple(sorted(found, key=lambda one: (one.name, one.segment or "")))


def _all(written: WrittenObservation) -> Iterator[tuple[Place, str, str | None, Any]]:
    """Each number with its place in the file, its metric and its segment."""
    for name, value in written.metrics.items():
        yield ("metrics", name), name, None, value
    for segment, values in written.segments.items():
        for name, value in values.items():
            yield ("segments", segment, name), name, segment, value


def _metric(file: WrittenFile, at: Place, name: str, segment: str | None, value: Any) -> Metric:
    if isinstance(value, dict):
        value = {part: _digits(inner) for part, inner in value.items()}
        if "value" not in value:
            message = f"{'.'.join(map(str, at))} is neither a number nor a table with its value"
            file.reject([Problem("not-metrics", message, 'write auc = "0.912"', at)])
    try:
        return metric_of(name, segment, _digits(value), None)
    except BadInput as error:
        file.reject([Problem(error.code, error.message, error.hint, at)])
        raise


def _digits(value: Any) -> Any:
    """A whole number of TOML as text; floats never come this far."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
