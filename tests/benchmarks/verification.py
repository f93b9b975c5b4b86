"""A full verification from each store against the bare signatures of the same entries.

Both on all cores. The reference begins once its processes are there: what is compared is what
each entry costs.
"""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from nacl.bindings import crypto_sign_open

from ledger.seal.envelope import parts
from ledger.seal.sshsig import SshSignature, signed_data
from ledger.store.log import open_log
from tests.benchmarks.measure import Measurement, seconds
from tests.benchmarks.stores import bundled, copied, new_schema, server
from tests.benchmarks.works import FULL_VERIFY, JOINING, spent
from tests.lifelike import History

Bare = tuple[bytes, bytes]
"""A signed message as libsodium opens it, and the public key."""

CHUNK = 400
PART = 100_000
"""How many bare signatures are in memory at a time."""


def measure(history: History) -> list[Measurement]:
    """Every check of DESIGN §12 on this history from each store, and a new machine joining."""
    reference, count = _bare_seconds(history), history.size
    found = [_against(reference, history, "SQLite", str(history.log))]
    with TemporaryDirectory(dir=history.folder) as folder:
        found.append(_against(reference, history, "a bundle", bundled(history, Path(folder))))
    with server() as url:
        place = copied(history, new_schema(url))
        found.append(_against(reference, history, "PostgreSQL", place))
    joining = spent(history.folder, JOINING, str(history.log)).seconds
    return [
        *found,
        Measurement(
            JOINING, "15 s for 100,000 entries",
            count, joining, 15.0 * count / 100_000, "s", 1.0, "at most",
        ),
    ]  # fmt: skip


def _against(reference: float, history: History, store: str, place: str) -> Measurement:
    ours = spent(history.folder, FULL_VERIFY, place).seconds
    return Measurement(
        f"{FULL_VERIFY} from {store}", "the same signatures, bare libsodium",
        history.size, ours, reference, "s", 2.0, "at most",
    )  # fmt: skip


def _bare_seconds(history: History) -> float:
    """The seconds of verifying the signatures alone, on all cores."""
    context = multiprocessing.get_context("spawn")
    took = 0.0
    with (
        open_log(history.log) as log,
        ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool,
    ):
        rows = log.scan()
        while bare := [_bare(row.raw or b"") for row in islice(rows, PART)]:
            chunks = [bare[i : i + CHUNK] for i in range(0, len(bare), CHUNK)]
            if not took:
                list(pool.map(_check, chunks[: 4 * (os.cpu_count() or 1)]))
            took += seconds(lambda: _check_all(pool, chunks))  # noqa: B023 - called at once
    return took


def _check_all(pool: ProcessPoolExecutor, chunks: Sequence[Sequence[Bare]]) -> None:
    assert sum(pool.map(_check, chunks)) == sum(map(len, chunks))


def _bare(raw: bytes) -> Bare:
    payload, blob = parts(raw)
    signature = SshSignature.parse(blob)
    return signature.signature[-64:] + signed_data(payload), signature.public_key[-32:]


def _check(chunk: Sequence[Bare]) -> int:
    for message, key in chunk:
        crypto_sign_open(message, key)
    return len(chunk)
