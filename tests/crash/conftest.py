"""Each kind of store, for what has to hold on all of them."""

from collections.abc import Iterator

import pytest

from tests.servers import database


@pytest.fixture(params=["file", pytest.param("server", marks=pytest.mark.needs("postgres"))])
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The URL of an empty database, or None for a file."""
    if request.param == "file":
        yield None
        return
    with database() as url:
        yield url
