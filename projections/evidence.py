"""What was attached and who approved.

Tables ``evidence``, ``evidence_metrics`` and ``approvals``. What a retraction or a newer
approval replaced stays in the table and no longer counts.
"""

from collections.abc import Iterator

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    select,
)

from ledger.decide.states import ProposalState
from ledger.model.events import ApprovalGranted
from ledger.policy.case import Document
from ledger.policy.document import Policy
from ledger.policy.evidence import expires_at
from projections.tables import METADATA, Values, instant

evidence = Table(
    "evidence",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("expires_at", Text),
    Column("withdrawn", Boolean, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("subject", Text, nullable=False),
    Column("taken_from", Integer),
    Index("evidence_by_number", "number", "position"),
    Index("evidence_by_digest", "digest"),
    Index("evidence_by_time", "at"),
    Index("evidence_by_expiry", "expires_at"),
)

evidence_metrics = Table(
    "evidence_metrics",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("low", Text),
    Column("high", Text),
    Column("level", Text),
    Index("evidence_metrics_by_name", "name", "segment"),
)

approvals = Table(
    "approvals",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("on_behalf", Text),
    Column("at", Text, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("review_digest", Text, nullable=False),
    Index("approvals_by_proposal", "proposal", "position"),
    Index("approvals_by_signer", "signer", "position"),
    Index("approvals_by_time", "at", "number", "revision", "role", "signer"),
)


def evidence_rows(
    state: ProposalState, policy: Policy, counted: frozenset[int]
) -> Iterator[Values]:
    """One row for each document of a proposal; *counted* are the positions of those that count."""
    rules = policy.evidence_rules
    for document in state.documents:
        rule = rules.get(document.type)
        own = None if document.expires is None else document.at + document.expires
        yield {
            "position": document.position,
            "proposal": state.id,
            "number": state.number,
            "type": document.type,
            "name": document.name,
            "digest": document.digest,
            "size": document.size,
            "author": document.author,
            "signer": document.signer,
            "at": instant(document.at),
            "expires_at": instant(own if rule is None else expires_at(rule, document)),
            "withdrawn": document.withdrawn,
            "counts": document.position in counted,
            "subject": " ".join(part.component for part in document.subject),
            "taken_from": document.taken_from,
        }


def metric_rows(document: Document) -> Iterator[Values]:
    """One row for each number of a document; its segment is empty for an overall number."""
    for metric in document.metrics:
        yield {
            "position": document.position,
            "name": metric.name,
            "segment": metric.segment or "",
            "value": metric.value,
            "low": metric.low,
            "high": metric.high,
            "level": metric.level,
        }


def granted_row(
    state: ProposalState, event: ApprovalGranted, *, position: int, by: str, at: int
) -> Values:
    """The row of an approval just given; whether it is held and counts is said afterwards."""
    return {
        "position": position,
        "proposal": state.id,
        "number": state.number,
        "revision": event.binding.revision,
        "signer": by,
        "role": event.role,
        "on_behalf": event.on_behalf,
        "at": instant(at),
        "counts": False,
        "held": False,
        "policy": event.binding.policy,
        "review_digest": event.review,
    }


def evidence_list(
    connection: Connection, number: int, *, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The documents of a proposal attached up to a position, oldest first."""
    wanted = select(evidence).where(evidence.c.number == number).order_by(evidence.c.position)
    if up_to is not None:
        wanted = wanted.where(evidence.c.position <= up_to)
    return list(connection.execute(wanted).all())


def evidence_by_digest(connection: Connection, digest: str) -> list[Row[tuple[object, ...]]]:
    """Where a document was attached: each place, oldest first."""
    wanted = select(evidence).where(evidence.c.digest == digest)
    return list(connection.execute(wanted.order_by(evidence.c.position)).all())


def metric_list(connection: Connection, position: int) -> list[Row[tuple[object, ...]]]:
    """The numbers of the document attached at *position*."""
    wanted = select(evidence_metrics).where(evidence_metrics.c.position == position)
    ordered = wanted.order_by(evidence_metrics.c.name, evidence_metrics.c.segment)
    return list(connection.execute(ordered).all())


def approval_list(connection: Connection, number: int) -> list[Row[tuple[object, ...]]]:
    """Every approval ever given to a proposal, oldest first."""
    wanted = select(approvals).where(approvals.c.number == number)
    return list(connection.execute(wanted.order_by(approvals.c.position)).all())
