"""What was observed of releases, and what that says of them: table ``observations``."""

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, Table, Text, select

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.entry import Entry
from ledger.model.events import ObservationRecorded
from projections.tables import METADATA, Values, instant, listed
from projections.texts import metrics_text

observations = Table(
    "observations",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("proposal", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("stage", Text),
    Column("observer", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("start", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("incident", Text),
    Column("summary", Text),
    Column("why", Text),
    Column("passing", Boolean, nullable=False),
    Column("complaints", Text, nullable=False),
    Column("breaches", Text, nullable=False),
    Index("observations_by_proposal", "proposal", "position"),
    Index("observations_by_alias", "alias", "position"),
)


def observed(
    standing: Standing, one: Judged, entry: Entry, event: ObservationRecorded, number: int
) -> Values:
    """The row of what *entry* reports of the release *number*, as it was judged then."""
    found = standing.observation(one.position)
    return {
        "position": one.position,
        "proposal": event.proposal,
        "number": number,
        "alias": event.alias,
        "stage": event.stage,
        "observer": entry.by.signer,
        "at": instant(one.at),
        "start": event.start,
        "until": event.until,
        "source": event.source,
        "metrics": metrics_text(event.metrics),
        "incident": event.incident,
        "summary": event.summary,
        "why": event.why,
        "passing": None if found is None else found.passing,
        "complaints": listed(() if found is None else found.complaints),
        "breaches": listed(() if found is None else found.breaches),
    }


def observation_list(
    connection: Connection,
    *,
    proposal: str | None = None,
    alias: str | None = None,
    failing: bool = False,
    up_to: int | None = None,
) -> list[Row[tuple[Any, ...]]]:
    """The observations of one release, of one alias or all, oldest first; or those not passing."""
    column = observations.c
    wanted = select(observations).order_by(column.position)
    if proposal is not None:
        wanted = wanted.where(column.proposal == proposal)
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    if failing:
        wanted = wanted.where(column.passing.is_(False))
    if up_to is not None:
        wanted = wanted.where(column.position <= up_to)
    return list(connection.execute(wanted).all())
