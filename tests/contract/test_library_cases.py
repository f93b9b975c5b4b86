"""The library's own recorder test cases, run on our recorder over a real file."""

import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import AggregateRecorder
from eventsourcing.sqlite import SQLiteAggregateRecorder
from eventsourcing.tests import persistence

from ledger.store.log import create_log
from ledger.store.sqlite import LedgerRecorder
from ledger.store.sqlite_pool import LedgerDatastore


class NoIds(LedgerRecorder):
    """Our recorder answering as aggregate recorders do: with no notification ids.

    The library's case for aggregate recorders asserts that an insert returns None, its
    case for application recorders that it returns ids. Everything else is inherited.
    """

    def insert_events(self, *args: Any, **kwargs: Any) -> None:
        super().insert_events(*args, **kwargs)


class OnAFile:
    """Each test on a new file of its own."""

    recorder_class: type[LedgerRecorder] = LedgerRecorder

    @pytest.fixture(autouse=True)
    def _file(self) -> Any:
        self.opened: list[LedgerDatastore] = []
        before = set(threading.enumerate())
        with TemporaryDirectory() as folder:
            self.path = Path(folder) / "log.sqlite"
            create_log(self.path).close()
            yield
            # The cases tell their reading threads to stop and do not wait: a connection that is
            # closed under a thread that reads takes the whole process along.
            for thread in set(threading.enumerate()) - before:
                thread.join()
            for datastore in self.opened:
                datastore.close()

    def new_originator_id(self) -> str:
        """Our streams are named by text."""
        return f"proposal:{uuid4()}"

    def create_recorder(self) -> LedgerRecorder:
        """A recorder on the file, as the library's case asks for one."""
        self.opened.append(LedgerDatastore(self.path))
        return self.recorder_class(self.opened[-1])


class TestTheAggregateRecorderCase(OnAFile, persistence.AggregateRecorderTestCase):
    recorder_class = NoIds


class TestTheApplicationRecorderCase(
    OnAFile, persistence.ApplicationRecorderTestCase[LedgerRecorder]
):
    pass


def test_our_recorder_is_the_librarys_recorder_and_not_one_beside_it() -> None:
    assert issubclass(LedgerRecorder, SQLiteAggregateRecorder)
    assert issubclass(LedgerRecorder, AggregateRecorder)
