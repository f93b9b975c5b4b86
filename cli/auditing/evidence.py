"""The evidence of a proposal as it stood: positions, ages and digests, and whether each counted."""

from collections.abc import Iterable, Iterator

from cli.auditing.silenced import silenced_words
from cli.auditing.stood import Stood
from cli.moment import Moment
from cli.report_evidence import VOID, Paper, author_words, papers
from cli.sections import Section
from cli.wording import ago
from ledger.model.terms import format_instant
from ledger.policy.case import Document
from ledger.policy.evidence import expires_at


def paper_json(then: Moment, one: Stood, paper: Paper) -> dict[str, object]:
    """A document for programs: its place, age and digest then, and whether it counted."""
    document = paper.document
    end = _expires_at(one, document)
    return {
        "position": document.position,
        "type": document.type,
        "name": document.name,
        "digest": document.digest,
        "size": document.size,
        "author": document.author,
        "signer": document.signer,
        "roles": list(document.roles),
        "at": format_instant(document.at),
        "age_seconds": paper.age,
        "expires_at": None if end is None else format_instant(end),
        "taken_from": document.taken_from,
        "withdrawn_position": document.withdrawn_at if document.withdrawn else None,
        "subject": {part.component: part.digest for part in document.subject},
        "metrics": [metric.model_dump(mode="json") for metric in document.metrics],
        "counts": paper.counts,
        "said": paper_words(then, one, paper),
        "decided_by_position": paper.decides,
    }


def _expires_at(one: Stood, document: Document) -> int | None:
    """When *document* ends to count, or would, were it asked for; as the author said at least."""
    rule = one.policy.evidence_rules.get(document.type)
    if rule is not None:
        return expires_at(rule, document)
    return None if document.expires is None else document.at + document.expires


def evidence_sections(then: Moment, one: Stood) -> Iterator[Section]:
    """The documents with positions and ages then, and their whole digests to look for."""
    found = list(papers(one.state, one.found, one.void))
    rows = tuple(
        (
            str(paper.document.position),
            f"{paper.document.type} by {author_words(paper.document)}",
            f"{ago(paper.age)} old",
            paper_words(then, one, paper),
        )
        for paper in found
    )
    headings = ("position", "document", "age", "")
    yield Section("Evidence", rows or (("none",),), headings if rows else ())
    yield digests_section(paper.document for paper in found)


def digests_section(documents: Iterable[Document]) -> Section:
    """The whole digests of *documents*: what else shows them cuts them to fit."""
    rows = tuple((str(document.position), document.digest) for document in documents)
    headings = ("at", "digest")
    return Section("Documents by position", rows or (("none",),), headings if rows else ())


def paper_words(then: Moment, one: Stood, paper: Paper) -> str:
    """Whether a document counted, and which one decided in its place, or who silenced it."""
    other, document = paper.decides, paper.document
    if paper.said == VOID:
        names = (document.signer, document.author)
        why = silenced_words(then.standing, names, document.position, one.end)
        return f"does not count: {why}"
    if paper.counts or other is None or other == document.position:
        return paper.said
    return f"{paper.said}: the one at position {other} decides"
