"""A database of a server for each module that wants one, and a schema in it for each test."""

from collections.abc import Iterator

import pytest

from ledger.model.address import log_address
from ledger.store.log import EventLog
from tests.servers import database, new_log, new_place
from tests.store.server_logs import SIZE, envelope


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database."""
    with database() as url:
        yield url


@pytest.fixture
def place(url: str) -> str:
    """The URL of a schema in which there is nothing yet."""
    return new_place(url)


@pytest.fixture
def log(place: str) -> Iterator[EventLog]:
    """A log there, with some entries."""
    with new_log(log_address(place)) as made:
        made.append([envelope(number) for number in range(SIZE)], size=0)
        yield made
