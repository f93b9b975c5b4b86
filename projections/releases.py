"""The releases that were started, and what became of them: table ``releases``."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    select,
    update,
)

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.model.events import ReleaseCompleted, ReleaseStarted
from projections.tables import METADATA, Values, chunks, instant, put
from projections.texts import metrics_text, stack_text

releases = Table(
    "releases",
    METADATA,
    Column("proposal", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("alias", Text, nullable=False),
    Column("stack_digest", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("review", Text, nullable=False),
    Column("started_position", Integer, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("completed_position", Integer),
    Column("completed_at", Text),
    Column("completed_by", Text),
    Column("replaced_position", Integer),
    Column("unsupported_position", Integer),
    Index("releases_by_alias", "alias", "started_position"),
)


@dataclass(frozen=True, slots=True)
class Moved:
    """The aliases whose releases a batch changed, and the rows of those completed, in order."""

    aliases: frozenset[str]
    completed: tuple[Values, ...]


def write(connection: Connection, judged: Sequence[Judged], standing: Standing) -> Moved:
    """Write the releases that *judged* entries start, complete and replace."""
    done = [one for one in judged if one.admitted and one.entry is not None]
    rows = _started(done, standing)
    completed = _completed(connection, done, rows)
    put(connection, releases, list(rows.values()))
    if standing.head.disownings:
        _replace(connection, done)
    return Moved(frozenset(row["alias"] for row in rows.values()), tuple(completed))


def _started(done: Sequence[Judged], standing: Standing) -> dict[str, Values]:
    rows: dict[str, Values] = {}
    for one in done:
        if one.entry is None or not isinstance(one.entry.event, ReleaseStarted):
            continue
        event = one.entry.event
        state = standing.proposal(event.proposal)
        rows[event.proposal] = {
            "proposal": event.proposal,
            "number": None if state is None else state.number,
            "alias": event.alias,
            "stack_digest": event.stack.digest,
            "stack": stack_text(event.stack),
            "metrics": metrics_text(event.metrics),
            "stage": event.stage,
            "policy": event.policy,
            "review": event.review,
            "started_position": one.position,
            "started_at": instant(one.at),
            "started_by": one.entry.by.signer,
            "completed_position": None,
            "completed_at": None,
            "completed_by": None,
            "replaced_position": None,
            "unsupported_position": None,
        }
    return rows


def _replace(connection: Connection, done: Sequence[Judged]) -> None:
    """Say which releases under way lost their place: those that had lost their consent."""
    release, wanted = releases.c, bindparam("wanted", type_=Text)
    gone = update(releases).where(
        release.alias == wanted,
        release.started_position < bindparam("at"),
        release.completed_position.is_(None),
        release.replaced_position.is_(None),
    )
    starts = [
        {"wanted": one.entry.event.alias, "at": one.position}
        for one in done
        if one.entry is not None and isinstance(one.entry.event, ReleaseStarted)
    ]
    for start in starts:
        connection.execute(gone.values(replaced_position=start["at"]), start)


def _completed(
    connection: Connection, done: Sequence[Judged], started: dict[str, Values]
) -> list[Values]:
    """Complete the rows of *started*, joined by those begun in an earlier batch; in order."""
    endings = {
        one.entry.event.proposal: one
        for one in done
        if one.entry is not None and isinstance(one.entry.event, ReleaseCompleted)
    }
    for names in chunks(endings.keys() - started.keys()):
        earlier = select(releases).where(releases.c.proposal.in_(names))
        for row in connection.execute(earlier).mappings():
            started[row["proposal"]] = dict(row)
    for proposal, one in endings.items():
        if one.entry is not None:
            started[proposal] |= {
                "completed_position": one.position,
                "completed_at": instant(one.at),
                "completed_by": one.entry.by.signer,
            }
    return [started[proposal] for proposal in endings]


def candidate_as_of(
    connection: Connection, alias: str, position: int
) -> Row[tuple[object, ...]] | None:
    """The release to *alias* that was under way at *position*, inclusive."""
    release = releases.c
    return connection.execute(
        select(releases).where(
            release.alias == alias,
            release.started_position <= position,
            release.completed_position.is_(None) | (release.completed_position > position),
            release.replaced_position.is_(None) | (release.replaced_position > position),
        )
    ).first()


def release_list(
    connection: Connection, *, alias: str | None = None
) -> list[Row[tuple[object, ...]]]:
    """The releases, to one alias or all, oldest first."""
    wanted = select(releases).order_by(releases.c.started_position)
    if alias is not None:
        wanted = wanted.where(releases.c.alias == alias)
    return list(connection.execute(wanted).all())
