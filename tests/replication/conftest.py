"""A ledger on servers of a test's own, as one person's machine knows it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cli.places import key_folder, state_root
from ledger.model.address import Address, log_address
from ledger.seal.private_keys import SigningKey
from ledger.store.locations import Locations
from ledger.store.state import State
from tests.cli.conftest import placed_of, write_key
from tests.clusters import Cluster
from tests.organisation import Organisation
from tests.servers import new_log
from tests.shell import Result, inside, run_assent

NOW = "2026-09-22T00:00:00Z"
ROOT = Path(__file__).resolve().parents[2]
SCALE = ROOT / "docs" / "howto" / "scale.md"

_NUMBERS = count(1)
_MAIN = "from cli.main import run; run()"


class ServerLedger:
    """The ledger of *organisation* in a *schema* of the server *first*, pinned, keys in place.

    ``assent("log", at=other)`` runs a command on what *other* holds; ``as_`` signs as somebody.
    """

    def __init__(
        self, folder: Path, first: Cluster, organisation: Organisation, schema: str | None = None
    ) -> None:
        self.folder = folder
        self.first = first
        self.id = organisation.id
        self.schema = schema or f"log_{next(_NUMBERS)}"
        with new_log(self.address()) as log:
            log.append([placed_of(raw) for raw in organisation.envelopes], size=0)
        for name, key in organisation.keys.items():
            assert isinstance(key, SigningKey)
            write_key(key_folder() / name, key)
        self.pin(first)

    def url(self, at: Cluster | None = None, role: str = "postgres") -> str:
        """Where it lies, or its copy does."""
        return f"{(at or self.first).url(role=role)}&schema={self.schema}"

    def address(self, at: Cluster | None = None, role: str = "postgres") -> Address:
        """The same, read."""
        return log_address(self.url(at, role))

    def pin(self, at: Cluster) -> None:
        """Know it *at* a server, as ``assent trust`` does."""
        State(state_root(), self.id).pin()
        Locations(state_root()).remember(self.address(at).name, self.id)

    def assent(
        self,
        *arguments: str | Path | int,
        at: Cluster | None = None,
        role: str = "postgres",
        as_: str | None = None,
    ) -> Result:
        """Run a command; *as_* signs as somebody with ``--yes``, *role* is who logs in."""
        signing = [] if as_ is None else ["--as", as_, "--yes"]
        return self.assent_at(self.url(at, role), *arguments, *signing)

    def assent_at(self, url: str, *arguments: str | Path | int) -> Result:
        """Run a command on the ledger at a *url*."""
        with inside(self.folder):
            return run_assent(*arguments, "--ledger", url)

    @contextmanager
    def following(self, *arguments: str | Path, at: Cluster) -> Iterator["Following"]:
        """``assent views follow`` in a process of its own."""
        command = ("views", "follow", "--json", *arguments, "--ledger", self.url(at))
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *map(str, command)],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            yield Following(process)
        finally:
            process.kill()
            process.communicate()


class Following:
    """What a *process* that follows says, line by line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def line(self, **wanted: object) -> Any:
        """The next line that says what is *wanted*."""
        assert self._process.stdout is not None
        for said in self._process.stdout:
            line = json.loads(said)
            if wanted.items() <= line.items():
                return line
        raise AssertionError(f"it ended without saying {wanted}: {self._process.communicate()}")

    def stopped(self) -> int:
        """The exit status after it was told to stop."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=60)
        return self._process.returncode


@pytest.fixture(autouse=True)
def _rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSENT_NOW", NOW)
