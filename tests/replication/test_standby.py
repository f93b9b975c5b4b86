"""A hot standby of a real server: what is read there, and what it refuses."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from ledger.store.postgres import open_schema
from ledger.store.rows import Placed
from projections.rebuilding import compare
from projections.runner import Views
from tests.clusters import Cluster, cluster, standby, until
from tests.organisation import Organisation
from tests.replication.conftest import ServerLedger

pytestmark = pytest.mark.needs("postgres-servers")


@pytest.fixture(scope="module")
def first() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture(scope="module")
def second(first: Cluster) -> Iterator[Cluster]:
    with standby(first, "second") as started:
        yield started


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    """Somebody asked for consent."""
    org = Organisation()
    org.open("frank")
    return org


@pytest.fixture
def ledger(
    first: Cluster, second: Cluster, organisation: Organisation, tmp_path: Path
) -> ServerLedger:
    """A ledger that both servers have."""
    made = ServerLedger(tmp_path, first, organisation)
    second.has_all_of(first)
    return made


def comment(ledger: ServerLedger, text: str, at: Cluster | None = None) -> int:
    """Say something as alice; the exit status."""
    return ledger.assent("proposal", "comment", 1, text, as_="alice", at=at).exit


def pause(second: Cluster) -> None:
    """Let *second* receive what comes, and show nothing of it."""
    second.sql("SELECT pg_wal_replay_pause()")
    state = "SELECT pg_get_wal_replay_pause_state()"
    until(lambda: second.sql(state) == [("paused",)])


def test_a_standby_is_read_and_verified(ledger: ServerLedger, second: Cluster) -> None:
    """Without another pin: it is the same ledger."""
    assert comment(ledger, "hello") == 0
    second.has_all_of(ledger.first)

    there, here = (ledger.assent("verify", "--json", at=at) for at in (second, None))

    assert (there.exit, here.exit) == (0, 0), there.out + there.err
    assert there.json["root"] == here.json["root"]
    assert ledger.assent("log", at=second).out == ledger.assent("log").out
    assert "hello" in ledger.assent("proposal", "show", 1, at=second).out


def test_a_standby_that_is_behind_shows_a_shorter_log_and_catches_up(
    ledger: ServerLedger, second: Cluster
) -> None:
    """Not with a verdict of its own: nobody can tell it from a log that was cut."""
    pause(second)
    try:
        assert comment(ledger, "not there yet") == 0
        behind = ledger.assent("verify", at=second)
    finally:
        second.sql("SELECT pg_wal_replay_resume()")

    assert behind.exit == 4
    assert "log-shorter" in behind.out
    second.has_all_of(ledger.first)
    assert ledger.assent("verify", at=second).exit == 0


def test_a_standby_takes_no_entry_and_no_founding(ledger: ServerLedger, second: Cluster) -> None:
    with open_schema(ledger.address()) as log:
        before = log.size()

    said = ledger.assent("proposal", "comment", 1, "hello", as_="alice", at=second)

    assert said.exit == 3
    assert said.err.startswith("store-forbidden: ")
    assert "this server takes no writes: name the one that does" in said.err
    assert comment(ledger, "hello") == 0
    with open_schema(ledger.address()) as log:
        assert log.size() == before + 1


def test_following_from_a_standby_takes_up_what_comes(
    ledger: ServerLedger, second: Cluster, tmp_path: Path
) -> None:
    """Nobody can listen there, so it looks; that is how it is done everywhere."""
    path = tmp_path / "shared.sqlite"
    with ledger.following("--to", path, "--every", "100ms", at=second) as following:
        start = following.line(state="current")["position"]
        assert comment(ledger, "hello") == 0
        following.line(position=start + 1)
        assert following.stopped() == 0
    assert ledger.assent("views", "sync", "--to", tmp_path / "own.sqlite").exit == 0
    with Views(path) as followed, Views(tmp_path / "own.sqlite") as own:
        assert compare(own, followed) == []


def test_following_on_a_server_is_woken_by_the_log(ledger: ServerLedger, first: Cluster) -> None:
    """Long before it would have looked by itself."""
    path = ledger.folder / "shared.sqlite"
    with ledger.following("--to", path, "--every", "9m", at=first) as following:
        start = following.line(state="current")["position"]
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN assent_log'"
        until(lambda: first.sql(listening) == [(1,)])
        assert comment(ledger, "hello") == 0
        following.line(position=start + 1)
        assert following.stopped() == 0


def test_with_a_synchronous_standby_nothing_is_acknowledged_before_it_is_there(
    ledger: ServerLedger, first: Cluster, second: Cluster
) -> None:
    """While the standby shows nothing new, an append waits."""
    first.set(synchronous_standby_names="second", synchronous_commit="remote_apply")
    state = "SELECT sync_state FROM pg_stat_replication"
    until(lambda: first.sql(state) == [("sync",)])
    with open_schema(ledger.address()) as log:
        size = log.size()
        waiting = Thread(
            target=log.append, args=([Placed("rubbish", 1, "comment.made", b"x")], size)
        )
        pause(second)
        try:
            waiting.start()
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            until(lambda: first.sql(waits) == [(1,)])
            assert waiting.is_alive()
        finally:
            second.sql("SELECT pg_wal_replay_resume()")
            waiting.join()
            first.set(synchronous_standby_names="")
    with open_schema(ledger.address(second)) as log:
        assert log.size() == size + 1


def test_who_may_read_reads_everywhere_and_who_may_write_writes_by_the_ledger_alone(
    ledger: ServerLedger, first: Cluster, second: Cluster
) -> None:
    names = {what: f"{what}_of_{ledger.schema}" for what in ("reader", "writer", "stranger")}
    first.sql(*(f"CREATE ROLE {name} LOGIN" for name in names.values()))
    for what in ("reader", "writer"):
        first.sql(f"GRANT {ledger.schema}_{what} TO {names[what]}")
    second.has_all_of(first)

    for at in (first, second):
        assert ledger.assent("verify", at=at, role=names["reader"]).exit == 0
        assert ledger.assent("inbox", "--as", "alice", at=at, role=names["writer"]).exit == 0
        turned_away = ledger.assent("status", at=at, role=names["stranger"])
        assert turned_away.exit == 3
        assert f"{ledger.schema}_reader" in turned_away.err
    words = ("proposal", "comment", 1, "hello")
    read_only = ledger.assent(*words, as_="alice", role=names["reader"])
    assert read_only.exit == 3
    assert read_only.err.startswith("store-forbidden: ")
    assert f"{ledger.schema}_reader or _writer" in read_only.err
    assert ledger.assent(*words, as_="alice", role=names["writer"]).exit == 0
