"""A full verification against the bare signatures of the same entries, both on all cores."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from nacl.bindings import crypto_sign_open

from ledger.audit.verification import Stored, verify
from ledger.seal.envelope import parts
from ledger.seal.sshsig import SshSignature, signed_data
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog, open_log
from projections.runner import Views
from tests.benchmarks.measure import Measurement, seconds
from tests.lifelike import History

Bare = tuple[bytes, bytes]
"""A signed message as libsodium opens it, and the public key."""


def measure(history: History) -> list[Measurement]:
    """Every check of DESIGN §12 on this history, as a ratio."""
    with open_log(history.log) as log:
        bare = [_bare(row.raw or b"") for row in log.scan()]
    reference = seconds(lambda: _on_all_cores(bare))
    ours = seconds(lambda: full_verify(history))
    with TemporaryDirectory(dir=history.folder) as folder:
        joining = seconds(lambda: join(history, Path(folder) / "views.sqlite"))
    return [
        Measurement(
            f"full verify of {len(bare)} entries / bare libsodium on all cores",
            ours, reference, "s", 2.0, "at most",
        ),
        Measurement(
            f"a new machine joining, with views, {len(bare)} entries / 15 s for 100,000",
            joining, 15.0 * len(bare) / 100_000, "s", 1.0, "at most",
        ),
    ]  # fmt: skip


def full_verify(history: History) -> None:
    """Verify *history* as ``assent verify`` does, but for views and evidence.

    The entries that go around the rules are found, and nothing else is.
    """
    with open_log(history.log) as log:
        found = verify(
            Views(None).standing(),
            _stored(log),
            history.id,
            mark=None,
            check_document=lambda _: None,
            keep=lambda _: None,
            receipts={},
        )
    assert found.verdict in ("verified", "refused"), found.verdict


def join(history: History, path: Path) -> None:
    """Verify *history* and keep views and standing in *path*."""
    with open_log(history.log) as log, Views(path) as views:
        standing = views.standing()
        found = verify(
            standing,
            _stored(log),
            history.id,
            mark=None,
            check_document=lambda _: None,
            keep=lambda judged: views.keep(judged, standing),
            receipts={},
        )
    assert found.verdict in ("verified", "refused"), found.verdict


def _stored(log: EventLog) -> Iterator[Stored]:
    for row, examined in examine_rows(log.scan()):
        yield Stored(row.position, row.stream, row.version, row.kind, row.indexed_leaf, examined)


def _bare(raw: bytes) -> Bare:
    payload, blob = parts(raw)
    signature = SshSignature.parse(blob)
    return signature.signature[-64:] + signed_data(payload), signature.public_key[-32:]


def _check(chunk: Sequence[Bare]) -> int:
    for message, key in chunk:
        crypto_sign_open(message, key)
    return len(chunk)


def _on_all_cores(bare: Sequence[Bare]) -> None:
    size = 400
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count() or 1, mp_context=context) as pool:
        chunks = (bare[i : i + size] for i in range(0, len(bare), size))
        assert sum(pool.map(_check, chunks)) == len(bare)
