"""The stages that releases came into, and by which observation they passed: ``release_stages``."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Row, Table, Text, select

from projections.tables import METADATA, Values, chunks

release_stages = Table(
    "release_stages",
    METADATA,
    Column("proposal", Text, primary_key=True),
    Column("entered_position", Integer, primary_key=True, autoincrement=False),
    Column("alias", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("share", Text),
    Column("entered_at", Text, nullable=False),
    Column("entered_by", Text, nullable=False),
    Column("passed_position", Integer),
    Column("passed_at", Text),
    Column("passed_by", Text),
    Column("observation", Integer),
    Index("release_stages_by_alias", "alias", "entered_position"),
)

TAKEN = ("proposal", "alias", "number", "stage", "share")
"""The columns that a release and the stage it is in have in common."""


def entered(release: Values, position: int, at: str | None, by: str) -> Values:
    """The row of the stage that *release* came into."""
    return {
        **{name: release[name] for name in TAKEN},
        "entered_position": position,
        "entered_at": at,
        "entered_by": by,
        "passed_position": None,
        "passed_at": None,
        "passed_by": None,
        "observation": None,
    }


def not_passed(connection: Connection, proposals: Iterable[str]) -> dict[str, Values]:
    """The row of the stage that the release of each of *proposals* was in last, by proposal."""
    column = release_stages.c
    found: dict[str, Values] = {}
    for names in chunks(sorted(proposals)):
        wanted = select(release_stages).where(
            column.proposal.in_(names), column.passed_position.is_(None)
        )
        for row in connection.execute(wanted).mappings():
            found[row["proposal"]] = dict(row)
    return found


def stage_list(connection: Connection, proposal: str) -> list[Row[tuple[Any, ...]]]:
    """The stages that the release of *proposal* came into, in order."""
    column = release_stages.c
    wanted = select(release_stages).where(column.proposal == proposal)
    return list(connection.execute(wanted.order_by(column.entered_position)).all())
