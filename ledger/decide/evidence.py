"""Evidence: documents attached to a proposal, and taken back by their author."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ledger.decide.cases import known_proposal, policy_for, touched
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.proposal import require_wanted
from ledger.decide.replacing import replace
from ledger.decide.roles import loans, roles_held
from ledger.decide.settling import settlement
from ledger.decide.signer_states import SignerState
from ledger.decide.states import DocumentState, ProposalState, State
from ledger.errors import BadInput, Refused
from ledger.model.events import EvidenceAttached, EvidenceWithdrawn, Metric
from ledger.model.names import covers
from ledger.model.stack import ComponentDigest
from ledger.policy.assessment import RequirementStatus
from ledger.policy.case import ROOT, Document, Lent, require_release
from ledger.policy.document import Policy, Requirement

DOCUMENTS = 64
"""The most documents one signer attaches to a proposal: its state is one row, and grows."""


def attach(
    standing: Standing,
    *,
    by: SignerState,
    proposal: str,
    type_: str,
    name: str,
    digest: str,
    size: int,
    subject: Sequence[ComponentDigest],
    metrics: Sequence[Metric],
    expires: int | None,
    taken_from: int | None = None,
) -> EvidenceAttached:
    """Attach a document about components of the current revision."""
    state = known_proposal(standing, proposal)
    require_wanted(standing, state)
    if sum(document.signer == by.id for document in state.documents) >= DOCUMENTS:
        raise Refused(
            "too-many-documents",
            f"{by.id} has attached {DOCUMENTS} documents to #{state.number}, the most allowed",
            hint="put several documents into one archive, or open another proposal",
        )
    _require_lacking(standing, state, type_)
    _check_subject(state, subject)
    require_distinct(metrics)
    event = EvidenceAttached(
        proposal=proposal,
        revision=state.revision,
        type=type_,
        name=name,
        digest=digest,
        size=size,
        subject=tuple(subject),
        metrics=tuple(metrics),
        expires=expires,
        taken_from=taken_from,
    )
    if taken_from is not None:
        _check_taken(event, document_at(standing, taken_from))
    return event


def _require_lacking(standing: Standing, state: ProposalState, type_: str) -> None:
    """Refuse, of a release that owes, what would only void the approvals that it has."""
    if state.closure is None:
        return
    policy, found = policy_for(standing, state), settlement(standing, state, people=False)
    rules = {one.id: one for one in policy.requirements}
    unmet = [one for one in found.requirements if one.status in ("unsatisfied", "blocked")]
    lacking = {d.type for one in unmet for d in one.documents if d.complaint is not None}
    lacking |= {rules[one.id].source or "" for one in unmet if _lacks_numbers(rules[one.id], one)}
    if type_ not in lacking:
        raise Refused(
            "not-lacking",
            f"#{state.number} was started, and lacks no {type_}",
            hint=f"it lacks: {', '.join(sorted(lacking - {''})) or 'no evidence'}",
        )


def _lacks_numbers(rule: Requirement, found: RequirementStatus) -> bool:
    """Whether a number that *rule* checks is missing, or out of its bounds."""
    asked = bool(rule.metrics or rule.segments)
    return asked and (not found.measurements or any(one.complaints for one in found.measurements))


def withdraw_evidence(
    standing: Standing, *, by: SignerState, proposal: str, digest: str, reason: str | None
) -> EvidenceWithdrawn:
    """Take one's own document back."""
    state = known_proposal(standing, proposal)
    require_wanted(standing, state)
    live = [d for d in state.documents if d.digest == digest and not d.withdrawn]
    if not live:
        raise Refused("unknown-evidence", f"#{state.number} has no document {digest}")
    if not any(by.id in (document.signer, document.author) for document in live):
        raise Refused(
            "not-your-evidence",
            f"the document was attached by {live[-1].author}",
            hint="only its author withdraws evidence",
        )
    return EvidenceWithdrawn(proposal=proposal, digest=digest, reason=reason)


def evolve(
    standing: Standing, event: EvidenceAttached | EvidenceWithdrawn, on: Happening
) -> tuple[State, ...]:
    """The rows that change with *event*."""
    state = known_proposal(standing, event.proposal)
    if isinstance(event, EvidenceAttached):
        document = _document(standing, state.effect.alias, event, on)
        attached = replace(touched(standing, state, on), documents=(*state.documents, document))
        return attached, DocumentState(on.position, state.id)
    documents = tuple(
        replace(document, withdrawn=True, withdrawn_at=on.position)
        if document.digest == event.digest
        and not document.withdrawn
        and on.signer in (document.signer, document.author)
        else document
        for document in state.documents
    )
    return (replace(touched(standing, state, on), documents=documents),)


def document_at(standing: Standing, position: int) -> Document:
    """The document attached at *position*; raises :class:`BadInput` where there is none."""
    holder = standing.holder_of(position)
    found = () if holder is None else holder.documents
    for document in found:
        if document.position == position:
            return document
    raise BadInput("unknown-evidence", f"no document was attached at position {position}")


def _document(
    standing: Standing, alias: str | None, event: EvidenceAttached, on: Happening
) -> Document:
    first = None if event.taken_from is None else document_at(standing, event.taken_from)
    author = standing.signer(on.signer if first is None else first.author)
    accountable = None if author is None else author.accountable
    held = {} if author is None else roles_held(standing, author, alias, on.at)
    own = {role for role, lent in held.items() if lent is None} - {ROOT}
    given = () if author is None else loans(standing, author, alias, on.at)
    lent = tuple(_used(standing.policy(), event.type, own, given)) if first is None else first.lent
    roles = _still(author, alias, first) if first is not None else own | {x.role for x in lent}
    return Document(
        position=on.position,
        type=event.type,
        name=event.name,
        digest=event.digest,
        size=event.size,
        subject=event.subject,
        metrics=event.metrics,
        signer=on.signer,
        author=on.signer if first is None else first.author,
        accountable=accountable if first is None else first.accountable,
        roles=tuple(sorted(roles)),
        at=on.at if first is None else first.at,
        expires=event.expires,
        withdrawn=False,
        taken_from=event.taken_from,
        lent=lent,
    )


def _used(
    policy: Policy, type_: str, own: Collection[str], given: Iterable[Lent]
) -> Iterator[Lent]:
    """The lent roles that a document of *type_* rests on: those its rule asks for, if none is own.

    A loan needs nobody's acceptance, so one of no use must not become part of the document.
    """
    rule = policy.evidence_rules.get(type_)
    asked = () if rule is None else rule.by
    if not set(asked) & set(own):
        yield from (lent for lent in given if lent.role in asked)


def _still(author: SignerState | None, alias: str | None, first: Document) -> frozenset[str]:
    """The roles in which *author* attached *first* that were never limited to other aliases."""
    if author is None:
        return frozenset()
    granted = {one.role for one in author.grants if covers(one.aliases, alias)}
    lent = {r for one in author.delegations if covers(one.aliases, alias) for r in one.roles}
    return frozenset(first.roles) & (granted | lent)


def _check_subject(state: ProposalState, subject: Sequence[ComponentDigest]) -> None:
    names = [part.component for part in subject]
    if names != sorted(set(names)):
        raise BadInput("subject-order", "the subject must be sorted, each component once")
    digests = require_release(state.effect, state.number).stack.digests()
    for part in subject:
        if digests.get(part.component) != part.digest:
            raise Refused(
                "subject-differs",
                f"#{state.number} has no {part.component} of digest {part.digest}",
                hint="evidence is about components of the current revision",
            )


def require_distinct(metrics: Sequence[Metric]) -> None:
    """Refuse *metrics* of which two are the same number; raises :class:`BadInput`."""
    seen: set[tuple[str, str | None]] = set()
    for metric in metrics:
        key = (metric.name, metric.segment)
        if key in seen:
            raise BadInput("metric-twice", f"the metric {metric.name} stands twice")
        seen.add(key)


def _check_taken(event: EvidenceAttached, first: Document) -> None:
    """What is taken over is the same document with the same numbers, about the same parts."""
    if first.withdrawn:
        raise Refused("evidence-withdrawn", f"the document at {event.taken_from} was withdrawn")
    if first.taken_from is not None:
        raise Refused(
            "not-the-first",
            f"the document at {event.taken_from} was itself taken over",
            hint=f"name the first: {first.taken_from}",
        )
    mine = (event.type, event.digest, event.size, event.subject, event.metrics, event.expires)
    theirs = (first.type, first.digest, first.size, first.subject, first.metrics, first.expires)
    if mine != theirs:
        raise Refused("evidence-differs", "a document taken over must be unchanged")
