"""``assent metrics``: tables, JSON, a page, gauges and the past, all from the same numbers."""

import sys
from functools import cache

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ledger.model.terms import format_instant
from projections.metrics.catalogue import METRICS
from tests.acts import reject, reopen
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import set_clock
from tests.exception_acts import drilled, granted, urgent, waiving
from tests.organisation import Organisation
from tests.policies import exceptional
from tests.shell import Result

DAY = 86_400
PRODUCTION = "fraud/production"

Samples = dict[str, list[tuple[dict[str, str], float]]]


@cache
def busy() -> Organisation:
    """A week with a release to staging, one to production under an exception, and a drill."""
    org = exceptional()
    of = urgent(org)
    reject(org, "alice", of)
    reopen(org, "alice", of)
    org.now += 7 * DAY
    granted(org, waiving(org, of))
    org.start("omar", of)
    drilled(org, "olga", "generation", seconds=3)
    org.open("frank")
    return org


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> LedgerFolder:
    """The ledger of that week, for tests that only read it."""
    folder = tmp_path_factory.mktemp("week")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        return LedgerFolder(folder / "ledger", busy())


@pytest.fixture
def week(made: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """The same, an hour after its last entry, as one who has read it before."""
    monkeypatch.setenv("XDG_STATE_HOME", str(made.path.parent / "state"))
    set_clock(monkeypatch, busy(), 3600)
    return made


def test_all_metrics_are_told_in_a_table_that_fits(week: LedgerFolder) -> None:
    result = week.assent("metrics")

    lines = result.out.splitlines()
    assert result.exit == 0
    assert max(map(len, lines)) <= 80
    ends = format_instant(busy().now + 3600)
    assert lines[0].split() == ["30", "days", "to", ends, "value", "observed", "trend"]
    names = [line.split()[0] for line in lines[1:] if not line.startswith(" ")]
    assert names == [one.name for one in METRICS]
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in lines[1:]}
    assert told["rejections"] == "1 1 ·····█"
    assert told["rejected-changes"] == "25 % (1 of 4) 4 ·····█"
    assert told["releases-under-exception"] == "50 % (1 of 2) 2 ·····█"
    assert told["revisions"] == "none 0 ······"
    assert told["drill-age"] == "1h 1 ·····█"
    assert told["missing-owners"] == "none 0"
    assert told["exceptions-in-force"] == "1 1 ·····█"


def test_one_metric_is_told_under_its_title_with_its_parts(week: LedgerFolder) -> None:
    result = week.assent("metrics", "approval-latency", "--window", "1d")

    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    ends = format_instant(busy().now + 3600)
    assert lines == [
        "From opening to ready",
        f"1 day to {ends} value observed trend",
        "approval-latency 2s, 9 of 10 within 7d 2 ·····█",
        "exception 2s, 9 of 10 within 2s 1",
        "release 7d, 9 of 10 within 7d 1",
    ]


def test_a_metric_is_told_apart_by_what_it_is_asked_for(week: LedgerFolder) -> None:
    by_alias = week.assent("metrics", "exceptions", "--by", "alias", "--json").json["metrics"][0]
    by_approver = week.assent("metrics", "approver-workload", "--by", "approver", "--json").json

    assert by_alias["groups"] == [
        {"of": PRODUCTION, "observations": 1, "total": 1, "value": 1, "p90": None}
    ]
    found = {one["of"]: one["value"] for one in by_approver["metrics"][0]["groups"]}
    assert found == {"alice": 1, "dana": 1, "rosa": 1, "sam": 1}
    assert (by_alias["by"], by_approver["by"]) == ("alias", "approver")


def test_what_cannot_be_told_apart_so_is_refused_by_name_and_else_left_out(
    week: LedgerFolder,
) -> None:
    named = week.assent("metrics", "overdue-reviews", "--by", "tier")
    drills = week.assent("metrics", "drill-age", "--by", "alias")
    others = week.assent("metrics", "--by", "role")

    assert (named.exit, drills.exit, others.exit) == (2, 2, 0)
    assert "not-told-apart: overdue-reviews is not told apart by tier" in named.err
    assert "--by alias" in named.err
    assert "ask for it without --by" in drills.err
    able = [one.name for one in METRICS if "role" in one.by]
    assert [line.split()[0] for line in others.out.splitlines()[1:] if line[0] != " "] == able
    left_out = [one.name for one in METRICS if "role" not in one.by]
    assert f"left out, not told apart by role: {', '.join(left_out)}" in others.err


def test_as_json_each_metric_says_its_unit_its_ground_and_how_it_went(week: LedgerFolder) -> None:
    org = busy()
    body = week.assent("metrics", "rejected-changes", "--window", "7d", "--json").json

    end = org.now + 3600
    assert body["schema"] == "metrics/1"
    assert body["window"] == {
        "seconds": 7 * DAY,
        "start": format_instant(end - 7 * DAY),
        "end": format_instant(end),
    }
    assert (body["by"], body["left_out"]) == (None, [])
    assert body["as_of"] == {"position": len(org.envelopes) - 1, "at": format_instant(end)}
    (metric,) = body["metrics"]
    nothing = {"observations": 0, "total": 0, "value": None, "p90": None}
    week_before = {"observations": 2, "total": 1, "value": 0.5, "p90": None}
    now = {"observations": 2, "total": 0, "value": 0.0, "p90": None}
    ends = [format_instant(end - 7 * DAY * step) for step in (5, 4, 3, 2, 1, 0)]
    numbers = [nothing] * 4 + [week_before, now]
    assert metric == {
        "name": "rejected-changes",
        "title": "Changes ever rejected",
        "kind": "share",
        "unit": "ratio",
        "definition": "docs/reference/metrics.md#rejected-changes",
        "dimensions": ["alias", "tier"],
        "by": None,
        **now,
        "groups": [],
        "trend": [{"end": at, **found} for at, found in zip(ends, numbers, strict=True)],
    }
    owners = week.assent("metrics", "missing-owners", "--json").json["metrics"][0]
    assert (owners["trend"], owners["value"], owners["by"]) == ([], None, "of")


def test_there_is_no_other_metric(week: LedgerFolder) -> None:
    close = week.assent("metrics", "rejection")
    far = week.assent("metrics", "x\u202ey")

    assert (close.exit, far.exit) == (2, 2)
    assert "unknown-metric: there is no metric rejection" in close.err
    assert "did you mean rejections?" in close.err
    assert "there are: approval-latency" in far.err
    assert "\u202e" not in far.err


def test_a_window_is_a_time_and_not_ten_years_long(week: LedgerFolder) -> None:
    nothing = "not-a-duration: '0d' is no window: it has to be longer than nothing"
    for window, said in (("0d", nothing), ("3651d", "window-too-long: ")):
        refused = week.assent("metrics", f"--window={window}")
        assert (refused.exit, refused.err.startswith(said)) == (2, True)
    longest = week.assent("metrics", "rejections", "--window", "3650d")
    assert (longest.exit, "·····█" in longest.out) == (0, True)


def test_a_window_ends_with_the_log_where_the_clock_is_behind_it(
    week: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, busy(), -DAY)

    body = week.assent("metrics", "exceptions", "--window", "1h", "--json").json

    assert body["window"]["end"] == format_instant(busy().now)
    assert body["metrics"][0]["value"] == 1


def test_before_there_was_anything_nothing_was_observed(week: LedgerFolder) -> None:
    """That ``--as-of`` is a ledger that ends there is tried with all reading commands."""
    body = week.assent("metrics", "--as-of", "2020-01-01T00:00:00Z", "--json").json

    assert body["window"]["end"] == "2020-01-01T00:00:00Z"
    assert {(one["value"], one["observations"]) for one in body["metrics"]} == {(None, 0)}
    assert {one["total"] for one in body["metrics"] if one["kind"] == "age"} == {None}


def test_what_waits_is_judged_anew_as_every_inbox_does(
    week: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting() -> dict[str, int]:
        found = week.assent("metrics", "approvals-waiting", "--by", "approver", "--json").json
        return {one["of"]: one["value"] for one in found["metrics"][0]["groups"]}

    def inbox(person: str) -> int:
        lines = week.assent("inbox", "--as", person, "--json").json_lines
        return sum(line["for"] == "approval" for line in lines)

    people = ("alice", "bob", "dana", "mona")
    assert waiting() == {person: inbox(person) for person in people if inbox(person)}
    assert waiting()

    set_clock(monkeypatch, busy(), 15 * DAY)
    assert waiting() == {person: inbox(person) for person in people if inbox(person)}


def test_a_page_has_the_numbers_and_what_its_pictures_show(week: LedgerFolder) -> None:
    result = week.assent("metrics", "rejections", "--html", "metrics.html")

    text = (week.path / "metrics.html").read_text(encoding="utf-8")
    assert (result.exit, result.out, result.err) == (0, "", "wrote metrics.html\n")
    assert "The 30 days to " in text
    assert f"(position {len(busy().envelopes) - 1})" in text
    assert "<h1>Metrics of " in text
    assert text.count("<svg") == 1


def test_without_what_draws_pictures_there_is_no_page(
    week: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = week.assent("metrics", "rejections", "--html", "bare.html")

    assert (result.exit, result.out) == (2, "")
    assert "plots-not-installed: " in result.err
    assert not (week.path / "bare.html").exists()


def test_the_help_names_every_metric(week: LedgerFolder) -> None:
    words = week.assent("metrics", "--help").out.split()

    assert [one.name for one in METRICS if one.name not in words] == []


def samples(result: Result) -> Samples:
    """What a scraper makes of it: the labels and values of each gauge that has some."""
    assert result.exit == 0
    found: Samples = {}
    for family in text_string_to_metric_families(result.out):
        assert family.type == "gauge"
        found[family.name] = [(sample.labels, sample.value) for sample in family.samples]
    return found


def test_each_metric_is_a_gauge_with_its_unit_beside_how_many_were_observed(
    week: LedgerFolder,
) -> None:
    found = samples(week.assent("metrics", "--prometheus"))

    named = {f"assent_{one.name.replace('-', '_')}_observations" for one in METRICS}
    assert named <= found.keys()
    assert found["assent_approval_latency_median_seconds"] == [({}, 2)]
    assert found["assent_approval_latency_p90_seconds"] == [({}, 7 * DAY + 8)]
    assert found["assent_approval_latency_observations"] == [({}, 3)]
    assert found["assent_drill_age_seconds"] == [({}, 3601)]
    assert found["assent_complete_lineage_ratio"] == [({}, 0)]
    assert found["assent_exceptions"] == found["assent_exceptions_in_force"] == [({}, 1)]


def test_what_was_not_observed_has_no_sample_and_a_count_of_nothing(week: LedgerFolder) -> None:
    found = samples(week.assent("metrics", "--prometheus", "--window", "1m"))

    assert found["assent_approval_latency_observations"] == [({}, 0)]
    assert not {"assent_approval_latency_median_seconds", "assent_exceptions"} & found.keys()
    by_role = samples(
        week.assent("metrics", "rejections", "--window", "1m", "--prometheus", "--by", "role")
    )
    assert by_role == {"assent_rejections_observations": [({"role": ""}, 0)]}


def test_the_label_is_what_it_is_told_apart_by(week: LedgerFolder) -> None:
    result = week.assent("metrics", "approver-workload", "--prometheus", "--by", "role")

    over = "how many, over 30d; docs/reference/metrics.md#approver-workload"
    roles = [{"role": f"{name}-owner"} for name in ("data", "model", "release", "security")]
    assert samples(result) == {
        "assent_approver_workload": [(role, 1) for role in roles],
        "assent_approver_workload_observations": [(role, 1) for role in roles],
    }
    assert result.out.splitlines()[:3] == [
        f"# HELP assent_approver_workload Approvals and rejections given: {over}",
        "# TYPE assent_approver_workload gauge",
        'assent_approver_workload{role="data-owner"} 1.0',
    ]


@pytest.mark.parametrize("other", [["--json"], ["--html", "page.html"]])
def test_it_is_no_other_form_at_the_same_time(week: LedgerFolder, other: list[str]) -> None:
    result = week.assent("metrics", "--prometheus", *other)

    assert (result.exit, result.out) == (2, "")
    assert "--prometheus goes with neither --html nor --json" in result.err
    assert not (week.path / "page.html").exists()
