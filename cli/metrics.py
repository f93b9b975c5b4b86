"""``assent metrics``: how governance is doing, in numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli import params
from cli.answer import show_answer
from cli.context import make_app
from cli.metrics_prometheus import exposition
from cli.metrics_screen import UNITS, for_page, for_terminal, window_words
from cli.metrics_told import Told, told_json
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.output import emit, note
from ledger.errors import BadInput
from ledger.model.problems import closest, listed
from ledger.model.terms import format_duration, format_instant, parse_duration

if TYPE_CHECKING:
    from cli.page_parts import Plot
    from projections.metrics.definition import Dimension, Metric
    from projections.metrics.summary import Window

WINDOWS: Final = 6
"""Over how many windows, the one asked for included, a trend goes."""

LONGEST: Final = "3650d"
"""The longest window: ten years."""


def _length(value: str) -> int:
    """The length of a window, such as ``30d``, in seconds."""
    if value[:-1].strip("0") == "" and value[-1:] in UNITS and len(value) > 1:
        raise BadInput(
            "not-a-duration",
            f"{value!r} is no window: it has to be longer than nothing",
            hint="30d is 30 days; others are 12h, 90m",
        )
    return params.duration(value)


@click.command()
@click.argument("name", required=False)
@click.option("--by", type=click.Choice(["alias", "tier", "role", "approver"]), help="Told apart.")
@click.option("--window", type=_length, default="30d", help="How far back: 30d.")
@click.option("--prometheus", is_flag=True, help="Answer in the text format of Prometheus.")
@click.option("--html", type=params.FILE, help="Write a page with plots to this file.")
@reading_as_of
def command(  # noqa: PLR0917 - the options of one command
    options: Options,
    name: str | None,
    by: "Dimension | None",
    window: int,
    prometheus: bool,  # noqa: FBT001 - a flag of click
    html: Path | None,
) -> None:
    """Tell how governance is doing: latency, refusals, exceptions, rollbacks and more.

    NAME is that of one metric; without it all are told:

    \b
      approval-latency        requirement-latency       approver-latency
      rejections              rejected-changes          approver-workload
      approvals-waiting       revised-changes           revisions
      evidence-after-opening  complete-lineage          releases-under-exception
      expired-evidence        exceptions                exceptions-in-force
      exception-time          repeat-exceptions         overdue-reviews
      rollback-time           rollbacks-in-time         drill-age
      missing-owners          policy-violations         missed-duties

    A trend has six windows, the oldest left, a dot where nothing was observed.

    \b
    Example:      assent metrics approval-latency --by tier --window 90d
    Exit status:  0, 2 no such metric, or not told apart by that
    """
    if prometheus and (html is not None or options.as_json):
        raise BadInput("usage", "--prometheus goes with neither --html nor --json")
    chosen = _chosen(name, window)
    wanted, left_out = _told_apart(chosen, by, named=name is not None)
    then = moment(make_app(options))
    windows = _windows(then, window)
    told = _measure(then, wanted, windows, by)
    if left_out:
        note(f"left out, not told apart by {by}: {', '.join(one.name for one in left_out)}")
    if prometheus:
        emit(exposition(told, by, window).rstrip("\n"))
        return
    body = {
        "schema": "metrics/1",
        "window": {
            "seconds": window,
            "start": format_instant(windows[-1].start),
            "end": format_instant(windows[-1].end),
        },
        "by": by,
        "metrics": [told_json(one, windows) for one in told],
        "left_out": [one.name for one in left_out],
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }
    _show(options, body, then, told, windows, html)


def _show(  # noqa: PLR0917 - an answer with all that its forms need
    options: Options,
    body: Mapping[str, object],
    then: Moment,
    told: Sequence[Told],
    windows: "Sequence[Window]",
    html: Path | None,
) -> None:
    lead = window_words(windows[-1])
    ledger = then.standing.ledger()
    title = "Metrics" if ledger is None else f"Metrics of {ledger.name}"
    under = f"The {lead} (position {then.position})"
    section = for_terminal(told, lead) if html is None else for_page(told, lead)
    plots = () if html is None else _plots(told, windows)
    show_answer(options, body, title, under, [section], html, plots)


def _chosen(name: str | None, window: int) -> "tuple[Metric, ...]":
    """The metrics asked for; refused before anything is opened where that makes no sense."""
    from projections.metrics.catalogue import METRICS, metric_named  # noqa: PLC0415 - heavy

    if window > parse_duration(LONGEST):
        raise BadInput(
            "window-too-long",
            f"a window of {format_duration(window)} is longer than {LONGEST}",
            hint="a trend goes over six windows side by side",
        )
    found = None if name is None else metric_named(name)
    if name is None:
        return METRICS
    if found is None:
        known = [one.name for one in METRICS]
        meant = closest(name, known)
        raise BadInput(
            "unknown-metric",
            f"there is no metric {name}",
            hint=f"did you mean {meant}?" if meant else f"there are: {listed(known)}",
        )
    return (found,)


def _told_apart(
    chosen: "Sequence[Metric]", by: "Dimension | None", *, named: bool
) -> "tuple[list[Metric], list[Metric]]":
    """Those of *chosen* that can be told apart by *by*, and the others; a *named* one has to."""
    able = [one for one in chosen if by is None or by in one.by]
    unable = [one for one in chosen if one not in able]
    if named and unable:
        (one,) = unable
        raise BadInput(
            "not-told-apart",
            f"{one.name} is not told apart by {by}",
            hint=f"--by {listed(one.by)}" if one.by else "ask for it without --by",
        )
    return able, unable


def _windows(then: Moment, window: int) -> "tuple[Window, ...]":
    """The windows of a trend; the last is the one asked for, and ends at the moment of *then*."""
    from projections.metrics.summary import Window  # noqa: PLC0415 - heavy

    return Window(then.at - window, then.at).earlier(WINDOWS)


def _measure(
    then: Moment,
    wanted: "Sequence[Metric]",
    windows: "Sequence[Window]",
    by: "Dimension | None",
) -> list[Told]:
    """What each of *wanted* comes to in the last of *windows*, told apart, and in all of them."""
    from projections.metrics.anew import waiting_now  # noqa: PLC0415 - heavy
    from projections.metrics.consent import APPROVALS_WAITING  # noqa: PLC0415 - heavy
    from projections.metrics.summary import measured, trend  # noqa: PLC0415 - heavy

    *before, last = windows
    told = []
    with then.views.reading() as connection:
        for one in wanted:
            if one is APPROVALS_WAITING:
                groups = waiting_now(connection, then.standing, last.end, by)
            else:
                apart = by or ("what" if one.parts else None)
                groups = measured(connection, one, last, apart)
            course = trend(connection, one, before)
            course = [*course, groups[None]] if course else course
            told.append(Told(one, groups, course, by or one.parts))
    return told


def _plots(told: Sequence[Told], windows: "Sequence[Window]") -> "Sequence[Plot]":
    from cli.plots import metric_plots  # noqa: PLC0415 - heavy

    return metric_plots(told, windows)
