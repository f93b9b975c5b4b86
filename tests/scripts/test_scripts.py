"""Every transcript beside this file is run as it stands, in a folder and a home of its own."""

import os
from pathlib import Path

import pytest

from tests.scripts.transcript import Step, parse, run_steps

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.needs("bash", "ssh-keygen")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_what_the_transcript_shows_is_what_happens(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    try:
        run_steps(parse(script.read_text(encoding="utf-8")), tmp_path)
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


def test_a_transcript_is_read_into_steps() -> None:
    text = "# prose\n$ assent status\nexit 5\n! no-ledger: …\n\n"
    text += "$ cat > a <<EOF\n$ b\nEOF\n$ cat a\n…\n"

    assert parse(text) == [
        Step(2, "assent status", 5, [], ["no-ledger: …"]),
        Step(6, "cat > a <<EOF\n$ b\nEOF\n"),
        Step(9, "cat a", 0, ["…"]),
    ]


@pytest.mark.needs("bash")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("$ echo one\ntwo\n", "other output"),
        ("$ echo one\n", "other output"),
        ("$ echo one; echo two\none\n", "other output"),
        ("$ false\n", "exit 1, expected 0"),
        ("$ true\nexit 1\n", "exit 0, expected 1"),
        ("$ false\nexit 1\n", "without a word"),
        ("$ echo one >&2\n! two\n", "other errors"),
        ("# nothing\n", "without a command"),
    ],
)
def test_a_transcript_that_is_not_true_fails(
    text: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("PYTHONPATH", "")

    with pytest.raises(AssertionError, match=complaint):
        run_steps(parse(text), tmp_path)


def test_output_that_no_command_printed_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="line 2: output before any command"):
        parse("# prose\nhello\n")
    with pytest.raises(ValueError, match="has no end"):
        parse("$ cat > a <<EOF\nnever\n")
