"""What has lost its consent since keys were disowned.

A disowning changes what was enacted before it: rows of ``proposals``, ``releases``,
``alias_history``, ``policies`` and ``exceptions`` say at which position that was, in
``unsupported_position``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, select, update

from ledger.decide.context import Standing
from ledger.decide.judgement import Judged
from ledger.decide.states import ProposalState
from ledger.model.events import SignerDisowned
from projections.aliases import alias_history, refresh
from projections.exceptions import exceptions
from projections.policies import policies
from projections.proposals import proposals
from projections.release_stages import release_stages
from projections.releases import releases
from projections.tables import many

Losses = Mapping[int, Sequence[ProposalState]]
"""The proposals that each disowning took the consent of, by its position; perhaps none."""

WANTED: BindParameter[str] = bindparam("wanted")
"""The id of a proposal."""

MARKED = (
    (proposals, proposals.c.id == WANTED),
    (releases, releases.c.proposal == WANTED),
    (alias_history, alias_history.c.proposal == WANTED),
    (policies, policies.c.proposal == WANTED),
    (exceptions, exceptions.c.id == WANTED),
)
"""The tables whose rows say since when nobody stands for them, and which are a proposal's."""


def losses(connection: Connection, judged: Sequence[Judged], standing: Standing) -> Losses:
    """What the disownings among *judged* took with them. Proposals are written before."""
    disownings = {
        one.position: one.entry.event.after
        for one in judged
        if one.admitted and one.entry is not None and isinstance(one.entry.event, SignerDisowned)
    }
    found: dict[int, list[ProposalState]] = {position: [] for position in disownings}
    after = min(disownings.values(), default=0)
    for name in connection.scalars(_moved_after(after)) if found else ():
        state = standing.proposal(name)
        closure = None if state is None else state.closure
        if state is not None and closure is not None and closure.lost_at in found:
            found[closure.lost_at].append(state)
    return found


def _moved_after(position: int) -> Select[str]:
    """The proposals enacted, or whose release passed a stage, after *position*.

    Also those of releases that were started under an exception: what made up for it may be gone.
    """
    column, stage, granted = proposals.c, release_stages.c, exceptions.c
    passed = select(stage.proposal).where(stage.passed_position > position)
    excepted = select(granted.release).where(granted.used_position.is_not(None))
    moved = (column.closed_position > position) | column.id.in_(passed.union(excepted))
    wanted: Select[str] = select(column.id).where(column.closed == "enacted", moved)
    return wanted.order_by(column.number)


def mark(connection: Connection, standing: Standing, lost: Losses) -> None:
    """Mark what *lost* proposals did: releases, stable stacks, policies and exceptions."""
    rows = [{"wanted": one.id, "at": at} for at, some in lost.items() for one in some]
    values: dict[str, BindParameter[Any]] = {"unsupported_position": bindparam("at")}
    for table, is_meant in MARKED:
        many(connection, update(table).where(is_meant).values(values), rows)
    effects = [one.effect for some in lost.values() for one in some]
    refresh(connection, standing, {one.alias for one in effects if one.alias is not None})
