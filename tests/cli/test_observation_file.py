"""What an observation file says: its numbers as they stand, and what is wrong with it where."""

from pathlib import Path

import pytest

from cli.observation_file import read_observation
from cli.review_file import read_review
from ledger.errors import BadInput
from tests.organisation import metric

SEEN = """\
source = "board 7"
from = "2026-09-22T00:00:00Z"
until = "2026-09-23"
summary = "all quiet"
metrics = { retry_rate = "0.020", requests = 12, auc = { value = "0.9", low = "0.8", high = "1" } }
[segments.web]
recall = "0.91"
"""
SAME = """\
{"source": "board 7",
 "from": "2026-09-22T00:00:00Z",
 "until": "2026-09-23",
 "summary": "all quiet",
 "metrics": {"retry_rate": 0.020, "requests": 12,
             "auc": {"value": 0.9, "low": 0.8, "high": 1}},
 "segments": {"web": {"recall": "0.91"}}}
"""


def written(folder: Path, text: str, name: str = "seen.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_observation_keeps_every_digit_of_its_numbers(tmp_path: Path) -> None:
    seen = read_observation(written(tmp_path, SEEN))

    assert (seen.source, seen.start) == ("board 7", "2026-09-22T00:00:00Z")
    assert (seen.until, seen.summary) == ("2026-09-23T00:00:00Z", "all quiet")
    assert [(one.name, one.segment, one.value) for one in seen.metrics] == [
        ("auc", None, "0.9"),
        ("recall", "web", "0.91"),
        ("requests", None, "12"),
        ("retry_rate", None, "0.020"),
    ]
    assert (seen.metrics[0].low, seen.metrics[0].high) == ("0.8", "1")


def test_the_same_keys_are_read_from_json(tmp_path: Path) -> None:
    """A number there may stand without quotes, and is never a float on its way."""
    toml = read_observation(written(tmp_path, SEEN))
    json = read_observation(written(tmp_path, SAME, "seen.json"))

    assert json == toml


def test_an_observation_needs_a_source_and_nothing_else(tmp_path: Path) -> None:
    seen = read_observation(written(tmp_path, 'source = "board"\n'))

    assert (seen.metrics, seen.start, seen.until, seen.incident) == ((), None, None, None)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "missing-key", 1),
        ('source = ""\n', "wrong-value", 1),
        ('source = "b"\nincident = ""\n', "wrong-value", 2),
        ('source = "b"\nfrom = "yesterday"\n', "not-an-instant", 2),
        ('source = "b"\nsince = "2026-09-22"\n', "unknown-key", 2),
        ('source = "b"\n[metrics]\n\nauc = 0.9\n', "not-a-decimal", 4),
        ('source = "b"\n[metrics]\nauc = "0,9"\n', "not-a-decimal", 3),
        ('source = "b"\n[metrics]\nauc = "0.1234567890123"\n', "too-precise", 3),
        ('source = "b"\n[metrics]\nauc = true\n', "not-a-decimal", 3),
        ('source = "b"\n[metrics]\nauc = [1]\n', "not-a-decimal", 3),
        ('source = "b"\n[metrics]\nauc = { low = "1" }\n', "not-metrics", 3),
        ('source = "b"\n[metrics]\nauc = { value = "1", low = "2" }\n', "bad-interval", 3),
        ('source = "b"\n[segments]\nrecall = "1"\n', "wrong-type", 3),
        ('source = "b"\n[segments.web]\n\nrecall = "x"\n', "not-a-decimal", 4),
        ('source = "b"\nsource = "c"\n', "duplicate-key", 2),
        ('source = "e\u0301"\n', "not-nfc", 1),
    ],
)
def test_what_is_wrong_with_an_observation_is_named_with_its_line(
    text: str, code: str, line: int, tmp_path: Path
) -> None:
    path = written(tmp_path, text)

    with pytest.raises(BadInput, match=rf"seen\.toml:{line}: ") as no:
        read_observation(path)

    assert no.value.code == code


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("[]", "not-a-table", None),
        ("{", "not-json", 1),
        ('{"source": "b", "source": "c"}', "duplicate-key", None),
        ('{"source": "b",\n "since": 1}', "unknown-key", 2),
        ('{"source": "b",\n "metrics": {"auc": 1e-5}}', "not-a-decimal", 2),
        ('{"source": "b",\n "metrics": {"auc": NaN}}', "not-a-decimal", None),
        ('{"source": "b",\n\n "segments": {"web": {"recall": "x"}}}', "not-a-decimal", 3),
        ('{"source": null}', "wrong-type", 1),
        ('{"source":\n "e\u0301"}', "not-nfc", 1),
        ("[" * 100_000, "not-json", None),
        ('{"metrics":' * 500 + "1" + "}" * 500, "not-json", None),
    ],
)
def test_what_is_wrong_with_an_observation_in_json_is_named_with_its_line(
    text: str, code: str, line: int | None, tmp_path: Path
) -> None:
    path = written(tmp_path, text, "seen.json")

    with pytest.raises(BadInput, match=r"seen\.json:") as no:
        read_observation(path)

    assert (no.value.code, no.value.line) == (code, line)


def test_a_review_lists_what_was_changed_or_says_it_in_one_text(tmp_path: Path) -> None:
    many = 'cause = "stale"\nchanges = ["one", "two"]\ntests = []\n'
    one = '{"cause": "stale", "changes": "one", "tests": "a test", "why": "w"}'

    first = read_review(written(tmp_path, many))
    second = read_review(written(tmp_path, one, "review.json"))

    assert (first.cause, first.changes, first.tests) == ("stale", ("one", "two"), ())
    assert (second.changes, second.tests, second.why) == (("one",), ("a test",), "w")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('cause = "stale"\nchanges = []\n', "missing-key", 1),
        ('cause = ""\nchanges = []\ntests = []\n', "wrong-value", 1),
        ('cause = "stale"\nchanges = ["a", ""]\ntests = []\n', "wrong-value", 2),
        ('cause = "stale"\nchanges = []\ntests = 3\n', "wrong-type", 3),
        ('cause = "stale"\nchanges = []\ntests = []\nfix = "x"\n', "unknown-key", 4),
    ],
)
def test_what_is_wrong_with_a_review_is_named_with_its_line(
    text: str, code: str, line: int, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=rf"seen\.toml:{line}: ") as no:
        read_review(written(tmp_path, text))

    assert no.value.code == code


def test_a_metric_of_an_observation_is_one_of_the_ledger(tmp_path: Path) -> None:
    seen = read_observation(written(tmp_path, 'source = "b"\nmetrics = { auc = "0.95" }\n'))

    assert seen.metrics == (metric("0.95"),)


@pytest.mark.parametrize(
    "number",
    ["0x{}", '{{ value = "1", low = 0x{}, high = "2" }}', "[0x{}]", "{{ value = [0x{}] }}"],
)
def test_a_whole_number_too_long_to_be_written_out_is_refused_with_its_line(
    tmp_path: Path, number: str
) -> None:
    path = tmp_path / "seen.toml"
    text = f'source = "x"\nmetrics = {{ a = {number.format("f" * 5000)} }}\n'
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BadInput, match="more than 64 bits") as error:
        read_observation(path)

    assert (error.value.code, error.value.line) == ("not-toml", 2)
