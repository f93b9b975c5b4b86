"""Appends a second, by store: ``python -m tests.replication.rates``.

Entries are signed and laid out before; what is measured is :meth:`EventLog.append`, one entry at a
time and a hundred at a time, each durable when it returns. All servers run on this machine.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from ledger.decide import talk
from ledger.model.address import log_address
from ledger.store.log import EventLog, create_log
from ledger.store.rows import Placed
from tests.cli.conftest import placed_of
from tests.clusters import Cluster, cluster, standby
from tests.organisation import Organisation
from tests.servers import new_log

ENTRIES: Final = 400
BATCH: Final = 100
_DURABLE: Final = {"fsync": "on"}
_NUMBERS: Final = count(1)


def main() -> None:
    """Print a line for each store."""
    entries = _entries()
    for name, one, many in _measured(entries):
        sys.stdout.write(f"{name:42} {one:8,.0f}/s   {many:8,.0f}/s\n")
        sys.stdout.flush()


def _measured(entries: Sequence[Placed]) -> Iterator[tuple[str, float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        logs = (create_log(Path(folder) / f"{number}.sqlite") for number in count())
        yield "SQLite, one file", *_rates(logs, entries)
    with cluster(_DURABLE) as first:
        yield "PostgreSQL, one server", *_rates(_logs(first), entries)
        with standby(first, "second", _DURABLE) as second:
            second.has_all_of(first)
            yield "with an asynchronous standby", *_rates(_logs(first), entries)
            for level in ("on", "remote_apply"):
                first.sql(f"ALTER ROLE postgres SET synchronous_commit = '{level}'")
                first.set(synchronous_standby_names="second")
                named = f"with a synchronous one, synchronous_commit={level}"
                yield named, *_rates(_logs(first), entries)
                first.set(synchronous_standby_names="")


def _rates(logs: Iterator[EventLog], entries: Sequence[Placed]) -> tuple[float, float]:
    return _rate(next(logs), entries, 1), _rate(next(logs), entries, BATCH)


def _rate(log: EventLog, entries: Sequence[Placed], batch: int) -> float:
    with log:
        log.append(entries[:1], size=0)
        begun = time.perf_counter()
        for start in range(1, len(entries), batch):
            log.append(entries[start : start + batch], size=start)
        return (len(entries) - 1) / (time.perf_counter() - begun)


def _logs(first: Cluster) -> Iterator[EventLog]:
    while True:
        yield new_log(log_address(f"{first.url()}&schema=rates_{next(_NUMBERS)}"))


def _entries() -> list[Placed]:
    org = Organisation()
    of = org.open("frank")
    while len(org.envelopes) <= ENTRIES:
        said = f"word {len(org.envelopes)}"
        org.act("bob", lambda s, _, __, said=said: talk.comment(s, proposal=of, text=said))  # type: ignore[misc]
    return [placed_of(raw) for raw in org.envelopes]


if __name__ == "__main__":
    main()
