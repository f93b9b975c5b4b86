"""The library's own recorder test cases, run on our recorders over real files and servers."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, cast
from uuid import uuid4

import pytest
from eventsourcing.persistence import AggregateRecorder
from eventsourcing.postgres import PostgresAggregateRecorder
from eventsourcing.sqlite import SQLiteAggregateRecorder
from eventsourcing.tests import persistence

from ledger.model.address import log_address
from ledger.store.log import create_log
from ledger.store.postgres import PostgresRecorder
from ledger.store.postgres_pool import LedgerDatastore as ServerDatastore
from ledger.store.sqlite import LedgerRecorder
from ledger.store.sqlite_pool import LedgerDatastore
from tests.servers import new_log, new_place


class NoIds(LedgerRecorder):
    """Our recorder answering as aggregate recorders do: with no notification ids.

    The library's case for aggregate recorders asserts that an insert returns None, its
    case for application recorders that it returns ids. Everything else is inherited.
    """

    def insert_events(self, *args: Any, **kwargs: Any) -> None:
        super().insert_events(*args, **kwargs)


class NoIdsOnAServer(PostgresRecorder):
    """The same, on a server."""

    def insert_events(self, *args: Any, **kwargs: Any) -> Sequence[int]:
        super().insert_events(*args, **kwargs)
        return cast("Sequence[int]", None)  # what the case asks for, against its own types


class Case:
    """Each test on a new log of its own."""

    opened: list[Callable[[], None]]

    @pytest.fixture(autouse=True)
    def _closed(self) -> Iterator[None]:
        self.opened = []
        before = set(threading.enumerate())
        yield
        # The cases tell their reading threads to stop and do not wait: a connection that is
        # closed under a thread that reads takes the whole process along.
        for thread in set(threading.enumerate()) - before:
            thread.join()
        for close in self.opened:
            close()

    def new_originator_id(self) -> str:
        """Our streams are named by text."""
        return f"proposal:{uuid4()}"


class OnAFile(Case):
    recorder_class: ClassVar[type[LedgerRecorder]] = LedgerRecorder

    @pytest.fixture(autouse=True)
    def _file(self, _closed: None) -> Iterator[None]:
        with TemporaryDirectory() as folder:
            self.path = Path(folder) / "log.sqlite"
            create_log(self.path).close()
            yield

    def create_recorder(self) -> LedgerRecorder:
        """A recorder on the file, as the library's case asks for one."""
        datastore = LedgerDatastore(self.path)
        self.opened.append(datastore.close)
        return self.recorder_class(datastore)


@pytest.mark.needs("postgres")
class OnAServer(Case):
    recorder_class: ClassVar[type[PostgresRecorder]] = PostgresRecorder

    @pytest.fixture(autouse=True)
    def _schema(self, url: str) -> None:
        self.address = log_address(new_place(url))
        new_log(self.address).close()

    def create_recorder(self) -> PostgresRecorder:
        """A recorder on the schema, as the library's case asks for one."""
        datastore = ServerDatastore(self.address)
        self.opened.append(datastore.close)
        return self.recorder_class(datastore)


class TestTheAggregateRecorderCase(OnAFile, persistence.AggregateRecorderTestCase):
    recorder_class = NoIds


class TestTheApplicationRecorderCase(
    OnAFile, persistence.ApplicationRecorderTestCase[LedgerRecorder]
):
    pass


class TestTheAggregateRecorderCaseOnAServer(OnAServer, persistence.AggregateRecorderTestCase):
    recorder_class = NoIdsOnAServer


class TestTheApplicationRecorderCaseOnAServer(
    OnAServer, persistence.ApplicationRecorderTestCase[PostgresRecorder]
):
    pass


def test_our_recorders_are_the_librarys_recorders_and_not_some_beside_them() -> None:
    assert issubclass(LedgerRecorder, SQLiteAggregateRecorder)
    assert issubclass(PostgresRecorder, PostgresAggregateRecorder)
    assert issubclass(LedgerRecorder, AggregateRecorder)
