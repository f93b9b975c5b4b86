"""The check's short way: where nothing is new, the kept row of a target answers alone.

As the gate's (:mod:`cli.gate_quickly`): neither SQLAlchemy nor any model is imported. What
this ledger has never heard of, and whatever is not as expected, is left to the long way.
"""

import json
import os
from typing import Final

from cli.checked import Checked, stop_body
from cli.gate_quickly import kept_rows
from cli.options import Options
from cli.targets import require_target, split_target
from ledger.errors import Uncheckable
from projections.rows import SqliteRows

KNOWN_BY: Final = {"signer": "signer", "alias": "alias"}
"""Under which row of the standing what a target names is known, where it has to be."""


def check_quickly(options: Options, target: str) -> Checked | None:
    """Whether *target* is stopped now; ``None`` for the long way.

    Raises :class:`BadInput` (``not-a-target``).
    """
    require_target(target)
    if "ASSENT_NOW" in os.environ:
        return None
    try:
        rows = kept_rows(options)
        return None if rows is None else _answer(rows, target)
    except Uncheckable as error:
        if error.code.startswith("views-"):
            return None
        raise


def _answer(rows: SqliteRows, target: str) -> Checked | None:
    kind, name = split_target(target)
    kept = rows.row(f"target:{target}")
    count = 0 if kept is None else int(json.loads(kept)["stops"])
    if count == 0 and kind in KNOWN_BY and rows.row(f"{KNOWN_BY[kind]}:{name}") is None:
        return None
    stops = tuple(stop_body(one) for one in rows.stops(target))
    return Checked(target, stops) if len(stops) == count else None
