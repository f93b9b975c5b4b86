"""Numbers out of a report: flat JSON, with ``segments`` nested, kept as the text they were.

::

    {"auc": 0.912, "p95_ms": "41.5", "segments": {"web": {"recall": 0.9}}}

A number is never a float on its way: its digits are taken from the file.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from cli.params import read_text_file
from ledger.errors import BadInput
from ledger.model.events import Metric
from ledger.model.names import is_text
from ledger.model.terms import is_decimal

REPORT: Final = "evaluation-report"
"""The evidence type whose own file may be read for its numbers."""

LONGEST_NAME: Final = 128
_TOO_FINE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})\.[0-9]{13,}\Z")


class _Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """The metrics in the JSON file at *path*.

    Raises :class:`BadInput` with the file: ``not-json``, ``not-metrics``, ``duplicate-key``,
    ``not-a-decimal``, ``too-precise``.
    """
    text = read_text_file(path)
    return _metrics(_parse(text, path), path, words=False)


def metrics_of_report(path: Path) -> tuple[Metric, ...]:
    """The metrics of an evaluation report, none where the file is no JSON of numbers.

    A file that is such JSON but for one number is an error: half of a report is none.
    """
    try:
        data = _parse(read_text_file(path), path)
    except BadInput as error:
        if error.code in ("not-json", "not-utf8", "too-large"):
            return ()
        raise
    if not isinstance(data, dict) or not _looks_flat(data):
        return ()
    return _metrics(data, path, words=True)


def parse_metric(text: str) -> Metric:
    """The metric in ``auc=0.912``, or ``recall[web]=0.9`` for a segment."""
    name, equals, value = text.partition("=")
    segment = None
    if name.endswith("]") and "[" in name:
        name, _, rest = name.partition("[")
        segment = rest[:-1]
    if not equals or not name or segment == "":
        raise BadInput("not-metrics", f"{text!r} is not a metric", hint="write auc=0.912")
    return _metric(name, segment, _Number(value), "--metric")


def _looks_flat(data: Mapping[str, Any]) -> bool:
    own = [value for key, value in data.items() if key != "segments"]
    return all(isinstance(value, str) for value in own) and bool(
        any(isinstance(value, _Number) for value in own) or data.get("segments")
    )


def _parse(text: str, path: Path) -> Any:
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
        if isinstance(value, dict | list):
            raise _no_metrics(name, where)
        yield _metric(name, segment, value, where)


def _numeric(value: str) -> bool:
    return isinstance(value, _Number) or is_decimal(value)


def _metric(name: str, segment: str | None, value: Any, where: str) -> Metric:
    for word in (name, *(() if segment is None else (segment,))):
        if not 0 < len(word) <= LONGEST_NAME or not is_text(word, lines=False):
            raise BadInput("bad-name", f"{word!r} cannot name a metric or a segment", file=where)
        if not unicodedata.is_normalized("NFC", word):
            raise BadInput("not-nfc", f"{word!r} is not in Unicode normal form C", file=where)
    label = name if segment is None else f"{name} in {segment}"
    if isinstance(value, str) and _TOO_FINE.match(value):
        raise BadInput(
            "too-precise",
            f"{label} = {value} has more than 12 digits after the point",
            hint="round it where it is made: what is signed is what was reported",
            file=where,
        )
    if not isinstance(value, str) or not is_decimal(value):
        shown = "no number" if value is None or isinstance(value, bool) else value
        raise BadInput(
            "not-a-decimal",
            f"{label} = {shown} is not a decimal number",
            hint="write it without an exponent: up to 18 digits before the point, 12 after",
            file=where,
        )
    return Metric(name=name, segment=segment, value=str(value))


def _no_metrics(what: str, where: str) -> BadInput:
    return BadInput(
        "not-metrics",
        f"{what} is not a table of numbers",
        hint='write {"auc": 0.912, "segments": {"web": {"recall": 0.9}}}',
        file=where,
    )
