"""Where a transcript keeps its ledger: in its folder, or in a schema of a server for itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import BadInput
from ledger.model.address import log_address
from ledger.store.log import create_log, open_log
from ledger.store.postgres import open_schema
from ledger.store.rows import Placed, Row
from tests.servers import database, new_log, new_place

_LEDGER = "ASSENT_LEDGER"
_KEPT = "on-the-server.sqlite"


@contextmanager
def on_a_server() -> Iterator[None]:
    """Let what is founded within, and used, lie in a schema of its own."""
    with database() as url:
        os.environ[_LEDGER] = new_place(url)
        yield


def keep_log(folder: Path) -> None:
    """Keep in *folder* what the server holds, for transcripts that begin after this one."""
    place = os.environ.get(_LEDGER)
    if place is None:
        return
    try:
        with open_schema(log_address(place)) as log, create_log(folder / _KEPT) as kept:
            if log.size():
                kept.append([_placed(row) for row in log.scan()], size=0)
    except BadInput as error:
        assert error.code == "not-a-ledger"  # noqa: PT017 - nothing was founded yet


def restore_log(folder: Path) -> None:
    """Put what was kept in *folder* into this transcript's own schema."""
    if not (folder / _KEPT).exists():
        return
    with open_log(folder / _KEPT) as kept, new_log(log_address(os.environ[_LEDGER])) as log:
        log.append([_placed(row) for row in kept.scan()], size=0)


def _placed(row: Row) -> Placed:
    return Placed(row.stream, row.version, row.kind, row.raw or b"")
