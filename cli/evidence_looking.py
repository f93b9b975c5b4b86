"""The verbs of ``assent evidence`` that look: list, show and verify."""

from collections.abc import Iterator

import click

from cli.asked import proposal_named
from cli.context import make_app
from cli.evidence_parts import document_json, find_documents
from cli.moment import moment
from cli.options import Options, reading_as_of
from cli.output import emit, emit_json, emit_json_lines, emit_table
from cli.wording import ago, short
from ledger.decide.context import Standing
from ledger.errors import Uncheckable, Unproven
from ledger.model.terms import format_instant
from ledger.policy.case import Document
from ledger.policy.numbers import number_text


@click.command("list")
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
        emit_json_lines(document_json(state, document) for document in state.documents)
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


@click.command()
@click.argument("digest")
@reading_as_of
def show(options: Options, digest: str) -> None:
    """Show where the document with DIGEST was attached, and what it reports.

    The beginning of a digest is enough where it is the only one.

    \b
    Example:      assent evidence show sha256:0f3a9c
    Exit status:  0, 2 no such document, 4 the file was changed, 5 the file is missing
    """
    app = make_app(options)
    found = find_documents(app, digest, moment(app))
    first = found[0][1]
    app.blobs.check(first.digest)
    if options.as_json:
        emit_json_lines(document_json(state, document) for state, document in found)
        return
    emit(f"{first.digest}  {first.size} bytes, unchanged")
    for state, document in found:
        withdrawn = ", withdrawn" if document.withdrawn else ""
        emit(
            f"#{state.number} position {document.position}: {document.type} {document.name}"
            f" by {document.author} at {format_instant(document.at)}{withdrawn}"
        )
    rows = [(m.name, m.segment or "", number_text(m)) for m in first.metrics]
    if rows:
        emit_table(("metric", "segment", "value"), rows)


@click.command()
@reading_as_of
def verify(options: Options) -> None:
    """Hash every attached document again; as of then, those of then.

    \b
    Example:      assent evidence verify
    Exit status:  0 all are here and unchanged, 4 one was changed, 5 one is missing
    """
    app = make_app(options)
    digests = list(dict.fromkeys(document.digest for document in _all(moment(app).standing)))
    missing: list[str] = []
    differing: list[str] = []
    for digest in digests:
        try:
            app.blobs.check(digest)
        except Unproven:
            differing.append(digest)
        except Uncheckable:
            missing.append(digest)
    if options.as_json:
        body = {"documents": len(digests), "missing": missing, "differing": differing}
        emit_json({"schema": "evidence-verification/1", **body})
    else:
        for digest in differing:
            emit(f"changed  {digest}")
        for digest in missing:
            emit(f"missing  {digest}")
        emit(
            f"{len(digests) - len(missing) - len(differing)} of {len(digests)} documents unchanged"
        )
    if differing:
        raise Unproven(
            "evidence-differs",
            f"{len(differing)} documents are not what was attached",
            hint="restore them from where they came from",
        )
    if missing:
        raise Uncheckable(
            "evidence-missing",
            f"{len(missing)} documents cannot be read in {app.blobs.folder}",
            hint="put the files back into the evidence folder",
        )


def _all(standing: Standing) -> Iterator[Document]:
    for number in range(1, standing.head.proposals + 1):
        state = standing.numbered(number)
        if state is not None:
            yield from state.documents
