"""Canonical JSON and fields for the second verifier; the fields come from the pages' own tables."""

import json
import re
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

PAGES: Final = Path(__file__).parents[2] / "docs" / "reference"
HIDDEN: Final = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
NAME: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
TYPES: Final = {
    "identifier": NAME,
    "alias": f"{NAME}/{NAME}",
    "alias pattern": rf"(\*|{NAME})/(\*|{NAME})",
    "target": rf"generation|alias/{NAME}/{NAME}|(capability|signer)/{NAME}",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "hash": r"[0-9a-f]{64}",
    "digest": r"sha256:[0-9a-f]{64}",
    "key id": r"SHA256:[A-Za-z0-9+/]{43}",
    "public key": r"[a-z0-9@.-]{1,64} [A-Za-z0-9+/]{16,1024}={0,2}",
    "decimal": r"(?!-0(\.0+)?\Z)-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?",
    "instant": r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z",
    "line": rf"[^\x00-\x1f{HIDDEN}]*",
    "text": rf"[^\x00-\x08\x0b-\x1f{HIDDEN}]*",
}
FROM_ZERO: Final = {"after", "base", "position", "size", "taken_from", "observation", "seconds"}
MOST: Final = {
    "stops": 500,
    **dict.fromkeys(("changes", "tests", "waives", "controls"), 100),
    **dict.fromkeys(("roster", "signers", "keys", "mutations", "channels", "permissions"), 200),
}
LONG_LINES: Final = {"summary", "target", "stream", "source", "incident"}
FILLED: Final = {("exception effect", "incident"), ("exception.granted", "incident")}
SAYING: Final = {"reason", "note", "text", "cause", "changes", "tests", "controls"}
NEVER_EMPTY: Final = {"waives", "roster", "signers", "keys", "stops", "subject", "components"}


class Fault(Exception):
    """An entry broke the rule that is the only argument."""


def require(condition: object, rule: str) -> None:
    """Raise :class:`Fault` with *rule* unless *condition*."""
    if not condition:
        raise Fault(rule)


def read_json(raw: bytes) -> Any:
    """The value that *raw* is the canonical form of."""
    try:
        text = raw.decode()
        depth = deepest = 0
        for bracket in re.findall(r"[\[{}\]]", re.sub(r'"(?:[^"\\]|\\.)*"?', "", text)):
            depth += 1 if bracket in "[{" else -1
            deepest = max(deepest, depth)
        require(deepest <= 16, "too-deep")
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=lambda _: require(False, "not-an-integer"),
            parse_constant=lambda _: require(False, "not-json"),
        )
        again = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        require(again.encode() == raw, "not-canonical")
    except UnicodeDecodeError:
        raise Fault("not-utf8") from None
    except UnicodeEncodeError:
        raise Fault("lone-surrogate") from None
    except ValueError:
        raise Fault("not-json") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    require(all(re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", key) for key, _ in pairs), "key-pattern")
    require(len(dict(pairs)) == len(pairs), "duplicate-key")
    return dict(pairs)


def _integer(digits: str) -> int:
    require(len(digits) <= 17 and abs(int(digits)) <= 2**53 - 1, "integer-range")
    return int(digits)


@lru_cache(maxsize=1)
def tables() -> dict[str, dict[str, tuple[str, str]]]:
    """For each heading of the pages with a table of fields: type and meaning of each field."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for page in ("format.md", "events.md"):
        text = (PAGES / page).read_text(encoding="utf-8")
        for section in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
            rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", section, re.MULTILINE)
            found[section.partition("\n")[0]] = {row[0]: (row[1], row[2]) for row in rows}
    return found


@lru_cache(maxsize=1)
def streams() -> dict[str, str]:
    """The stream of each kind, with a field in braces, as the events page has it."""
    text = (PAGES / "events.md").read_text(encoding="utf-8")
    return dict(
        re.findall(r"^## (\S+)\n(?:(?!^## )[\s\S])*?^\* Stream: `(.+)`$", text, re.MULTILINE)
    )


def stream_of(event: dict[str, Any]) -> str:
    """The stream on which *event* belongs."""
    return streams()[event["kind"]].format(**event)


def check_entry(value: object) -> None:
    """Refuse a payload that has not exactly the fields of the pages."""
    check_part("Payload", value)


def check_part(title: str, value: object) -> None:
    """Refuse *value* unless it has the fields of the table under *title*, each of its type."""
    expected = tables()[title]
    require(isinstance(value, dict) and value.keys() == expected.keys(), "malformed")
    assert isinstance(value, dict)
    for name, (kind, meaning) in expected.items():
        check_field(title, name, kind, value[name], in_order="sorted" in meaning.lower())
    if title == "metric":
        check_interval(value)


def check_interval(metric: dict[str, Any]) -> None:
    """Refuse a metric whose interval has one end, or not the value between both."""
    ends = [metric[name] for name in ("low", "value", "high")]
    if metric["low"] is None and metric["high"] is None:
        require(metric["level"] is None, "malformed")
        return
    require(None not in ends, "malformed")
    require(ends == sorted(ends, key=Fraction), "malformed")
    require(metric["level"] is None or 0 < Fraction(metric["level"]) < 1, "malformed")


def check_field(title: str, name: str, kind: str, value: Any, *, in_order: bool) -> None:
    """Refuse *value* unless it is of the type that the page calls *kind*."""
    if kind.endswith(" or null"):
        if value is None:
            return
        kind = kind.removesuffix(" or null")
    if kind.startswith("list of "):
        check_list(title, name, kind.removeprefix("list of "), value, in_order=in_order)
    elif kind == "effect":
        said = value.get("effect") if isinstance(value, dict) else None
        require(isinstance(said, str) and f"{said} effect" in tables(), "malformed")
        check_part(f"{said} effect", value)
    elif kind == "event":
        require(isinstance(value, dict) and value.get("kind") in list(streams()), "malformed")
        check_part(value["kind"], value)
    elif kind in tables():
        check_part(kind, value)
    elif kind == "whole number":
        require(type(value) is int and value >= (name not in FROM_ZERO), "malformed")
        require(name != "seconds" or value <= 10**9, "malformed")
    elif kind == "yes or no":
        require(type(value) is bool, "malformed")
    elif kind == "the number 1":
        require(type(value) is int and value == 1, "malformed")
    else:
        require(isinstance(value, str) and check_word(title, name, kind, value), "malformed")


def check_list(title: str, name: str, kind: str, value: Any, *, in_order: bool) -> None:
    """Refuse *value* unless it is a list of *kind*, sorted where it must be."""
    require(isinstance(value, list), "malformed")
    require(len(value) <= MOST.get(name, len(value)), "malformed")
    for item in value:
        check_field(title, name, kind, item, in_order=False)
    filled = {("signer.granted", "grant"), ("signer.stripped", "strip")}
    require(value or (name not in NEVER_EMPTY and (title, name) not in filled), "malformed")
    if in_order and (title, name) not in {
        ("evidence.attached", "subject"),
        ("binding", "evidence"),
    }:
        words = [
            item if isinstance(item, str) else item[next(iter(tables()[kind]))] for item in value
        ]
        require(words == sorted(set(words)), "malformed")


def check_word(title: str, name: str, kind: str, value: str) -> bool:
    """Whether the text *value* is of *kind* and no longer, or shorter, than it may be."""
    if "`" in kind:
        return value in re.findall(r"`([^`]+)`", kind)
    if kind == "instant" and re.fullmatch(TYPES[kind], value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            return False
    shortest, longest = 0, 10**6
    if kind == "line":
        shortest, longest = (0, 500) if name in LONG_LINES else (1, 128)
        shortest = max(shortest, (title, name) in FILLED)
    elif title == "policy document":
        shortest, longest = 1, 40_000
    elif kind == "text":
        says = name in SAYING or (title, name) == ("release.rolled-back", "trigger")
        shortest, longest = int(says), 8_000
    return bool(re.fullmatch(TYPES[kind], value)) and shortest <= len(value) <= longest
