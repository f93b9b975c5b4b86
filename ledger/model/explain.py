"""Pydantic's complaints about a file that somebody wrote, as sentences with a mend.

A complaint's location is the path in the file. What was expected there is looked up in
the model's JSON schema, so that the models stay the only list of keys.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ledger.model.names import (
    ALIAS_PATTERN,
    DIGEST_PATTERN,
    IDENTIFIER_PATTERN,
    LINE_PATTERN,
    TEXT_PATTERN,
)
from ledger.model.problems import Path, Problem, closest, listed
from ledger.model.terms import DECIMAL_PATTERN

_WANTED: Final[Mapping[str, str]] = {
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}

_PATTERNS: Final[Mapping[str, tuple[str, str]]] = {
    IDENTIFIER_PATTERN: ("wrong-value", "up to 64 of a-z 0-9 . _ - beginning with a-z or 0-9"),
    ALIAS_PATTERN: ("wrong-value", "an alias such as fraud/production"),
    DIGEST_PATTERN: ("wrong-value", "sha256: and 64 of 0-9 a-f, as sha256sum prints them"),
    DECIMAL_PATTERN: (
        "not-a-decimal",
        'a decimal such as "0.95": up to 18 digits before the point and 12 after it',
    ),
    LINE_PATTERN: ("forbidden-character", "one line of text without control characters"),
    TEXT_PATTERN: ("forbidden-character", "text without control characters"),
}

_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}

_LENGTHS: Final[Mapping[str, tuple[str, str]]] = {
    "string_too_short": ("min_length", "at least {} characters"),
    "string_too_long": ("max_length", "at most {} characters"),
    "too_short": ("min_length", "at least {} of them"),
    "too_long": ("max_length", "at most {} of them"),
}


def explain(
    error: ValidationError, model_class: type[BaseModel], data: dict[str, Any]
) -> list[Problem]:
    """Return each complaint in *error* about *data* as a problem, with the path to it.

    A key that is only missing because it is misspelt is one problem, not two.
    """
    schema = model_class.model_json_schema(by_alias=True)
    details = error.errors(include_url=False)
    misspelt = {
        (*detail["loc"][:-1], closest(str(detail["loc"][-1]), _keys_at(detail["loc"][:-1], schema)))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    return [
        _problem(detail, schema, data)
        for detail in details
        if not (detail["type"] == "missing" and detail["loc"] in misspelt)
    ]


def place(path: Path, data: Any) -> str:
    """Name *path* in words: keys joined by points, and members of lists by their id."""
    names: list[str] = []
    for step in path:
        try:
            data = data[step]
        except (LookupError, TypeError):
            data = None
        if isinstance(step, int):
            named = isinstance(data, dict) and isinstance(data.get("id"), str)
            names.append(data["id"] if named else str(step + 1))
        else:
            names.append(step)
    return ".".join(names)


def _problem(detail: ErrorDetails, schema: dict[str, Any], data: dict[str, Any]) -> Problem:
    path: Path = detail["loc"]
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, schema, data)
    if kind == "missing":
        where = place(path[:-1], data) or "the file"
        return Problem(
            "missing-key",
            f"{where} lacks the key {path[-1]!r}",
            f"add {path[-1]} = …",
            path[:-1],
        )
    said = "a name" if path[-1:] == ("[key]",) else "a value"
    if said == "a name":
        path = path[:-1]
    where = place(path, data) or "the file"
    if kind in _WANTED:
        found = _type_name(detail["input"])
        return Problem(
            "wrong-type", f"{where}: expected {_WANTED[kind]}, found {found}", None, path
        )
    return _wrong_value(detail, where, path)


def _unknown_key(path: Path, schema: dict[str, Any], data: dict[str, Any]) -> Problem:
    key = str(path[-1])
    known = _keys_at(path[:-1], schema)
    meant = closest(key, known)
    where = place(path[:-1], data)
    return Problem(
        "unknown-key",
        f"unknown key {key!r}{f' in {where}' if where else ''}; expected one of: {listed(known)}",
        f"did you mean {meant}?" if meant else "remove it",
        path,
    )


def _wrong_value(detail: ErrorDetails, where: str, path: Path) -> Problem:
    kind = detail["type"]
    context = detail.get("ctx", {})
    shown = _shown(detail["input"])
    if kind == "string_pattern_mismatch":
        code, wanted = _PATTERNS.get(context["pattern"], ("wrong-value", context["pattern"]))
        return Problem(code, f"{where}: {shown} is not as expected", f"expected {wanted}", path)
    if kind == "literal_error":
        meant = closest(str(detail["input"]), _literals(str(context["expected"])))
        hint = f"did you mean {meant}?" if meant else None
        return Problem(
            "wrong-value", f"{where}: expected {context['expected']}, found {shown}", hint, path
        )
    if kind in _LIMITS:
        bound, words = _LIMITS[kind]
        message = f"{where}: expected {words} {context[bound]}, found {shown}"
        return Problem("wrong-value", message, None, path)
    if kind in _LENGTHS:
        bound, words = _LENGTHS[kind]
        message = f"{where}: expected {words.format(context[bound])}"
        return Problem("wrong-value", message, None, path)
    if kind == "value_error":
        return Problem("wrong-value", f"{where}: {context['error']}", None, path)
    code = kind if "-" in kind else "wrong-value"
    return Problem(code, f"{where}: {detail['msg']}", context.get("hint"), path)


def _literals(expected: str) -> list[str]:
    return expected.replace("'", "").replace(" or ", ", ").split(", ")


def _shown(value: Any) -> str:
    shown = repr(value) if isinstance(value, (str, int)) else _type_name(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"  # noqa: PLR2004 - a line of a terminal


def _type_name(value: Any) -> str:
    names = {str: "text", bool: "true or false", int: "a whole number", dict: "a table"}
    names |= {tuple: "a list", list: "a list", float: "a number with a point"}
    if isinstance(value, bool):
        return str(value).lower()
    return names.get(type(value), "something else")


def _keys_at(path: Path, schema: dict[str, Any]) -> list[str]:
    """Return the keys that a table at *path* may have, from the model's JSON schema."""
    definitions = schema.get("$defs", {})
    here = _resolved(schema, definitions)
    for step in path:
        if isinstance(step, int):
            here = here.get("items", {})
        else:
            named = here.get("patternProperties", {}).values()
            others = next(iter(named), here.get("additionalProperties") or {})
            here = here.get("properties", {}).get(step, others)
        here = _resolved(here, definitions)
    return list(here.get("properties", {}))


def _resolved(here: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference, and look into the one alternative that is not null."""
    for _ in range(8):
        options = [one for one in here.get("anyOf", ()) if one.get("type") != "null"]
        if "$ref" in here:
            here = definitions[here["$ref"].rpartition("/")[2]]
        elif options:
            here = options[0]
        else:
            break
    return here
