"""As test_never_a_traceback, on a ledger with stages, a release under way and an open review."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.model.terms import format_instant
from tests.cli.conftest import LedgerFolder
from tests.cli.staged_ledgers import PRODUCTION, completed, started
from tests.cli.test_never_a_traceback import HOSTILE, VERBS, mangled, require_answer
from tests.organisation import Organisation, metric
from tests.policies import staged

SEEN = """\
source = "board"
from = "2026-09-22T00:00:00Z"
metrics = { retry_rate = "0.01", requests = 12 }
incident = "INC-1"
[segments.web]
recall = "0.9"
"""
IN_JSON = """\
{"source": "board",
 "metrics": {"retry_rate": 0.01, "auc": {"value": 1, "low": 0, "high": 2}},
 "segments": {"web": {"recall": "0.9"}}}
"""
REVIEW = 'cause = "x"\nchanges = ["a"]\ntests = "b"\nwhy = "c"\n'

GOOD = (
    PRODUCTION, "fraud/staging", "#2", "#4", "#6", "2", "6", "7", "seen.toml", "seen.json",
    "review.toml", "24", "40", "2026-09-25T14:14:00Z", "losses up", "INC-7", "model=seen.toml",
)  # fmt: skip
"""What fits somewhere."""

NOUNS = ("release", "alias", "review", "inbox", "status")
likely = st.one_of(st.sampled_from(GOOD), st.sampled_from(GOOD), st.sampled_from(HOSTILE))


@cache
def _organisation() -> Organisation:
    """One release that runs, one rolled back from, one under way; observed well and badly."""
    org = staged()
    completed(org)
    completed(org, "m2")
    org.observe("watchdog", PRODUCTION, metric("0.09", name="retry_rate"))
    org.roll_back("olga")
    started(org, "m3")
    org.observe("erin", PRODUCTION)
    return org


@contextmanager
def a_ledger() -> Iterator[LedgerFolder]:
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSENT_STATE", f"{name}/state")
        environment.setenv("ASSENT_NOW", format_instant(_organisation().now + 60))
        ledger = LedgerFolder(Path(name) / "ledger", _organisation())
        for file, text in (
            ("seen.toml", SEEN),
            ("seen.json", IN_JSON),
            ("review.toml", REVIEW),
        ):
            (ledger.path / file).write_text(text)
        yield ledger


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A verb about releases with most of its own arguments and options."""
    verb = draw(st.sampled_from([one for one in sorted(VERBS) if one[0] in NOUNS]))
    line = list(verb)
    for one in VERBS[verb].params:
        if isinstance(one, click.Argument):
            line.append(draw(likely))
        elif one.name not in ("signer", "key") and draw(st.integers(0, 3)) == 0:
            line += [one.opts[0], *([] if getattr(one, "is_flag", False) else [draw(likely)])]
    if any("--as" in one.opts for one in VERBS[verb].params):
        people = ("omar", "erin", "watchdog", "olga", "alice", "deployer")
        line += ["--as", draw(st.sampled_from(people))]
    return [*line, "--yes"] if any("--yes" in one.opts for one in VERBS[verb].params) else line


@settings(max_examples=25)
@given(lines())
def test_no_command_line_about_releases_ends_in_a_traceback(line: list[str]) -> None:
    with a_ledger() as ledger:
        size = ledger.size()
        require_answer(ledger, ledger.assent(*line), size)


FILES = (
    (SEEN, "it", ("release", "observe", PRODUCTION), "erin"),
    (IN_JSON, "it.json", ("release", "observe", PRODUCTION), "watchdog"),
    (REVIEW, "it", ("review", "close", "#4"), "alice"),
)


@pytest.mark.parametrize(("text", "name", "words", "by"), FILES, ids=["toml", "json", "review"])
@settings(max_examples=6)
@given(data=st.data())
def test_no_file_about_a_release_ends_in_a_traceback(
    text: str, name: str, words: tuple[str, ...], by: str, data: st.DataObject
) -> None:
    content = data.draw(mangled(text), label="content")
    with a_ledger() as ledger:
        (ledger.path / name).write_bytes(content)
        size = ledger.size()
        require_answer(ledger, ledger.assent(*words, name, as_=by), size)


def test_what_is_written_right_is_taken() -> None:
    """The files that the others are made of are good ones."""
    with a_ledger() as ledger:
        for words, by in (
            (("release", "observe", PRODUCTION, "seen.toml"), "erin"),
            (("release", "observe", PRODUCTION, "seen.json"), "watchdog"),
            (("review", "close", "#4", "review.toml"), "alice"),
        ):
            result = ledger.assent(*words, as_=by)
            assert result.exit == 0, result.err
