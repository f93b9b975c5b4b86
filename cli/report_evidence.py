"""The documents of a proposal as people read them: how old, and whether they count and why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cli.sections import Section
from cli.wording import ago, short
from ledger.decide.states import ProposalState
from ledger.policy.assessment import Assessment, DocumentStatus
from ledger.policy.case import Document

VOID: Final = "does not count: its signer is stopped or disowned"
"""What is said of an approval or a document that is silenced."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document with its age in seconds, and whether it counts and why, or why not.

    ``decides`` is the position of the document that decides for its type, where one does.
    """

    document: Document
    counts: bool
    said: str
    age: int
    decides: int | None


def papers(state: ProposalState, found: Assessment, void: frozenset[int]) -> Iterator[Paper]:
    """The documents of *state*, oldest first, at the time of *found*; *void* are silenced."""
    asked = {one.type: one for need in found.requirements for one in need.documents}
    counted = {one.position for one in found.binding.evidence}
    for document in state.documents:
        status = asked.get(document.type)
        decides = None if status is None else status.position
        newest = decides == document.position
        yield Paper(
            document=document,
            counts=document.position in counted and not (newest and status and status.complaint),
            said=_said(document, status, found, void, counted=document.position in counted),
            age=found.at - document.at,
            decides=decides,
        )


def _said(
    document: Document,
    status: DocumentStatus | None,
    found: Assessment,
    void: frozenset[int],
    *,
    counted: bool,
) -> str:
    if document.withdrawn:
        return "withdrawn"
    if document.position in void:
        return VOID
    if status is not None and status.position == document.position and status.complaint:
        return status.complaint.partition(": ")[2] or status.complaint
    if not counted:
        return "not asked for" if status is None else "does not count"
    until = "counts" if status is None else _until(status.expires_at, found.at)
    return until + _left_out(document, found)


def _left_out(document: Document, found: Assessment) -> str:
    """The touched components that *document* is not about: nothing demands that it is."""
    touches = found.facts.get("touches")
    about = {part.component for part in document.subject}
    named = touches if isinstance(touches, tuple) else ()
    left = [name for name in named if name not in about]
    return f"; not about {', '.join(left)}" if left else ""


def _until(end: int | None, at: int) -> str:
    return "counts" if end is None else f"counts, expires in {ago(end - at)}"


def author_words(document: Document) -> str:
    """Who attached it first, and who took it over from another proposal, if somebody did."""
    if document.taken_from is None:
        return document.author
    by = "" if document.signer == document.author else f" by {document.signer}"
    return f"{document.author} (taken over{by})"


def evidence_section(state: ProposalState, found: Assessment, void: frozenset[int]) -> Section:
    """The documents of *state*, a line each."""
    rows = tuple(
        (
            one.document.type,
            one.document.name,
            short(one.document.digest),
            author_words(one.document),
            f"{ago(one.age)} old",
            one.said,
        )
        for one in papers(state, found, void)
    )
    return Section("Evidence", rows, ("type", "document", "digest", "by", "age", ""))
