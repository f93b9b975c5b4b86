"""What the page on the views says of the tables is so: of the past, and of what joins what.

As of a position the tables say what those of a ledger that ends there say.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ColumnElement, Connection, and_, exists, func, select, text

from projections import (
    aliases,
    drills,
    exceptions,
    log,
    observations,
    overrides,
    policies,
    releases,
    roots,
    signers,
)
from projections.columns import as_of, joined, joins
from projections.runner import Views
from projections.tables import METADATA, stored_tables
from tests.organisation import Organisation
from tests.projections.histories import SEEDS, SIGNERS, Step, fill, lived, organisation_after, steps
from tests.projections.watching_steps import ALIASES

Rows = dict[tuple[Any, ...], dict[str, Any]]

OF_NOW = {
    *("aliases", "alias_permissions", "proposals", "requirements", "pending_approvals"),
    *("notices", "signers", "standing", "standing_roots", "tracking"),
}
"""The tables that say only how things are; as of then is a replay."""


SEED = SEEDS[-1]

LATER = {"aliases.alias"}
"""What has its row later than those that hold its values: there from the first release on."""

SAID_AGAIN = " AND severity <> 'notice'"
"""A notice that is said again, as a clock had run ahead, is there from then on alone."""


def cuts(org: Organisation, views: Views, positions: Sequence[int]) -> Iterator[tuple[int, Views]]:
    """Each of *positions* with *views* of a log that ends with it."""
    for position in sorted(set(positions)):
        fill(views, org, 5000, end=position + 1)
        yield position, views


def rows_as_of(connection: Connection, name: str, position: int) -> Rows:
    """The rows of a table as of *position*, by key, without what may have come later."""
    table, known = METADATA.tables[name], as_of()[name]
    there = text(known.condition(str(position)) + (SAID_AGAIN if name == "findings" else ""))
    keys = [column.name for column in table.primary_key]
    found: Rows = {}
    for row in connection.execute(select(table).where(there)).mappings():
        found[tuple(row[key] for key in keys)] = {
            column: _by(column, value, position)
            for column, value in row.items()
            if column not in known.later and column != known.until
        }
    return found


def _by(column: str, value: Any, position: int) -> Any:
    """*value*, or nothing where it is a position that nobody knew of by *position*."""
    later = column.endswith("_position") and value is not None and value > position
    return None if later else value


def answers(connection: Connection, position: int) -> dict[str, object]:
    """What each query that can be asked as of *position* is answered, by what was asked."""
    of_all: dict[str, object] = {
        "policy": _keys([policies.policy_as_of(connection, position)], "number"),
        "policies": _keys(policies.policy_list(connection, up_to=position), "number"),
        "root": _keys([roots.root_as_of(connection, position)], "signers", "threshold"),
        "releases": _keys(releases.release_list(connection, up_to=position), "proposal"),
        "rollbacks": _keys(releases.rollback_list(connection, up_to=position), "rollback"),
        "observed": _keys(observations.observation_list(connection, up_to=position), "position"),
        "drills": _keys(drills.drill_list(connection, up_to=position), "position"),
        "exceptions": _keys(exceptions.exception_list(connection, up_to=position), "id"),
        "log": _keys(log.log_entries(connection, up_to=position), "leaf", "summary"),
    }
    for alias in ALIASES:
        ran = aliases.stable_as_of(connection, alias, position)
        under_way = releases.candidate_as_of(connection, alias, position)
        history = aliases.history_of(connection, alias, up_to=position)
        of_all[f"{alias} ran"] = _keys([ran], "proposal", "stack_digest")
        of_all[f"{alias} under way"] = _keys([under_way], "proposal", "started_at")
        of_all[f"{alias} since"] = _keys(history, "valid_from_position", "number", "began_by")
    for name in SIGNERS:
        held = signers.grants_of(connection, name, up_to=position)
        stops = overrides.stops_as_of(connection, f"signer/{name}", position)
        of_all[f"{name} holds"] = _keys(held, "role", "aliases", "until", "valid_from_position")
        of_all[f"{name} stopped"] = _keys(stops, "id", "signer", "reason")
    return of_all


def _keys(rows: Sequence[Any], *names: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in rows if row is not None]


def of_now(connection: Connection) -> dict[str, object]:
    """The same as some of :func:`answers`, by the queries that are about now."""
    published = policies.policy_list(connection)[-1:]
    told: dict[str, object] = {"policy": _keys(published, "number")}
    for alias in ALIASES:
        row: Any = aliases.alias_named(connection, alias)
        if row is not None and row.proposal is not None:
            told[f"{alias} ran"] = _keys([row], "proposal", "stack_digest")
        if row is not None and row.candidate_proposal is not None:
            told[f"{alias} under way"] = _keys([row], "candidate_proposal", "candidate_since")
    return told


def require_equal(full: Views, cut: Views, position: int) -> None:
    """Hold every table and query on *full* as of *position* against *cut*, which ends there."""
    with full.reading() as whole, cut.reading() as prefix:
        for name in as_of():
            ours, theirs = (rows_as_of(one, name, position) for one in (whole, prefix))
            assert ours == theirs, f"{name} as of {position}"
        told, then = answers(whole, position), answers(prefix, position)
        assert told == then, f"asked as of {position}"
        now = of_now(prefix)
        assert {what: told[what] for what in now} == now, f"as of {position}, and as it was then"


def test_every_table_is_either_told_as_of_a_position_or_of_now_alone() -> None:
    assert as_of().keys() | OF_NOW == {one.name for one in stored_tables()}
    assert as_of().keys() & OF_NOW == set()
    for name, one in as_of().items():
        columns = METADATA.tables[name].columns.keys()
        assert {one.since, *one.later, *([one.until] if one.until else [])} <= set(columns), name


@pytest.fixture(scope="module")
def full() -> Iterator[Views]:
    """The views of a long history."""
    with Views() as views:
        fill(views, lived(SEED), 5000)
        yield views


def test_the_past_of_a_long_history_is_what_was_true_then(full: Views) -> None:
    org = lived(SEED)
    chance = random.Random(SEED)  # noqa: S311 - positions, not keys
    with Views() as growing:
        for position, cut in cuts(org, growing, chance.sample(range(len(org.envelopes)), 9)):
            require_equal(full, cut, position)


def test_on_a_long_history_every_value_is_found_where_it_joins(full: Views) -> None:
    looked = 0
    with full.reading() as connection:
        for of in joins().keys() - LATER:
            table, _, key = of.partition(".")
            target = METADATA.tables[table].alias("target").columns[key]
            for one in joined(of):
                lost = and_(one.is_not(None), ~exists().where(target == one))
                assert _count(connection, one, lost) == 0, f"{one} is not of {of}"
                looked += _count(connection, one, one.is_not(None)) != 0
    assert looked > 120, "hardly any column held a value"


def _count(connection: Connection, one: Column[object], wanted: ColumnElement[bool]) -> int:
    """How many rows of the table of *one* are as *wanted*."""
    found = select(func.count()).select_from(one.table).where(wanted)
    return connection.scalar(found) or 0


@settings(max_examples=settings().max_examples // 12)
@given(things=steps(24), cut_at=st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_the_past_of_any_history_is_what_was_true_then(
    things: list[Step], cut_at: list[float]
) -> None:
    org = organisation_after(things)
    last = len(org.envelopes) - 1
    with Views() as full, Views() as growing:
        fill(full, org, 5000)
        for position, cut in cuts(org, growing, [round(one * last) for one in cut_at]):
            require_equal(full, cut, position)
