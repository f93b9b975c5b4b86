"""A hostile ``.assent/`` in a pull request: whoever checks it out and types ``assent`` is safe.

Keys, pins, marks and names of signers are never read from it. What it may say is where a log is,
and where the documents are; none of that is believed.
"""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.attacks.left_logs import Left, left
from tests.attacks.stores import write_bundle, write_sqlite
from tests.cli.conftest import LedgerFolder
from tests.organisation import Organisation, digest
from tests.shell import Result, inside, run_assent

FEWER = {
    "alice": ["model-owner"],
    "dana": ["data-owner"],
    "erin": ["evaluation-owner"],
    "omar": ["release-owner"],
}
"""People of another ledger, who have the same names and keys."""

Prepare = Callable[[Path, LedgerFolder], object]
"""Fills ``.assent`` of a working copy; the victim's own ledger is at hand."""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """The ledger that the victim pinned, verified and uses."""
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    org = Organisation()
    org.attach("erin", org.open("frank"))
    made = LedgerFolder(tmp_path / "ledger", org)
    document = made.evidence / digest("report")[7:9] / digest("report")[9:]
    document.parent.mkdir()
    document.write_text("report")
    assert made.assent("verify").exit == 0
    return made


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A working copy of somebody's branch."""
    (tmp_path / "copy" / ".assent").mkdir(parents=True)
    return tmp_path / "copy"


def config(folder: Path, text: str) -> None:
    (folder / ".assent" / "config.toml").write_text(text)


def named(folder: Path, log: Path | str, evidence: Path | str = "evidence") -> None:
    config(folder, f'log = "{log}"\nevidence = "{evidence}"\n')


def typed(folder: Path, *words: str | Path | int) -> Result:
    with inside(folder):
        return run_assent(*words)


def another_ledger(folder: Path, _: LedgerFolder) -> None:
    """Founded by the attacker, with everybody's names in it."""
    write_sqlite(_theirs(), folder / ".assent" / "log.sqlite")
    named(folder, "log.sqlite")


def _theirs() -> Left:
    org = Organisation(people=FEWER)
    return left(org.id, org.envelopes)


def no_log_at_all(folder: Path, _: LedgerFolder) -> None:
    named(folder, "log.sqlite")


def file_of_the_victim(folder: Path, _: LedgerFolder) -> None:
    (folder / "secret").write_text("the victim's own notes\n")
    named(folder, "../secret")


def database_of_the_victim(folder: Path, _: LedgerFolder) -> None:
    with closing(sqlite3.connect(folder / "app.db")) as db:
        db.execute("CREATE TABLE t (x)")
        db.commit()
    named(folder, folder / "app.db")


def device(folder: Path, _: LedgerFolder) -> None:
    named(folder, "/dev/zero")


def link_to_a_device(folder: Path, _: LedgerFolder) -> None:
    (folder / ".assent" / "log.sqlite").symlink_to("/dev/zero")
    named(folder, "log.sqlite")


def log_that_is_a_folder(folder: Path, _: LedgerFolder) -> None:
    (folder / ".assent" / "log.sqlite").mkdir()
    named(folder, "log.sqlite")


def bundle_of_another_ledger(folder: Path, _: LedgerFolder) -> None:
    write_bundle(_theirs(), folder / "bundle")
    named(folder, folder / "bundle")


def server_with_a_password(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql://alice:secret@127.0.0.1:1/x")


def server_that_reads_a_file_of_the_victim(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql://127.0.0.1:1/x?sslkey=/home/alice/.ssh/id_ed25519")


def server_with_a_password_file_of_the_victim(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql://127.0.0.1:1/x?passfile=/home/alice/.pgpass")


def server_of_a_service_elsewhere(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql://127.0.0.1:1/x?service=production")


def server_that_takes_words_in_clear(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql://127.0.0.1:1/x?require_auth=password")


def service_of_the_victim_without_encryption(folder: Path, _: LedgerFolder) -> None:
    named(folder, "postgresql:///x?service=production&sslmode=disable")


def other_kind_of_server(folder: Path, _: LedgerFolder) -> None:
    named(folder, "http://127.0.0.1:1/x")


def setting_that_nobody_reads(folder: Path, _: LedgerFolder) -> None:
    config(folder, 'log = "log.sqlite"\nkey = "/home/alice/.ssh/id_ed25519"\n')


def signer_in_the_configuration(folder: Path, _: LedgerFolder) -> None:
    config(folder, 'log = "log.sqlite"\nsigner = "alice"\n')


def configuration_that_is_no_toml(folder: Path, _: LedgerFolder) -> None:
    config(folder, "\0" * 100)


def configuration_of_megabytes(folder: Path, _: LedgerFolder) -> None:
    config(folder, "# " + "x" * 5_000_000 + '\nlog = "log.sqlite"\n')


def configuration_nested_deeply(folder: Path, _: LedgerFolder) -> None:
    config(folder, f"log = {'[' * 30_000}{']' * 30_000}\n")


def configuration_that_is_a_folder(folder: Path, _: LedgerFolder) -> None:
    (folder / ".assent" / "config.toml").mkdir()


def configuration_that_is_a_pipe(folder: Path, _: LedgerFolder) -> None:
    os.mkfifo(folder / ".assent" / "config.toml")


def configuration_that_is_a_link_to_a_device(folder: Path, _: LedgerFolder) -> None:
    (folder / ".assent" / "config.toml").symlink_to("/dev/zero")


def configuration_that_is_a_link_in_a_circle(folder: Path, _: LedgerFolder) -> None:
    (folder / ".assent" / "config.toml").symlink_to("config.toml")


FOLDERS: dict[Prepare, tuple[int, str]] = {
    another_ledger: (5, "never-pinned"),
    no_log_at_all: (5, "store-unavailable"),
    file_of_the_victim: (2, "not-a-ledger"),
    database_of_the_victim: (2, "not-a-ledger"),
    device: (2, "not-a-ledger"),
    link_to_a_device: (2, "not-a-ledger"),
    log_that_is_a_folder: (5, "bundle-damaged"),
    bundle_of_another_ledger: (5, "never-pinned"),
    server_with_a_password: (2, "bad-ledger-url"),
    server_that_reads_a_file_of_the_victim: (2, "bad-ledger-url"),
    server_with_a_password_file_of_the_victim: (2, "bad-ledger-url"),
    server_of_a_service_elsewhere: (2, "bad-ledger-url"),
    server_that_takes_words_in_clear: (2, "bad-ledger-url"),
    service_of_the_victim_without_encryption: (2, "bad-ledger-url"),
    other_kind_of_server: (2, "unsupported-store"),
    setting_that_nobody_reads: (2, "bad-configuration"),
    signer_in_the_configuration: (2, "bad-configuration"),
    configuration_that_is_no_toml: (2, "bad-configuration"),
    configuration_of_megabytes: (2, "bad-configuration"),
    configuration_nested_deeply: (2, "bad-configuration"),
    configuration_that_is_a_folder: (2, "bad-configuration"),
    configuration_that_is_a_pipe: (2, "bad-configuration"),
    configuration_that_is_a_link_to_a_device: (2, "bad-configuration"),
    configuration_that_is_a_link_in_a_circle: (2, "bad-configuration"),
}


@pytest.mark.parametrize("prepare", FOLDERS, ids=lambda one: one.__name__)
def test_what_a_command_says_in_a_hostile_folder(
    prepare: Prepare, copy: Path, ledger: LedgerFolder
) -> None:
    before = ledger.log.read_bytes()
    prepare(copy, ledger)

    result = typed(copy, "status", "--json")

    assert (result.exit, result.json.get("code")) == FOLDERS[prepare]
    assert "Traceback" not in result.err
    assert ledger.log.read_bytes() == before
    assert sorted(path.name for path in copy.rglob("*-wal")) == []


def test_a_server_that_is_named_gets_no_password_of_the_victims(
    copy: Path, ledger: LedgerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers there knows no encryption, asks for one in clear, and is not told."""
    monkeypatch.setenv("PGPASSWORD", "the victim's")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        named(copy, f"postgresql://alice@127.0.0.1:{port}/x")
        script = f"""
import socket, sys
c = socket.socket(fileno={server.fileno()}).accept()[0]
while int.from_bytes(c.recv(4096)[4:8], 'big') >> 16 == 1234:
    c.sendall(b'N')
c.sendall(b'R' + (8).to_bytes(4, 'big') + (3).to_bytes(4, 'big'))
c.settimeout(20)
print(c.recv(4096))
"""
        answering = subprocess.Popen(
            [sys.executable, "-c", script], pass_fds=[server.fileno()], stdout=subprocess.PIPE
        )
        result = typed(copy, "status")
        said, _ = answering.communicate(timeout=30)

    assert result.exit == 5, result
    assert b"the victim's" not in said
    assert answering.returncode == 0
    assert ledger.id not in result.err


def test_the_victims_own_ledger_elsewhere_is_held_against_their_mark(
    copy: Path, ledger: LedgerFolder
) -> None:
    """The branch has a copy of it, cut short: they pinned that ledger, and verified more of it."""
    org = ledger.organisation
    write_sqlite(left(org.id, org.envelopes[:-1]), copy / ".assent" / "log.sqlite")
    named(copy, "log.sqlite")

    result = typed(copy, "verify", "--json")

    assert (result.exit, result.json["verdict"]) == (4, "rolled-back")


def test_a_folder_below_hides_no_ledger_from_who_named_it(copy: Path, ledger: LedgerFolder) -> None:
    """What is nearest is found first, and is not the one they trust: named, theirs is theirs."""
    below = ledger.path / "below"
    below.mkdir()
    (copy / ".assent").rename(below / ".assent")
    another_ledger(below, ledger)

    found, told = typed(below, "verify"), typed(below, "verify", "--ledger", ledger.path)

    assert (found.exit, told.exit) == (5, 0)
    assert "never pinned" in found.out


@pytest.mark.parametrize("where", ["absolute", "upwards", "link"])
def test_documents_are_what_their_digest_says_wherever_they_are_kept(
    where: str, copy: Path, ledger: LedgerFolder, tmp_path: Path
) -> None:
    """Names in such a folder are made of digests, so no file of the victim's is overwritten."""
    org = ledger.organisation
    write_sqlite(left(org.id, org.envelopes), copy / ".assent" / "log.sqlite")
    home = tmp_path / "home-of-the-victim"
    home.mkdir()
    (home / "keep").write_text("mine")
    place = {"absolute": str(home), "upwards": "../../home-of-the-victim", "link": "evidence"}
    if where == "link":
        (copy / ".assent" / "evidence").symlink_to(home)
    named(copy, "log.sqlite", place[where])

    missing = typed(copy, "verify", "--json")
    assert [one["rule"] for one in missing.json["findings"]] == ["evidence-missing"]
    swapped = home / digest("report")[7:9] / digest("report")[9:]
    swapped.parent.mkdir()
    swapped.write_text("better numbers")
    found = typed(copy, "verify", "--json")

    assert (found.exit, [one["rule"] for one in found.json["findings"]]) == (
        4,
        ["evidence-differs"],
    )
    assert sorted(path.name for path in home.iterdir()) == [digest("report")[7:9], "keep"]
    assert (home / "keep").read_text() == "mine"
