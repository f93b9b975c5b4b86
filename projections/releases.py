"""The releases that were started, and what became of them: table ``releases``."""

from collections.abc import Iterable

from sqlalchemy import (
    Boolean,
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
from ledger.decide.windows import result_of, window_end
from ledger.model.entry import Entry
from ledger.model.events import ReleaseStarted
from ledger.policy.rollout import Stage
from ledger.policy.stages import stages_of
from projections.tables import METADATA, Values, chunks, instant, many, numbers_text
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
    Column("tier", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("share", Text),
    Column("policy", Integer, nullable=False),
    Column("review", Text, nullable=False),
    Column("exceptions", Text, nullable=False),
    Column("started_position", Integer, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("completed_position", Integer),
    Column("completed_at", Text),
    Column("completed_by", Text),
    Column("window_until", Text),
    Column("result_position", Integer),
    Column("result_passing", Boolean),
    Column("rolled_back_position", Integer),
    Column("rolled_back_at", Text),
    Column("rolled_back_by", Text),
    Column("rolled_back_with", Text),
    Column("rollback", Text),
    Column("target", Text),
    Column("trigger", Text),
    Column("incident", Text),
    Column("observation", Integer),
    Column("since", Text),
    Column("rollback_seconds", Integer),
    Column("in_time", Boolean),
    Column("replaced_position", Integer),
    Column("unsupported_position", Integer),
    Index("releases_by_alias", "alias", "started_position"),
    Index("releases_by_rollback", "rolled_back_position"),
    Index("releases_by_start", "started_at"),
    Index("releases_by_end", "rolled_back_at"),
    Index("releases_by_number", "number"),
)

WATCHED = ("window_until", "result_position", "result_passing")
"""The columns that say what became of watching a completed release."""

LATER = (
    *("completed_position", "completed_at", "completed_by", *WATCHED),
    *("rolled_back_position", "rolled_back_at", "rolled_back_by", "rolled_back_with"),
    *("rollback", "target"),
    *("trigger", "incident", "observation", "since", "rollback_seconds", "in_time"),
    *("replaced_position", "unsupported_position"),
)
"""The columns of which nothing is known when a release is started."""


def started(standing: Standing, one: Judged, entry: Entry, event: ReleaseStarted) -> Values:
    """The row of the release that *entry* starts."""
    state = standing.proposal(event.proposal)
    under = (standing.exception(name) for name in event.exceptions)
    row: Values = {
        "proposal": event.proposal,
        "number": None if state is None else state.number,
        "alias": event.alias,
        "stack_digest": event.stack.digest,
        "stack": stack_text(event.stack),
        "metrics": metrics_text(event.metrics),
        "tier": event.tier,
        "stage": event.stage,
        "share": None,
        "policy": event.policy,
        "review": event.review,
        "exceptions": numbers_text(found.number for found in under if found is not None),
        "started_position": one.position,
        "started_at": instant(one.at),
        "started_by": entry.by.signer,
        **dict.fromkeys(LATER),
    }
    return row | {"share": stage_named(standing, row, event.stage).share}


def stage_named(standing: Standing, release: Values, name: str) -> Stage:
    """The stage of that *name* under the policy that *release* was started under."""
    stages = stages_of(standing.policy(release["policy"]), release["alias"], release["tier"])
    return next(stage for stage in stages if stage.id == name)


def watched(standing: Standing, release: Values) -> Values:
    """Until when the row *release* is watched once completed, and what came of that, as of now."""
    name, alias = release["proposal"], release["alias"]
    found = standing.alias(alias).running(name) or standing.earlier(name)
    if found is None:
        return {}
    seen = result_of(standing, alias, found)
    return {
        "window_until": instant(window_end(standing, found)),
        "result_position": None if seen is None else seen.position,
        "result_passing": None if seen is None else seen.passing,
    }


def refresh(connection: Connection, standing: Standing) -> None:
    """Say anew until when releases are watched, and what of it counts."""
    column, wanted = releases.c, bindparam("wanted", type_=Text)
    rows = connection.execute(
        select(column.proposal, column.alias).where(column.window_until.is_not(None))
    ).mappings()
    found = [{"wanted": row["proposal"], **watched(standing, dict(row))} for row in rows]
    meant = update(releases).where(column.proposal == wanted)
    many(connection, meant.values({name: bindparam(name) for name in WATCHED}), found)


def known(connection: Connection, proposals: Iterable[str]) -> dict[str, Values]:
    """The rows of the releases of *proposals* that were started before, by proposal."""
    found: dict[str, Values] = {}
    for names in chunks(sorted(proposals)):
        wanted = select(releases).where(releases.c.proposal.in_(names))
        for row in connection.execute(wanted).mappings():
            found[row["proposal"]] = dict(row)
    return found


def displace(connection: Connection, starts: Iterable[Values]) -> None:
    """Say which releases under way lost their place to *starts*: those without their consent."""
    release, wanted = releases.c, bindparam("wanted", type_=Text)
    gone = update(releases).where(
        release.alias == wanted,
        release.started_position < bindparam("at"),
        release.completed_position.is_(None),
        release.rolled_back_position.is_(None),
        release.replaced_position.is_(None),
    )
    rows = [{"wanted": row["alias"], "at": row["started_position"]} for row in starts]
    many(connection, gone.values(replaced_position=bindparam("at")), rows)


def candidate_as_of(
    connection: Connection, alias: str, position: int
) -> Row[tuple[object, ...]] | None:
    """The release to *alias* that was under way at *position*, inclusive."""
    release = releases.c
    ends = (release.completed_position, release.rolled_back_position, release.replaced_position)
    return connection.execute(
        select(releases).where(
            release.alias == alias,
            release.started_position <= position,
            *(end.is_(None) | (end > position) for end in ends),
        )
    ).first()


def release_list(
    connection: Connection, *, alias: str | None = None, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The releases started up to a position, to one alias or all, oldest first."""
    wanted = select(releases).order_by(releases.c.started_position)
    if alias is not None:
        wanted = wanted.where(releases.c.alias == alias)
    if up_to is not None:
        wanted = wanted.where(releases.c.started_position <= up_to)
    return list(connection.execute(wanted).all())


def rollback_list(
    connection: Connection, *, alias: str | None = None, up_to: int | None = None
) -> list[Row[tuple[object, ...]]]:
    """The releases that were rolled back up to a position, of one alias or all, in that order.

    Without those that were under way on top of another and went with it.
    """
    column = releases.c
    wanted = select(releases).where(
        column.rolled_back_position.is_not(None), column.rolled_back_with.is_(None)
    )
    if alias is not None:
        wanted = wanted.where(column.alias == alias)
    if up_to is not None:
        wanted = wanted.where(column.rolled_back_position <= up_to)
    return list(connection.execute(wanted.order_by(column.rolled_back_position)).all())
