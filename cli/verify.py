"""``assent verify``: replay everything, say what was found, and compare the views."""

import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import note, safe
from cli.verify_brought import Brought, bringing
from cli.verify_bundle import claim_findings, document_finding
from cli.verify_outside import Heard, Outside
from cli.verify_report import EXIT_STATUS, Report, show
from cli.verify_store import (
    check_document,
    founding_finding,
    known_receipts,
    located,
    read_stored,
    remember,
    store_findings,
)
from ledger.audit.findings import verdict_of
from ledger.audit.verification import CheckDocument, Verification, Witnessed, verify
from ledger.decide.judgement import SHORTER, Finding, Judged
from ledger.errors import AssentError, BadInput, Drift, Refused, Uncheckable
from ledger.service import sync
from ledger.store.bundle import BundleStore
from ledger.store.state import Mark
from projections.rebuilding import compare
from projections.runner import Views


@click.command()
@bringing
@reading
def command(*, options: Options, brought: Brought) -> int:
    """Replay the whole log: signatures, order, roots, authority, rules, evidence, views.

    Nothing that was computed before is believed; only the ledger id you pinned,
    the mark of what you verified before and what you bring are held against the log.

    \b
    Example:      assent verify --witnesses auditors.allowed --max-age 7d
    Exit status:  0 verified, 3 refused entries, 4 tampered, forked or rolled back,
                  5 uncheckable, 7 the stored views differ from the log
    """
    return verify_ledger(make_app(options), brought)


def verify_ledger(app: App, brought: Brought) -> int:
    """Replay the log of *app*, show what was found, and return the exit status.

    Of a bundle nothing is kept but the mark, and that only where its ledger is pinned.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="assent-verify-") as folder:
        path = Path(folder) / "views.sqlite"
        with Views(path) as rebuilt:
            report = _verified(app, rebuilt, brought)
            show(report, time.monotonic() - started, as_json=app.options.as_json)
            keeps = report.verification.verdict == "verified" and _bundle_of(app) is None
            if keeps and app.state.views.exists():
                _compare_views(app, rebuilt)
        if keeps:
            remember(app, path)
    return EXIT_STATUS[report.verification.verdict]


def _verified(app: App, rebuilt: Views, brought: Brought) -> Report:
    """The verdict; whatever keeps the log from being read is a verdict, too."""
    _ = app.places  # where there is no ledger at all, there is no verdict either
    try:
        return _replayed(app, rebuilt, brought)
    except Uncheckable as error:
        return Report(_cut_short(_unread(error)))
    except (BadInput, Refused) as error:
        # No log where one is known to be, or a state others may write to: their own exit
        # statuses would speak of the input, or of refused entries, and not one was read.
        if error.code not in ("not-a-ledger", "state-exposed"):
            raise
        return Report(_cut_short(_unread(error)))


def _unread(error: AssentError) -> Finding:
    """What kept the log from being read, with what to do about it."""
    said = error.message if error.hint is None else f"{error.message} ({error.hint})"
    return Finding(None, error.code, said)


def _replayed(app: App, rebuilt: Views, brought: Brought) -> Report:
    mark, pinned, log = app.state.mark(), app.expected_id, app.log
    receipts = known_receipts(app.state)
    size = log.size()
    other = founding_finding(log, pinned)
    if other is not None:
        return Report(_cut_short(other, size=size, backed=mark is not None))
    notes, said = brought.vouched(pinned, log.store)
    standing, heard, bundle = rebuilt.standing(), Heard(), _bundle_of(app)

    def keep(judged: Sequence[Judged]) -> None:
        heard.listen(judged)
        # Nobody looks at views of a bundle; the standing alone is a third of the work less.
        rebuilt.keep(judged if bundle is None else (), standing)

    verification = verify(
        standing,
        read_stored(log, size),
        pinned,
        mark=None if mark is None else Witnessed(mark.size, mark.root),
        check_document=_look_at_documents(app),
        keep=keep,
        receipts=receipts,
        sizes={one.checkpoint.size for one in notes}
        | ({brought.mark.size} if brought.mark is not None else set()),
    )
    outside = Outside(brought, [*notes, *heard.vouched(brought)], heard, verification)
    said += outside.findings(lambda: max(app.now_of(standing), standing.head.time))
    if bundle is not None:
        said += claim_findings(bundle, pinned, heard.refused)
    verification = _with_store(app, verification, receipts, said)
    if verification.verdict == "verified" and (bundle is None or app.state.is_pinned()):
        app.state.advance_mark(Mark(verification.size, bytes.fromhex(verification.root)))
    return Report(
        verification,
        mark,
        standing.ledger(),
        brought.mark,
        outside.backing(),
        names_ledger=bundle is not None,
    )


def _look_at_documents(app: App) -> CheckDocument:
    bundle = _bundle_of(app)
    if bundle is None:
        return check_document(app.blobs)
    return lambda digest: document_finding(bundle, digest)


def _bundle_of(app: App) -> BundleStore | None:
    """The bundle that holds the log, if one does."""
    store = app.log.store
    return store if isinstance(store, BundleStore) else None


def _with_store(
    app: App, found: Verification, receipts: dict[int, bytes], said: Iterable[Finding]
) -> Verification:
    """*found* with what is *said* besides, and what only store and this user's state can tell."""
    findings = located(app, found.findings)
    findings += [*said, *store_findings(app.log, found.size, found.root)]
    known = {one.rule for one in findings}
    if receipts and max(receipts) >= found.size and SHORTER not in known:
        told = "this client appended an entry behind the end of the log"
        expected = f"{max(receipts) + 1} entries"
        findings.append(Finding(found.size, SHORTER, told, expected, f"{found.size} entries"))
    return replace(
        found,
        verdict=verdict_of(tuple(findings)),
        findings=tuple(sorted(findings, key=lambda f: (f.position is None, f.position or 0))),
    )


def _cut_short(finding: Finding, *, size: int = 0, backed: bool = False) -> Verification:
    """The verdict where one thing keeps everything else from being checked."""
    alarm = finding.severity == "alarm"
    return Verification(
        verdict="tampered" if alarm else "uncheckable",
        size=size,
        root="",
        findings=(finding,),
        acknowledged=(),
        backed=backed,
    )


def _compare_views(app: App, rebuilt: Views) -> None:
    """Raise :class:`Drift` (``views-differ``) where the stored views are not the rebuilt ones.

    What is out of reach does not differ: a full disk is said to be one.
    """
    size = rebuilt.position()
    try:
        if app.views.position() < size:
            sync(app.ledger)
        if app.views.position() != size:
            note("the views moved on meanwhile and were not compared; run it again")
            return
        differences = compare(app.views, rebuilt)
    except AssentError as error:
        if error.code in ("views-unavailable", "state-unavailable"):
            raise
        differences = [error.message]
    if differences:
        raise Drift(
            "views-differ",
            f"the log is verified; the stored views differ from it: {safe('; '.join(differences))}",
            hint="assent views rebuild",
        )
