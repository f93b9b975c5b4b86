"""Views kept elsewhere: brought up to date and built anew, and never believed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from projections.rebuilding import compare
from projections.rows import CODE_VERSION
from projections.runner import Views
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, change, stack
from tests.servers import database, psql


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    org = Organisation()
    org.release()
    return org


@pytest.fixture
def ledger(
    organisation: Organisation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> LedgerFolder:
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return LedgerFolder(tmp_path / "ledger", organisation)


@pytest.fixture
def shared(ledger: LedgerFolder) -> Path:
    """Views in a file that somebody named, up to date."""
    path = ledger.path / "shared.sqlite"
    result = ledger.assent("views", "sync", "--to", path, "--json")
    assert result.json == {
        "schema": "views/1",
        "size": ledger.size(),
        "added": ledger.size(),
        "to": str(path),
    }
    return path


def changed(path: Path, statement: str) -> None:
    """Do *statement* to views as somebody with write access would."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def differences(ledger: LedgerFolder, path: Path) -> list[str]:
    with Views(ledger.state.views) as own, Views(path) as other:
        return compare(own, other)


def test_views_elsewhere_are_those_of_the_user(ledger: LedgerFolder, shared: Path) -> None:
    assert differences(ledger, shared) == []
    again = ledger.assent("views", "sync", "--to", f"sqlite:///{shared}", "--json")
    assert (again.exit, again.json["added"]) == (0, 0)
    status = ledger.assent("views", "status", "--to", shared, "--json").json
    assert (status["size"], status["lag"], status["current"]) == (ledger.size(), 0, True)
    assert (status["to"], "file" in status) == (str(shared), False)


def test_views_that_are_behind_the_log_are_not_current(ledger: LedgerFolder, shared: Path) -> None:
    size = ledger.size()
    ledger.assent("proposal", "comment", 1, "seen", as_="alice")
    status = ledger.assent("views", "status", "--to", shared, "--json").json
    assert (status["size"], status["log"], status["lag"]) == (size, size + 1, 1)
    assert (status["code_current"], status["current"]) == (True, False)


def test_views_that_go_beyond_the_log_are_not_current_either(
    ledger: LedgerFolder, shared: Path
) -> None:
    changed(shared, "UPDATE tracking SET position = position + 2")
    status = ledger.assent("views", "status", "--to", shared, "--json").json
    assert (status["size"], status["log"]) == (ledger.size() + 2, ledger.size())
    assert (status["lag"], status["current"]) == (None, False)


def test_only_what_is_new_is_taken_up(ledger: LedgerFolder, shared: Path) -> None:
    before = ledger.size()
    ledger.assent("proposal", "comment", 1, "seen", as_="alice")
    result = ledger.assent("views", "sync", "--to", shared, "--json")
    assert (result.json["added"], result.json["size"]) == (1, before + 1)
    assert differences(ledger, shared) == []


def test_looking_at_views_that_are_not_there_makes_none(ledger: LedgerFolder) -> None:
    path = ledger.path / "none.sqlite"
    result = ledger.assent("views", "status", "--to", path)
    assert (result.exit, result.err.split(":")[0]) == (5, "views-missing")
    assert not path.exists()


def test_views_of_an_older_version_are_built_anew_and_of_a_newer_one_left(
    ledger: LedgerFolder, shared: Path
) -> None:
    changed(shared, "UPDATE tracking SET code_version = code_version - 1")
    result = ledger.assent("views", "sync", "--to", shared)
    assert result.exit == 0
    assert "has been built anew" in result.err
    assert differences(ledger, shared) == []
    changed(shared, "UPDATE tracking SET code_version = code_version + 1")
    result = ledger.assent("views", "sync", "--to", shared)
    assert (result.exit, result.err.split(":")[0]) == (5, "views-newer")
    assert f"version {CODE_VERSION + 1}" in result.err
    assert ledger.assent("views", "rebuild", "--to", shared).exit == 0
    assert differences(ledger, shared) == []


@pytest.mark.parametrize("verb", ["sync", "rebuild"])
def test_a_file_that_holds_no_views_is_left_as_it_is(ledger: LedgerFolder, verb: str) -> None:
    """Least of all may the log itself be taken for views that are to be replaced."""
    notes = ledger.path / "notes.txt"
    notes.write_text("all that is left of them, and longer than a header of SQLite is " * 9)
    for path in (notes, ledger.log):
        before = path.read_bytes()
        result = ledger.assent("views", verb, "--to", path)
        assert (result.exit, result.err.split(":")[0]) in {
            (3, "views-not-ours"),
            (5, "views-damaged"),
        }
        assert path.read_bytes() == before
    assert ledger.assent("status").exit == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE standing SET value = x'00' WHERE key = 'head'",
        "UPDATE standing SET value = '{}', checksum = 2745614147 WHERE key = 'head'",
        "DELETE FROM standing",
        "UPDATE tracking SET position = 'many'",
        "DROP TABLE standing_roots",
    ],
)
def test_damage_to_shared_views_is_said_and_moves_no_trust(
    ledger: LedgerFolder, shared: Path, statement: str
) -> None:
    mark = ledger.state.mark()
    changed(shared, statement)
    ledger.assent("proposal", "comment", 1, "seen", as_="alice")
    result = ledger.assent("views", "sync", "--to", shared)
    assert (result.exit, result.err.split(":")[0]) == (5, "views-damaged"), result
    assert "Traceback" not in result.err
    after = ledger.state.mark()
    assert mark is not None
    assert after is not None
    assert after.size == mark.size + 1
    assert ledger.assent("views", "rebuild", "--to", shared).exit == 0
    assert differences(ledger, shared) == []


def test_views_of_another_log_are_told_apart(
    ledger: LedgerFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As somebody fills them who is shown a log that went another way."""
    path = tmp_path / "filled.sqlite"
    fork = Organisation()
    fork.release()
    fork.open("frank", change(stack(model="m9")))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("ASSENT_STATE", str(tmp_path / "somebody"))
        other = LedgerFolder(tmp_path / "fork", fork)
        assert other.assent("views", "sync", "--to", path).exit == 0
    ledger.assent("proposal", "comment", 1, "seen", as_="alice")
    assert ledger.size() == len(fork.envelopes)
    result = ledger.assent("views", "sync", "--to", path)
    assert (result.exit, result.err.split(":")[0]) == (4, "views-of-another-log")
    ledger.assent("proposal", "comment", 1, "seen again", as_="alice")
    before = path.read_bytes()
    result = ledger.assent("views", "sync", "--to", path)
    assert (result.exit, result.err.split(":")[0]) == (4, "views-of-another-log")
    assert path.read_bytes() == before


def test_of_a_log_that_was_changed_nothing_is_written(ledger: LedgerFolder, shared: Path) -> None:
    """Where the user's own views do not look is looked once more."""
    before = shared.read_bytes()
    ledger.sql("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 14")
    result = ledger.assent("views", "sync", "--to", shared)
    assert (result.exit, result.err.split(":")[0]) == (4, "log-changed"), result
    assert shared.read_bytes() == before


def test_an_old_entry_that_was_changed_is_not_taken_up_anew(
    ledger: LedgerFolder, shared: Path
) -> None:
    """The user's own views look at the last entry only: what is older was verified before."""
    before = shared.read_bytes()
    ledger.sql("UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE rowid = 5")
    assert ledger.assent("views", "sync").exit == 0
    result = ledger.assent("views", "rebuild", "--to", shared)
    assert (result.exit, result.err.split(":")[0]) == (4, "log-changed"), result
    assert "position 4" in result.err
    assert shared.read_bytes() == before
    assert [one for one in ledger.path.iterdir() if one.name.startswith("views-")] == []


@pytest.mark.parametrize("where", ["", "mysql://h/db", "/nowhere/x", "sqlite:///", "a\x00b"])
def test_what_names_no_place_is_said(ledger: LedgerFolder, where: str) -> None:
    result = ledger.assent("views", "sync", "--to", where)
    assert (result.exit, result.err.split(":")[0]) == (2, "bad-views-url")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as url:
        yield url


@pytest.mark.needs("postgres")
def test_a_server_holds_what_a_file_does(ledger: LedgerFolder, url: str) -> None:
    missing = ledger.assent("views", "status", "--to", url)
    assert (missing.exit, missing.err.split(":")[0]) == (5, "views-missing")
    for verb in ("sync", "rebuild", "sync"):
        result = ledger.assent("views", verb, "--to", url, "--json")
        assert (result.exit, result.json["size"]) == (0, ledger.size()), result
    with Views(ledger.state.views) as own, Views(url=url) as other:
        assert compare(own, other) == []
    psql(url, "UPDATE {schema}.tracking SET code_version = code_version - 1")
    result = ledger.assent("views", "sync", "--to", url)
    assert (result.exit, "has been built anew" in result.err) == (0, True)
    assert ledger.assent("views", "status", "--to", url, "--json").json["current"] is True


@pytest.mark.needs("postgres")
def test_a_password_in_the_url_is_warned_of_and_never_shown(ledger: LedgerFolder) -> None:
    result = ledger.assent("views", "sync", "--to", "postgresql://ada:geheim@127.0.0.1:1/db")
    assert (result.exit, "views-away" in result.err) == (5, True)
    assert "~/.pgpass" in result.err
    assert "geheim" not in result.err + result.out
