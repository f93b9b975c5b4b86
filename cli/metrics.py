"""``assent metrics``: how governance is doing, in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli import params
from cli.answer import show_answer
from cli.context import make_app
from cli.metrics_told import trend_words, value_words
from cli.moment import Moment, moment
from cli.options import Options, reading_as_of
from cli.sections import Section
from ledger.errors import BadInput
from ledger.model.problems import closest, listed
from ledger.model.terms import format_duration, format_instant

if TYPE_CHECKING:
    from projections.metrics.definition import Dimension, Metric
    from projections.metrics.summary import Summary

WINDOWS: Final = 6
"""Over how many windows, the one asked for included, a trend goes."""


@dataclass(frozen=True, slots=True)
class Told:
    """A metric with what it came to in the window, told apart, and how it went before."""

    metric: "Metric"
    groups: "Mapping[str | None, Summary]"
    course: "Sequence[Summary]"


@click.command()
@click.argument("name", required=False)
@click.option("--by", type=click.Choice(["alias", "tier", "role", "approver"]), help="Told apart.")
@click.option("--window", type=params.duration, default="30d", help="How far back: 30d.")
@click.option("--html", type=params.FILE, help="Write a page with plots to this file.")
@reading_as_of
def command(
    options: Options, name: str | None, by: "Dimension | None", window: int, html: Path | None
) -> None:
    """Tell how governance is doing: latency, refusals, exceptions, rollbacks and more.

    NAME is that of one metric; without it all are told.

    \b
    Example:      assent metrics approval-latency --by tier --window 90d
    Exit status:  0, 2 no such metric
    """
    from projections.metrics.summary import Window, measured, trend  # noqa: PLC0415 - heavy

    then = moment(make_app(options))
    wanted = _wanted(name)
    span = Window(then.at - window, then.at)
    with then.views.reading() as connection:
        told = [
            Told(
                one,
                measured(connection, one, span, by),
                trend(connection, one, span.earlier(WINDOWS)),
            )
            for one in wanted
        ]
    sections = [_section(told)]
    lead = f"the {format_duration(window)} to {format_instant(then.at)}, position {then.position}"
    show_answer(options, _body(then, window, told), "Metrics", lead, sections, html)


def _wanted(name: str | None) -> "tuple[Metric, ...]":
    from projections.metrics.catalogue import METRICS, metric_named  # noqa: PLC0415 - heavy

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


def _section(told: Sequence[Told]) -> Section:
    rows = [
        (
            one.metric.name,
            key or "all",
            value_words(one.metric, found),
            str(found.observations),
            trend_words(one.course) if key is None else "",
        )
        for one in told
        for key, found in one.groups.items()
    ]
    return Section("", tuple(rows), ("metric", "of", "value", "observations", "trend"))


def _body(then: Moment, window: int, told: Sequence[Told]) -> dict[str, object]:
    return {
        "schema": "metrics/1",
        "window": window,
        "metrics": [
            {
                "name": one.metric.name,
                "kind": one.metric.kind,
                "groups": [
                    {"of": key, "observations": s.observations, "value": s.value, "p90": s.p90}
                    for key, s in one.groups.items()
                ],
                "trend": [s.value for s in one.course],
            }
            for one in told
        ],
        "as_of": {"position": then.position, "at": format_instant(then.at)},
    }
