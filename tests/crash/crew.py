"""A founded ledger in a store, and clients of it made as the command line makes them.

Whatever runs as a process of its own is forked from one that has imported everything: a round
takes as long as what it tries, not as long as Python takes to start.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import projections.engine
from cli.opening import log_at
from ledger.decide import talk
from ledger.model.address import Address, log_address
from ledger.seal.merkle import leaf_hash, push, root
from ledger.service import Ledger, Receipt, Signer, act
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog, Head, create_log
from ledger.store.state import State
from projections.runner import Views
from tests.cli.conftest import placed_of
from tests.organisation import Organisation, unsafe_key

ROBOTS = tuple(f"robot{number}" for number in range(1, 8))
"""Services that hammer; there are seven, so that a person is the eighth."""

NAMES = ("frank", *ROBOTS)
"""Who writes; each talks about a proposal of their own."""


@dataclass(frozen=True, slots=True)
class Crew:
    """A ledger that :data:`NAMES` write to at the time *now*, each with a state of their own."""

    folder: Path
    log: Path | Address
    ledger: str
    now: int

    @property
    def evidence(self) -> Path:
        """The folder of the evidence."""
        return self.folder / "evidence"

    @contextmanager
    def client(self, name: str) -> Iterator[Ledger]:
        """What a command of *name* has of the ledger, opened as it is found."""
        state = State(self.folder / f"state-of-{name}", self.ledger)
        state.pin()
        with log_at(self.log) as log, Views(state.views) as views:
            yield Ledger(self.ledger, log, views, state, examine_rows, lambda *_: None)

    def say(self, ledger: Ledger, name: str, text: str, *, of: str | None = None) -> Receipt:
        """Let *name* speak, as with ``--yes``: about the proposal *of* somebody, or their own."""
        proposal = f"00000000-0000-0000-0000-{1 + NAMES.index(of or name):012d}"
        return act(
            ledger,
            Signer(name, unsafe_key(name)),
            lambda standing, _by, _at: talk.comment(standing, proposal=proposal, text=text),
            now=self.now,
            confirm=lambda *_: None,
        )


def crew(folder: Path, url: str | None = None) -> Crew:
    """A crew whose log is a file in *folder*, or at the server *url*."""
    org = Organisation(services=dict.fromkeys(ROBOTS, ("alice", ["evaluation-owner"])))
    for _ in NAMES:
        org.open("frank")
    location = folder / "log.sqlite" if url is None else log_address(url)
    with _created(location) as log:
        log.append([placed_of(raw) for raw in org.envelopes], size=0)
    made = Crew(folder, location, org.id, org.now + 1)
    _compile_once()
    with made.client("alice") as ledger:
        made.say(ledger, "alice", "everything is compiled", of=NAMES[0])
    return made


def require_sound(log: EventLog) -> list[bytes]:
    """Rows, leaves and head agree with the tree computed anew; the envelopes in their order."""
    envelopes: list[bytes] = []
    for row in log.scan():
        assert row.raw is not None
        assert row.position == len(envelopes)
        assert row.indexed_leaf == leaf_hash(row.raw)
        envelopes.append(row.raw)
    frontier = frontier_of([leaf_hash(raw) for raw in envelopes])
    assert log.head() == Head(len(envelopes), root(frontier), frontier)
    assert log.strays() == []
    return envelopes


def texts(envelopes: list[bytes]) -> list[str]:
    """What was said, in its order."""
    events = [json.loads(raw.split(b"\n")[0])["event"] for raw in envelopes]
    return [event["text"] for event in events if event["kind"] == "comment.made"]


def frontier_of(leaves: list[bytes]) -> tuple[bytes, ...]:
    """The frontier of the tree over *leaves*."""
    frontier: tuple[bytes, ...] = ()
    for position, leaf in enumerate(leaves):
        frontier = push(position, frontier, leaf)
    return frontier


def forked(work: Callable[[], None]) -> int:
    """The id of a new process that does *work* and nothing else; it ends with 1 if that fails."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def in_child(work: Callable[[], Any]) -> Any:
    """What *work* returns in a process of its own, which leaves nothing open in this one."""
    reader, writer = os.pipe()

    def tell() -> None:
        with os.fdopen(writer, "w") as pipe:
            json.dump(work(), pipe)

    child = forked(tell)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = pipe.read()
    if os.waitpid(child, 0)[1]:
        sys.exit("a process failed")
    return json.loads(told)


def _compile_once() -> None:
    """Let forked processes inherit compiled statements, which SQLAlchemy keeps by engine."""
    module: Any = projections.engine
    make, statements = module.create_engine, dict[Any, Any]()
    with make("sqlite://").connect() as connection:
        dialect = connection.dialect

    def share(*arguments: Any, **options: Any) -> Any:
        engine = make(*arguments, **options)
        engine.dialect = dialect
        engine.update_execution_options(compiled_cache=statements)
        return engine

    module.create_engine = share


def _created(location: Path | Address) -> EventLog:
    if isinstance(location, Path):
        return create_log(location)
    from ledger.store.postgres_schema import create_schema  # noqa: PLC0415 - needs its driver

    assert create_schema(location) == ()
    return log_at(location)
