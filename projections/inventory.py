"""What runs where, who answers for it, and what that rests on: the SQL view ``model_inventory``.

A view has no clock: *now* is ledger time, that of the last entry. Who asks later than that
compares ``evidence_expires_at``, ``exceptions_end`` and ``owed_until`` with their own moment.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    cast,
    exists,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.ddl import CreateView
from sqlalchemy.sql.functions import FunctionElement

from projections.aliases import aliases
from projections.evidence import evidence, evidence_metrics
from projections.exceptions import exceptions
from projections.log import entries
from projections.observations import observations
from projections.proposals import proposals
from projections.releases import releases
from projections.signers import active_person
from projections.tables import METADATA


class of_component(FunctionElement[str]):  # noqa: N801 - it is read as a function of SQL
    """Of a stack as JSON text the ``version`` or ``digest`` of a component; NULL without it."""

    type = Text()
    inherit_cache = True
    name = "of_component"


@compiles(of_component, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    stack, component, field = (compiler.process(one, **options) for one in element.clauses)
    return (
        f"(SELECT json_extract(part.value, '$.' || {field})"  # noqa: S608 - no word is foreign
        f" FROM json_each({stack}, '$.components') AS part"
        f" WHERE json_extract(part.value, '$.component') = {component})"
    )


@compiles(of_component, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    stack, component, field = (compiler.process(one, **options) for one in element.clauses)
    return (
        f"(SELECT part.value ->> {field}"  # noqa: S608 - no word is foreign
        f" FROM json_array_elements(CAST({stack} AS json) -> 'components') AS part"
        f" WHERE part.value ->> 'component' = {component})"
    )


_alias, _proposal, _release = aliases.c, proposals.c, releases.c


def _first(wanted: ColumnElement[Any], *order: ColumnElement[Any]) -> Select[Any]:
    """The value of *wanted* in the first row by *order*."""
    return select(wanted).order_by(*order).limit(1)


def _document(wanted: ColumnElement[Any], *order: ColumnElement[Any]) -> Select[Any]:
    """The same, of the documents that count for what an alias runs."""
    of = evidence.c
    return _first(wanted, *order).where(of.number == _alias.number, of.counts)


def _validation(wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the newest document that counts and has numbers: a text validates nothing."""
    of = evidence.c
    measured = exists().where(evidence_metrics.c.position == of.position)
    found = _document(wanted, of.at.desc(), of.position.desc()).where(measured)
    return found.scalar_subquery()


def _expiring(wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the document that expires first, or did."""
    of = evidence.c
    found = _document(wanted, of.expires_at, of.position).where(of.expires_at.is_not(None))
    return found.scalar_subquery()


def _observation(wanted: ColumnElement[Any]) -> ColumnElement[Any]:
    """Of the newest observation that passed."""
    of = observations.c
    passed = _first(wanted, of.position.desc()).where(of.proposal == _alias.proposal, of.passing)
    return passed.scalar_subquery()


def _open_exceptions() -> Select[Any]:
    """Numbers and ends of the exceptions of an alias that are in force at ledger time."""
    of = exceptions.c
    now = _first(entries.c.judged_at, entries.c.position.desc()).scalar_subquery()
    return (
        select(of.number, of.ends_at)
        .where(
            of.alias == _alias.alias,
            of.closed_position.is_(None),
            of.unsupported_position.is_(None),
            of.ends_at > now,
        )
        .order_by(of.number)
        .correlate(aliases)
    )


def _exception_numbers() -> ColumnElement[Any]:
    """Those numbers as a JSON list."""
    found = _open_exceptions().subquery()
    told = select(func.aggregate_strings(cast(found.c.number, Text), ","))
    return type_coerce("[" + func.coalesce(told.scalar_subquery(), "") + "]", Text)


def _exceptions_end() -> ColumnElement[Any]:
    found = _open_exceptions().subquery()
    return select(func.min(found.c.ends_at)).scalar_subquery()


def _owed_until() -> ColumnElement[Any]:
    """When the first release to an alias that owes has to be approved."""
    owing = proposals.alias("owing")
    found = select(func.min(owing.c.owed_until)).where(owing.c.alias == _alias.alias)
    return found.scalar_subquery()


INVENTORY: Final[Table] = CreateView(
    select(
        _alias.alias,
        _alias.model,
        _alias.environment,
        of_component(_alias.stack, literal("model"), literal("version")).label("model_version"),
        of_component(_alias.stack, literal("model"), literal("digest")).label("model_digest"),
        _alias.stack_digest,
        _alias.stack,
        _alias.number,
        _release.tier,
        _proposal.owner,
        active_person(_proposal.owner).label("owner_active"),
        _proposal.on_call,
        _proposal.rollback_owner,
        _alias.since,
        _alias.position,
        _validation(evidence.c.at).label("validated_at"),
        _validation(evidence.c.position).label("validated_position"),
        _observation(observations.c.at).label("observed_at"),
        _observation(observations.c.position).label("observed_position"),
        _expiring(evidence.c.expires_at).label("evidence_expires_at"),
        _expiring(evidence.c.position).label("expiring_position"),
        _exception_numbers().label("exceptions"),
        _exceptions_end().label("exceptions_end"),
        _owed_until().label("owed_until"),
        _alias.frozen_by,
        _alias.frozen_since,
        _alias.unsupported_position,
    )
    .join_from(aliases, proposals, _proposal.id == _alias.proposal)
    .join(releases, _release.proposal == _alias.proposal),
    "model_inventory",
    metadata=METADATA,
).table
"""One row for each alias that runs something."""
