"""The gate's short way: where nothing is new, the kept assessment answers alone.

Neither SQLAlchemy nor the log's library nor any model is imported: in a pipeline,
starting is most of the run. The assessment was kept with the standing, in the user's own
state, by the code that judged the log; it is read only where the log still ends where
that standing does and ``valid_until`` has not passed. Whatever is not as expected
leaves the question to the long way.
"""

import os
import re
import time
from pathlib import Path
from typing import Any, Final

from cli.options import Options
from cli.places import find_places, state_root
from ledger.errors import Uncheckable
from ledger.model.address import Address
from ledger.seal.merkle import leaf_hash
from ledger.store.glance import End, glance
from ledger.store.locations import Locations
from ledger.store.state import State
from projections.rows import SqliteRows

_NUMBER: Final = re.compile(r"#?([0-9]{1,10})\Z")


def answer_quickly(
    options: Options, proposal: str | None, wanted: tuple[str, str] | None
) -> dict[str, Any] | None:
    """The assessment of a proposal now, as ``assessment/1``; ``None`` for the long way.

    *wanted* is an alias and the digest of the stack to bring there.
    """
    if options.as_of is not None or "ASSENT_NOW" in os.environ:
        return None
    try:
        rows = kept_rows(options)
        return None if rows is None else _answer(rows, proposal, wanted)
    except Uncheckable as error:
        if error.code.startswith("views-"):
            return None
        raise


def _answer(
    rows: SqliteRows, proposal: str | None, wanted: tuple[str, str] | None
) -> dict[str, Any] | None:
    asked = _NUMBER.match(proposal or "")
    number = int(asked[1]) if asked is not None else None
    if wanted is not None:
        number = rows.newest_open(*wanted)
    if number is None:
        return None
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(int(time.time()), rows.time())))
    kept = rows.assessment(number, now)
    return None if kept is None else {**kept, "at": now, "position": rows.size() - 1}


def kept_rows(options: Options) -> SqliteRows | None:
    """The rows this client kept, if they go to the very end of the log.

    Raises :class:`Uncheckable` (``views-…``) where they cannot be read.
    """
    places = find_places(options)
    expected = options.ledger_id or Locations(state_root()).ledger_at(places.location)
    if expected is None:
        return None
    state = State(state_root(), expected)
    mark, end = state.mark(), _end_of(places.log)
    if mark is None or end is None or (end.size, end.root) != (mark.size, mark.root):
        return None
    rows = SqliteRows(state.views)
    kept = (rows.size(), rows.root(mark.size), rows.leaf(mark.size - 1))
    return rows if kept == (mark.size, mark.root, leaf_hash(end.last).hex()) else None


def _end_of(log: Path | Address) -> End | None:
    """The end of *log*, wherever it is kept; ``None`` where a closer look is needed."""
    if isinstance(log, Path):
        return glance(log)
    try:
        from ledger.store.postgres_glance import glance_at_server  # noqa: PLC0415 - its driver
    except ImportError:
        return None
    return glance_at_server(log)
