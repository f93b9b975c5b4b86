"""The gate's short way: where nothing is new, the kept standing answers alone.

Neither SQLAlchemy nor the log's library is imported. Whatever is not as expected (a
longer log, another root, missing views) leaves the question to the long way.
"""

import os
import re
import time
from typing import Final

from cli.options import Options
from cli.places import find_places, state_root
from ledger.decide.cases import assess_proposal
from ledger.decide.context import Standing
from ledger.decide.states import ProposalState
from ledger.errors import Uncheckable
from ledger.policy.assessment import Assessment
from ledger.seal.merkle import leaf_hash, root
from ledger.store.glance import glance
from ledger.store.locations import Locations
from ledger.store.state import State
from projections.rows import SqliteRows

_NUMBER: Final = re.compile(r"#?([0-9]{1,10})\Z")


def answer_quickly(
    options: Options, proposal: str | None, wanted: tuple[str, str] | None
) -> tuple[ProposalState, Assessment] | None:
    """The proposal and its assessment now; ``None`` where the long way has to be gone.

    *wanted* is an alias and the digest of the stack to bring there.
    """
    if options.as_of is not None or "ASSENT_NOW" in os.environ:
        return None
    standing_rows = _kept_rows(options)
    if standing_rows is None:
        return None
    standing, rows = standing_rows
    state = _asked(standing, rows, proposal, wanted)
    if state is None:
        return None
    return state, assess_proposal(standing, state, max(int(time.time()), standing.head.time))


def _kept_rows(options: Options) -> tuple[Standing, SqliteRows] | None:
    """The standing this client kept, if it goes to the very end of the log."""
    places = find_places(options)
    expected = options.ledger_id or Locations(state_root()).ledger_at(places.location)
    if expected is None:
        return None
    state = State(state_root(), expected)
    mark, end = state.mark(), glance(places.log)
    if mark is None or end is None or (end.size, end.root) != (mark.size, mark.root):
        return None
    try:
        rows = SqliteRows(state.views)
        standing = Standing(rows)
    except Uncheckable:
        return None
    head = standing.head
    kept = (head.size, root(head.frontier), head.leaf)
    return (standing, rows) if kept == (mark.size, mark.root, leaf_hash(end.last)) else None


def _asked(
    standing: Standing, rows: SqliteRows, proposal: str | None, wanted: tuple[str, str] | None
) -> ProposalState | None:
    if wanted is not None:
        id_ = rows.newest_open(*wanted)
        return None if id_ is None else standing.proposal(id_)
    number = _NUMBER.match(proposal or "")
    return None if number is None else standing.numbered(int(number[1]))
