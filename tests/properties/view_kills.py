"""Whoever builds views, killed again and again at random moments; then the views are compared.

Run by ``test_views_crash.py`` as a process of its own, ``python -m tests.properties.view_kills
ROUNDS TARGET``: it learns a long history once and forks for every round, so that a round takes
as long as the builder lives. It prints one JSON object::

    {"differences": [], "kills": N, "positions": N, "within": N, "passes": N, "ended": N}

``within`` counts the kills between the first write of a transaction and the end of its commit:
a delay begins when the builder does, but for every eighth kill, which is to hit its beginning.
``positions`` the different positions that were found after kills, ``passes`` how often the
whole log was taken up (then everything begins anew), ``ended`` the builders that were done first.
"""

import json
import mmap
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from ledger.audit.replay import judge
from ledger.model.address import is_server
from ledger.seal.envelope import examine
from projections import standing as kept
from projections.rebuilding import compare
from projections.rows import SqliteRows
from projections.runner import Views
from tests.organisation import Organisation
from tests.projections.histories import fill, lived

SEED = 21
"""The history, and the delays: what they hit is up to the machine."""

END = 160
"""How much of the history is taken up."""

FEW = 2
"""How many entries a builder should manage before it is killed, however busy the machine is."""

OPENING, BETWEEN, WITHIN = 0, 1, 2
"""What a builder is at: opening the views, judging, writing a transaction."""


def opened(target: str) -> Views:
    """The views at *target*, a file or the URL of a server."""
    return Views(url=target) if is_server(target) else Views(Path(target))


def position_of(target: str) -> int:
    """How many entries the views at *target* take into account."""
    if is_server(target):
        with opened(target) as views:
            return views.position()
    with closing(SqliteRows(Path(target))) as rows:
        return rows.size()


def build(target: str, org: Organisation, chance: random.Random, stage: mmap.mmap) -> None:
    """Take up the log of *org* in batches of any size; *stage* says when a transaction is on."""
    advance = kept.advance

    def marked(connection: Connection, expected: int, size: int) -> bool:
        moved = advance(connection, expected, size)
        stage[0] = WITHIN
        return moved

    kept.advance = marked
    with opened(target) as views:
        standing = views.standing()
        stage[0] = BETWEEN
        while standing.head.size < END:
            start = standing.head.size
            raws = org.envelopes[start : min(END, start + chance.choice((1, 2, 3, 5, 8)))]
            views.keep([judge(standing, examine(raw), org.id) for raw in raws], standing)
            stage[0] = BETWEEN


def killed(delay: float, stage: mmap.mmap, work: Callable[[], None]) -> bool:
    """Whether *work* was still at it when it was killed, so many seconds after its beginning."""
    begins = stage[0]
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - a child must not go on as its parent
            print(repr(error), file=sys.stderr)  # noqa: T201 - the parent's test shows it
            os._exit(1)
        os._exit(0)
    while stage[0] == begins == OPENING and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.001)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        sys.exit("the builder failed")
    return os.WIFSIGNALED(status)


def main(rounds: int, target: str) -> None:
    """Kill *rounds* times, then let one builder finish, and compare with a rebuild."""
    org = lived(SEED)
    chance = random.Random(SEED)  # noqa: S311 - delays, not keys
    opened(target).close()
    found = {"kills": 0, "within": 0, "passes": 0, "ended": 0}
    positions: set[int] = set()
    before, longest = 0, 0.05
    with mmap.mmap(-1, 1) as stage, Views() as whole:
        fill(whole, org, 5000, end=END)
        while found["kills"] < rounds:
            stage[0] = OPENING if found["kills"] % 8 else BETWEEN
            hit = killed(
                chance.uniform(0, longest), stage, lambda: build(target, org, chance, stage)
            )
            found["kills" if hit else "ended"] += 1
            found["within"] += hit and stage[0] == WITHIN
            position = position_of(target)
            positions.add(position)
            longest *= 1.3 if position < before + FEW else 0.8
            before = position
            if position == END:
                found["passes"] += 1
                with opened(target) as views:
                    differences = compare(whole, views)
                    if differences:
                        break
                    views.clear()
                before = 0
        build(target, org, chance, stage)
        with opened(target) as views:
            differences = compare(whole, views)
    told = {"differences": differences, **found, "positions": len(positions)}
    print(json.dumps(told))  # noqa: T201 - the answer


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
