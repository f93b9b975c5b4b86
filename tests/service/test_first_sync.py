"""The first sync of a long log: it shows how far it is, and one that is killed goes on from there.

A real ``assent views sync`` at a terminal, and a real ``kill -9``.
"""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.decide import talk
from ledger.store.log import create_log
from ledger.store.rows import Placed
from projections.rebuilding import compare
from projections.rows import SqliteRows
from projections.runner import Views
from tests.organisation import Organisation

ROOT = Path(__file__).resolve().parents[2]
BATCH, LONG = 1_000, 4_500
"""Entries kept at a time, so that a short log will do; and entries enough that a kill after the
first batch does not come too late, and that other processes check the signatures."""

PROGRAM = f"""
import ledger.service
from cli.main import run
ledger.service.CHUNK = {BATCH}
if __name__ == "__main__":
    run()
"""


@dataclass(frozen=True, slots=True)
class Joining:
    """A folder with a long log in it, on a machine that never saw the ledger before."""

    folder: Path
    organisation: Organisation

    def sync(self) -> list[str]:
        """The command that reads the log for the first time."""
        asked = ["views", "sync", "--json", "--ledger-id", self.organisation.id]
        return [sys.executable, str(self.folder / "program.py"), *asked]

    @property
    def environment(self) -> dict[str, str]:
        """Where that command finds the log, and keeps what it verified."""
        places = {"ASSENT_LEDGER": self.folder / ".assent", "ASSENT_STATE": self.folder / "state"}
        return {
            **{name: text for name, text in os.environ.items() if name != "ASSENT_NOW"},
            **{name: str(path) for name, path in places.items()},
            "PYTHONPATH": str(ROOT),
        }

    @property
    def views(self) -> Path:
        """The views of that machine."""
        (found,) = self.folder.glob("state/**/views.sqlite")
        return found


@pytest.fixture(scope="module")
def joining(tmp_path_factory: pytest.TempPathFactory) -> Joining:
    folder = tmp_path_factory.mktemp("joining")
    organisation = Organisation()
    of = organisation.open("frank")
    while len(organisation.envelopes) < LONG:
        organisation.act("rita", lambda s, *_: talk.comment(s, proposal=of, text="noted"))
    (folder / "program.py").write_text(PROGRAM)
    (folder / ".assent").mkdir()
    (folder / ".assent" / "config.toml").write_text('log = "log.sqlite"\nevidence = "evidence"\n')
    with create_log(folder / ".assent" / "log.sqlite") as log:
        log.append(list(_placed(organisation)), size=0)
    return Joining(folder, organisation)


def _placed(organisation: Organisation) -> Iterator[Placed]:
    for one, raw in zip(organisation.judged, organisation.envelopes, strict=True):
        assert one.entry is not None
        yield Placed(one.entry.stream, one.entry.version, one.entry.event.kind, raw)


def test_a_first_sync_that_is_killed_goes_on_where_it_was_kept_last(joining: Joining) -> None:
    with _at_a_terminal(joining) as (program, terminal):
        shown = _read_until(terminal, f"of {LONG:,} entries")
        while not _position(joining.views):
            assert program.poll() is None
            time.sleep(0.01)
        program.kill()
    assert program.returncode != 0
    assert "verifying  [" in shown
    assert "s left" in shown
    _require_all_ended(program.pid)
    kept = _position(joining.views)
    assert 0 < kept < LONG
    assert kept % BATCH == 0

    done = subprocess.run(
        joining.sync(), env=joining.environment, capture_output=True, check=True, cwd=joining.folder
    )

    assert json.loads(done.stdout) == {"schema": "views/1", "size": LONG, "added": LONG - kept}
    with Views(joining.views) as views, Views(None) as in_one_go:
        in_one_go.keep(joining.organisation.judged, joining.organisation.standing)
        assert compare(views, in_one_go) == []


@contextmanager
def _at_a_terminal(joining: Joining) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The first sync with a terminal for its stderr, in a session of its own."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        joining.sync(),
        env=joining.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=child,
        start_new_session=True,
        cwd=joining.folder,
    ) as program:
        os.close(child)
        yield program, parent
    os.close(parent)


def _read_until(terminal: int, wanted: str) -> str:
    """What was shown until *wanted* was, or until nobody has the terminal open any more."""
    shown = b""
    with suppress(OSError):
        while wanted.encode() not in shown or not shown.endswith(b"left"):
            shown += os.read(terminal, 1024)
    return shown.decode()


def _require_all_ended(group: int) -> None:
    """Wait until no process of *group* is left: whoever is killed tells its helpers nothing."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process that helped is still there ten seconds after the kill")


def _position(path: Path) -> int:
    rows = SqliteRows(path)
    try:
        return rows.size()
    finally:
        rows.close()
