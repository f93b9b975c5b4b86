"""Instants and patterns of aliases as people write them, in files and behind options."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from ledger.errors import BadInput
from ledger.model.names import SCOPE_PATTERN
from ledger.model.terms import InstantText, format_instant, parse_duration

LONGEST: Final = 100 * 365 * 86_400
"""The longest span of time, in seconds, that an end may lie ahead."""

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_SPANS: Final = re.compile(r"[1-9][0-9]{0,8}[mhd]\Z")
_SCOPE: Final = re.compile(SCOPE_PATTERN[:-1] + r"\Z")
_INSTANT: Final = "write 2026-11-21T07:41:26Z, or 2026-11-21 for the first moment of that day (UTC)"
_SPAN: Final = ", or 14d from now"
_PATTERN: Final = "write fraud/production, fraud/*, */production or */*"


def instant(value: str) -> str:
    """The instant that *value* names; a date is the first moment of that day, in UTC.

    Raises :class:`BadInput` (``not-an-instant``).
    """
    text = f"{value}T00:00:00Z" if _DAY.match(value) else value
    try:
        found: str = TypeAdapter(InstantText).validate_python(text)
    except ValidationError:
        raise BadInput("not-an-instant", f"{value!r} is not a time", hint=_INSTANT) from None
    return found


def end(value: str) -> str:
    """An end as written: an instant, or a span of time such as ``14d``, left as it is.

    Raises :class:`BadInput` (``not-an-instant``). :func:`end_from` counts a span from now.
    """
    if _SPANS.match(value) and parse_duration(value) <= LONGEST:
        return value
    try:
        return instant(value)
    except BadInput as error:
        raise BadInput("not-an-instant", error.message, hint=f"{_INSTANT}{_SPAN}") from None


def end_from(value: str, now: int) -> str:
    """The instant of an end that :func:`end` accepted; a span of time is counted from *now*."""
    return format_instant(now + parse_duration(value)) if _SPANS.match(value) else value


def pattern(value: str) -> str:
    """A pattern of aliases. Raises :class:`BadInput` (``not-a-pattern``)."""
    if _SCOPE.match(value) is None:
        raise BadInput("not-a-pattern", f"{value!r} is no pattern of aliases", hint=_PATTERN)
    return value


def _written_instant(value: Any) -> Any:
    try:
        return instant(value if isinstance(value, str) else "")
    except BadInput:
        raise PydanticCustomError(
            "not-an-instant", "expected a time in quotes", {"hint": _INSTANT}
        ) from None


def _written_end(value: Any) -> Any:
    try:
        return end(value if isinstance(value, str) else "")
    except BadInput:
        raise PydanticCustomError(
            "not-an-instant", "expected a time in quotes", {"hint": f"{_INSTANT}{_SPAN}"}
        ) from None


def _written_pattern(value: str) -> str:
    try:
        return pattern(value)
    except BadInput as error:
        raise PydanticCustomError(
            "not-a-pattern", "{message}", {"message": error.message, "hint": error.hint}
        ) from None


WrittenInstant = Annotated[str, BeforeValidator(_written_instant)]
"""An instant, or a date that stands for the beginning of its day, in quotes."""

WrittenEnd = Annotated[str, BeforeValidator(_written_end)]
"""An end as :func:`end` takes it, in quotes."""

WrittenPattern = Annotated[str, AfterValidator(_written_pattern)]
"""A pattern of aliases such as ``fraud/*``."""
