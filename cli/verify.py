"""``assent verify``: replay everything, say what was found, and compare the views."""

import tempfile
import time
from pathlib import Path

import click

from cli.context import App, make_app
from cli.options import Options, reading
from cli.output import note, safe
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
from ledger.audit.verification import Verification, Witnessed, verify
from ledger.decide.judgement import Finding
from ledger.errors import AssentError, BadInput, Drift, Refused, Uncheckable
from ledger.service import sync
from ledger.store.state import Mark
from projections.rebuilding import compare
from projections.runner import Views


@click.command()
@reading
def command(*, options: Options) -> int:
    """Replay the whole log: signatures, order, roots, authority, rules, evidence, views.

    Nothing that was computed before is believed; only the ledger id you pinned
    and the mark of what you verified before are held against the log.

    \b
    Example:      assent verify --json
    Exit status:  0 verified, 3 refused entries, 4 tampered, forked or rolled back,
                  5 uncheckable, 7 the stored views differ from the log
    """
    started = time.monotonic()
    app = make_app(options)
    with tempfile.TemporaryDirectory(prefix="assent-verify-") as folder:
        path = Path(folder) / "views.sqlite"
        with Views(path) as rebuilt:
            report = _verified(app, rebuilt)
            show(report, time.monotonic() - started, as_json=options.as_json)
            verified = report.verification.verdict == "verified"
            if verified and app.state.views.exists():
                _compare_views(app, rebuilt)
        if verified:
            remember(app, path)
    return EXIT_STATUS[report.verification.verdict]


def _verified(app: App, rebuilt: Views) -> Report:
    """The verdict; whatever keeps the log from being read is a verdict, too."""
    _ = app.places  # where there is no ledger at all, there is no verdict either
    try:
        return _replayed(app, rebuilt)
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


def _replayed(app: App, rebuilt: Views) -> Report:
    mark = app.state.mark()
    receipts = known_receipts(app.state)
    size = app.log.size()
    other = founding_finding(app.log, app.expected_id)
    if other is not None:
        return Report(_cut_short(other, size=size, backed=mark is not None))
    standing = rebuilt.standing()
    verification = verify(
        standing,
        read_stored(app.log, size),
        app.expected_id,
        mark=None if mark is None else Witnessed(mark.size, mark.root),
        check_document=check_document(app.blobs),
        keep=lambda judged: rebuilt.keep(judged, standing),
        receipts=receipts,
    )
    verification = _with_store(app, verification, receipts)
    if verification.verdict == "verified":
        app.state.advance_mark(Mark(verification.size, bytes.fromhex(verification.root)))
    return Report(verification, mark=mark, ledger=standing.ledger())


def _with_store(app: App, found: Verification, receipts: dict[int, bytes]) -> Verification:
    """*found* with what only the store and this user's state can tell."""
    findings = located(app, found.findings)
    findings += store_findings(app.log, found.size, found.root)
    known = {one.rule for one in findings}
    if receipts and max(receipts) >= found.size and "log-shorter" not in known:
        said = "this client appended an entry behind the end of the log"
        expected = f"{max(receipts) + 1} entries"
        findings.append(Finding(found.size, "log-shorter", said, expected, f"{found.size} entries"))
    return Verification(
        verdict=verdict_of(tuple(findings)),
        size=found.size,
        root=found.root,
        findings=tuple(sorted(findings, key=lambda f: (f.position is None, f.position or 0))),
        acknowledged=found.acknowledged,
        backed=found.backed,
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
    """Raise :class:`Drift` (``views-differ``) where the stored views are not the rebuilt ones."""
    size = rebuilt.position()
    try:
        if app.views.position() < size:
            sync(app.ledger)
        if app.views.position() != size:
            note("the views moved on meanwhile and were not compared; run it again")
            return
        differences = compare(app.views, rebuilt)
    except AssentError as error:
        differences = [error.message]
    if differences:
        raise Drift(
            "views-differ",
            f"the log is verified; the stored views differ from it: {safe('; '.join(differences))}",
            hint="assent views rebuild",
        )
