"""What surrounds a command and may be broken: streams, folders, the configuration, the state."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import LedgerFolder

COMMAND = (sys.executable, "-m", "cli.main")


def real(
    folder: Path, *arguments: str, encoding: str = "utf-8", **streams: object
) -> "subprocess.CompletedProcess[str]":
    """Run ``assent`` as a process of its own, in *folder*, with streams as given."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONIOENCODING": encoding,
    }
    given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **streams}
    return subprocess.run(  # type: ignore[call-overload,no-any-return] # streams are of any kind
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        **given,
    )


@pytest.mark.parametrize("arguments", [("log",), ("verify",), ("--help",)])
def test_a_reader_who_left_is_neither_a_bug_nor_a_yes(
    ledger: LedgerFolder, arguments: tuple[str, ...]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    with os.fdopen(writer, "wb") as closed:
        result = real(ledger.path, *arguments, stdout=closed)

    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.needs("full-device")
def test_a_full_disk_under_the_answer_is_said_and_is_no_bug(ledger: LedgerFolder) -> None:
    with Path("/dev/full").open("wb") as full:
        result = real(ledger.path, "log", stdout=full)

    assert result.returncode == 5
    assert result.stderr.startswith("system-error: the answer could not be written: No space")
    assert "assent log --last 3" in result.stderr


def test_a_terminal_that_lacks_a_character_gets_it_escaped(ledger: LedgerFolder) -> None:
    result = real(ledger.path, "trust", "--help", encoding="latin-1")

    assert result.returncode == 0
    assert "assent trust 5f2a\\u2026" in result.stdout


def test_closed_streams_do_no_harm(ledger: LedgerFolder) -> None:
    command = f"{' '.join(COMMAND)} log <&- >&- 2>&-"

    result = subprocess.run(
        ["sh", "-c", command],
        cwd=ledger.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )

    assert result.returncode == 0


def test_a_noun_alone_shows_its_help_as_text(ledger: LedgerFolder) -> None:
    result = ledger.assent("proposal")

    assert result.exit == 2
    assert "\nCommands:\n  approve " in result.err
    assert "\\u000a" not in result.err


def test_what_was_given_is_not_repeated_without_end(ledger: LedgerFolder) -> None:
    result = ledger.assent("show", "9" * 5_000)

    assert result.exit == 2
    assert len(result.err) < 1_200


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('log = "a\\u0000b"', "unexpected: log"),
        ('evidence = ""', "unexpected: evidence"),
        ("log = 3", "unexpected: log"),
        ("[[[", "Invalid"),
        (f"a = {'[' * 50_000}", "recursion"),
    ],
)
def test_a_configuration_that_names_no_file_is_bad_input(
    ledger: LedgerFolder, text: str, said: str
) -> None:
    (ledger.path / ".assent" / "config.toml").write_text(text)

    result = ledger.assent("status")

    assert result.exit == 2
    assert result.err.startswith("bad-configuration: ")
    assert said in result.err
    assert "it holds log" in result.err


def test_a_configuration_that_is_a_folder_is_not_passed_over(ledger: LedgerFolder) -> None:
    config = ledger.path / ".assent" / "config.toml"
    config.unlink()
    config.mkdir()

    result = ledger.assent("status")

    assert result.exit == 2
    assert "config.toml: is a directory\n  see that it is a file" in result.err


@pytest.mark.needs("nobody")
def test_a_ledger_folder_that_may_not_be_entered_is_said(ledger: LedgerFolder) -> None:
    folder = ledger.path / ".assent"
    folder.chmod(0)
    try:
        result = ledger.assent("status")
    finally:
        folder.chmod(0o755)

    assert result.exit == 2
    assert "config.toml: permission denied" in result.err


def test_a_ledger_named_inside_a_file_is_no_ledger(ledger: LedgerFolder) -> None:
    result = ledger.assent("status", "--ledger", ledger.log)

    assert result.exit == 5
    assert result.err.startswith("no-ledger: ")


def test_verify_says_what_to_do_where_the_state_cannot_be_read(ledger: LedgerFolder) -> None:
    assert ledger.assent("verify").exit == 0
    (ledger.state.folder / "mark").write_text("rubbish")

    text = ledger.assent("verify")
    finding = ledger.assent("verify", "--json").json["findings"][0]

    assert text.exit == 5
    assert "(restore it from a backup" in text.out
    assert (finding["rule"], finding["expected"]) == ("state-damaged", None)


def test_verify_calls_a_state_that_others_may_write_uncheckable(ledger: LedgerFolder) -> None:
    assert ledger.assent("verify").exit == 0
    ledger.state.folder.chmod(0o777)

    result = ledger.assent("verify", "--json")

    assert result.exit == 5
    assert result.json["findings"][0]["rule"] == "state-exposed"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("log", "--by", "alic"), "unknown-signer: there is no signer alic\n  did you mean alice?"),
        (("inbox", "--as", "alice", "--role", "foo"), "unknown-role: the policy defines no role"),
        (("log", "--stream", "\udcff"), "forbidden-character: the text holds"),
        (("log", "--last", "9" * 20), "usage: Invalid value for '--last'"),
        (("alias", "list", "--as-of", "9" * 5_000), "no-such-position: "),
    ],
)
def test_a_name_or_number_that_is_none_is_said(
    ledger: LedgerFolder, arguments: tuple[str, ...], said: str
) -> None:
    result = ledger.assent(*arguments)

    assert result.exit == 2
    assert result.err.startswith(said)
