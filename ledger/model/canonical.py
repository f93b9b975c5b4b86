"""Canonical JSON: one value, one spelling, byte for byte.

The subset of RFC 8785 (JCS) that a ledger uses: null, booleans, integers within
±(2⁵³-1), text, arrays and objects whose keys match ``[a-z0-9][a-z0-9_.-]*``.
Keys are sorted, nothing is padded, nothing may be a float. Within this subset
the output is that of RFC 8785; outside it, it is refused.

Reading never repairs: what is not its own canonical form is refused, so that
two readers cannot take two meanings from the same signed bytes.
"""

import json
import re
from functools import lru_cache
from typing import Final, NoReturn, TypeAlias

from pydantic_core import from_json, to_json

from ledger.errors import BadInput

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What canonical JSON can say."""

LIMIT: Final = 65_535
"""Bytes that :func:`decode` reads unless told otherwise: those of one envelope."""

MAX_DEPTH: Final = 16
"""Arrays and objects that may stand inside one another, the outermost counted."""

MAX_INTEGER: Final = 2**53 - 1
"""The largest integer, and without its sign the smallest."""

_MAX_DIGITS: Final = len(str(-MAX_INTEGER))
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*\Z")
_TEXTS: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_BRACKETS: Final = re.compile(rb"[\[{]|[\]}]")

_encoder: Final = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
)


def encode(value: JsonValue) -> bytes:
    """The canonical bytes of *value*.

    Raises :class:`BadInput` for what the subset cannot say: ``not-an-integer``,
    ``integer-range``, ``key-pattern``, ``too-deep``, ``lone-surrogate``, ``not-json``.
    """
    _admit(value, MAX_DEPTH)
    try:
        return _encoder.encode(value).encode()
    except UnicodeEncodeError:
        raise BadInput("lone-surrogate", "text holds half of a surrogate pair") from None


def decode(raw: bytes, *, limit: int = LIMIT) -> JsonValue:
    """The value that *raw*, at most *limit* bytes, is the canonical form of.

    Raises :class:`BadInput`: ``too-large``, ``not-utf8``, ``too-deep``, ``not-json``,
    ``duplicate-key``, ``key-pattern``, ``not-an-integer``, ``integer-range``,
    ``lone-surrogate``, ``not-canonical``.
    """
    if len(raw) > limit:
        raise BadInput("too-large", f"{len(raw)} bytes of JSON; at most {limit} are read")
    try:
        value: JsonValue = from_json(raw, allow_inf_nan=False)
    except ValueError:
        _explain(raw)
    # Writing again what was read costs less than looking for each way to write it otherwise.
    if to_json(value) != raw or not _is_canonical(value, MAX_DEPTH):
        _explain(raw)
    return value


def _is_canonical(value: object, depth: int) -> bool:
    """Whether *value*, read in the order of its bytes, lies in the subset."""
    if isinstance(value, dict):
        names = list(value)
        if names != sorted(names) or not all(map(_is_key, names)):
            return False
        items = list(value.values())
    elif isinstance(value, list):
        items = value
    else:
        return _is_plain(value)
    if depth == 0:
        return False
    # all() over a generator would cost a fifth of the whole reading.
    for item in items:  # noqa: SIM110
        if not (type(item) is str or _is_canonical(item, depth - 1)):
            return False
    return True


def _is_plain(value: object) -> bool:
    if isinstance(value, int):
        return -MAX_INTEGER <= value <= MAX_INTEGER
    return value is None or isinstance(value, str)


def _explain(raw: bytes) -> NoReturn:
    """Name the first thing wrong with *raw*, reading it a second time and slowly."""
    _bound_depth(raw)
    try:
        value: JsonValue = _decoder.decode(raw.decode())
        canonical = _encoder.encode(value).encode()
    except UnicodeDecodeError as error:
        raise BadInput("not-utf8", f"not UTF-8 at byte {error.start}") from None
    except UnicodeEncodeError:
        raise BadInput("lone-surrogate", "text holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise BadInput("not-json", f"not JSON at character {error.pos}: {error.msg}") from None
    raise BadInput("not-canonical", _difference(raw, canonical))


def _bound_depth(raw: bytes) -> None:
    """Refuse deep nesting before a recursive parser meets it."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise BadInput("too-deep", f"JSON nested deeper than {MAX_DEPTH}")


def _difference(raw: bytes, canonical: bytes) -> str:
    pairs = zip(raw, canonical, strict=False)
    shorter = min(len(raw), len(canonical))
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), shorter)
    return f"not in canonical form from byte {at} on"


@lru_cache(maxsize=4096)
def _is_key(text: str) -> bool:
    return _KEY.match(text) is not None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """An object as the parser met it: the only moment at which duplicates show."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadInput("duplicate-key", f"{_first_duplicate(pairs)!r} stands twice in one object")
    if not all(map(_is_key, found)):
        _refuse_key(next(key for key in found if not _is_key(key)))
    return found


def _first_duplicate(pairs: list[tuple[str, JsonValue]]) -> str:
    names = [name for name, _ in pairs]
    return next(name for name in names if names.count(name) > 1)


def _refuse_key(key: object) -> NoReturn:
    raise BadInput(
        "key-pattern",
        f"{key!r} is no key of canonical JSON",
        hint="keys are lower-case letters, digits, '_', '.' and '-'; other names are values",
    )


def _refuse_number(text: str) -> NoReturn:
    raise BadInput(
        "not-an-integer",
        f"{text} is not a whole number",
        hint='decimals are written as text, for example "0.95"',
    )


def _refuse_range(text: str) -> NoReturn:
    raise BadInput("integer-range", f"{text} is beyond ±{MAX_INTEGER}")


def _integer(text: str) -> int:
    # The length is looked at first: Python's own int() takes quadratic time.
    if len(text) > _MAX_DIGITS:
        _refuse_range(f"a number of {len(text)} characters")
    number = int(text)
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        _refuse_range(text)
    return number


_decoder: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_refuse_number,
    parse_int=_integer,
    parse_constant=_refuse_number,
)


def _admit(value: object, depth: int) -> None:
    """Refuse what canonical JSON cannot say; *depth* more levels may follow."""
    match value:
        case None | bool() | str():
            return
        case int():
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                _refuse_range("an integer")
        case float():
            _refuse_number(repr(value))
        case list() | dict():
            _admit_inside(value, depth - 1)
        case _:
            raise BadInput("not-json", f"JSON cannot say {type(value).__name__}")


def _admit_inside(value: list[object] | dict[object, object], depth: int) -> None:
    if depth < 0:
        raise BadInput("too-deep", f"JSON nested deeper than {MAX_DEPTH}")
    if isinstance(value, dict):
        for key in value:
            if not (isinstance(key, str) and _is_key(key)):
                _refuse_key(key)
    for item in value.values() if isinstance(value, dict) else value:
        _admit(item, depth)
