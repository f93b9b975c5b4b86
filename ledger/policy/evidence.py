"""Which document of each type counts, and until when.

Of the documents of a type that were attached by someone its rule allows, the
newest decides. There is no falling back: where the newest was withdrawn, is about
other components than the revision's, or comes from somebody whom a duty binds, none
counts. The facts are computed without asking the duties, which ask for the facts.
"""

from collections.abc import Mapping

from ledger.model.events import CountedDocument, Metric
from ledger.policy.case import Case, Document, Lent
from ledger.policy.document import EvidenceRule, Policy
from ledger.policy.duties import first_unlifted, on_attaching


def newest_documents(policy: Policy, case: Case) -> dict[str, Document]:
    """The newest allowed document of each type that is named, whether it counts or not."""
    rules = policy.evidence_rules
    newest: dict[str, Document] = {}
    for document in case.documents:
        rule = rules.get(document.type)
        if rule is not None and is_allowed(rule, document, case):
            held = newest.get(document.type)
            if held is None or first_attached(document) > first_attached(held):
                newest[document.type] = document
    return newest


def first_attached(document: Document) -> int:
    """The position at which *document* was first attached: taking it over makes it no newer."""
    return document.position if document.taken_from is None else document.taken_from


def valid_documents(newest: Mapping[str, Document], case: Case) -> dict[str, Document]:
    """Those of the newest documents that were not withdrawn and are about this revision."""
    if not newest:
        return {}
    digests = case.release.stack.digests()
    return {
        type_: document
        for type_, document in newest.items()
        if not document.withdrawn and is_about(document, digests)
    }


def counted_documents(
    policy: Policy, valid: Mapping[str, Document], case: Case
) -> dict[str, Document]:
    """Those of the *valid* documents that count: neither silenced nor barred by a duty.

    A silenced one still says what it said about the facts, so that silencing it lowers
    no tier.
    """
    return {
        type_: one
        for type_, one in valid.items()
        if one.position not in case.silenced and barring_duty(policy, one, case) is None
    }


def barring_duty(policy: Policy, document: Document, case: Case) -> str | None:
    """The id of the duty that kept the author of *document* from attaching it, if one did."""
    barred = first_unlifted(on_attaching(policy, case, document)) if policy.duties else None
    return None if barred is None else barred.duty.id


def is_allowed(rule: EvidenceRule, document: Document, case: Case) -> bool:
    """Whether *rule* admits the author of *document*."""
    if rule.by and not set(rule.by) & set(document.roles):
        return False
    own, lent = relied_on(rule, document)
    lenders = {one.by for one in lent}
    if lenders and not own and lenders <= case.parties:
        return not rule.independent
    authors = {document.signer, document.author, document.accountable}
    return not (rule.independent and authors & case.parties)


def relied_on(
    rule: EvidenceRule | None, document: Document
) -> tuple[frozenset[str], tuple[Lent, ...]]:
    """The roles by which *rule* admits *document*: those of its author's own, and those lent."""
    asked = frozenset(() if rule is None else rule.by)
    lent = tuple(one for one in document.lent if one.role in asked)
    return (asked & set(document.roles)) - {one.role for one in lent}, lent


def is_about(document: Document, digests: Mapping[str, str]) -> bool:
    """Whether every component that *document* evaluated is the revision's."""
    return all(digests.get(part.component) == part.digest for part in document.subject)


def expires_at(rule: EvidenceRule, document: Document) -> int | None:
    """When *document* stops satisfying *rule*: the earlier of both limits, if there is one."""
    limits = [limit for limit in (rule.max_age, document.expires) if limit is not None]
    return document.at + min(limits) if limits else None


def current_documents(
    policy: Policy, counted: Mapping[str, Document], at: int
) -> dict[str, Document]:
    """The counted documents that have not expired at *at*."""
    rules = policy.evidence_rules
    return {
        type_: document
        for type_, document in counted.items()
        if (end := expires_at(rules[type_], document)) is None or at < end
    }


def bound_documents(counted: Mapping[str, Document]) -> tuple[CountedDocument, ...]:
    """The counted documents as an approval records them, sorted by type."""
    return tuple(
        CountedDocument(type=type_, digest=document.digest, position=document.position)
        for type_, document in sorted(counted.items())
    )


def reported_metrics(policy: Policy, current: Mapping[str, Document]) -> tuple[Metric, ...]:
    """Every number that the current documents supply: the baseline of what comes after.

    Where two documents report the same number under one name, it stands once; where
    they disagree, none of them is a baseline. An interval stands where all report the same.
    """
    found: dict[tuple[str, str], set[str]] = {}
    metrics: dict[tuple[str, str], Metric] = {}
    for type_, document in sorted(current.items()):
        for metric in document.metrics:
            if policy.supplies(type_, metric.name):
                key = (metric.name, metric.segment or "")
                found.setdefault(key, set()).add(metric.value)
                metrics[key] = _agreed(metrics.get(key, metric), metric)
    return tuple(metrics[key] for key in sorted(metrics) if len(found[key]) == 1)


def _agreed(one: Metric, other: Metric) -> Metric:
    """*one*, without its interval where *other* reports another, or none."""
    if (one.low, one.high, one.level) == (other.low, other.high, other.level):
        return one
    bare = {"low": None, "high": None, "level": None}
    return Metric.model_validate(one.model_dump() | bare)
