"""Numbers out of a report: their digits as they stand in the file, or a clear no."""

from pathlib import Path

import pytest

from cli.metrics_file import metrics_of_report, parse_metric, read_metrics
from ledger.errors import BadInput


def written(folder: Path, text: str) -> Path:
    """A report with *text*."""
    path = folder / "report.json"
    path.write_text(text)
    return path


def test_numbers_keep_the_digits_they_have_in_the_file(tmp_path: Path) -> None:
    text = '{"auc": 0.910, "n": 3, "p95": "41.50", "segments": {"web": {"auc": 0.30000000000001}}}'
    text = text.replace("0.30000000000001", "0.300000000001")

    found = read_metrics(written(tmp_path, text))

    assert [(m.name, m.segment, m.value) for m in found] == [
        ("auc", None, "0.910"),
        ("auc", "web", "0.300000000001"),
        ("n", None, "3"),
        ("p95", None, "41.50"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('{"auc": 0.9123456789012345}', "too-precise", "round it"),
        ('{"auc": 9.1e-1}', "not-a-decimal", "without an exponent"),
        ('{"auc": NaN}', "not-a-decimal", "NaN"),
        ('{"auc": -Infinity}', "not-a-decimal", "-Infinity"),
        ('{"auc": true}', "not-a-decimal", "auc"),
        ('{"auc": null}', "not-a-decimal", "auc"),
        ('{"auc": [0.9]}', "not-metrics", "auc"),
        ('{"segments": {"web": 0.9}}', "not-metrics", "segments.web"),
        ('{"segments": [1]}', "not-metrics", "segments"),
        ("[1]", "not-metrics", "the file"),
        ('{"auc": 1, "auc": 2}', "duplicate-key", "auc"),
        ('{"auc": 1', "not-json", "JSON"),
        ('{"": 1}', "bad-name", "cannot name"),
        ('{"a\\u202e": 1}', "bad-name", "cannot name"),
        ('{"e\\u0301": 1}', "not-nfc", "normal form"),
        ('{"auc": 1234567890123456789}', "not-a-decimal", "18 digits"),
        ('{"auc": -0}', "not-a-decimal", "auc"),
        ("[" * 100_000, "not-json", "JSON|nested"),
    ],
)
def test_what_is_no_decimal_is_refused_and_named(
    tmp_path: Path, text: str, code: str, says: str
) -> None:
    with pytest.raises(BadInput, match=r"report\.json") as caught:
        read_metrics(written(tmp_path, text))

    error = caught.value
    assert error.code == code
    assert any(word in f"{error.message} {error.hint}" for word in says.split("|"))


@pytest.mark.parametrize("text", ["no JSON", '{"rows": [1]}', "[]", '{"about": "words"}', "\0"])
def test_a_report_that_is_no_table_of_numbers_has_no_numbers(tmp_path: Path, text: str) -> None:
    assert metrics_of_report(written(tmp_path, text)) == ()


def test_a_report_with_one_bad_number_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"exponent|decimal"):
        metrics_of_report(written(tmp_path, '{"auc": 0.9, "p95": 1e3}'))


def test_a_report_may_say_in_words_what_it_is_about(tmp_path: Path) -> None:
    found = metrics_of_report(written(tmp_path, '{"model": "fraud_v3", "auc": 0.9}'))

    assert [(m.name, m.value) for m in found] == [("auc", "0.9")]


def test_a_number_on_the_command_line_may_be_of_a_segment() -> None:
    assert parse_metric("auc=0.912").value == "0.912"
    assert parse_metric("recall[web]=0.9").segment == "web"


@pytest.mark.parametrize("text", ["auc", "=1", "auc=", "auc=x", "auc[]=1", "auc=1e3"])
def test_a_number_on_the_command_line_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"auc|=1"):
        parse_metric(text)


def test_a_file_of_metrics_has_no_words_where_numbers_belong(tmp_path: Path) -> None:
    """A report may say what it is about; a file named as the metrics may not lose one."""
    path = tmp_path / "metrics.json"
    path.write_text('{"auc": "x", "recall": 0.9}')

    with pytest.raises(BadInput, match="auc"):
        read_metrics(path)
    assert [metric.name for metric in metrics_of_report(path)] == ["recall"]
