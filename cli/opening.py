"""Logs of every kind, opened where they lie; what only one kind needs is imported for it alone."""

from pathlib import Path

from ledger.model.address import Address
from ledger.store.driver import require_driver
from ledger.store.log import EventLog, open_log


def log_at(location: Path | Address) -> EventLog:
    """The log at *location*: a file, the folder of a bundle, or a schema on a server.

    Nothing missing is ever made. Raises what opening it raises.
    """
    if not isinstance(location, Path):
        require_driver()
        from ledger.store.postgres import open_schema  # noqa: PLC0415 - its driver is large

        return open_schema(location)
    if location.is_dir():
        from ledger.store.bundle import open_bundle  # noqa: PLC0415 - few read one

        return open_bundle(location)
    return open_log(location)
