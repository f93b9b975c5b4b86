"""Pictures of metrics: what they show, what they leave out, and that they fit into a page."""

import re
import sys
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from cli.metrics_told import Told
from cli.plots import MOST, metric_plots
from cli.plots_text import Level, day_label, scale_of
from ledger.errors import BadInput
from projections.metrics.catalogue import METRICS
from projections.metrics.definition import Kind, Metric
from projections.metrics.summary import Summary, Window

NONE = Summary(0, 0, None)
DAY = 86_400
WINDOWS = [
    Window(1_790_000_000 + step * DAY, 1_790_000_000 + (step + 1) * DAY) for step in range(3)
]


def metric_of(kind: Kind) -> Metric:
    return next(one for one in METRICS if one.kind == kind)


def apart(groups: dict[str, Summary], whole: Summary = NONE) -> dict[str | None, Summary]:
    found: dict[str | None, Summary] = {None: whole}
    found.update(groups)
    return found


def drawn(kind: Kind, *course: Summary, **groups: Summary) -> list[ET.Element]:
    """The pictures of a metric of *kind* that went so, with the *groups*."""
    told = Told(metric_of(kind), apart(groups, course[-1]), course, "alias")
    return [ET.fromstring(plot.svg) for plot in metric_plots([told], WINDOWS)]  # noqa: S314


def words(picture: ET.Element) -> list[str]:
    return [one.text or "" for one in picture.iter("text")]


def test_a_window_in_which_nothing_was_observed_is_a_gap_that_says_none() -> None:
    (picture,) = drawn("count", Summary(2, 2, 2), NONE, Summary(4, 4, 4))

    columns = [one for one in picture.iter("path") if "var(--plot)" in one.get("style", "")]
    assert len(columns) == 2
    assert words(picture).count("none") == 1
    assert {"2", "4"} <= set(words(picture))


def test_a_share_of_nothing_is_a_column_without_height_and_not_a_gap() -> None:
    (picture,) = drawn("share", Summary(3, 0, 0.0), Summary(2, 1, 0.5), Summary(1, 1, 1.0))

    assert "none" not in words(picture)
    for share in ("0 %", "50 %", "100 %"):
        assert words(picture).count(share) == 2, "on the axis, and above its column"


def test_a_line_breaks_where_nothing_was_observed() -> None:
    seen = Summary(3, 9, 7_200, 90_000)

    (whole,) = drawn("duration", seen, seen, seen)
    (broken,) = drawn("duration", seen, NONE, seen)

    assert _line(whole).count("L") == 2
    assert _line(broken).count("L") == 0
    assert {"median", "9 of 10 within"} <= set(words(whole))


def _line(picture: ET.Element) -> str:
    """The path of the medians, or nothing where none has a neighbour."""
    thick = (one for one in picture.iter("path") if "stroke-width: 2;" in one.get("style", ""))
    return next((one.get("d", "") for one in thick if "clip-path" in one.attrib), "")


def test_what_was_observed_in_no_window_has_no_picture() -> None:
    assert drawn("count", NONE, NONE, NONE) == []


def test_each_group_has_a_bar_as_long_as_its_value() -> None:
    one, two = Summary(1, 1, 1), Summary(4, 4, 4)

    _, picture = drawn("count", NONE, NONE, Summary(5, 5, 5), alpha=one, beta=two, gamma=NONE)

    bars = [path for path in picture.iter("path") if "var(--plot)" in path.get("style", "")]
    assert [round(_width(bar)) for bar in bars] == [100, 400]
    assert words(picture) == ["alpha", "1", "beta", "4", "gamma", "none"]


def _width(path: ET.Element) -> float:
    numbers = re.findall(r"-?[0-9.]+", path.get("d", ""))
    across = [float(number) for number in numbers[::2]]
    return max(across) - min(across)


def test_of_very_many_groups_the_picture_shows_some_and_the_table_all() -> None:
    names = [f"alias-{number:02}" for number in range(MOST + 5)]
    groups = {name: Summary(1, 1, 1) for name in names}
    told = Told(metric_of("count"), apart(groups), [NONE, NONE, NONE], "alias")

    (plot,) = metric_plots([told], WINDOWS)

    picture = ET.fromstring(plot.svg)  # noqa: S314 - drawn just now
    assert words(picture)[-1] == "and 5 more, in the table"
    assert words(picture)[:-1:2] == names[:MOST]
    assert [row[0] for row in plot.table.rows] == names


def test_the_table_below_a_picture_says_what_it_shows() -> None:
    course = [Summary(2, 9, 7_200, 90_000), NONE, Summary(1, 60, 60, 60)]
    told = Told(metric_of("duration"), {None: course[-1]}, course)

    (plot,) = metric_plots([told], WINDOWS)

    assert plot.table.rows == (
        ("2026-09-22T14:13:20Z", "2h, 9 of 10 within 1d", "2"),
        ("2026-09-23T14:13:20Z", "none", "0"),
        ("2026-09-24T14:13:20Z", "1m, 9 of 10 within 1m", "1"),
    )
    description = ET.fromstring(plot.svg).findtext("desc")  # noqa: S314 - drawn just now
    assert description == "; ".join(f"{at}: {value}" for at, value, _ in plot.table.rows)


def test_pictures_are_the_same_every_time_whatever_the_reader_prefers() -> None:
    import matplotlib as mpl  # noqa: PLC0415 - heavy

    told = Told(metric_of("duration"), {None: NONE}, [Summary(2, 9, 7_200, 90_000), NONE, NONE])
    first = metric_plots([told], WINDOWS)

    with mpl.rc_context({"xtick.labelsize": 30, "axes.xmargin": 1, "lines.markersize": 9}):
        assert metric_plots([told], WINDOWS) == first


def test_pictures_of_one_page_share_no_id_and_bring_nothing_along() -> None:
    told = Told(metric_of("duration"), {None: NONE}, [Summary(2, 9, 7_200, 90_000), NONE, NONE])

    svg = "".join(plot.svg for plot in metric_plots([told, told], WINDOWS))

    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(ids) == len(set(ids)) > 2
    referred = set(re.findall(r'(?:url\(|href=")#([\w-]+)', svg))
    assert referred
    assert referred <= set(ids)
    for unwanted in (
        "<style",
        "<metadata",
        "<!--",
        "<?xml",
        "DOCTYPE",
        "http",
        "font-family",
        "/work",
    ):
        assert unwanted not in svg
    assert not re.search(r"(fill|stroke): #", svg)


@pytest.mark.parametrize("name", ["$x$", "a<b>&\"'", "\\frac{1}{2}", "\u6a21\u578b", "a\u202eb"])
def test_a_foreign_name_is_text_in_a_picture(name: str) -> None:
    told = Told(metric_of("count"), {None: NONE, name: Summary(1, 1, 1)}, [NONE] * 3, "alias")

    (plot,) = metric_plots([told], WINDOWS)

    picture = ET.fromstring(plot.svg)  # noqa: S314 - drawn just now
    assert words(picture)[0] == name.replace("\u202e", "\\u202e")


@pytest.mark.parametrize(
    ("level", "highest", "ticks"),
    [
        ("count", 0, ["0", "1"]),
        ("count", 3, ["0", "1", "2", "3"]),
        ("count", 19, ["0", "5", "10", "15", "20"]),
        ("count", 123_456, ["0", "50,000", "100,000", "150,000"]),
        ("seconds", 0, ["0", "1s"]),
        ("seconds", 90, ["0", "30s", "1m", "90s"]),
        ("seconds", 90_000, ["0", "12h", "1d", "36h"]),
        ("seconds", 400 * DAY, ["0", "100d", "200d", "300d", "400d"]),
        ("share", 0.1, ["0 %", "25 %", "50 %", "75 %", "100 %"]),
    ],
)
def test_an_axis_has_few_round_numbers_and_room_for_all(
    level: Level, highest: float, ticks: list[str]
) -> None:
    scale = scale_of(level, [None, highest])

    assert [text for _, text in scale.ticks] == ticks
    assert scale.top >= highest
    assert all(one < other for (one, _), (other, _) in pairwise(scale.ticks))


def test_the_end_of_a_window_is_a_day_or_a_time_where_it_is_short() -> None:
    assert day_label(1_790_000_000, DAY) == "21 Sep\n2026"
    assert day_label(1_790_000_000, DAY - 1) == "21 Sep\n14:13"


def test_without_matplotlib_a_page_with_pictures_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)

    with pytest.raises(BadInput, match="need matplotlib") as error:
        metric_plots([], WINDOWS)

    assert error.value.code == "plots-not-installed"
    assert error.value.hint == "install the extra: pip install 'assent[plots]'"
