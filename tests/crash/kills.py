"""Two writers of one ledger, killed again and again at random moments, and what is left after it.

Run by ``test_kills.py`` as a process of its own, ``python -m tests.crash.kills KILLS [URL]``; the
log is a file where no server is named. It prints one JSON object::

    {"kills": N, "acknowledged": N, "silent": N, "during": {"append": N, …}, "faults": []}

An act is acknowledged when its receipt was written to a pipe, after ``act`` returned; ``silent``
are the entries that were stored although nobody could be told. After each round of kills the
next command of each writer must simply work, on the state as it was left. ``faults`` says
whatever was lost, doubled, half-written or not to be opened.
"""

import json
import mmap
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from cli.opening import log_at
from ledger.errors import AssentError
from ledger.seal.merkle import leaf_hash, root
from ledger.service import Ledger, sync
from ledger.store.blobs import Blobs
from projections.rebuilding import compare
from projections.runner import Views
from tests.crash.crew import NAMES, Crew, crew, forked, frontier_of, in_child, require_sound

SEED = 5
"""Of the delays and of the sizes of documents: what they hit is up to the machine."""

WRITERS = NAMES[:2]

STAGES = ("opening", "evidence", "deciding", "append", "views", "mark", "receipt")
"""What a writer is at when it is killed."""

FEW = 3
"""How many receipts the writers of a round should print, however busy the machine is."""


@dataclass
class Told:
    """What is known, whoever was killed: leaf by position, digests, stages of the killed."""

    acknowledged: dict[int, str] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)
    during: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    size: int = 0
    silent: int = 0
    longest: float = 0.1


def watch(ledger: Ledger, blobs: Blobs, stage: mmap.mmap) -> None:
    """Have *stage* say what the client of *ledger* is at."""
    places: tuple[tuple[object, str, str], ...] = (
        (blobs, "put", "evidence"),
        (ledger.log, "append", "append"),
        (ledger.keeper, "keep", "views"),
        (ledger.state, "advance_mark", "mark"),
        (ledger.state, "add_receipts", "receipt"),
    )
    for owner, name, what in places:
        setattr(owner, name, _watched(getattr(owner, name), STAGES.index(what), stage))


def _watched(inner: Any, number: int, stage: mmap.mmap) -> Any:
    def outer(*arguments: Any, **named: Any) -> Any:
        before, stage[0] = stage[0], number
        try:
            return inner(*arguments, **named)
        finally:
            stage[0] = before

    return outer


def write(at: Crew, name: str, round_: int, pipe: int, stage: mmap.mmap) -> None:
    """Keep a document and say so in the ledger, again and again; a line for each receipt."""
    chance = random.Random(f"{SEED} {name} {round_}")  # noqa: S311 - sizes, not keys
    blobs = Blobs(at.evidence)
    with at.client(name) as ledger:
        watch(ledger, blobs, stage)
        stage[0] = STAGES.index("deciding")
        for number in range(1_000_000):
            digest = blobs.put(f"{name} {round_} {number}\n".encode() * chance.randrange(20_000))
            done = at.say(ledger, name, f"{name} {round_} {number}: {digest}")
            os.write(pipe, f"{done.position} {done.leaf} {digest}\n".encode())


def kill(at: Crew, round_: int, chance: random.Random, told: Told) -> None:
    """Let every writer begin, and kill one after another; what they told is kept in *told*."""
    writers, before = [], len(told.acknowledged)
    for name in WRITERS:
        reader, writer = os.pipe()
        stage = mmap.mmap(-1, 1)
        child = forked(lambda: write(at, name, round_, writer, stage))  # noqa: B023 - forked now
        os.close(writer)
        writers.append((child, reader, stage))
    while round_ % 4 and any(stage[0] == 0 for _, _, stage in writers):
        time.sleep(0.001)
        if os.waitpid(-1, os.WNOHANG) != (0, 0):
            sys.exit("a writer ended by itself")
    for child, reader, stage in writers:
        time.sleep(chance.uniform(0, told.longest))
        os.kill(child, signal.SIGKILL)
        if not os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            sys.exit("a writer ended by itself")
        told.during[STAGES[stage[0]]] += 1
        stage.close()
        with os.fdopen(reader) as pipe:
            whole = [line.split() for line in pipe.read().splitlines(keepends=True) if "\n" in line]
        told.acknowledged |= {int(position): leaf for position, leaf, _ in whole}
        told.documents |= {digest for _, _, digest in whole}
    told.longest *= 1.3 if len(told.acknowledged) < before + FEW else 0.8


def look(at: Crew, round_: int) -> dict[str, Any]:
    """What each writer's next command finds and is told, on the state that was left behind."""
    faults = []
    with log_at(at.log) as log:
        leaves = [leaf_hash(raw) for raw in require_sound(log)]
    for name in WRITERS:
        with at.client(name) as ledger:
            mark = ledger.state.mark()
            if mark is not None and mark.root != root(frontier_of(leaves[: mark.size])):
                faults.append(f"{round_}: {name}'s mark is not of this log")
            faults += [
                f"{round_}: {name}'s receipt for {one.position} is false"
                for one in ledger.state.receipts()
                if leaves[one.position] != one.leaf
            ]
            try:
                done = at.say(ledger, name, f"{name} {round_} after")
            except AssentError as error:
                faults.append(f"{round_}: {name} is told {error.code}: {error.message}")
            else:
                leaves.append(bytes.fromhex(done.leaf))
    return {"faults": faults, "leaves": [leaf.hex() for leaf in leaves]}


def hold(told: Told, found: dict[str, Any], round_: int) -> None:
    """Hold what was *found* in the log against what was *told*."""
    leaves: list[str] = found["leaves"]
    told.faults += found["faults"]
    for position, leaf in told.acknowledged.items():
        if leaves[position : position + 1] != [leaf]:
            told.faults.append(f"{round_}: the entry acknowledged at {position} is not there")
    if len(set(leaves)) != len(leaves):
        told.faults.append(f"{round_}: an entry is there twice")
    ends = range(len(leaves) - len(WRITERS), len(leaves))
    unknown = set(range(told.size, len(leaves))) - told.acknowledged.keys() - set(ends)
    told.silent += len(unknown)
    if len(unknown) > len(WRITERS):
        told.faults.append(f"{round_}: {len(unknown)} entries were stored and not acknowledged")
    told.size = len(leaves)


def documents(at: Crew, told: Told) -> list[str]:
    """What is wrong with the evidence: acknowledged and not there, or there and not whole."""
    kept = {path.parent.name + path.name: path for path in at.evidence.glob("??/*")}
    cut = [name for name, path in kept.items() if sha256(path.read_bytes()).hexdigest() != name]
    lost = told.documents - {f"sha256:{name}" for name in kept}
    return [f"{name} is not whole" for name in cut] + [f"{digest} is lost" for digest in lost]


def views(at: Crew) -> list[str]:
    """What differs between each writer's views and those built anew from the log."""
    differences: list[str] = []
    with at.client("alice") as anew:
        at.say(anew, "alice", "the last word", of="frank")
        for name in WRITERS:
            with at.client(name) as ledger:
                at.say(ledger, name, "and the last but one")
        sync(anew)
        assert isinstance(anew.keeper, Views)
        for name in WRITERS:
            with at.client(name) as ledger:
                sync(ledger)
                assert isinstance(ledger.keeper, Views)
                differences += [f"{name}: {one}" for one in compare(anew.keeper, ledger.keeper)]
    return differences


def main(kills: int, url: str | None) -> None:
    """Kill so often, and tell."""
    chance = random.Random(SEED)  # noqa: S311 - delays, not keys
    told = Told()
    with tempfile.TemporaryDirectory() as folder:
        at = crew(Path(folder), url)
        told.size = in_child(lambda: len(look(at, 0)["leaves"]))
        for round_ in range(1, 1 + kills // len(WRITERS)):
            kill(at, round_, chance, told)
            hold(told, in_child(lambda: look(at, round_)), round_)  # noqa: B023 - forked now
        told.faults += documents(at, told)
        told.faults += in_child(lambda: views(at))
    print(  # noqa: T201 - the answer
        json.dumps(
            {
                "kills": told.during.total(),
                "acknowledged": len(told.acknowledged),
                "silent": told.silent,
                "during": told.during,
                "faults": told.faults,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
