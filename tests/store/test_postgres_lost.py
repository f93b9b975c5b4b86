"""An append whose answer is lost: what was acknowledged is stored exactly once."""

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress

import psycopg
import pytest

from ledger.errors import Conflict, Uncheckable
from ledger.model.address import Address, log_address
from ledger.store import postgres
from ledger.store.log import EventLog, Head
from ledger.store.postgres import open_schema
from ledger.store.postgres_pool import connect
from ledger.store.postgres_schema import create_schema
from ledger.store.postgres_waiting import PatientConnection
from tests.servers import psql
from tests.store.cutting import Cutter, When, cutter
from tests.store.server_logs import SIZE, envelope

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
def between(place: str) -> Iterator[tuple[Cutter, str]]:
    with cutter(place) as made:
        yield made


@pytest.fixture
def far(between: tuple[Cutter, str], log: EventLog) -> Iterator[EventLog]:
    """The same log through the cutter, with a connection that is open."""
    with open_schema(log_address(between[1])) as far:
        assert far.head() == log.head()
        yield far


@pytest.fixture
def held(place: str, log: EventLog) -> Iterator[psycopg.Connection]:
    """Somebody who holds the head row until they roll back."""
    assert log.size() == SIZE
    address = log_address(place)
    with psycopg.connect(address.url) as connection:
        query = "SELECT 1 FROM {}.merkle_head FOR UPDATE"
        connection.execute(query.format(address.schema).encode())
        yield connection


def stored(log: EventLog, number: int) -> int:
    return sum(row.raw == envelope(number).raw for row in log.scan())


def waiting(place: str) -> list[int]:
    """The backends that wait for a lock in this database."""
    found = psql(
        place,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'",
    )
    return [pid for (pid,) in found]


def wait_for(place: str, count: int) -> list[int]:
    deadline = time.monotonic() + 20
    while len(found := waiting(place)) < count:
        assert time.monotonic() < deadline, f"{len(found)} backends wait, not {count}"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("when", ["question", "answer"])
def test_an_append_is_stored_once_whatever_was_lost_on_the_way(
    log: EventLog, far: EventLog, between: tuple[Cutter, str], when: When
) -> None:
    between[0].cut(when)

    head = far.append([envelope(SIZE)], size=SIZE)

    assert head == log.head()
    assert head.size == SIZE + 1
    assert stored(log, SIZE) == 1
    assert log.strays() == []


def test_a_first_call_that_is_still_under_way_is_waited_for_and_not_doubled(
    log: EventLog, far: EventLog, between: tuple[Cutter, str], held: psycopg.Connection, place: str
) -> None:
    """The server does not know that its client is gone, and carries the first call out."""
    with ThreadPoolExecutor(1) as pool:
        lost: Future[Head] = pool.submit(far.append, [envelope(SIZE), envelope(SIZE + 1)], SIZE)
        (first,) = wait_for(place, 1)
        between[0].cut("client")
        assert set(wait_for(place, 2)) > {first}
        held.rollback()

        assert lost.result() == log.head()
    assert [row.raw for row in log.read(SIZE, 9)] == [
        envelope(SIZE).raw,
        envelope(SIZE + 1).raw,
    ]


def test_of_two_who_lose_their_answers_one_is_stored_and_the_other_is_told(
    log: EventLog, far: EventLog, between: tuple[Cutter, str], held: psycopg.Connection, place: str
) -> None:
    with open_schema(log_address(between[1])) as other, ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(one.append, [envelope(SIZE, name)], SIZE)
            for one, name in ((far, "one"), (other, "other"))
        ]
        wait_for(place, 2)
        between[0].cut("client")
        wait_for(place, 4)
        held.rollback()
        told = [call.exception() for call in calls]

    assert sorted(type(error).__name__ for error in told) == ["Conflict", "NoneType"]
    assert [error.code for error in told if isinstance(error, Conflict)] == ["log-moved"]
    assert log.size() == SIZE + 1


def test_a_backend_that_was_ended_in_the_middle_changes_nothing(
    log: EventLog, held: psycopg.Connection, place: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(log.append, [envelope(SIZE)], SIZE)
        (backend,) = wait_for(place, 1)
        psql(place, f"SELECT pg_terminate_backend({backend})")
        assert wait_for(place, 1) != [backend]
        held.rollback()

        assert call.result() == log.head()
    assert stored(log, SIZE) == 1


def test_where_nobody_answers_any_more_the_outcome_is_called_unknown(
    log: EventLog, far: EventLog, between: tuple[Cutter, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_PATIENCE", 0.3)
    between[0].cut("answer")
    between[0].refuse()

    with pytest.raises(Uncheckable, match="nobody is there to say") as caught:
        far.append([envelope(SIZE)], size=SIZE)

    assert caught.value.code == "outcome-unknown"
    assert log.append([envelope(SIZE)], size=SIZE).size == SIZE + 1
    assert stored(log, SIZE) == 1


# A server that is there and never answers


@pytest.fixture
def mute() -> Iterator[Address]:
    """A server that lets everybody in and then says nothing."""

    def serve() -> None:
        with ExitStack() as held, suppress(OSError):
            while True:
                client = held.enter_context(listener.accept()[0])
                size = int.from_bytes(client.recv(4), "big")
                client.recv(size - 4)
                client.sendall(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        pool.submit(serve)
        port = listener.getsockname()[1]
        yield Address(f"postgresql://u@127.0.0.1:{port}/x?sslmode=disable", "assent_log")
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("ask", [open_schema, create_schema])
def test_a_server_that_never_answers_is_given_up(
    ask: Callable[[Address], object], mute: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientConnection, "patience", 0.3)

    with pytest.raises(Uncheckable, match=r"no answer in 0\.3 seconds") as caught:
        ask(mute)

    assert caught.value.code == "store-unavailable"


def test_an_append_that_is_never_answered_is_given_up_and_its_outcome_unknown(
    log: EventLog, held: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on at the server: nothing that was asked for is cancelled."""
    monkeypatch.setattr(postgres, "_PATIENCE", 0.3)
    monkeypatch.setattr(PatientConnection, "patience", 0.3)

    with pytest.raises(Uncheckable, match="nobody is there to say") as caught:
        log.append([envelope(SIZE)], size=SIZE)
    assert caught.value.code == "outcome-unknown"
    monkeypatch.undo()
    held.rollback()

    assert log.append([envelope(SIZE)], size=SIZE).size == SIZE + 1
    assert stored(log, SIZE) == 1


def test_who_listens_waits_as_long_as_they_like(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientConnection, "patience", 0.1)
    with closing(connect(log_address(place))) as connection:
        connection.execute("LISTEN assent_log")
        assert [*connection.notifies(timeout=0.5)] == []

        assert connection.execute("SELECT 1 AS one").fetchall() == [{"one": 1}]
