"""What stands on the axes of pictures: round numbers, spans of time and days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Final, Literal

from ledger.model.terms import format_duration, format_instant

Level = Literal["seconds", "count", "share"]
"""What the height of a picture is measured in."""

DAY: Final = 86_400
MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

TICKS: Final = 4
"""How many lines an axis has at most, besides that of zero."""

_SPANS: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 3_600 for hours in (1, 2, 3, 6, 12)),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from zero to ``top``, with the words of some heights."""

    top: float
    ticks: tuple[tuple[float, str], ...]
    level: Level


def scale_of(level: Level, values: Sequence[float | None]) -> Scale:
    """The axis on which all of *values* have room."""
    if level == "share":
        return Scale(1, tuple((part / 4, f"{25 * part} %") for part in range(5)), level)
    highest = max((value for value in values if value is not None), default=0)
    step = _step(level, highest)
    lines = range(max(1, -(-int(highest) // step)) + 1)
    ticks = tuple((float(step * line), _words(level, step * line)) for line in lines)
    return Scale(ticks[-1][0], ticks, level)


def value_label(level: Level, value: float) -> str:
    """*value* in a few characters."""
    return f"{100 * value:.0f} %" if level == "share" else _words(level, int(value))


def day_label(at: int, length: int) -> str:
    """The end of a window of *length* seconds: its day and year, or its time where it is short."""
    written = format_instant(at)
    day = f"{int(written[8:10])} {MONTHS[int(written[5:7]) - 1]}"
    return f"{day}\n{written[:4]}" if length >= DAY else f"{day}\n{written[11:16]}"


def _step(level: Level, highest: float) -> int:
    """The smallest round step of which at most ``TICKS`` reach *highest*."""
    spans = _SPANS if level == "seconds" else ()
    unit = DAY if level == "seconds" else 1
    rounds: Iterator[int] = (unit * digit * 10**power for power in count() for digit in (1, 2, 5))
    return next(step for step in chain(spans, rounds) if step * TICKS >= highest)


def _words(level: Level, value: int) -> str:
    if level == "seconds":
        return format_duration(value) if value else "0"
    return f"{value:,}"
