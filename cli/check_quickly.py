"""The check's short way: where nothing is new, the kept row of a target answers alone.

As the gate's (:mod:`cli.gate_quickly`): neither SQLAlchemy nor any model is imported. A signer
or an environment that this ledger has never heard of, and whatever is not as expected, is left
to the long way.
"""

import json
import os
from typing import Final

from cli.checked import Checked, never_released, stop_body
from cli.gate_quickly import kept_rows
from cli.options import Options
from cli.targets import require_target, split_target
from ledger.errors import Uncheckable
from projections.rows import SqliteRows

KNOWN: Final = frozenset({"signer", "alias"})
"""The kinds of targets that have a row of the standing where this ledger knows them."""


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
    stops = tuple(stop_body(one) for one in rows.stops(target))
    if len(stops) != count:
        return None
    if count == 0 and kind in KNOWN and rows.row(f"{kind}:{name}") is None:
        is_new = kind == "alias" and _has_environment(rows, name)
        return Checked(target, (), never_released(name)) if is_new else None
    return Checked(target, stops)


def _has_environment(rows: SqliteRows, alias: str) -> bool:
    """Whether the policy in force names the environment of *alias*, or none at all."""
    head = json.loads(rows.row("head") or b"{}")
    policy = json.loads(rows.row(f"policy:{head.get('policy')}") or b"{}")
    if "canonical" not in policy:
        return False
    known = json.loads(policy["canonical"]).get("environments")
    return not known or alias.partition("/")[2] in known["order"]
