"""Examine many envelopes on all cores, in order; few of them right here.

Signature checks release the interpreter lock, but parsing does not: processes are
used rather than threads, which spend their time waiting for one another.

While they are examined, Python's search for cyclic garbage is off: whoever judges the
entries makes none, and looking for it through all that they keep takes a tenth of the time.
"""

import gc
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from threading import Thread

from ledger.errors import Uncheckable
from ledger.seal.envelope import Examined, examine, examine_many
from ledger.store.rows import Row

FEW = 2_000
"""Below this many rows, starting processes costs more than it saves."""

CHUNK = 400
"""Rows a process examines at a time."""


def examine_rows(rows: Iterator[Row]) -> Iterator[tuple[Row, Examined]]:
    """Each of *rows* with what :func:`examine` says of it, nothing where bytes are missing.

    Raises :class:`Uncheckable` (``helper-ended``) where a process that examines was ended.
    """
    first = list(islice(rows, FEW))
    if len(first) < FEW or (os.cpu_count() or 1) == 1:
        for row in chain(first, rows):
            yield row, examine(row.raw or b"")
        return
    yield from _on_all_cores(chain(first, rows))


def _on_all_cores(rows: Iterable[Row]) -> Iterator[tuple[Row, Examined]]:
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    source = iter(rows)
    waiting: deque[tuple[list[Row], Future[list[Examined]]]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_serve)
    with pool, _no_search_for_cycles():
        try:
            while True:
                while len(waiting) < 3 * workers:
                    part = list(islice(source, CHUNK))
                    if not part:
                        break
                    raws = [row.raw or b"" for row in part]
                    waiting.append((part, pool.submit(examine_many, raws)))
                if not waiting:
                    return
                part, future = waiting.popleft()
                yield from zip(part, future.result(), strict=True)
        except BrokenProcessPool:
            raise Uncheckable(
                "helper-ended",
                "a process that was checking signatures has been ended from outside",
                hint="often for want of memory; run it again",
            ) from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _serve() -> None:
    """Leave Ctrl-C, which a terminal sends to every process, to the one that ends the others.

    And end with that one, however it ends: nobody tells a process that it waits for work in
    vain, as it holds the other end of that pipe itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Leave cyclic garbage alone for a while; what is not cyclic is freed as ever."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
