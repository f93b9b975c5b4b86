"""Pictures of metrics: how each went over the windows, and what it came to group by group.

A picture shows nothing that the table below it does not say. What was not observed is a gap
that says ``none``, never a zero.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from cli.metrics_told import Told, value_words
from cli.output import safe
from cli.page_parts import Plot
from cli.plots_text import Level, day_label, scale_of
from cli.sections import Section
from ledger.errors import BadInput
from ledger.model.terms import format_instant

if TYPE_CHECKING:
    from projections.metrics.definition import Metric
    from projections.metrics.summary import Summary, Window

MOST: Final = 12
"""How many groups a picture shows; the table shows them all."""


def metric_plots(told: Sequence[Told], windows: Sequence["Window"]) -> list[Plot]:
    """Pictures of *told*: its course over *windows*, oldest first, and its groups.

    Nothing is drawn of what was observed in no window. Raises :class:`BadInput`
    (``plots-not-installed``) where matplotlib is not installed.
    """
    require_plots()
    plots: list[Plot] = []
    for one in told:
        if any(found.value is not None for found in one.course):
            plots.append(_course(f"plot-{len(plots) + 1}", one.metric, one.course, windows))
        apart = {name: found for name, found in one.groups.items() if name is not None}
        if apart and one.apart is not None:
            plots.append(_groups(f"plot-{len(plots) + 1}", one.metric, apart, one.apart))
    return plots


def require_plots() -> None:
    """Raise :class:`BadInput` (``plots-not-installed``) where no picture can be drawn."""
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - a heavy import, of an extra
    except ImportError:
        raise BadInput(
            "plots-not-installed",
            "a page of metrics has pictures, which need matplotlib",
            hint="install the extra: pip install 'assent[plots]'",
        ) from None


def _course(
    anchor: str, metric: "Metric", course: Sequence["Summary"], windows: Sequence["Window"]
) -> Plot:
    from cli.plots_drawn import drawn_columns, drawn_lines  # noqa: PLC0415 - a heavy import

    rows = tuple(
        (format_instant(window.end), value_words(metric, found), str(found.observations))
        for window, found in zip(windows, course, strict=True)
    )
    table = Section("", rows, ("window to", "value", "observed"))
    labels = [day_label(window.end, window.end - window.start) for window in windows]
    values = [found.value for found in course]
    told = _described(f"{metric.title}, window by window", rows)
    if metric.kind in ("duration", "age"):
        high = [found.p90 for found in course]
        scale = scale_of(_level(metric), [*values, *high])
        svg = drawn_lines(anchor, told, labels, values, high, scale)
    else:
        svg = drawn_columns(anchor, told, labels, values, scale_of(_level(metric), values))
    return Plot(metric.title, svg, table)


def _groups(anchor: str, metric: "Metric", apart: "Mapping[str, Summary]", what: str) -> Plot:
    from cli.plots_drawn import Bar, drawn_bars  # noqa: PLC0415 - a heavy import

    rows = tuple(
        (name, value_words(metric, found), str(found.observations)) for name, found in apart.items()
    )
    table = Section("", rows, (what, "value", "observed"))
    shown = list(apart.items())[:MOST]
    values = [one for _, found in shown for one in (found.value, found.p90)]
    whole = scale_of(_level(metric), values).top
    bars = [
        Bar(safe(name), value_words(metric, found), found.value, found.p90) for name, found in shown
    ]
    left = len(apart) - len(shown)
    more = f"and {left} more, in the table" if left else ""
    title = f"{metric.title}, by {what}"
    svg = drawn_bars(anchor, _described(title, rows[:MOST], more), bars, whole, more)
    return Plot(title, svg, table)


def _level(metric: "Metric") -> Level:
    match metric.kind:
        case "duration" | "age":
            return "seconds"
        case "share":
            return "share"
        case _:
            return "count"


def _described(title: str, rows: Sequence[tuple[str, ...]], more: str = "") -> tuple[str, str]:
    """A picture's title, and what it shows in words."""
    said = "; ".join(f"{safe(name)}: {words}" for name, words, _ in rows)
    return safe(title), f"{said}; {more}" if more else said
