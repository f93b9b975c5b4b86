"""Views that are kept up to date until somebody says stop: real processes, real signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, Self

import pytest

from cli.options import Options
from cli.views_health import MINUTE, Health
from ledger.decide import talk
from ledger.errors import Conflict
from ledger.store.log import open_log
from projections.rebuilding import compare
from projections.runner import Views
from tests.cli.conftest import LedgerFolder, placed_of
from tests.organisation import Organisation
from tests.servers import database, psql

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from cli.main import run; run()"
FOLLOW = ("views", "follow", "--json", "--every", "100ms")


class Follower:
    """``assent views follow --json``, and the lines it says."""

    def __init__(self, ledger: LedgerFolder, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", MAIN, *FOLLOW, *arguments],
            cwd=ledger.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def line(self, **wanted: object) -> Any:
        """The next line that says what is *wanted*."""
        assert self._process.stdout is not None
        for said in self._process.stdout:
            line = json.loads(said)
            if wanted.items() <= line.items():
                return line
        raise AssertionError(f"it ended without saying {wanted}: {self._process.communicate()}")

    def ended(self, by: signal.Signals | None = None) -> tuple[int, str, str]:
        """The exit status and what was still said, after *by* or by itself."""
        if by is not None:
            self._process.send_signal(by)
        out, err = self._process.communicate(timeout=60)
        return self._process.returncode, out, err


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    """Somebody released something, and many have something to say about it."""
    org = Organisation()
    of = org.release()
    for number in range(40):
        said = f"word {number}"
        org.act("alice", lambda s, _, __, said=said: talk.comment(s, proposal=of, text=said))  # type: ignore[misc]
    return org


@pytest.fixture
def ledger(organisation: Organisation, tmp_path: Path) -> LedgerFolder:
    return LedgerFolder(tmp_path / "ledger", organisation)


def append(ledger: LedgerFolder, envelopes: Sequence[bytes]) -> None:
    """Append what others sign while somebody follows."""
    with open_log(ledger.log) as log:
        for raw in envelopes:
            log.append([placed_of(raw)], size=log.size())


@contextmanager
def first_of(org: Organisation, count: int) -> Iterator[Sequence[bytes]]:
    """*org* with its first entries only; the others, which are what is still to come."""
    all_of_them = list(org.envelopes)
    org.envelopes[:] = all_of_them[:count]
    try:
        yield all_of_them[count:]
    finally:
        org.envelopes[:] = all_of_them


def test_what_is_appended_is_taken_up_until_somebody_says_stop(
    organisation: Organisation, tmp_path: Path
) -> None:
    path = tmp_path / "shared.sqlite"
    size = len(organisation.envelopes)
    with first_of(organisation, size - 4) as rest:
        ledger = LedgerFolder(tmp_path / "ledger", organisation)
    with Follower(ledger, "--to", path) as follower:
        first = follower.line()
        assert (first["schema"], first["state"]) == ("views-follow/1", "current")
        assert (first["position"], first["lag"], first["to"]) == (size - 5, 0, str(path))
        assert first["rate"] > 0
        append(ledger, rest)
        follower.line(position=size - 1)
        status, out, err = follower.ended(signal.SIGTERM)
    assert (status, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["state"] == "stopped"
    with Views(path) as followed, Views(ledger.state.views) as own:
        assert compare(own, followed) == []


def test_an_interrupt_in_the_middle_leaves_whole_transactions(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    """Also where a shell has asked that interrupts be ignored, as for what runs behind it."""
    path = tmp_path / "shared.sqlite"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        follower = Follower(ledger, "--to", path)
    finally:
        signal.signal(signal.SIGINT, before)
    with follower:
        while not path.exists():
            sleep(0.001)
        status, out, err = follower.ended(signal.SIGINT)
    assert (status, err) == (0, "")
    assert json.loads(out.splitlines()[-1])["state"] == "stopped"
    assert ledger.assent("views", "sync", "--to", path).exit == 0
    with Views(path) as followed, Views(ledger.state.views) as own:
        assert compare(own, followed) == []


def test_a_log_that_is_not_what_it_was_ends_it_with_the_alarm(
    ledger: LedgerFolder, tmp_path: Path
) -> None:
    path = tmp_path / "shared.sqlite"
    with Follower(ledger, "--to", path) as follower:
        follower.line(state="current")
        with Views(path) as views:
            before = views.position()
        ledger.sql(
            "UPDATE stored_events SET state = CAST(state || ' ' AS BLOB)"
            " WHERE rowid = (SELECT max(rowid) FROM stored_events)"
        )
        status, out, err = follower.ended()
    assert (status, out) == (4, "")
    assert json.loads(err)["code"] == "log-changed"
    with Views(path) as views:
        assert views.position() == before


def test_ones_own_views_are_followed_where_no_others_are_named(ledger: LedgerFolder) -> None:
    with Follower(ledger) as follower:
        line = follower.line(state="current")
        assert line["position"] == ledger.size() - 1
        assert follower.ended(signal.SIGTERM)[0] == 0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with database() as url:
        yield url


@pytest.mark.needs("postgres")
def test_several_who_follow_to_one_place_take_everything_up_once(
    url: str, organisation: Organisation, tmp_path: Path
) -> None:
    with first_of(organisation, 24) as rest:
        ledger = LedgerFolder(tmp_path / "ledger", organisation)
    ledger.assent("views", "sync")
    place = f"{url}&schema=several"
    with (
        Follower(ledger, "--to", place) as one,
        Follower(ledger, "--to", place) as two,
        Follower(ledger, "--to", place) as three,
    ):
        for follower in (one, two, three):
            follower.line(state="current")
        append(ledger, rest)
        for follower in (one, two, three):
            follower.line(state="current", position=ledger.size() - 1)
            assert follower.ended(signal.SIGTERM)[0] == 0
    with Views(ledger.state.views) as own, Views(url=place) as followed:
        assert compare(own, followed) == []


@pytest.mark.needs("postgres")
def test_a_server_that_is_away_for_a_while_is_waited_for(url: str, ledger: LedgerFolder) -> None:
    with Follower(ledger, "--to", f"{url}&schema=away") as follower:
        follower.line(state="current")
        psql(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        line = follower.line(state="waiting")
        assert line["trouble"]["code"] == "views-away"
        assert follower.line()["state"] == "current"
        assert follower.ended(signal.SIGTERM)[0] == 0


@pytest.mark.needs("postgres")
def test_a_schema_that_is_dropped_meanwhile_ends_it(url: str, ledger: LedgerFolder) -> None:
    place = f"{url}&schema=dropped"
    with Follower(ledger, "--to", place) as follower:
        follower.line(state="current")
        psql(place, "DROP SCHEMA {schema} CASCADE")
        ledger.assent("proposal", "comment", 1, "seen", as_="alice")
        status, _, err = follower.ended()
    assert (status, json.loads(err)["code"]) == (5, "views-damaged")
    assert ledger.assent("views", "rebuild", "--to", place).exit == 0


@pytest.mark.needs("postgres")
def test_views_that_a_newer_version_builds_anew_meanwhile_end_it(
    url: str, ledger: LedgerFolder, tmp_path: Path
) -> None:
    place = f"{url}&schema=newer"
    with Follower(ledger, "--to", place) as follower:
        follower.line(state="current")
        theirs = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "theirs")}
        shutil.copytree(os.environ["XDG_STATE_HOME"], theirs["XDG_STATE_HOME"])
        newer = f"import projections.rows as rows; rows.CODE_VERSION += 1; {MAIN}"
        command = [sys.executable, "-c", newer, "views", "rebuild", "--to", place]
        subprocess.run(command, cwd=ledger.path, env=theirs, check=True)
        status, _, err = follower.ended()
    assert (status, json.loads(err)["code"]) == (5, "views-outdated")
    again = ledger.assent("views", "follow", "--to", place)
    assert (again.exit, again.err.split(":")[0]) == (5, "views-newer")


@pytest.mark.needs("postgres")
def test_a_server_that_was_never_reached_is_not_waited_for(ledger: LedgerFolder) -> None:
    with Follower(ledger, "--to", "postgresql://127.0.0.1:1/db") as follower:
        status, out, err = follower.ended()
    assert (status, out) == (5, "")
    assert json.loads(err)["code"] == "views-away"


def test_a_line_is_said_when_something_changes_and_every_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("cli.views_health.time.monotonic", lambda: clock[0])
    health = Health("there", Options())
    trouble = Conflict("views-building", "another process builds")
    acts: list[tuple[float, Callable[[], None]]] = [
        (0, lambda: health.current(5, 0, 5, 0.5)),
        (1, lambda: health.current(5, 0, 0, 0.1)),
        (MINUTE, lambda: health.current(5, 0, 0, 0.1)),
        (1, lambda: health.current(6, 2, 1, 0.01)),
        (1, lambda: health.waiting(trouble)),
        (1, lambda: health.waiting(trouble)),
        (1, lambda: health.under_way(7, 9)),
        (MINUTE, lambda: health.under_way(8, 9)),
        (0, health.stopped),
    ]
    for seconds, say in acts:
        clock[0] += seconds
        say()
    lines = [line.partition(", since")[0] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "current: up to position 4, lag 0, 10/s",
        "current: up to position 4, lag 0, 10/s",
        "current: up to position 5, lag 2, 100/s",
        "waiting: views-building: another process builds",
        "behind: up to position 7, lag 1, 100/s",
        "stopped: up to position 7, lag 1, 100/s",
    ]


@pytest.mark.parametrize("every", ["0s", "2", "-1s", "2 s", "1h", "9" * 9 + "s"])
def test_a_time_that_is_none_is_bad_input(ledger: LedgerFolder, every: str) -> None:
    result = ledger.assent("views", "follow", "--every", every)
    assert (result.exit, "such as 2s" in result.err) == (2, True)
