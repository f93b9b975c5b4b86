"""Reading the TOML files that people write: strictly, and with a line for each complaint.

:func:`load_toml` and :func:`validate` raise the first problem; :func:`read_toml` and
:func:`problems_in` return them all, for readers that print them together.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, time
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from ledger.model.explain import explain
from ledger.model.lines import lines_of
from ledger.model.names import is_text
from ledger.model.problems import Path, Problem

LIMIT: Final = 256 * 1024
"""The most bytes such a file may have."""

DEPTH: Final = 16
"""How deep its tables and lists may stand in each other."""

_LONG_KEY: Final = re.compile(
    r"(?<![\w-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}"
)
"""A dotted key without end: ``tomllib`` takes memory in the square of its parts."""

_AT_LINE: Final = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)\Z")
_TWICE: Final = re.compile(r"overwrite|twice|duplicate|cannot mutate|already", re.IGNORECASE)

Model = TypeVar("Model", bound=BaseModel)


def load_toml(text: str, *, file: str) -> dict[str, Any]:
    """Return the TOML document *text* as plain values; *file* only serves messages.

    Raises :class:`BadInput` (``too-large``, ``forbidden-character``, ``not-toml``,
    ``duplicate-key``, ``not-a-decimal``) for the first problem.
    """
    data, problems = read_toml(text)
    _raise_first(problems, text=text, file=file)
    return data


def validate(model_class: type[Model], data: dict[str, Any], *, text: str, file: str) -> Model:
    """Return *data*, as loaded from *text*, as a *model_class*; TOML's lists become tuples.

    Raises :class:`BadInput` for the first problem, with file and line: ``unknown-key``,
    ``missing-key``, ``wrong-type``, ``wrong-value``, ``forbidden-character``,
    ``not-a-decimal``, or the code of a validator's own ``PydanticCustomError``.
    """
    try:
        return model_class.model_validate(tuples(data))
    except ValidationError as error:
        _raise_first(explain(error, model_class, data), text=text, file=file)
        raise


def problems_in(model_class: type[BaseModel], data: dict[str, Any]) -> list[Problem]:
    """Return all that keeps *data* from being a *model_class*."""
    try:
        model_class.model_validate(tuples(data))
    except ValidationError as error:
        return explain(error, model_class, data)
    return []


def read_toml(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the TOML document *text* as far as it can be read, and all its problems."""
    size = len(text.encode(errors="replace"))
    if size > LIMIT:
        return {}, [Problem("too-large", f"{size} bytes", f"at most {LIMIT} bytes are read")]
    problems = list(_forbidden_lines(text))
    if problems:
        return {}, problems
    key = _LONG_KEY.search(text)
    if key is not None:
        line = text.count("\n", 0, key.start()) + 1
        message = "a key of more than 32 parts"
        return {}, [Problem("not-toml", message, "flatten it", line=line)]
    try:
        data = tomllib.loads(text)
    except RecursionError:
        return {}, [Problem("not-toml", "nested without end", f"at most {DEPTH} levels are read")]
    except ValueError as error:
        return {}, [_syntax(str(error), text)]
    return data, list(_unwanted(data, ()))


def placed(problems: Iterable[Problem], *, text: str, file: str) -> list[Problem]:
    """Return *problems* with file and line, in the order of their lines.

    Problems of the file as a whole stand on line 1 and come last: what it lacks is often
    what is misspelt further down.
    """
    problems = list(problems)
    lines = lines_of(text, (one.path for one in problems if one.line is None)) if problems else {}
    known = [replace(one, file=file, line=one.line or lines.get(one.path, 1)) for one in problems]
    return sorted(known, key=lambda one: (one.line == 1 and not one.path, one.line or 0))


def tuples(value: Any) -> Any:
    """Return *value* with a tuple for each list: models of signed values know no lists."""
    if isinstance(value, dict):
        return {key: tuples(item) for key, item in value.items()}
    return tuple(tuples(item) for item in value) if isinstance(value, list) else value


def _raise_first(problems: list[Problem], *, text: str, file: str) -> None:
    if problems:
        raise placed(problems, text=text, file=file)[0].as_error()


def _forbidden_lines(text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not is_text(line, lines=True):
            bad = next(char for char in line if not is_text(char, lines=True))
            hint = "save the file with plain line ends" if bad == "\r" else "take it out"
            message = f"the character U+{ord(bad):04X}, which does not show"
            yield Problem("forbidden-character", message, hint, line=number)


def _syntax(message: str, text: str) -> Problem:
    place = _AT_LINE.search(message)
    line = int(place[1]) if place and place[1] else text.count("\n") + 1
    said = _AT_LINE.sub("", message)
    if _TWICE.search(said):
        return Problem(
            "duplicate-key",
            f"a key stands twice, or a table is opened twice ({said})",
            "keep one of them",
            line=line,
        )
    return Problem(
        "not-toml",
        f"this is not TOML: {said[:1].lower()}{said[1:]}",
        "text stands in quotes, lists in [ ], and each key on a line of its own",
        line=line,
    )


def _unwanted(value: Any, path: Path) -> Iterator[Problem]:
    """Yield what TOML allows and no file of ours may hold, wherever it stands."""
    if len(path) > DEPTH:
        yield Problem("not-toml", f"nested more than {DEPTH} deep", "flatten it", path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _characters(key, (*path, key))
            yield from _unwanted(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unwanted(item, (*path, index))
    elif isinstance(value, str):
        yield from _characters(value, path)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        message = f"{_last_key(path)}: a whole number of more than 64 bits"
        yield Problem("not-toml", message, "put it in quotes if it is a decimal", path)
    elif isinstance(value, float):
        yield Problem(
            "not-a-decimal",
            f"{_last_key(path)} = {value!r}: numbers with a point are kept as text",
            f'put the number in quotes: "{value!r}"',
            path,
        )
    elif isinstance(value, (date, time)):
        yield Problem(
            "wrong-type", f"{_last_key(path)}: dates have no place here", "put it in quotes", path
        )


def _characters(text: str, path: Path) -> Iterator[Problem]:
    if not is_text(text, lines=True):
        bad = next(char for char in text if not is_text(char, lines=True))
        message = f"{_last_key(path)!r} holds the character U+{ord(bad):04X}, which does not show"
        yield Problem("forbidden-character", message, "take it out", path)


def _last_key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "the document")
