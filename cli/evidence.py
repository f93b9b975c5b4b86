"""``assent evidence``: attach documents to proposals, look at them, take them back."""

from collections.abc import Iterator, Sequence
from pathlib import Path
import unicodedata

import click

from cli.act import perform
from cli.asked import proposal_named
from cli.context import App, make_app
from cli.metrics_file import REPORT, metrics_of_report, parse_metric, read_metrics
from cli.moment import moment
from cli.options import Options, reading, reading_as_of, writing
from cli.output import emit, emit_json, emit_json_lines, emit_table
from cli.params import DURATION, FILE, IDENTIFIER, TEXT
from cli.report import ago, short
from ledger.decide import evidence
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState, SignerState
from ledger.errors import BadInput, Refused, Uncheckable, Unproven
from ledger.model.events import EvidenceAttached, Metric
from ledger.model.names import is_text
from ledger.model.stack import ComponentDigest, touched
from ledger.model.terms import format_instant
from ledger.policy.case import Document
from ledger.store.blobs import digest_of


@click.group()
def command() -> None:
    """Attach documents to proposals, look at them, take them back.

    \b
    Example:      assent evidence attach 12 report.json --type evaluation-report
    Exit status:  as each verb's
    """


@command.command()
@click.argument("proposal")
@click.argument("file", type=FILE, required=False)
@click.option("--type", "type_", type=IDENTIFIER, help="What the document is.")
@click.option("--from", "source", metavar="PROPOSAL", help="Take documents over from there.")
@click.option("--subject", metavar="A,B", help="The components it is about; default: all that changed.")
@click.option("--metrics", "metrics_file", type=FILE, help="Numbers, as flat JSON.")
@click.option("--metric", "metrics", multiple=True, metavar="K=V", help="A number, such as auc=0.912.")
@click.option("--expires", type=DURATION, metavar="30d", help="Your own limit to its age.")
@writing
def attach(
    options: Options,
    proposal: str,
    file: Path | None,
    type_: str | None,
    source: str | None,
    subject: str | None,
    metrics_file: Path | None,
    metrics: Sequence[str],
    expires: int | None,
) -> None:
    """Attach FILE to PROPOSAL, or take over what another proposal has.

    The numbers of an evaluation-report are read from the file itself where it is
    flat JSON; name another file with --metrics, or single numbers with --metric.
    With --from, every document whose subject is unchanged is taken over, each as
    its own entry.

    \b
    Example:      assent evidence attach 12 report.json --type evaluation-report
    Exit status:  0 attached, 2 something in the file, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    if source is not None:
        given = (file, type_, subject, metrics_file, expires)
        if metrics or any(one is not None for one in given):
            raise BadInput("usage", "--from takes documents as they are, and no other option")
        _take_over(app, proposal, source)
        return
    if file is None or type_ is None:
        raise BadInput(
            "usage", "name a FILE and its --type, or another proposal with --from PROPOSAL"
        )
    state = proposal_named(app, proposal)
    numbers = _numbers(file, type_, metrics_file, metrics)
    digest = digest_of(file)
    size = file.stat().st_size
    if not options.dry_run and app.blobs.put(file) != digest:
        raise BadInput("file-changed", "the file changed while it was read", file=str(file))

    def decide(standing: Standing, _: SignerState, __: int) -> EvidenceAttached:
        return evidence.attach(
            standing,
            proposal=state.id,
            type_=type_,
            name=_name(file),
            digest=digest,
            size=size,
            subject=_subject(standing, state.id, subject),
            metrics=numbers,
            expires=expires,
        )

    perform(app, decide)


@command.command("list")
@click.argument("proposal")
@reading_as_of
def list_(options: Options, proposal: str) -> None:
    """List the documents of PROPOSAL, oldest first.

    \b
    Example:      assent evidence list 12
    Exit status:  0, 2 no such proposal
    """
    app = make_app(options)
    then = moment(app)
    state = proposal_named(app, proposal, then)
    if options.as_json:
        emit_json_lines(_as_json(state, document) for document in state.documents)
        return
    headings = ("position", "type", "document", "digest", "by", "age", "subject", "")
    emit_table(
        headings,
        [
            (
                document.position,
                document.type,
                document.name,
                short(document.digest),
                document.author,
                ago(then.at - document.at),
                ",".join(part.component for part in document.subject),
                "withdrawn" if document.withdrawn else "",
            )
            for document in state.documents
        ],
    )


@command.command()
@click.argument("digest")
@reading
def show(options: Options, digest: str) -> None:
    """Show where the document with DIGEST was attached, and what it reports.

    The beginning of a digest is enough where it is the only one.

    \b
    Example:      assent evidence show sha256:0f3a9c
    Exit status:  0, 2 no such document, 4 the file was changed, 5 the file is missing
    """
    app = make_app(options)
    found = _documents(app.standing, digest)
    first = found[0][1]
    app.blobs.check(first.digest)
    if options.as_json:
        emit_json_lines(_as_json(state, document) for state, document in found)
        return
    emit(f"{first.digest}  {first.size} bytes, unchanged")
    for state, document in found:
        withdrawn = ", withdrawn" if document.withdrawn else ""
        emit(
            f"#{state.number} position {document.position}: {document.type} {document.name}"
            f" by {document.author} at {format_instant(document.at)}{withdrawn}"
        )
    rows = [(m.name, m.segment or "", m.value) for m in first.metrics]
    if rows:
        emit_table(("metric", "segment", "value"), rows)


@command.command()
@click.argument("digest")
@click.option("--proposal", metavar="PROPOSAL", help="Where several have the document.")
@click.option("--reason", type=TEXT, help="Why it is taken back.")
@writing
def withdraw(options: Options, digest: str, proposal: str | None, reason: str | None) -> None:
    """Take the document with DIGEST back; only its author does.

    \b
    Example:      assent evidence withdraw sha256:0f3a9c --reason "wrong split"
    Exit status:  0 withdrawn, 2 no such document, 3 refused
    """
    app = make_app(options)
    only = None if proposal is None else proposal_named(app, proposal).id
    live = [
        (state, document)
        for state, document in _documents(app.standing, digest)
        if not document.withdrawn
        and (state.closed is None if only is None else state.id == only)
    ]
    numbers = sorted({state.number for state, _ in live})
    if not live:
        raise Refused("unknown-evidence", f"no open proposal has the document {digest}")
    if len(numbers) > 1:
        several = ", ".join(f"#{number}" for number in numbers)
        raise BadInput(
            "several-proposals", f"{several} have it", hint="say which with --proposal N"
        )
    state, document = live[0]
    perform(
        app,
        lambda standing, by, _: evidence.withdraw_evidence(
            standing, by=by, proposal=state.id, digest=document.digest, reason=reason
        ),
    )
