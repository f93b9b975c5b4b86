r"""Decimals, durations and instants: text in the ledger, whole numbers in every rule.

* A **decimal** is text ``-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?``, never ``-0``.
  Rules compare :func:`parse_decimal` values: whole numbers of 10⁻¹², so that no
  comparison ever rounds or divides.
* A **duration** is a whole number of seconds; people write ``30m``, ``72h``, ``14d``.
* An **instant** is ``2026-11-21T07:41:26Z``; rules compare seconds since 1970.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from ledger.errors import BadInput

SCALE: Final = 10**12
"""Units of :func:`parse_decimal` in one."""

DECIMAL_PATTERN: Final = r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?$"
_DECIMAL = re.compile(DECIMAL_PATTERN[:-1] + r"\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,8})([mhd])\Z")
_LAST: Final = 253_402_300_799
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86400}


def _no_negative_zero(text: str) -> str:
    if text.startswith("-") and not text.strip("-0."):
        raise ValueError("minus zero is not a decimal")
    return text


DecimalText = Annotated[
    str, StringConstraints(pattern=DECIMAL_PATTERN), AfterValidator(_no_negative_zero)
]
"""A decimal as text."""


def _real_instant(text: str) -> str:
    datetime.fromisoformat(text)
    return text


InstantText = Annotated[
    str,
    StringConstraints(
        pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
    ),
    AfterValidator(_real_instant),
]
"""An instant as text: UTC, whole seconds, always with ``Z``."""


def is_decimal(text: str) -> bool:
    """Whether *text* is a decimal of the ledger."""
    return _DECIMAL.match(text) is not None and not (text.startswith("-") and not text.strip("-0."))


@lru_cache(maxsize=65_536)
def parse_decimal(text: str) -> int:
    """The decimal *text* in whole units of 10⁻¹².

    Raises :class:`BadInput` where *text* is no decimal.
    """
    if not is_decimal(text):
        raise BadInput(
            "not-a-decimal",
            f"{text!r} is not a decimal number",
            hint='write it in quotes, such as "0.95": 18 digits before the point, 12 after',
        )
    sign = -1 if text.startswith("-") else 1
    whole, _, fraction = text.lstrip("-").partition(".")
    return sign * (int(whole) * SCALE + int(fraction.ljust(12, "0") or "0"))


def format_decimal(units: int) -> str:
    """The shortest decimal text of *units* of 10⁻¹²."""
    whole, fraction = divmod(abs(units), SCALE)
    tail = f".{fraction:012d}".rstrip("0").rstrip(".") if fraction else ""
    return f"{'-' if units < 0 else ''}{whole}{tail}"


def parse_duration(text: str) -> int:
    """The seconds in a duration such as ``10m``, ``72h`` or ``14d``.

    Raises :class:`BadInput` where *text* is no duration.
    """
    match = _DURATION.match(text)
    if match is None:
        raise BadInput(
            "not-a-duration",
            f"{text!r} is not a duration",
            hint="write a whole number and m, h or d: 10m, 72h, 14d",
        )
    return int(match[1]) * _SECONDS[match[2]]


def format_duration(seconds: int) -> str:
    """*seconds* in the largest unit that divides it, or in seconds."""
    for unit in ("d", "h", "m"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds // _SECONDS[unit]}{unit}"
    return f"{seconds}s"


def parse_instant(text: str) -> int:
    """Seconds since 1970 of an instant that :data:`InstantText` accepted."""
    return int(datetime.fromisoformat(text).timestamp())


@lru_cache(maxsize=65_536)
def format_instant(seconds: int) -> str:
    """The instant *seconds* after 1970 as text; what lies beyond the year 9999 is its end."""
    return datetime.fromtimestamp(min(seconds, _LAST), UTC).isoformat()[:19] + "Z"
