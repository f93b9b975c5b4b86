"""Numbers out of a report: flat JSON, with ``segments`` nested, kept as the text they were.

::

    {"auc": 0.912, "p95_ms": "41.5", "segments": {"web": {"recall": 0.9}}}

With a confidence interval, a number is a table of its own; ``level`` may be left out::

    {"auc": {"value": 0.912, "low": 0.905, "high": 0.919, "level": 0.95}}

A number is never a float on its way: its digits are taken from the file. A file that ends
in ``.xml`` is read as a report of tests (:mod:`cli.junit_metrics`).
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from cli.junit_metrics import is_xml, metrics_of_tests
from cli.params import read_text_file
from ledger.errors import BadInput
from ledger.model.events import Metric, interval_fault
from ledger.model.names import is_text
from ledger.model.terms import is_decimal

REPORT: Final = "evaluation-report"
"""The evidence type whose own file may be read for its numbers."""

LONGEST_NAME: Final = 128
PARTS: Final = ("value", "low", "high", "level")
"""What a number with a confidence interval consists of."""

_TOO_FINE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{13,}\Z")


class _Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """The metrics in the JSON file at *path*, or in a report of tests as JUnit XML.

    Raises :class:`BadInput` with the file: ``not-json``, ``not-metrics``, ``duplicate-key``,
    ``not-a-decimal``, ``too-precise``, ``bad-interval``, and what
    :func:`cli.junit_metrics.metrics_of_tests` raises.
    """
    if is_xml(path):
        found = metrics_of_tests(path)
        if found is None:
            raise _no_metrics("the file, which is no report of tests,", str(path))
        return found
    text = read_text_file(path)
    return _metrics(parse_json(text, path), path, words=False)


def metrics_of_document(path: Path, type_: str) -> tuple[Metric, ...]:
    """The metrics that a document of the type *type_* carries itself; none in most.

    A report of tests as JUnit XML does under any type, JSON only as an evaluation report.
    Raises as :func:`read_metrics` does, but never because a document is something else.
    """
    if is_xml(path):
        return metrics_of_tests(path) or ()
    return metrics_of_report(path) if type_ == REPORT else ()


def metrics_of_report(path: Path) -> tuple[Metric, ...]:
    """The metrics of an evaluation report, none where the file is no JSON of numbers.

    A file that is such JSON but for one number is an error: half of a report is none.
    """
    try:
        data = parse_json(read_text_file(path), path)
    except BadInput as error:
        if error.code in ("not-json", "not-utf8", "too-large"):
            return ()
        raise
    if not isinstance(data, dict) or not _looks_flat(data):
        return ()
    return _metrics(data, path, words=True)


def parse_metric(text: str) -> Metric:
    """The metric in ``auc=0.912``, ``auc=0.912[0.905,0.919]``, or of a segment ``recall[web]=0.9``.

    Raises :class:`BadInput` (``not-metrics``, ``not-a-decimal``, ``too-precise``,
    ``bad-interval``).
    """
    left, equals, right = text.partition("=")
    name, segment = _bracketed(left)
    value, ends = _bracketed(right)
    if not equals or not name or segment == "":
        raise BadInput("not-metrics", f"{text!r} is not a metric", hint="write auc=0.912")
    if ends is None:
        return metric_of(name, segment, value, "--metric")
    low, comma, high = ends.partition(",")
    if not comma:
        raise _no_interval(name, f"[{ends}] is not a low and a high end", "--metric")
    written = {"value": value, "low": low.strip(), "high": high.strip()}
    return metric_of(name, segment, written, "--metric")


def _bracketed(text: str) -> tuple[str, str | None]:
    """What stands before the brackets at the end of *text*, and what in them."""
    if not text.endswith("]") or "[" not in text:
        return text, None
    before, _, inside = text[:-1].partition("[")
    return before, inside


def _looks_flat(data: Mapping[str, Any]) -> bool:
    own = [value for key, value in data.items() if key != "segments"]
    return all(isinstance(value, str) or _has_interval(value) for value in own) and bool(
        any(isinstance(value, _Number | dict) for value in own) or data.get("segments")
    )


def _has_interval(value: Any) -> bool:
    """Whether *value* is meant as a number with an interval, well written or not."""
    return isinstance(value, dict) and "value" in value and bool({"low", "high"} & value.keys())


def parse_json(text: str, path: Path) -> Any:
    """The JSON in *text*, with the digits of the file for each number.

    Raises :class:`BadInput` with the file: ``not-json``, ``duplicate-key``, ``not-a-decimal``.
    """

    def constant(word: str) -> NoReturn:
        raise BadInput("not-a-decimal", f"{word} is no number", file=str(path))

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise BadInput("duplicate-key", f"{twice[0]!r} stands twice", file=str(path))
        return dict(items)

    try:
        return json.loads(
            text,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=constant,
            object_pairs_hook=pairs,
        )
    except json.JSONDecodeError as error:
        raise BadInput(
            "not-json", f"this is not JSON: {error.msg}", file=str(path), line=error.lineno
        ) from None
    except RecursionError:
        raise BadInput("not-json", "nested without end", file=str(path)) from None


def _metrics(data: Any, path: Path, *, words: bool) -> tuple[Metric, ...]:
    """Every number in *data*; with *words*, a report may say in words what it is about."""
    where = str(path)
    if not isinstance(data, dict):
        raise _no_metrics("the file", where)
    own = {k: v for k, v in data.items() if k != "segments"}
    if words:
        own = {k: v for k, v in own.items() if not isinstance(v, str) or _numeric(v)}
    found = list(_flat(own, None, where))
    segments = data.get("segments", {})
    if not isinstance(segments, dict):
        raise _no_metrics("segments", where)
    for segment, values in segments.items():
        if not isinstance(values, dict):
            raise _no_metrics(f"segments.{segment}", where)
        found += _flat(values, segment, where)
    return tuple(sorted(found, key=lambda metric: (metric.name, metric.segment or "")))


def _flat(values: Mapping[str, Any], segment: str | None, where: str) -> Iterator[Metric]:
    for name, value in values.items():
        if isinstance(value, list) or (isinstance(value, dict) and "value" not in value):
            raise _no_metrics(name, where)
        yield metric_of(name, segment, value, where)


def _numeric(value: str) -> bool:
    return isinstance(value, _Number) or is_decimal(value)


def metric_of(name: str, segment: str | None, written: Any, where: str | None) -> Metric:
    """The number *written* for *name*, in *segment* if it is of one; *where* serves messages.

    A number is text, or a table of such with :data:`PARTS`. Raises :class:`BadInput`:
    ``bad-name``, ``not-nfc``, ``not-a-decimal``, ``too-precise``, ``bad-interval``.
    """
    for word in (name, *(() if segment is None else (segment,))):
        if not 0 < len(word) <= LONGEST_NAME or not is_text(word, lines=False):
            raise BadInput("bad-name", f"{word!r} cannot name a metric or a segment", file=where)
        if not unicodedata.is_normalized("NFC", word):
            raise BadInput("not-nfc", f"{word!r} is not in Unicode normal form C", file=where)
    label = name if segment is None else f"{name} in {segment}"
    parts = written if isinstance(written, dict) else {"value": written}
    for part in parts:
        if part not in PARTS:
            raise _no_interval(label, f"{part!r} is none of {', '.join(PARTS)}", where)
    value = _decimal(label, parts["value"], where)
    low, high, level = (
        _decimal(f"{part} of {label}", parts[part], where) if part in parts else None
        for part in PARTS[1:]
    )
    fault = interval_fault(value, low, high, level)
    if fault is not None:
        raise _no_interval(label, fault, where)
    return Metric(name=name, segment=segment, value=value, low=low, high=high, level=level)


def _decimal(label: str, value: Any, where: str | None) -> str:
    if isinstance(value, str) and _TOO_FINE.match(value):
        raise BadInput(
            "too-precise",
            f"{label} = {value} has more than 12 digits after the point",
            hint="round it where it is made: what is signed is what was reported",
            file=where,
        )
    if not isinstance(value, str) or not is_decimal(value):
        shown = value if isinstance(value, str) else "no number"
        raise BadInput(
            "not-a-decimal",
            f"{label} = {shown} is not a decimal number",
            hint="write it without an exponent: up to 18 digits before the point, 12 after",
            file=where,
        )
    return str(value)


def _no_interval(label: str, fault: str, where: str | None) -> BadInput:
    example = '{"value": 0.912, "low": 0.905, "high": 0.919, "level": 0.95}'
    return BadInput(
        "bad-interval",
        f"{label}: {fault}",
        hint="write auc=0.912[0.905,0.919]" if where == "--metric" else f"write {example}",
        file=where,
    )


def _no_metrics(what: str, where: str) -> BadInput:
    return BadInput(
        "not-metrics",
        f"{what} is not a table of numbers",
        hint='write {"auc": 0.912, "segments": {"web": {"recall": 0.9}}}',
        file=where,
    )
