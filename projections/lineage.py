"""What a release changes that no document is about: gaps in its lineage."""

from ledger.model.stack import Stack, touched
from projections.judgements import Judgement


def lineage_gaps(stack: Stack, one: Judgement) -> list[str]:
    """The components of which it cannot be told where they come from, by name; none: complete.

    A component that differs from what the alias runs has to be the subject of a document that
    counts; and who names a model names the data set it was made from.
    """
    stable = one.case.stable
    named = {part.component for part in stack.components}
    counting = {document.position for document in one.assessment.binding.evidence}
    about = {
        part.component
        for document in one.case.documents
        if document.position in counting
        for part in document.subject
    }
    changed = named.intersection(touched(stack, None if stable is None else stable.stack))
    nameless = {"dataset"} - named if "model" in named else set[str]()
    return sorted((changed - about) | nameless)
