"""Pictures as SVG, drawn by matplotlib: lines, columns and bars, all in one plain style.

A picture is 400 units wide, so that its words can be read on a phone; a page scales it.
"""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from typing import TYPE_CHECKING, Any, Final

from cli.output import cut
from cli.plots_svg import COLOURS, tidy
from cli.plots_text import Scale, value_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH: Final = 400
HEIGHT: Final = 200
SIZE: Final = 11
"""The size of all text, in units."""

ROW: Final = 32
"""The units of height that a bar takes, its words above it."""

CUT: Final = 34
"""The characters of a name above a bar."""

STYLE: Final[Mapping[Any, Any]] = {
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.dpi": 72,
    "figure.facecolor": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": SIZE,
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "assent",
    "text.parse_math": False,
}

Told = tuple[str, str]
"""The title of a picture, and what it shows in words."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One group: its name, its value in words and as a number, and where 9 of 10 are within."""

    name: str
    words: str
    value: float | None
    high: float | None


def drawn_lines(  # noqa: PLR0917 - what is drawn
    anchor: str,
    told: Told,
    labels: Sequence[str],
    values: Sequence[float | None],
    high: Sequence[float | None],
    scale: Scale,
) -> str:
    """A line through *values*, a dashed one through *high*, both with gaps."""
    with _drawing(HEIGHT) as figure:
        axes = _axes(figure, labels, scale)
        places = range(len(values))
        ink, faint = COLOURS["plot"], COLOURS["quiet"]
        if any(one is not None for one in high):
            style: dict[str, Any] = {"linestyle": (0, (3, 3)), "marker": "^", "markersize": 5}
            axes.plot(
                places, _gaps(high), color=faint, linewidth=1.2, label="9 of 10 within", **style
            )
            axes.plot(places, _gaps(values), color=ink, linewidth=2, marker="o", label="median")
            _legend(axes)
        else:
            axes.plot(places, _gaps(values), color=ink, linewidth=2, marker="o")
        _say_none(axes, values)
        return _svg(figure, anchor, told)


def drawn_columns(
    anchor: str,
    told: Told,
    labels: Sequence[str],
    values: Sequence[float | None],
    scale: Scale,
) -> str:
    """A column for each of *values*, with its number above it."""
    with _drawing(HEIGHT) as figure:
        axes = _axes(figure, labels, scale)
        known = [(place, one) for place, one in enumerate(values) if one is not None]
        heights = [one for _, one in known]
        axes.bar([place for place, _ in known], heights, width=0.6, color=COLOURS["plot"])
        for place, one in known:
            text = value_label(scale.level, one)
            axes.annotate(text, (place, one), (0, 3), textcoords="offset points", ha="center")
        _say_none(axes, values)
        return _svg(figure, anchor, told)


def drawn_bars(anchor: str, told: Told, bars: Sequence[Bar], whole: float, more: str) -> str:
    """A bar for each group, of which one as long as *whole* takes all the width."""
    height = ROW * len(bars) + (16 if more else 0)
    with _drawing(height) as figure:
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(height, 0))
        axes.set_axis_off()
        for place, bar in enumerate(bars):
            top = ROW * place
            axes.text(0, top + 13, cut(bar.name, CUT), color=COLOURS["ink"])
            axes.text(WIDTH, top + 13, bar.words, color=COLOURS["quiet"], ha="right")
            axes.barh(top + 21, WIDTH, height=7, color=COLOURS["rule"])
            if bar.value is not None:
                axes.barh(top + 21, WIDTH * bar.value / whole, height=7, color=COLOURS["plot"])
            if bar.high is not None:
                end = WIDTH * bar.high / whole - 1
                axes.plot([end, end], [top + 17, top + 25], color=COLOURS["ink"], linewidth=1.5)
        if more:
            axes.text(0, height - 4, more, color=COLOURS["quiet"])
        return _svg(figure, anchor, told)


@contextmanager
def _drawing(height: int) -> Iterator["Figure"]:
    """An empty picture, whatever settings of matplotlib the reader may have."""
    import matplotlib as mpl  # noqa: PLC0415 - a heavy import, of an extra
    from matplotlib.figure import Figure  # noqa: PLC0415 - the same

    with mpl.rc_context(), warnings.catch_warnings():
        # A letter that no font here has is measured wrongly, and shown by the reader's fonts.
        warnings.simplefilter("ignore", UserWarning)
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield Figure(figsize=(WIDTH / 72, height / 72))


def _axes(figure: "Figure", labels: Sequence[str], scale: Scale) -> "Axes":
    longest = max(len(words) for _, words in scale.ticks)
    left, bottom, top = (longest * 7 + 12) / WIDTH, 32 / HEIGHT, 24 / HEIGHT
    axes = figure.add_axes((left, bottom, 1 - left - 0.01, 1 - bottom - top))
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.set_ylim(0, scale.top)
    days = [label.partition("\n")[0] for label in labels]
    axes.set_xticks(range(len(labels)), days)
    # Not in the labels: a text of several lines is not centred by who shows it.
    for place, year in enumerate(_years(labels)):
        _say(axes, year, place, -28)
    axes.set_yticks([at for at, _ in scale.ticks], [words for _, words in scale.ticks])
    axes.tick_params(length=0, labelcolor=COLOURS["quiet"], pad=5)
    axes.grid(axis="y", color=COLOURS["rule"], linewidth=1)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(COLOURS["quiet"])
    return axes


def _years(labels: Sequence[str]) -> list[str]:
    """The second lines of *labels*, without those that the one before says already."""
    years = [label.partition("\n")[2] for label in labels]
    return [year if year != before else "" for before, year in pairwise(["", *years])]


def _say(axes: "Axes", text: str, place: int, above: float) -> None:
    """Write a quiet *text* at *place*, so many units *above* zero."""
    colour = COLOURS["quiet"]
    axes.annotate(
        text, (place, 0), (0, above), textcoords="offset points", ha="center", color=colour
    )


def _legend(axes: "Axes") -> None:
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=2,
        frameon=False,
        borderpad=0,
        borderaxespad=0.3,
        columnspacing=1.5,
        labelcolor=COLOURS["quiet"],
        reverse=True,
    )


def _say_none(axes: "Axes", values: Sequence[float | None]) -> None:
    for place, one in enumerate(values):
        if one is None:
            _say(axes, "none", place, 4)


def _gaps(values: Sequence[float | None]) -> list[float]:
    return [nan if one is None else one for one in values]


def _svg(figure: "Figure", anchor: str, told: Told) -> str:
    written = io.BytesIO()
    figure.savefig(written, format="svg")
    return tidy(written.getvalue().decode(), anchor, *told)
