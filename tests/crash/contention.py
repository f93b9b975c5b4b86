"""Eight processes that write to one ledger: how fast, how often in vain, and how long each waits.

Run by ``test_contention.py``, and by hand to measure, as
``python -m tests.crash.contention [--acts N] [--robots N] [--same] [--no-turns] [URL]``: on a
file of its own where no server is named. Services act without a pause until one person, who acts
now and then, has done so N times; with ``--same`` all of them write to one stream. It prints one
JSON object::

    {"rate": 17.5, "faults": [], "frank": {"acts": 7, "tried": 14, "told": 0, "p50": 296.0, …}, …}

``acts`` are those that were acknowledged, ``tried`` the appends they and the others took, ``told``
how often somebody was told of a conflict; times are in milliseconds. ``faults`` says what was lost
or doubled.
"""

import argparse
import json
import mmap
import os
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ledger.errors import Conflict
from ledger.service import Ledger
from tests.crash.crew import NAMES, ROBOTS, Crew, crew, forked, in_child, require_sound, texts

PERSON = NAMES[0]

PAUSE = 0.2
"""Seconds between two acts of the person."""


def write(at: Crew, name: str, left: mmap.mmap, options: argparse.Namespace) -> dict[str, Any]:
    """Act as *name* until the person has no acts *left* to do, and tell how it went."""
    said: list[str] = []
    waits: list[float] = []
    told = 0
    of = PERSON if options.same else name
    with at.client(name) as ledger:
        tried = _counted(ledger)
        if not options.turns:
            ledger.log.turn = nullcontext  # type: ignore[method-assign] # as if none were
        while left[0]:
            time.sleep(PAUSE if name == PERSON else 0)
            begun = time.monotonic()
            try:
                at.say(ledger, name, f"{name} {len(said) + told}", of=of)
            except Conflict:
                told += 1
                continue
            finally:
                left[0] -= name == PERSON
            waits.append(time.monotonic() - begun)
            said.append(f"{name} {len(said) + told}")
    return {"said": said, "waits": waits, "told": told, "tried": tried()}


def _counted(ledger: Ledger) -> Any:
    """How many appends there were since, when it is called."""
    append, tried = ledger.log.append, 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal tried
        tried += 1
        return append(*arguments, **named)

    ledger.log.append = counted  # type: ignore[method-assign] # only counted
    return lambda: tried


def _begin(at: Crew, name: str, left: mmap.mmap, options: argparse.Namespace) -> int:
    """The end of a pipe in which a new process will tell how it went for *name*."""
    reader, writer = os.pipe()

    def tell() -> None:
        with os.fdopen(writer, "w") as pipe:
            json.dump(write(at, name, left, options), pipe)

    forked(tell)
    os.close(writer)
    return reader


def faults(at: Crew, said: list[str]) -> list[str]:
    """What was acknowledged and is not in the log, or the other way round, or twice."""
    with at.client(PERSON) as ledger:
        everything = texts(require_sound(ledger.log))
    stored = Counter(text for text in everything if text.split()[0] in NAMES)
    expected = Counter(said)
    return [f"lost: {one}" for one in expected - stored] + [
        f"stored without a word, or twice: {one}" for one in stored - expected
    ]


def main() -> None:
    """Let them all write, and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?")
    parser.add_argument("--acts", type=int, default=20)
    parser.add_argument("--robots", type=int, default=len(ROBOTS))
    parser.add_argument("--same", action="store_true")
    parser.add_argument("--no-turns", dest="turns", action="store_false")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, mmap.mmap(-1, 1) as left:
        at = crew(Path(folder), options.url)
        left[0], begun = options.acts, time.monotonic()
        names = [PERSON, *ROBOTS[: options.robots]]
        pipes = [_begin(at, name, left, options) for name in names]
        found = {name: json.load(os.fdopen(pipe)) for name, pipe in zip(names, pipes, strict=True)}
        lasted = time.monotonic() - begun
        for _ in names:
            os.wait()
        said = [text for one in found.values() for text in one["said"]]
        told = {
            "rate": round(len(said) / lasted, 1),
            "faults": in_child(lambda: faults(at, said)),
        }
    print(json.dumps(told | {name: _summed(one) for name, one in found.items()}))  # noqa: T201


def _summed(found: dict[str, Any]) -> dict[str, Any]:
    waits = sorted(found["waits"])
    parts = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {
        "acts": len(waits),
        "tried": found["tried"],
        "told": found["told"],
        **{
            name: round(1000 * waits[min(int(part * len(waits)), len(waits) - 1)], 1)
            for name, part in parts.items()
            if waits
        },
    }


if __name__ == "__main__":
    main()
