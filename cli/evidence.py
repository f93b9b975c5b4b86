"""``assent evidence``: attach documents to proposals, and take them back."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli import params
from cli.act import perform
from cli.asked import proposal_named
from cli.change import read_stack
from cli.context import App, make_app
from cli.evidence_looking import list_, show, verify
from cli.evidence_parts import default_name, find_documents, numbers_in, subject_in
from cli.options import Options, writing
from cli.output import note
from cli.params import FILE
from ledger.decide import evidence
from ledger.decide.authority import parties
from ledger.decide.context import Standing
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.errors import BadInput, Refused
from ledger.model.events import EvidenceAttached
from ledger.policy.case import Document, require_release
from ledger.policy.evidence import first_attached, is_about
from ledger.service import Decision
from ledger.store.blobs import digest_of


@click.group(commands=[list_, show, verify])
def command() -> None:
    """Attach documents to proposals, look at them, take them back.

    \b
    Example:      assent evidence attach 12 report.json --type evaluation-report
    Exit status:  as each verb's
    """


@command.command()
@click.argument("proposal")
@click.argument("file", type=FILE, required=False)
@click.option("--type", "type_", type=params.identifier, help="What the document is.")
@click.option("--from", "source", metavar="PROPOSAL", help="Take documents over from there.")
@click.option(
    "--subject", metavar="A,B", help="The components it is about; default: all that changed."
)
@click.option(
    "--stack", type=FILE, help="The stack it is about; refused where PROPOSAL brings another."
)
@click.option("--metrics", "metrics_file", type=FILE, help="Numbers, as flat JSON or JUnit XML.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="K=V",
    help="A number, such as auc=0.912, or with its interval auc=0.912[0.905,0.919].",
)
@click.option("--expires", type=params.duration, metavar="30d", help="Your own limit to its age.")
@writing
def attach(
    options: Options,
    proposal: str,
    *,
    file: Path | None,
    type_: str | None,
    source: str | None,
    subject: str | None,
    stack: Path | None,
    metrics_file: Path | None,
    metrics: Sequence[str],
    expires: int | None,
) -> None:
    """Attach FILE to PROPOSAL, or take over what another proposal has.

    The numbers of an evaluation-report are read from the file itself where it is
    flat JSON, those of tests from any JUnit .xml: tests, failed, errors, skipped.
    Name another file with --metrics, or single numbers with --metric.
    With --from, every document whose subject is unchanged is taken over, each as
    its own entry.

    \b
    Example:      assent evidence attach 12 report.json --type evaluation-report
    Exit status:  0 attached, 2 something in the file, 3 refused, 6 someone wrote first
    """
    app = make_app(options)
    if source is not None:
        given = (file, type_, subject, stack, metrics_file, expires)
        if metrics or any(one is not None for one in given):
            raise BadInput("usage", "--from takes documents as they are, and no other option")
        _take_over(app, proposal, source)
        return
    if file is None or type_ is None:
        raise BadInput(
            "usage", "name a FILE and its --type, or another proposal with --from PROPOSAL"
        )
    state = proposal_named(app, proposal)
    numbers = numbers_in(file, type_, metrics_file, metrics)
    about = None if stack is None else read_stack(stack)
    digest = digest_of(file)

    def decide(standing: Standing, by: SignerState, _: int) -> EvidenceAttached:
        event = evidence.attach(
            standing,
            by=by,
            proposal=state.id,
            type_=type_,
            name=default_name(file),
            digest=digest,
            size=file.stat().st_size,
            subject=subject_in(standing, state.id, subject, about),
            metrics=numbers,
            expires=expires,
        )
        if not options.dry_run and app.blobs.put(file) != digest:
            raise BadInput("file-changed", "it changed while it was read", file=str(file))
        return event

    perform(app, decide)


@command.command()
@click.argument("digest")
@click.option("--proposal", metavar="PROPOSAL", help="Where several have the document.")
@click.option("--reason", type=params.text, help="Why it is taken back.")
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
        for state, document in find_documents(app, digest)
        if not document.withdrawn and (state.closed is None if only is None else state.id == only)
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


def _take_over(app: App, proposal: str, source: str) -> None:
    """Attach to one proposal what another has, where it is about the same components."""
    state, other = proposal_named(app, proposal), proposal_named(app, source)
    wanted = list(_unchanged(state, other))
    if not wanted:
        raise Refused(
            "nothing-to-take-over",
            f"#{other.number} has no document about components that #{state.number} has unchanged",
        )
    for document in wanted:
        perform(app, _taking(state.id, document))
    rules = app.standing.policy().evidence_rules
    alone = sorted({d.type for d in wanted if d.type in rules and rules[d.type].independent})
    if alone and app.signer_name in parties(app.standing, state):
        note(f"{', '.join(alone)} has to be independent: taken over by a party it does not count;")
        note("let somebody take it over who had no hand in the proposal")


def _unchanged(state: ProposalState, other: ProposalState) -> list[Document]:
    """The documents of *other* that are about what *state* proposes, and that it lacks."""
    digests = require_release(state.effect, state.number).stack.digests()
    had = {document.taken_from for document in state.documents if not document.withdrawn}
    return [
        document
        for document in other.documents
        if not document.withdrawn
        and is_about(document, digests)
        and first_attached(document) not in had
    ]


def _taking(proposal: str, document: Document) -> Decision:
    def decide(standing: Standing, by: SignerState, _: int) -> EvidenceAttached:
        return evidence.attach(
            standing,
            by=by,
            proposal=proposal,
            type_=document.type,
            name=document.name,
            digest=document.digest,
            size=document.size,
            subject=document.subject,
            metrics=document.metrics,
            expires=document.expires,
            taken_from=first_attached(document),
        )

    return decide
