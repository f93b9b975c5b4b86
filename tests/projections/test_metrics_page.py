"""``docs/reference/metrics.md``: each metric as the code has it, and queries that can be asked."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from cli.metrics_prometheus import PARTS
from projections.metrics.catalogue import METRICS
from projections.metrics.definition import COLUMNS, Metric
from projections.metrics.summary import measured
from tests.projections.once import viewed
from tests.projections.summed import FIRST, PAGE, metric_of, page_query

INTRODUCTION, *SECTIONS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
ABOUT = ("How observations become a number", "As JSON and for Prometheus", "Asking with SQL")


def bodies() -> dict[str, str]:
    """What stands under each heading of a metric."""
    split = (section.partition("\n") for section in SECTIONS)
    return {name: body for name, _, body in split if name not in ABOUT}


def facts_of(metric: Metric) -> str:
    """The line of facts of a metric, as the page writes it."""
    by = ", ".join(metric.by) or "nothing"
    parts = f" · parts: {metric.parts}" if metric.parts else ""
    return f"*{metric.title}* · {metric.kind} · by {by}{parts}"


def test_the_page_has_every_metric_in_order_and_no_other() -> None:
    assert list(bodies()) == [one.name for one in METRICS]


@pytest.mark.parametrize("metric", METRICS, ids=lambda one: one.name)
def test_a_metric_is_as_the_code_has_it_and_says_what_it_does_not_say(metric: Metric) -> None:
    facts, formula, *rest = bodies()[metric.name].strip().split("\n\n")
    (unsaid,) = rest
    assert facts == facts_of(metric)
    assert len(formula.split()) > 8
    assert unsaid.startswith("What it does not say: ")


def test_the_page_explains_every_column_and_every_kind() -> None:
    table = set(
        re.findall(r"`(\w+)`", "".join(re.findall(r"^\|[^|]+\|", INTRODUCTION, re.MULTILINE)))
    )
    kinds = set(re.findall(r"^\| (\w+) \|", SECTIONS[0], re.MULTILINE)) - {"kind"}
    assert table == set(COLUMNS)
    assert kinds == {one.kind for one in METRICS}


def test_the_page_names_the_gauges_of_each_kind() -> None:
    rows = re.findall(r"^\| ([\w, ]+) \| (.+) \|$", SECTIONS[1], re.MULTILINE)
    named = {
        kind: set(re.findall(r"`…(\w+)`", said))
        for kinds, said in rows
        for kind in kinds.split(", ")
    }
    assert named.pop("every kind") == {"_observations"}
    named.pop("kind")
    assert named == {
        kind: {suffix for suffix, _, _ in gauges if suffix} for kind, gauges in PARTS.items()
    }


@pytest.fixture(scope="module")
def history() -> Iterator[Connection]:
    with viewed().reading() as connection:
        yield connection


def test_sqlite_answers_with_the_same_percentiles(history: Connection) -> None:
    found = measured(history, metric_of("approval-latency"), FIRST)[None]
    assert found.observations > 1
    asked = tuple(history.execute(text(page_query("sqlite"))).one())
    assert asked == (found.value, found.p90, found.observations)


def test_what_held_at_a_moment_is_the_level(history: Connection) -> None:
    level = measured(history, metric_of("exceptions-in-force"), FIRST, "alias")
    rows = history.execute(text(page_query("sql")))
    assert {row.alias: row.in_force for row in rows} == {
        name: found.value for name, found in level.items() if name is not None
    }
