"""A glance at the end of a log on a server: one question, with the driver alone."""

from contextlib import closing
from typing import Any, Final

import psycopg

from ledger.model.address import Address
from ledger.store.glance import End
from ledger.store.postgres_waiting import PatientConnection
from ledger.store.rows import RAW_LIMIT

_ASKED: Final = f"""SET search_path TO pg_catalog;
SELECT h.size, h.root, substr(e.state, 1, {RAW_LIMIT}) FROM {{s}}.merkle_head AS h
  JOIN {{s}}.merkle_leaf AS l ON l.leaf_index = h.size - 1
  JOIN {{s}}.stored_events AS e ON e.notification_id = l.notification_id
  WHERE h.id = 1 AND NOT EXISTS (SELECT 1 FROM {{s}}.merkle_leaf AS b WHERE b.leaf_index >= h.size)
"""  # noqa: S608 - constants of ours, and the name of a schema that was checked


def glance_at_server(address: Address) -> End | None:
    """The end of the log at *address*; ``None`` where a closer look is needed, whatever for."""
    try:
        with closing(PatientConnection.connect(address.url, autocommit=True)) as connection:
            cursor: Any = connection.execute(_ASKED.format(s=f'"{address.schema}"').encode())
            cursor.nextset()
            found: Any = cursor.fetchone()
    except (psycopg.Error, UnicodeError):
        return None
    wanted = (int, bytes, bytes)
    return End(*found) if found is not None and tuple(map(type, found)) == wanted else None
