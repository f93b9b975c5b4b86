"""A founded ledger in a folder, with everybody's key at hand, and the command line to use it."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from cli.places import CONFIG, CONFIG_TEXT, key_folder, state_root
from ledger.errors import AssentError
from ledger.model.entry import parse_entry
from ledger.seal.envelope import peek_unverified
from ledger.seal.private_keys import SigningKey, serialize_private_key
from ledger.store.locations import Locations
from ledger.store.log import create_log
from ledger.store.rows import Placed
from ledger.store.state import State
from tests.organisation import PEOPLE, POLICY, Organisation
from tests.shell import Result, inside, run_assent


class LedgerFolder:
    """A rehearsal ledger on disk: the organisation of the simulator, pinned, keys in place.

    ``assent("proposal", "list")`` runs a command in its folder; ``as_="alice"`` signs as
    alice without being asked. ``sql`` is what somebody with write access to the file can do.
    """

    def __init__(self, path: Path, organisation: Organisation, *, pin: bool = True) -> None:
        self.path = path
        self.organisation = organisation
        self.id = organisation.id
        self.log = path / ".assent" / "log.sqlite"
        self.evidence = path / ".assent" / "evidence"
        self._write()
        for name, key in organisation.keys.items():
            assert isinstance(key, SigningKey)
            write_key(key_folder() / name, key)
        if pin:
            self.pin()

    @property
    def state(self) -> State:
        """What this user trusts about the ledger."""
        return State(state_root(), self.id)

    def pin(self) -> None:
        """Pin the ledger, as its founder did."""
        self.state.pin()
        Locations(state_root()).remember(str(self.log), self.id)

    def assent(
        self,
        *arguments: str | Path | int,
        as_: str | None = None,
        input: str | None = None,  # noqa: A002 - as subprocess says it
        tty: bool = False,
    ) -> Result:
        """Run a command in the folder; *as_* signs as somebody with ``--yes``."""
        signing = [] if as_ is None else ["--as", as_, *([] if tty else ["--yes"])]
        with inside(self.path):
            return run_assent(*arguments, *signing, input=input, tty=tty)

    def sql(self, *statements: str) -> None:
        """Change the log's file behind the ledger's back; triggers are no hindrance."""
        with closing(sqlite3.connect(self.log)) as connection:
            triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in triggers.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def size(self) -> int:
        """How many entries the log holds, by its index."""
        with closing(sqlite3.connect(self.log)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM merkle_leaf").fetchone()
        return int(count)

    def _write(self) -> None:
        self.evidence.mkdir(parents=True)
        (self.path / ".assent" / CONFIG).write_text(CONFIG_TEXT)
        placed = [placed_of(raw) for raw in self.organisation.envelopes]
        with create_log(self.log) as log:
            log.append(placed, size=0)


def placed_of(raw: bytes) -> Placed:
    """*raw* with the columns it asks for; rubbish stands where nobody else does."""
    try:
        entry = parse_entry(peek_unverified(raw))
    except AssentError:
        return Placed("rubbish", 1, "comment.made", raw)
    return Placed(entry.stream, entry.version, entry.event.kind, raw)


def write_key(path: Path, key: SigningKey) -> None:
    """Write *key* as ``assent key new`` would have."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(serialize_private_key(key, None))
    path.chmod(0o600)
    path.with_name(f"{path.name}.pub").write_text(f"{key.public.text}\n")


MakeLedger = Callable[..., LedgerFolder]


@pytest.fixture
def make_ledger(tmp_path: Path) -> MakeLedger:
    """Make a founded ledger on disk; options as :class:`Organisation` takes them."""

    def make(
        *,
        people: Mapping[str, Sequence[str]] = PEOPLE,
        services: Mapping[str, tuple[str, Sequence[str]]] | None = None,
        policy: str = POLICY,
        accept: bool = True,
        pin: bool = True,
        name: str = "ledger",
    ) -> LedgerFolder:
        founded = Organisation(people=people, services=services, policy=policy, accept=accept)
        return LedgerFolder(tmp_path / name, founded, pin=pin)

    return make


@pytest.fixture
def ledger(make_ledger: MakeLedger, monkeypatch: pytest.MonkeyPatch) -> LedgerFolder:
    """A founded ledger whose signers have all accepted, at the simulator's time."""
    made = make_ledger()
    monkeypatch.setenv("ASSENT_NOW", "2026-09-22T00:00:00Z")
    return made


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in; the test is in it."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
