"""Disks that are full or read-only, for real: it is said what to do, and nothing is lost.

Whoever acts is told one of three things: it is stored, nothing was stored, or it is stored and
what follows was not done. With room again the next command just works.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.places import state_root
from tests.cli.conftest import LedgerFolder
from tests.crash.founding import INIT, prepare
from tests.crash.told import COMMENT, NOW, require_goes_on, stored, told
from tests.organisation import Organisation
from tests.shell import inside, run_assent

SIZE = 2**22

pytestmark = pytest.mark.needs("root")


@pytest.fixture(scope="module")
def org() -> Organisation:
    made = Organisation()
    made.open("frank")
    return made


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of four mebibytes. It can be taken out at the end: nothing is left open on it."""
    monkeypatch.setenv("ASSENT_NOW", NOW)
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"not checked: this root may not mount ({done.stderr.strip()})")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


@contextmanager
def full(disk: Path, room: int = 0) -> Iterator[None]:
    """Leave no more than *room* on the disk."""
    filler = disk / "filler"
    found = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(found.f_bavail * found.f_frsize - room, 1))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Let nobody write to the disk."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def test_on_a_full_disk_an_entry_is_stored_or_it_is_said_that_it_is_not(
    disk: Path, org: Organisation
) -> None:
    ledger = LedgerFolder(disk / "ledger", org)
    seen = set()
    for room in range(0, 100_000, 12_288):
        before = stored(ledger)
        with full(disk, room):
            what = told(ledger.assent(*COMMENT, as_="frank"))
        seen.add(what)
        assert stored(ledger) == before + (what == "stored")

    assert seen == {"stored", "store-unavailable"}
    require_goes_on(ledger)


def test_without_room_for_the_state_it_is_said_whether_the_entry_is_stored(
    disk: Path, tmp_path: Path, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mark, receipt and views are written after the append; the entry is not to be made again."""
    monkeypatch.setenv("ASSENT_STATE", str(disk / "state"))
    ledger = LedgerFolder(tmp_path / "ledger", org)
    assert ledger.assent("status").exit == 0
    seen = set()
    for room in range(0, 160_000, 16_384):
        before = stored(ledger)
        with full(disk, room):
            result = ledger.assent(*COMMENT, as_="frank")
        what = told(result)
        seen.add(what)
        is_stored = what in ("stored", "stored-then-failed")
        assert stored(ledger) == before + is_stored
        if what == "stored-then-failed":
            assert f"the entry is stored, at position {before}:" in result.json["message"]

    assert {"stored", "stored-then-failed", "views-unavailable"} <= seen
    assert seen <= {"stored", "stored-then-failed", "views-unavailable", "state-unavailable"}
    require_goes_on(ledger)


@pytest.mark.slow
def test_what_only_reads_says_that_the_state_has_no_room(
    disk: Path, tmp_path: Path, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never that the views differ, or that they are to be built anew: the log is verified."""
    monkeypatch.setenv("ASSENT_STATE", str(disk / "state"))
    ledger = LedgerFolder(tmp_path / "ledger", org)
    assert ledger.assent("status").exit == 0

    with full(disk):
        for words in (
            ("status", "--json"),
            ("gate", 1, "--json"),
            ("verify", "--json"),
            ("override", "check", "alias/fraud/production", "--json"),
        ):
            result = ledger.assent(*words)
            assert result.exit == 5, result
            assert json.loads(result.err.splitlines()[-1])["code"] == "views-unavailable", result

    require_goes_on(ledger)


def test_a_document_is_kept_whole_or_not_at_all(
    disk: Path, tmp_path: Path, org: Organisation
) -> None:
    ledger = LedgerFolder(tmp_path / "ledger", org)
    config = tmp_path / "ledger" / ".assent" / "config.toml"
    config.write_text(f'log = "log.sqlite"\nevidence = "{disk / "evidence"}"\n')
    report = tmp_path / "report.bin"
    report.write_bytes(b"numbers " * 50_000)
    attach = ("evidence", "attach", 1, report, "--type", "evaluation-report", "--json")
    before = stored(ledger)
    for room in (0, 8_192, 300_000):
        with full(disk, room):
            assert told(ledger.assent(*attach, as_="erin")) == "evidence-folder"

    assert stored(ledger) == before
    assert [path for path in (disk / "evidence").rglob("*") if path.is_file()] == []
    assert ledger.assent(*attach, as_="erin").exit == 0
    assert ledger.assent("evidence", "verify").exit == 0


def test_a_bundle_is_exported_whole_or_not_at_all(
    disk: Path, tmp_path: Path, org: Organisation
) -> None:
    ledger = LedgerFolder(tmp_path / "ledger", org)
    place = disk / "bundle"
    for room in (0, 8_192, 24_576):
        with full(disk, room):
            result = ledger.assent("audit", "export", place, "--json")
            assert (result.exit, result.json["code"]) == (2, "cannot-write"), result
            assert "No space left" in result.json["message"]
        assert list(disk.iterdir()) == []

    assert ledger.assent("audit", "export", place).exit == 0
    assert ledger.assent("audit", "verify", place, "--ledger-id", ledger.id).exit == 0


def test_a_disk_that_is_read_only_is_said_to_be_so(
    disk: Path, tmp_path: Path, org: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSENT_STATE", str(tmp_path / "state"))
    ledger = LedgerFolder(disk / "ledger", org)
    before = stored(ledger)

    with read_only(disk):
        comment = ledger.assent(*COMMENT, as_="frank")
        assert told(comment) == "store-unavailable"
        assert "read-only" in comment.json["hint"]
        assert ledger.assent("verify").exit == 5
        assert ledger.assent("override", "check", "alias/fraud/production").exit == 5

    assert stored(ledger) == before
    require_goes_on(ledger)


def test_a_ledger_is_founded_whole_or_not_at_all(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room again the same command founds it."""
    monkeypatch.delenv("ASSENT_NOW")
    prepare(disk)
    with inside(disk):
        for room in (0, 8_192, 40_960):
            with full(disk, room):
                assert told(run_assent(*INIT, "--json")) == "store-unavailable", room
            assert [path for path in disk.iterdir() if ".assent" in path.name] == []
            assert not state_root().exists()

        assert run_assent(*INIT).exit == 0
        assert run_assent("verify").exit == 0
