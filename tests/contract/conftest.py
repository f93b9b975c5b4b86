"""Every kind of store an event log may lie in, each new and empty for each test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.model.address import log_address
from ledger.store.log import EventLog, create_log, open_log
from ledger.store.postgres import open_schema
from tests.servers import database, new_log, new_place


@dataclass(frozen=True)
class Place:
    """Where a log lies: how it is made there, and how it is opened again."""

    create: Callable[[], EventLog]
    open: Callable[[], EventLog]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database of a server."""
    with database() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A place that is empty."""
    if request.param == "sqlite":
        path = tmp_path / "log.sqlite"
        return Place(lambda: create_log(path), lambda: open_log(path))
    address = log_address(new_place(request.getfixturevalue("url")))
    return Place(lambda: new_log(address), lambda: open_schema(address))


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    """A new log."""
    with place.create() as made:
        yield made
