"""Every transcript beside this file is run as it stands, in a folder and a home of its own."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.scripts.places import on_a_server
from tests.scripts.transcript import Step, parse, run_script, run_steps

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))
OF_A_FILE = {"founding", "tamper", "witness"}
"""What is done to the file of a log, or said of it; on a server it is done otherwise."""

TELLING = {"first-release", "people", "stolen-laptop"}
"""Those that run on a server each time; the others do in `make test-all`."""

Place = Literal["folder", "server"]


def _on_servers() -> list[Any]:
    slow, needed = (pytest.mark.slow,), pytest.mark.needs("postgres")
    return [
        pytest.param(one, "server", marks=[needed, *(() if one.stem in TELLING else slow)],
                     id=f"{one.stem}-server")
        for one in SCRIPTS if one.stem not in OF_A_FILE
    ]  # fmt: skip


CASES = [*(pytest.param(one, "folder", id=one.stem) for one in SCRIPTS), *_on_servers()]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folders are kept that transcripts begin after: one place for all workers."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "after"
    for store in ("folder", "server"):
        (place / store).mkdir(parents=True, exist_ok=True)
    return place


@pytest.mark.needs("bash", "ssh-keygen")
@pytest.mark.parametrize(("script", "place"), CASES)
def test_what_the_transcript_shows_is_what_happens(
    script: Path, place: Place, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)
    try:
        with on_a_server() if place == "server" else nullcontext():
            run_script(script, tmp_path, kept / place)
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
def test_a_transcript_begins_where_another_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once by running the other, then from what was kept of it."""
    texts = {
        "one": "$ export WORD=hello; echo one > file\n",
        "two": "# after: one.txt\n$ cat file; echo $WORD\none\nhello\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        monkeypatch.setenv("WORD", "")
        monkeypatch.delenv("WORD")
        run_script(tmp_path / "two.txt", folder, tmp_path)
        assert (folder / "file").read_text() == "one\n"


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


@pytest.mark.needs("bash", "tr")
def test_the_shell_is_given_what_assent_says_and_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("SAID", "")

    run_steps(
        parse(
            "$ export SAID=$(assent policy new --small | head -n1 | tr -d 'a-zA-Z,.')\n"
            "$ assent nonsense > file\nexit 2\n! …\n"
            "$ assent policy new --small > file\n"
        ),
        tmp_path,
    )

    assert os.environ["SAID"].startswith("#")
    assert (tmp_path / "file").read_text().startswith(os.environ["SAID"][0])


def test_output_that_no_command_printed_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="line 2: output before any command"):
        parse("# prose\nhello\n")
    with pytest.raises(ValueError, match="has no end"):
        parse("$ cat > a <<EOF\nnever\n")
