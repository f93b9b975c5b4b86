"""Everything that happened to each alias, in the order of the log: the view ``alias_timeline``.

It tells the admitted entries that are about a proposal of the alias, or about a stop of it,
and those by which something of it lost its consent. So no kind of entry can be forgotten here.
"""

from typing import Final

from sqlalchemy import ColumnElement, Select, Table, func, select, union, union_all
from sqlalchemy.sql.ddl import CreateView

from projections.log import entries
from projections.overrides import overrides
from projections.proposals import proposals
from projections.reviews import reviews
from projections.tables import METADATA

TARGET: Final = "alias/"
"""How the target of a stop of an alias begins."""

_entry, _proposal, _stop = entries.c, proposals.c, overrides.c


def _told(
    alias: ColumnElement[str], number: ColumnElement[int | None]
) -> Select[tuple[object, ...]]:
    """What an entry says of *alias* and of the proposal of that *number*."""
    return select(
        alias.label("alias"),
        _entry.position,
        _entry.judged_at.label("at"),
        _entry.signer,
        _entry.kind,
        number.label("number"),
        _entry.summary.label("what"),
    )


def _about_proposals() -> Select[tuple[object, ...]]:
    return (
        _told(_proposal.alias, _proposal.number)
        .join_from(proposals, entries, _entry.proposal == _proposal.number)
        .where(_proposal.alias.is_not(None), _entry.admitted)
    )


def _about_stops() -> Select[tuple[object, ...]]:
    """Set, lifted, in force again, and reviewed: one row for each entry, of however many stops."""
    reviewed = select(_stop.target, reviews.c.closed_position).join_from(
        overrides, reviews, reviews.c.subject == _stop.id
    )
    touched = union(
        select(_stop.target, _stop.valid_from_position.label("position")),
        select(_stop.target, _stop.valid_to_position),
        reviewed,
    ).subquery()
    name = func.substr(touched.c.target, len(TARGET) + 1)
    return (
        _told(name, _entry.proposal)
        .join_from(touched, entries, _entry.position == touched.c.position)
        .where(func.substr(touched.c.target, 1, len(TARGET)) == TARGET)
    )


def _without_consent() -> Select[tuple[object, ...]]:
    return (
        _told(_proposal.alias, _proposal.number)
        .join_from(proposals, entries, _entry.position == _proposal.unsupported_position)
        .where(_proposal.alias.is_not(None))
    )


TIMELINE: Final[Table] = CreateView(
    union_all(_about_proposals(), _about_stops(), _without_consent()),
    "alias_timeline",
    metadata=METADATA,
).table
"""One row for each entry, alias and proposal; ``number`` is that of the proposal."""
