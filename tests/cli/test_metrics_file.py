"""Numbers out of a report: their digits as they stand in the file, or a clear no."""

from pathlib import Path

import pytest

from cli import junit_metrics
from cli.metrics_file import metrics_of_document, metrics_of_report, parse_metric, read_metrics
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
        ('{"auc": {"recall": 0.9}}', "not-metrics", "auc"),
        ('{"auc": {"value": 0.9, "low": 0.8}}', "bad-interval", "auc: an interval has both"),
        ('{"auc": {"value": 0.9, "high": 1}}', "bad-interval", "auc: an interval has both"),
        ('{"auc": {"value": 0.9, "level": 0.9}}', "bad-interval", "auc: an interval has both"),
        ('{"auc": {"value": 0.9, "low": 0.91, "high": 1}}', "bad-interval", "low 0.91"),
        ('{"auc": {"value": 0.9, "low": 0.8, "high": 0.899}}', "bad-interval", "high 0.899"),
        ('{"auc": {"value": 1, "low": 2, "high": 0}}', "bad-interval", "'low': 0.905, 'h|\"low\""),
        ('{"auc": {"value": 1, "lo": 0, "high": 2}}', "bad-interval", "'lo' is none of value, low"),
        ('{"auc": {"value": 1, "low": 0, "high": 2, "level": 95}}', "bad-interval", "level 95"),
        ('{"auc": {"value": 1, "low": 0, "high": 2, "level": 1.0}}', "bad-interval", "level 1.0"),
        ('{"auc": {"value": 1, "low": 0, "high": 2, "level": 0}}', "bad-interval", "level 0"),
        ('{"auc": {"value": 1, "low": null, "high": 2}}', "not-a-decimal", "low of auc"),
        ('{"auc": {"value": 1, "low": 0, "high": [2]}}', "not-a-decimal", "high of auc"),
        ('{"auc": {"value": 1, "low": 0, "high": 1e1}}', "not-a-decimal", "high of auc = 1e1"),
        ('{"auc": {"value": {}, "low": 0, "high": 1}}', "not-a-decimal", "auc = no number"),
        (
            '{"auc": {"value": 1, "low": 0.1234567890123, "high": 2}}',
            "too-precise",
            "low of auc = 0.1234567890123",
        ),
        ('{"auc": {"value": 1, "low": 0, "low": 1, "high": 2}}', "duplicate-key", "low"),
        (
            '{"segments": {"web": {"auc": {"value": 1, "low": 2, "high": 3}}}}',
            "bad-interval",
            "auc in web: 1 does not lie between low 2 and high 3",
        ),
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


def test_a_number_has_the_interval_it_has_in_the_file_digit_by_digit(tmp_path: Path) -> None:
    whole = '{"value": 0.9120, "low": "0.9050", "high": 0.919, "level": 0.95}'
    text = f'{{"auc": {whole}, "n": 3, "segments": {{"web": {{"auc": {whole}}}}}}}'

    found = read_metrics(written(tmp_path, text))

    assert [(m.name, m.segment, m.value, m.low, m.high, m.level) for m in found] == [
        ("auc", None, "0.9120", "0.9050", "0.919", "0.95"),
        ("auc", "web", "0.9120", "0.9050", "0.919", "0.95"),
        ("n", None, "3", None, None, None),
    ]


def test_an_interval_may_have_no_level_and_no_width(tmp_path: Path) -> None:
    (found,) = read_metrics(written(tmp_path, '{"auc": {"value": 1, "low": 1.0, "high": 1}}'))

    assert (found.low, found.high, found.level) == ("1.0", "1", None)


def test_a_report_with_intervals_has_numbers_and_a_broken_one_is_an_error(tmp_path: Path) -> None:
    whole = written(tmp_path, '{"model": "v3", "auc": {"value": 0.9, "low": 0.8, "high": 1}}')
    assert [(m.name, m.low) for m in metrics_of_report(whole)] == [("auc", "0.8")]

    with pytest.raises(BadInput, match="auc: an interval has both low and high"):
        metrics_of_report(written(tmp_path, '{"auc": {"value": 0.9, "low": 0.8}}'))


def test_a_report_with_tables_that_are_no_intervals_still_has_no_numbers(tmp_path: Path) -> None:
    for table in ('{"recall": 0.9}', '{"value": 3}', '{"low": 1, "high": 2}'):
        report = written(tmp_path, f'{{"auc": 0.9, "settings": {table}}}')
        assert metrics_of_report(report) == ()


@pytest.mark.parametrize(
    "text", ["auc=0.912[0.905,0.919]", "auc=0.912[0.905, 0.919]", "auc=0.912[ 0.905 ,0.919 ]"]
)
def test_a_number_on_the_command_line_may_have_an_interval(text: str) -> None:
    found = parse_metric(text)

    assert (found.value, found.low, found.high, found.level) == ("0.912", "0.905", "0.919", None)


def test_a_segment_and_an_interval_have_brackets_of_their_own() -> None:
    found = parse_metric("recall[web]=0.9[-0.1,1]")

    assert (found.name, found.segment, found.value) == ("recall", "web", "0.9")
    assert (found.low, found.high) == ("-0.1", "1")


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("auc=0.9[0.8]", "bad-interval", r"auc: .*0\.8.* is not a low and a high end"),
        ("auc=0.9[]", "bad-interval", "auc: "),
        ("auc=0.9[0.91,1]", "bad-interval", "auc: 0.9 does not lie between low 0.91 and high 1"),
        ("auc=0.9[1,0.8]", "bad-interval", "low 1 and high 0.8"),
        ("auc=0.9[0.8,]", "not-a-decimal", "high of auc"),
        ("auc=0.9[0.8,1,2]", "not-a-decimal", "high of auc = 1,2"),
        ("auc=[0.8,1]", "not-a-decimal", "auc = "),
        ("auc=0.9[0.8,1", "not-a-decimal", "auc = "),
        ("recall[web]=0.9[0.95,1]", "bad-interval", "recall in web: "),
    ],
)
def test_an_interval_on_the_command_line_that_is_none_is_refused_and_named(
    text: str, code: str, says: str
) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        parse_metric(text)

    assert caught.value.code == code
    if code == "bad-interval":
        assert caught.value.hint == "write auc=0.912[0.905,0.919]"


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


PYTEST = """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="1" tests="5" time="0.1">
<testcase classname="a" name="one" time="0.001"/>
<testcase classname="a" name="two"><failure message="1 != 2">&lt;testcase/&gt;</failure></testcase>
<testcase classname="a" name="three"><failure><![CDATA[<!DOCTYPE html><a/>]]></failure></testcase>
<testcase classname="a" name="four"><error message="no fixture"/></testcase>
<testcase classname="a" name="five"><skipped type="pytest.skip" message="slow"/></testcase>
</testsuite></testsuites>
"""


def numbers_of(folder: Path, text: str, name: str = "report.xml") -> dict[str, str]:
    """The numbers of a report of tests, read under a type that has no numbers of its own."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    found = metrics_of_document(path, "test-report")
    assert [metric.segment for metric in found] == [None] * len(found)
    return {metric.name: metric.value for metric in found}


def counts(tests: int, failed: int = 0, errors: int = 0, skipped: int = 0) -> dict[str, str]:
    numbers = {"errors": errors, "failed": failed, "skipped": skipped, "tests": tests}
    return {name: str(value) for name, value in numbers.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PYTEST, counts(5, failed=2, errors=1, skipped=1)),
        ("<testsuite/>", counts(0)),
        ("<testsuite><testcase/><testcase/></testsuite>", counts(2)),
        (
            (
                "<testsuites><testsuite><testsuite><testcase><failure/><failure/></testcase>"
                "</testsuite><testcase><error/></testcase></testsuite></testsuites>"
            ),
            counts(2, failed=2, errors=1),
        ),
        ("<testsuite><system-out><failure/></system-out></testsuite>", counts(0)),
        ('<j:testsuite xmlns:j="urn:j"><j:testcase/></j:testsuite>', counts(1)),
    ],
)
def test_a_report_of_tests_is_counted_by_what_stands_in_it(
    tmp_path: Path, text: str, expected: dict[str, str]
) -> None:
    assert numbers_of(tmp_path, text) == expected
    assert numbers_of(tmp_path, text, "REPORT.XML") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<testsuite tests="9" failures="2" errors="1"/>', counts(0, failed=2, errors=1)),
        (
            (
                '<testsuites failures="1"><testsuite failures="1"/><testsuite failures="2">'
                "<testcase><failure/></testcase></testsuite></testsuites>"
            ),
            counts(1, failed=3),
        ),
        (
            (
                '<testsuites errors="2"><testsuite errors="2"><testsuite errors="2"/></testsuite>'
                "</testsuites>"
            ),
            counts(0, errors=2),
        ),
        ('<testsuite disabled="3" skipped="1"><testcase/></testsuite>', counts(1, skipped=4)),
    ],
)
def test_what_a_suite_says_and_does_not_show_counts_against_it(
    tmp_path: Path, text: str, expected: dict[str, str]
) -> None:
    """A report of a run that never came to its tests has no test that failed."""
    assert numbers_of(tmp_path, text) == expected


def test_a_report_of_tests_may_be_named_as_the_metrics(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text(PYTEST)

    assert read_metrics(path) == metrics_of_document(path, "anything")
    path.write_text("<project/>")
    with pytest.raises(BadInput, match="no report of tests"):
        read_metrics(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no XML",
        "<project/>",
        "<html",
        "<!DOCTYPE html><html/>",
        "<project><testcase></project>",
    ],
)
def test_a_document_that_is_no_report_of_tests_has_no_numbers(tmp_path: Path, text: str) -> None:
    assert numbers_of(tmp_path, text) == {}


def test_json_is_read_from_an_evaluation_report_and_from_no_other_document(tmp_path: Path) -> None:
    path = written(tmp_path, '{"auc": 0.9}')

    assert [metric.name for metric in metrics_of_document(path, "evaluation-report")] == ["auc"]
    assert metrics_of_document(path, "model-card") == ()


BOMB = """\
<!DOCTYPE testsuite [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>
"""
OUTSIDE = '<!DOCTYPE testsuites SYSTEM "file:///etc/passwd"><testsuites/>'


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (BOMB, "document-type", "has no document type"),
        (OUTSIDE, "document-type", "has no document type"),
        ("<testsuites>\n<testcase>\n</testsuites>", "not-xml", "3: .*mismatched tag"),
        ("<testsuite>\n<testcase/>", "not-xml", "2: .*not whole: no element found"),
        ("<testsuite/>\n<testsuite/>", "not-xml", "2: .*junk after"),
        ("<testsuite>&b;</testsuite>", "not-xml", "undefined entity"),
        ('<testsuite failures="many"/>', "not-a-decimal", "failures = many of a test suite"),
        ('<testsuite errors="-1"/>', "not-a-decimal", "errors = -1 of a test suite"),
    ],
)
def test_a_report_of_tests_that_is_broken_or_a_trap_is_refused_and_named(
    tmp_path: Path, text: str, code: str, says: str
) -> None:
    with pytest.raises(BadInput, match=f"report\\.xml:?{says}" if says[0] in "23" else says) as bad:
        numbers_of(tmp_path, text)

    assert (bad.value.code, bad.value.file) == (code, str(tmp_path / "report.xml"))


def test_a_report_of_tests_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(junit_metrics, "LARGEST_REPORT", 100_000)
    many = "<testcase/>" * 10_000

    with pytest.raises(BadInput, match="more than 100000 bytes"):
        numbers_of(tmp_path, f"<testsuite>{many}</testsuite>")
    assert numbers_of(tmp_path, f"<project>{many}</project>") == {}
