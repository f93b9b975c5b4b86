"""The author of a file that somebody proposes, attaches, or reads in the log: looks and sizes.

A change request, a roster or a report may come from anybody. Nothing foreign reaches a terminal
unescaped, nothing that looks like another name is taken for it, and no file holds a command up.
"""

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.acts import comment, prepared
from tests.attacks.forging import forged, put
from tests.attacks.left_logs import Kind, left
from tests.attacks.stores import Name
from tests.attacks.trying import aside
from tests.change_files import CHANGE, write_change, write_report
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation
from tests.roster import finding
from tests.shell import Result, run_assent

ESCAPES = "\u001b[2J\u001b]0;pwned\u0007"
BIDI = "\u202e"
CYRILLIC_A = "\u0430"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> LedgerFolder:
    """One ledger for all files: nothing is written by them."""
    with pytest.MonkeyPatch.context() as environment:
        home = tmp_path_factory.mktemp("author")
        environment.setenv("ASSENT_STATE", str(home / "state"))
        environment.setenv("XDG_CONFIG_HOME", str(home / "config"))
        return LedgerFolder(home / "ledger", prepared()[0], pin=False)


@pytest.fixture
def at_hand(ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    monkeypatch.setenv("ASSENT_STATE", str(ledger.path.parent / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(ledger.path.parent / "config"))
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    ledger.pin()
    return ledger


Write = Callable[[Path], Path]
"""Writes a change request into a folder."""


def replaced(old: str, new: str) -> Write:
    assert old in CHANGE
    return lambda folder: write_change(folder, CHANGE.replace(old, new))


def raw(data: bytes) -> Write:
    def write(folder: Path) -> Path:
        path = write_change(folder)
        path.write_bytes(data)
        return path

    return write


def a_pipe(folder: Path) -> Path:
    path = folder / "pipe.toml"
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def a_model_that_is_a_pipe(folder: Path) -> Path:
    path = write_change(folder)
    (folder / "model.bin").unlink()
    os.mkfifo(folder / "model.bin")
    return path


def a_model_that_is_no_end(folder: Path) -> Path:
    path = write_change(folder)
    (folder / "model.bin").unlink()
    (folder / "model.bin").symlink_to("/dev/zero")
    return path


FILES: dict[str, tuple[Write, str]] = {
    "escapes": (replaced('"a better model"', '"\\u001b[2Jgood"'), "forbidden-character"),
    "text-that-turns-round": (replaced('"a better model"', f'"a{BIDI}b"'), "forbidden-character"),
    "nul": (replaced('"a better model"', '"a\\u0000b"'), "forbidden-character"),
    "alias-that-looks-alike": (
        replaced('"fraud/production"', f'"fr{CYRILLIC_A}ud/production"'),
        "wrong-value",
    ),
    "owner-who-looks-alike": (
        replaced('owner = "alice"', f'owner = "{CYRILLIC_A}lice"'),
        "wrong-value",
    ),
    "owner-in-full-width": (replaced('owner = "alice"', 'owner = "\uff41lice"'), "wrong-value"),
    "owner-with-a-space": (replaced('owner = "alice"', 'owner = "alice "'), "wrong-value"),
    "owner-in-capitals": (replaced('owner = "alice"', 'owner = "Alice"'), "wrong-value"),
    "component-that-looks-alike": (
        replaced("[stack.model]", '[stack."m\u043edel"]'),
        "wrong-value",
    ),
    "key-that-stands-twice": (replaced('why = "it', 'why = "odd"\nwhy = "it'), "duplicate-key"),
    "table-that-stands-twice": (
        lambda folder: write_change(folder, CHANGE + '[rollout]\nplan = "another"\n'),
        "duplicate-key",
    ),
    "number-for-a-text": (replaced('"a better model"', "1.0"), "not-a-decimal"),
    "float-for-a-fact": (replaced("online = true", "online = 1.0"), "not-a-decimal"),
    "date-for-a-text": (replaced('"it catches more"', "2026-01-01"), "wrong-type"),
    "mark-of-byte-order": (raw(b"\xef\xbb\xbf" + CHANGE.encode()), "forbidden-character"),
    "other-encoding": (raw(CHANGE.encode("utf-16")), "not-utf8"),
    "overlong-utf8": (raw(CHANGE.encode().replace(b"a better", b"\xc0\xaf")), "not-utf8"),
    "deep": (raw(b"alias = " + b"[" * 50_000), "not-toml"),
    "deep-tables": (raw(b"[" + b"a." * 20_000 + b"a]\n"), "not-toml"),
    "huge": (raw(b"# " + b"x" * 20_000_000), "too-large"),
    "endless-text": (replaced('"a better model"', f'"{"x" * 9_000}"'), "wrong-value"),
    "pipe": (a_pipe, "no-such-file"),
    "model-that-is-a-pipe": (a_model_that_is_a_pipe, "no-such-file"),
    "model-that-is-no-end": (a_model_that_is_no_end, "no-such-file"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_change_request_that_lies_is_named_and_nothing_is_signed(
    name: str, at_hand: LedgerFolder, tmp_path: Path
) -> None:
    write, code = FILES[name]
    size = at_hand.size()

    result = at_hand.assent("proposal", "open", write(tmp_path), as_="frank")

    assert (result.exit, result.err.partition(":")[0]) == (2, code)
    assert plain(result)
    assert at_hand.size() == size


def plain(result: Result) -> bool:
    """Whether nothing that was printed moves a cursor or turns text round."""
    return not set(result.out + result.err) & set(ESCAPES[:1] + BIDI + "\u0007\u200b\ufeff")


def test_a_change_request_may_name_any_file_and_its_digest_is_signed(
    at_hand: LedgerFolder, tmp_path: Path
) -> None:
    """Read a request of somebody else before you open it in your name."""
    (tmp_path / "secret").write_text("1234")
    (tmp_path / "theirs").mkdir()
    path = write_change(tmp_path / "theirs", CHANGE.replace('"model.bin"', '"../secret"'))

    result = at_hand.assent("proposal", "open", path, "--dry-run", as_="frank")

    assert result.exit == 0
    assert sha256(b"1234").hexdigest() in result.out


REPORTS: dict[str, tuple[bytes, str]] = {
    "not-a-number": (b'{"auc": NaN}', "not-a-decimal"),
    "number-without-end": (b'{"auc": 1e999}', "not-a-decimal"),
    "number-of-many-digits": (b'{"auc": 0.' + b"9" * 10_000 + b"}", "too-precise"),
    "twice": (b'{"auc": 0.95, "auc": 0.1}', "duplicate-key"),
    "escapes-in-a-name": (b'{"a\\u001b[2Juc": 0.9}', "bad-name"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_that_lies_is_named_and_nothing_is_signed(
    name: str, at_hand: LedgerFolder, tmp_path: Path
) -> None:
    data, code = REPORTS[name]
    path = write_report(tmp_path)
    path.write_bytes(data)
    size = at_hand.size()

    result = at_hand.assent(
        "evidence", "attach", 1, path, "--type", "evaluation-report", as_="erin"
    )

    assert (result.exit, result.err.partition(":")[0]) == (2, code)
    assert plain(result)
    assert at_hand.size() == size


@pytest.mark.parametrize(
    "data", [b'{"auc": "0.95; rm -rf"}', b"[" * 100_000, b'{"auc": "\xc0\xaf"}', b"\x1b[2J"]
)
def test_a_report_that_is_no_flat_json_is_a_document_without_numbers(
    data: bytes, at_hand: LedgerFolder, tmp_path: Path
) -> None:
    path = write_report(tmp_path)
    path.write_bytes(data)

    words = ("evidence", "attach", 1, path, "--type", "evaluation-report", "--dry-run")
    result = at_hand.assent(*words, as_="erin")

    assert result.exit == 0
    assert json.loads(result.out)["event"]["metrics"] == []
    assert plain(result)


@pytest.fixture(scope="module")
def intruded() -> Organisation:
    """Erin's client is her own: entries of hers that no other client would sign."""
    org = aside(prepared()[0])
    org.smuggle(forged(org, put("event", "text", value=ESCAPES + "hello")))
    org.smuggle(forged(org, put("event", "kind", value=ESCAPES)))
    org.smuggle(forged(org, put("stream", value="talk:" + BIDI)))
    org.smuggle(forged(org, put("by", "signer", value=f"{CYRILLIC_A}lice")))
    org.smuggle(ESCAPES.encode() + b"\n" + ESCAPES.encode() + b"\n")
    comment(org, "erin", "00000000-0000-0000-0000-000000000001", f"{CYRILLIC_A}lice agrees")
    return org


def test_an_entry_under_a_name_that_looks_alike_is_nobodys(intruded: Organisation) -> None:
    last = intruded.judged[-6:]

    assert [finding(one) for one in last] == ["malformed"] * 4 + ["signature-base64", None]
    assert last[-1].entry is not None
    assert last[-1].entry.by.signer == "erin"


@pytest.mark.parametrize("words", [("log",), ("verify",), ("log", "--json"), ("show", "12")])
def test_nothing_that_was_written_into_a_log_moves_a_terminal(
    words: tuple[str, ...],
    intruded: Organisation,
    kind: Kind,
    tmp_path: Path,
    names: dict[Kind, Name],
) -> None:
    """Whatever kind of store it comes from: the same command, the same words."""
    place = names[kind](left(intruded.id, intruded.envelopes), tmp_path / "here")

    result = run_assent(*words, "--ledger", place, "--ledger-id", intruded.id)

    assert result.exit == (5 if words == ("verify",) else 0), result.err
    assert plain(result)
