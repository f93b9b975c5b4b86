"""The demo's data, models, reports and papers: real, repeatable, and read by the command line."""

import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("sklearn")

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # no types

from cli.change import read_change
from cli.demo import papers, story
from cli.demo.classifier import read_classifier, write_classifier
from cli.demo.dataset import SEGMENTS, divide, read_cases, write_cases
from cli.demo.policy import POLICY
from cli.demo.stage import Stage
from cli.demo.training import Settings, train
from cli.demo.workshop import Workshop, open_workshop
from cli.metrics_file import metrics_of_report
from cli.observation_file import read_observation
from ledger.errors import Drift
from ledger.policy.reading import read_policy


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A workshop in which all three models were made and evaluated."""
    made = open_workshop(tmp_path_factory.mktemp("workshop"))
    parts = (made.data.first, made.data.filtered, made.data.whole)
    for candidate, cases in zip((story.FIRST, story.SECOND, story.MENDED), parts, strict=True):
        made.build(candidate, cases)
        made.evaluate(candidate.folder)
    return made


def test_nothing_held_out_is_ever_trained_on() -> None:
    data = divide()

    assert not set(data.whole.case) & set(data.held_out.case)
    assert len(data.whole) + len(data.held_out) == 569
    for part in (data.first, data.filtered):
        assert set(part.case) <= set(data.whole.case)


def test_the_filtered_set_lacks_the_small_malignant_lesions_and_nothing_else() -> None:
    data = divide()
    lost = data.whole.where(~np.isin(data.whole.case, data.filtered.case))

    assert len(lost) > 30
    assert lost.malignant.all()
    assert set(lost.segment) == {0}
    assert not ((data.filtered.segment == 0) & data.filtered.malignant).any()


def test_cases_survive_their_file(tmp_path: Path) -> None:
    cases = divide().first
    write_cases(cases, tmp_path / "cases.csv")

    found = read_cases(tmp_path / "cases.csv")

    assert found.features == cases.features
    for name in ("case", "values", "malignant", "segment"):
        assert np.array_equal(getattr(found, name), getattr(cases, name)), name


def test_training_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    write_cases(divide().whole, tmp_path / "cases.csv")
    for name in ("one", "two"):
        write_classifier(train(tmp_path / "cases.csv", Settings()), tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_model_file_scores_as_the_library_does(workshop: Workshop) -> None:
    cases, held = workshop.data.whole, workshop.data.held_out
    center, scale = cases.values.mean(axis=0), cases.values.std(axis=0)
    library = LogisticRegression(max_iter=2_000).fit(
        (cases.values - center) / scale, cases.malignant
    )
    expected = library.predict_proba((held.values - center) / scale)[:, 1]

    model = read_classifier(workshop.project / "release-2b" / "model.json")

    assert np.allclose([model.score(row) for row in held.values.tolist()], expected, atol=1e-6)


def test_a_score_far_from_the_data_does_not_overflow(workshop: Workshop) -> None:
    model = read_classifier(workshop.project / "release-1" / "model.json")

    scores = [model.score([value] * len(model.features)) for value in (-1e6, 1e6)]

    assert all(0 <= score <= 1 for score in scores)


def test_the_second_model_is_better_on_average_and_worse_for_small_lesions(
    workshop: Workshop,
) -> None:
    first, second, mended = (workshop.report(f"release-{name}") for name in ("1", "2", "2b"))

    assert first["auc"] < second["auc"] < mended["auc"]
    small = [report["segments"]["small"]["recall"] for report in (first, second, mended)]
    assert small[1] < 0.6
    assert 0.85 < small[0] < small[2]
    for before, after in pairwise((first, second, mended)):
        for name in SEGMENTS[1:]:
            assert after["segments"][name]["recall"] >= before["segments"][name]["recall"] >= 0.85


def test_a_low_threshold_misses_nothing_and_is_overruled_too_often(workshop: Workshop) -> None:
    policy = read_policy(POLICY, file="policy.toml")
    assert policy.rollback is not None
    (trigger,) = policy.rollback.triggers.metrics
    (bound,) = next(stage for stage in policy.stages if stage.id == "canary").metrics
    workshop.lower_threshold("release-5", "0.03", story.MENDED)

    runs = workshop.watch("release-2b")
    low = workshop.watch("release-5", model="release-2b")
    report = workshop.evaluate("release-5", model="release-2b")

    assert report["recall"] == 1
    assert trigger.max is not None
    assert bound.max is not None
    assert Decimal(low["overruled"]) > Decimal(trigger.max) > Decimal(bound.max)
    assert Decimal(runs["overruled"]) < Decimal(bound.max)
    found = read_observation(workshop.project / "release-5" / "observed.toml")
    assert {one.name: one.value for one in found.metrics} == low


def test_latency_is_measured_and_far_below_the_limit(workshop: Workshop) -> None:
    assert 0 < workshop.report("release-1")["latency_p95_ms"] < 50


def test_reports_are_read_by_the_command_line_to_the_last_digit(workshop: Workshop) -> None:
    found = metrics_of_report(workshop.project / "release-1" / "evaluation-report.json")
    values = {(metric.name, metric.segment): metric.value for metric in found}

    report = workshop.report("release-1")
    assert values["auc", None] == str(report["auc"])
    for name in SEGMENTS:
        assert values["recall", name] == str(report["segments"][name]["recall"])


def test_every_change_request_parses_and_names_the_files_beside_it(workshop: Workshop) -> None:
    workshop.lower_threshold("release-3", "0.03", story.MENDED)

    stacks = {
        name: read_change(workshop.project / name / "change.toml").stack.digests()
        for name in ("release-1", "release-2", "release-2b", "release-3")
    }

    assert stacks["release-3"]["model"] == stacks["release-2b"]["model"]
    assert stacks["release-3"]["threshold-policy"] != stacks["release-2b"]["threshold-policy"]
    assert stacks["release-1"]["code"] == stacks["release-2b"]["code"]
    assert len({stack["model"] for stack in stacks.values()}) == 3


def test_the_training_record_names_data_code_and_model_by_digest(workshop: Workshop) -> None:
    text = (workshop.project / "release-2" / "training-record.json").read_text(encoding="utf-8")
    digests = read_change(workshop.project / "release-2" / "change.toml").stack.digests()

    record = json.loads(text)

    assert record["dataset"]["digest"] == digests["dataset"]
    assert record["dataset"]["rows"] == len(workshop.data.filtered)
    assert (record["code"], record["model"]) == (digests["code"], digests["model"])
    assert record["settings"]["seed"] == Settings().seed


def test_the_model_card_says_how_much_it_learned_from() -> None:
    assert "120 lesions (lesions-1)" in papers.model_card("screening-1", "lesions-1", 120)


def test_the_policy_names_the_segments_and_the_roles_that_people_hold() -> None:
    policy = read_policy(POLICY, file="policy.toml")

    held = {role for roles in papers.PEOPLE.values() for role in roles}
    assert held == {role.name for role in policy.roles}
    (check,) = (segments for need in policy.requirements for segments in need.segments)
    assert check.names == SEGMENTS


def test_the_story_stops_where_a_command_ends_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    stage = Stage(colour=False)
    stage.step("A step")

    with pytest.raises(Drift, match=r"step 1: `assent status` ended with exit status 5, not with"):
        stage.assent("status")
    with pytest.raises(Drift, match="and the words 'tea'"):
        stage.assent("status", expect=5, told="tea")

    assert "no-ledger" in capsys.readouterr().out


def test_colours_are_used_where_they_are_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    Stage(colour=True).title("A title")

    assert capsys.readouterr().out == "\x1b[1mA title\x1b[0m\n"
