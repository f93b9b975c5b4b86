"""The three kinds of store, each holding a log as an attacker left it.

Rows are written behind the back of whatever guards them: in SQLite without its triggers, in
PostgreSQL by the owner of the schema, in a bundle by writing its files.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import psycopg

from ledger.model.address import log_address
from ledger.model.bundle import CLAIM, REFUSED, Claim, oversize_path, print_claim
from ledger.seal.tiles import ENTRY_LIMIT, HashTiles, pack_entries, tiles_of
from ledger.store.bundle import open_bundle
from ledger.store.log import EventLog, create_log, open_log
from ledger.store.postgres import open_schema
from ledger.store.postgres_schema import create_schema
from ledger.store.rows import RAW_LIMIT
from tests.attacks.left_logs import Kind, Left
from tests.conftest import absent
from tests.servers import database, in_schema

_TABLES: Final = ("stored_events", "merkle_leaf", "merkle_head")
_LEAVES: Final = "INSERT INTO merkle_leaf VALUES (?, ?, ?)"
_EVENTS: Final = "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?, ?)"
_HEAD: Final = "INSERT OR REPLACE INTO merkle_head VALUES (1, ?, ?, ?)"

Row = tuple[int, str, int, str, bytes, int]
"""Number, stream, version, kind, bytes, and how many rows before it claim the same place."""


@contextmanager
def in_sqlite(left: Left) -> Iterator[EventLog]:
    """*left* in a SQLite file."""
    with tempfile.TemporaryDirectory(prefix="assent-left-") as folder:
        path = Path(folder) / "log.sqlite"
        write_sqlite(left, path)
        with open_log(path) as log:
            yield log


def write_sqlite(left: Left, path: Path) -> None:
    """Write *left* as the file *path*."""
    path.write_bytes(_unguarded_file())
    size, head, frontier = left.claimed
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany(_EVENTS, rows_of(left))
        db.executemany(_LEAVES, leaves_of(left))
        db.execute(_HEAD, (size, b"".join(frontier), head))
        db.commit()


@cache
def _unguarded_file() -> bytes:
    """An empty log as ``assent init`` makes it, without its triggers."""
    with tempfile.TemporaryDirectory(prefix="assent-empty-") as folder:
        path = Path(folder) / "log.sqlite"
        create_log(path).close()
        with closing(sqlite3.connect(path)) as db:
            names = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in names:
                db.execute(f'DROP TRIGGER "{name}"')
            db.commit()
        return path.read_bytes()


def rows_of(left: Left) -> list[Row]:
    """The rows of a database that holds *left*."""
    rows: list[Row] = []
    taken: dict[tuple[str, int], int] = {}
    for position, line in enumerate(left.lines):
        if line.raw is None:
            continue
        stream, version, kind = line.row(position)
        squat = taken.get((stream, version), 0)
        taken[stream, version] = squat + 1
        rows.append((position + 1, stream, version, kind, line.raw, squat))
    return rows


def leaves_of(left: Left) -> list[tuple[int, int, bytes]]:
    """The index of a database that holds *left*."""
    return [(at, at + 1, line.indexed) for at, line in enumerate(left.lines)]


@contextmanager
def in_bundle(left: Left) -> Iterator[EventLog]:
    """*left* as a bundle."""
    with tempfile.TemporaryDirectory(prefix="assent-left-") as folder:
        write_bundle(left, Path(folder))
        with open_bundle(Path(folder)) as log:
            yield log


def write_bundle(left: Left, folder: Path) -> None:
    """Write *left* into *folder*, tiles, claim and list of refused entries as they fit."""
    size, head, _ = left.claimed
    hashes = HashTiles()
    files = [tile for line in left.lines for tile in hashes.add(line.indexed)]
    for tile, data in [*files, *hashes.rest()]:
        _write(folder / tile.path, data)
    raws = [line.raw or b"" for line in left.lines]
    for tile in tiles_of(len(raws), None):
        part = raws[tile.start : tile.start + tile.width]
        _write(folder / tile.path, pack_entries(part))
    for position, raw in enumerate(raws):
        if len(raw) > ENTRY_LIMIT:
            _write(folder / oversize_path(position), raw[:RAW_LIMIT])
    refused = "".join(f"{position} {rule}\n" for position, rule in left.refused())
    _write(folder / REFUSED, refused.encode())
    _write(folder / CLAIM, print_claim(Claim(left.ledger, size, head.hex())))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


class Schema:
    """One PostgreSQL schema for all logs of a run, one after the other, as its owner fills it."""

    def __init__(self, url: str) -> None:
        self._url = in_schema(url, "attacked")
        address = log_address(self._url)
        create_schema(address)
        self._owner = psycopg.connect(address.url, autocommit=True)
        self._owner.execute("SET search_path TO attacked")
        for table in _TABLES:
            self._owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        self._log = open_schema(address)

    @contextmanager
    def put(self, left: Left) -> Iterator[EventLog]:
        """*left* in the schema, instead of what was there."""
        self.write(left)
        yield self._log

    def write(self, left: Left) -> None:
        """Write *left* into the schema, instead of what was there."""
        size, head, frontier = left.claimed
        with self._owner.transaction(), self._owner.cursor() as cursor:
            cursor.execute("TRUNCATE stored_events, merkle_leaf, merkle_head")
            for table, rows in (
                ("stored_events", rows_of(left)),
                ("merkle_leaf", leaves_of(left)),
                ("merkle_head", [(1, size, b"".join(frontier), head)]),
            ):
                with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                    for row in rows:
                        copy.write_row(row)

    def name(self, left: Left, _: Path) -> str:
        """*left* in the schema, as somebody names it on a command line."""
        self.write(left)
        return self._url

    def close(self) -> None:
        """Let go of the server."""
        self._log.close()
        self._owner.close()


Put = Callable[[Left], AbstractContextManager[EventLog]]
"""Puts a log into a store of some kind, for a while."""

Name = Callable[[Left, Path], str]
"""Puts a log into a store of some kind, in a folder or on a server, and says how it is named."""


def named_sqlite(left: Left, folder: Path) -> str:
    """*left* as the ledger in *folder*."""
    (folder / ".assent").mkdir(parents=True)
    write_sqlite(left, folder / ".assent" / "log.sqlite")
    (folder / ".assent" / "config.toml").write_text('log = "log.sqlite"\n')
    return str(folder)


def named_bundle(left: Left, folder: Path) -> str:
    """*left* as the bundle in *folder*."""
    write_bundle(left, folder)
    return str(folder)


@dataclass(frozen=True, slots=True)
class Stores:
    """How a log is put into each kind of store that there is here, and how it is named then."""

    put: dict[Kind, Put]
    name: dict[Kind, Name]


@contextmanager
def all_stores() -> Iterator[Stores]:
    """Every kind of store that there is here."""
    put: dict[Kind, Put] = {"sqlite": in_sqlite, "bundle": in_bundle}
    name: dict[Kind, Name] = {"sqlite": named_sqlite, "bundle": named_bundle}
    with ExitStack() as stack:
        if absent("postgres") is None:
            schema = Schema(stack.enter_context(database()))
            stack.callback(schema.close)
            put["postgres"], name["postgres"] = schema.put, schema.name
        yield Stores(put, name)
