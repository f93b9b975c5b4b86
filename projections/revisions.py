"""How a proposal got on: its revisions, the facts added to it, and who rejected it.

Tables ``revisions``, ``added_facts`` and ``rejections``, each with one row for one entry.
What a revision, or taking a rejection back, made of the others stays in the table.
"""

from collections.abc import Sequence

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, update

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.effects import ReleaseEffect
from ledger.model.entry import Entry
from ledger.model.events import (
    FactAdded,
    ProposalOpened,
    ProposalRejected,
    ProposalRevised,
    RejectionRetracted,
)
from projections.tables import METADATA, Values, instant, put

revisions = Table(
    "revisions",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("base", Integer),
    Column("summary", Text, nullable=False),
    Column("stack_digest", Text),
    Index("revisions_by_proposal", "proposal", "revision"),
    Index("revisions_by_time", "at"),
    Index("revisions_by_number", "number", "revision", "at"),
)

added_facts = Table(
    "added_facts",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("fact", Text, nullable=False),
    Column("signer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("added_facts_by_proposal", "proposal", "position"),
    Index("added_facts_by_time", "at"),
)

rejections = Table(
    "rejections",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("signer", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("retracted_position", Integer),
    Column("retracted_at", Text),
    Index("rejections_by_proposal", "proposal", "position"),
    Index("rejections_by_signer", "signer", "position"),
    Index("rejections_by_time", "at"),
)


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> None:
    """Write what *judged* entries say of the course of proposals, in their order."""
    revised: list[Values] = []
    added: list[Values] = []
    for one in judged:
        if one.entry is None or not one.admitted:
            continue
        match one.entry.event:
            case ProposalOpened() | ProposalRevised() as event:
                revised.append(_revision(standing, one, one.entry, event))
            case FactAdded() as event:
                row = _said(standing, one, one.entry, event.proposal)
                added.append({**row, "fact": event.fact})
            case ProposalRejected() as event:
                put(connection, rejections, [_rejection(standing, one, one.entry, event)])
            case RejectionRetracted() as event:
                _retract(connection, one, one.entry, event)
            case _:
                pass
    put(connection, revisions, revised)
    put(connection, added_facts, added)


def _said(standing: Standing, one: Judged, entry: Entry, proposal: str) -> Values:
    state = standing.proposal(proposal)
    return {
        "position": one.position,
        "proposal": proposal,
        "number": None if state is None else state.number,
        "signer": entry.by.signer,
        "at": instant(one.at),
    }


def _revision(
    standing: Standing, one: Judged, entry: Entry, event: ProposalOpened | ProposalRevised
) -> Values:
    effect = event.effect
    return {
        **_said(standing, one, entry, event.proposal),
        "revision": event.revision if isinstance(event, ProposalRevised) else 1,
        "base": event.base,
        "summary": effect.summary,
        "stack_digest": effect.stack.digest if isinstance(effect, ReleaseEffect) else None,
    }


def _rejection(standing: Standing, one: Judged, entry: Entry, event: ProposalRejected) -> Values:
    return {
        **_said(standing, one, entry, event.proposal),
        "revision": event.revision,
        "role": event.role,
        "reason": event.reason,
        "retracted_position": None,
        "retracted_at": None,
    }


def _retract(connection: Connection, one: Judged, entry: Entry, event: RejectionRetracted) -> None:
    """Say of what the author of *entry* has rejected that it is taken back."""
    column = rejections.c
    held = update(rejections).where(
        column.proposal == event.proposal,
        column.signer == entry.by.signer,
        column.retracted_position.is_(None),
    )
    connection.execute(held.values(retracted_position=one.position, retracted_at=instant(one.at)))
