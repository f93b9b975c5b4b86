"""What an audit asks of the store and of this user's state: rows, documents, receipts, strays."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from cli.context import App
from cli.progress import progress
from cli.verify_bundle import tile_findings
from ledger.audit.verification import Stored
from ledger.decide.judgement import SHORTER, Finding
from ledger.errors import AssentError, BadInput, Uncheckable, Unproven
from ledger.model.entry import ledger_id
from ledger.seal.envelope import peek_unverified
from ledger.seal.merkle import leaf_hash
from ledger.store.blobs import Blobs
from ledger.store.bundle import BundleStore
from ledger.store.examining import examine_rows
from ledger.store.log import EventLog
from ledger.store.rows import Stray
from ledger.store.state import State
from projections.leaves import first_difference
from projections.runner import Views

_STEP = 500


def read_stored(log: EventLog, size: int) -> Iterator[Stored]:
    """Every position of the log as the store holds it, examined on all cores."""
    for row, examined in examine_rows(log.scan()):
        if row.position % _STEP == 0 or row.position + 1 == size:
            progress(row.position + 1, size)
        # What is missing was examined as nothing, to keep its place among the others.
        yield Stored(
            position=row.position,
            stream=row.stream,
            version=row.version,
            kind=row.kind,
            indexed_leaf=row.indexed_leaf,
            examined=None if row.raw is None else examined,
            has_columns=row.has_columns,
        )


def founding_finding(log: EventLog, expected: str) -> Finding | None:
    """A finding where the log does not begin with the founding that was pinned.

    Every signer, role and rule comes from the founding: without it nothing that follows
    could be judged, so nothing else is then said.
    """
    if log.size() == 0:
        return Finding(0, "missing-entry", "the log is empty", expected, "no founding")
    raw = log.row(0).raw
    if raw is None:
        return Finding(0, "missing-entry", "the founding is gone from the log", expected)
    try:
        claimed = ledger_id(peek_unverified(raw))
    except BadInput as error:
        claimed = error.message
    if claimed == expected:
        return None
    said = "the log does not begin with the founding of the ledger you trust"
    return Finding(0, "other-ledger", said, expected, claimed)


def check_document(blobs: Blobs) -> Callable[[str], Finding | None]:
    """A look at the document of a digest: a finding where it was changed or is not there."""

    def check(digest: str) -> Finding | None:
        try:
            blobs.check(digest)
        except Unproven as error:
            return Finding(None, "evidence-differs", error.message, digest)
        except Uncheckable as error:
            return Finding(None, "evidence-missing", error.message, digest)
        return None

    return check


def known_receipts(state: State) -> dict[int, bytes]:
    """The leaf hashes of the entries this client appended, by position."""
    return {receipt.position: receipt.leaf for receipt in state.receipts()}


def store_findings(log: EventLog, size: int, root: str) -> list[Finding]:
    """What is wrong with the store itself, once all positions were read."""
    found = [_stray(one) for one in log.strays()]
    if isinstance(log.store, BundleStore):
        found += tile_findings(log.store)
    try:
        head = log.head()
    except Unproven as error:
        found.append(Finding(size, "head-differs", error.message, f"{size} {root}", "no head"))
        return found
    grown_meanwhile = head.size > size and log.size() > size
    if (head.size, head.root.hex()) != (size, root) and not grown_meanwhile:
        found.append(
            Finding(
                size - 1 if head.size == size else min(head.size, size),
                "head-differs",
                "the head row of the store is not the head of the log",
                f"{size} {root}",
                f"{head.size} {head.root.hex()}",
            )
        )
    return found


def located(app: App, findings: Sequence[Finding]) -> list[Finding]:
    """*findings*, where the mark disagrees with the first position this client saw otherwise.

    A log that was cut in the middle is shorter, too, and the entries behind may all hold.
    Its own views remember the leaves; where they cannot be read, no position is named.
    """
    against = [one for one in findings if one.rule in {"root-differs", SHORTER}]
    position = _first_change(app) if against else None
    if position is None:
        return list(findings)
    if against[0].rule == SHORTER:
        said = "the entry here is not the one this client verified before"
        return [*findings, Finding(position, "root-differs", said)]
    return [replace(one, position=position) if one in against else one for one in findings]


def _first_change(app: App) -> int | None:
    """The first position that holds another entry than this client's views remember."""
    if not app.state.views.exists():
        return None
    try:
        with Views(app.state.views) as views, views.reading() as connection:
            leaves = ((row.position, leaf_hash(row.raw or b"")) for row in app.log.scan())
            return first_difference(connection, leaves)
    except AssentError:
        return None


def remember(app: App, rebuilt: Path) -> None:
    """Make the *rebuilt* views this user's own where they have none.

    A mark alone tells that a log was changed and not where: the views remember each leaf.
    """
    views = app.state.views
    if any(one.with_name(one.name + "-wal").exists() for one in (views, rebuilt)):
        return
    # A link never replaces: another process may have made the views. Where the disk allows
    # neither copy nor link, the next command makes them from the log.
    with suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix="views-", dir=app.state.folder)
        os.close(descriptor)
        try:
            shutil.copyfile(rebuilt, name)
            views.hardlink_to(name)
        finally:
            Path(name).unlink()


def _stray(one: Stray) -> Finding:
    if one.why == "outlying-leaf":
        said = "the index has a leaf outside the positions of the log"
        return Finding(max(one.row_id, 0), "stray-row", said, None, f"leaf {one.row_id}")
    said = {
        "no-leaf": "a stored row stands at no position of the log",
        "squat": "a stored row claims to have made way for one that is not there",
    }[one.why]
    actual = f"row {one.row_id}: {one.stream} {one.version} {one.kind}"
    # Rows get the position plus one as their number, so that is where this one would stand.
    return Finding(max(one.row_id - 1, 0), "stray-row", said, None, actual)
