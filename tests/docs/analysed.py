"""The questions of ``docs/howto/analyse.md`` answered in plain Python, from rows as dicts.

No SQL, no data frames, and no view of a metric where the tables themselves say it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

DAY: Final = "2026-11-01T00:00:00Z"
"""The day that the page asks about."""

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]
Answer = list[tuple[Any, ...]]


def in_production(tables: Tables) -> Answer:
    """By a walk through the turns of each alias, as of the last entry by the day."""
    at = max(row["position"] for row in tables["entries"] if row["judged_at"] <= DAY)
    owners = {row["id"]: row["owner"] for row in tables["proposals"]}
    runs: dict[str, Row | None] = {}
    for row in tables["alias_history"]:
        if row["valid_from_position"] <= at:
            ended = row["valid_to_position"] is not None and row["valid_to_position"] <= at
            runs[row["alias"]] = None if ended else row
    return [
        (alias, row["number"], owners[row["proposal"]], row["valid_from"], row["stack_digest"])
        for alias, row in sorted(runs.items())
        if row is not None and alias.endswith("/production")
    ]


def latency_by_tier(tables: Tables) -> Answer:
    took: dict[str, list[int]] = {}
    for row in tables["proposals"]:
        if row["effect"] == "release" and row["met_at"] is not None:
            took.setdefault(row["tier"], []).append(seconds(row["opened_at"], row["met_at"]))
    return [(tier, len(all_), nth(5, all_), nth(9, all_)) for tier, all_ in sorted(took.items())]


def approvers(tables: Tables) -> Answer:
    made = {(row["proposal"], row["revision"]): row["at"] for row in tables["revisions"]}
    took: dict[str, list[int]] = {}
    for row in tables["approvals"]:
        since = made[row["proposal"], row["revision"]]
        took.setdefault(row["signer"], []).append(seconds(since, row["at"]))
    rows = [(name, len(all_), nth(5, all_), max(all_)) for name, all_ in took.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def expired_in_use(tables: Tables) -> Answer:
    """What counted for a release that was started, and expired by the day before it was gone."""
    known = {row["proposal"]: row for row in tables["releases"]}
    found = []
    for row in tables["evidence"]:
        release = known.get(row["proposal"])
        end = row["expires_at"]
        if release is None or not row["counts"] or end is None or end > DAY:
            continue
        if is_used(tables, release, end) and release["alias"].endswith("/production"):
            said = (row["type"], row["name"], row["author"], row["at"])
            found.append((row["position"], (end, release["alias"], row["number"], *said)))
    return [row for _, row in sorted(found, key=lambda one: (one[1][0], one[0]))]


def is_used(tables: Tables, release: Row, at: str) -> bool:
    """Whether *release* was on its way, or run, at that time."""
    ends = ("completed_at", "rolled_back_at")
    gone = min((release[end] for end in ends if release[end] is not None), default=None)
    if release["started_at"] <= at and (gone is None or at < gone):
        return True
    return any(
        turn["valid_from"] <= at and (turn["valid_to"] is None or at < turn["valid_to"])
        for turn in tables["alias_history"]
        if turn["proposal"] == release["proposal"]
    )


def exceptions(tables: Tables) -> Answer:
    found, before = [], dict[str, int]()
    for row in sorted(tables["exceptions"], key=lambda row: row["granted_position"]):
        earlier = before[row["alias"]] = before.get(row["alias"], -1) + 1
        names = ("number", "alias", "owner", "granted_at", "ends_at")
        in_force = int(row["granted_at"] <= DAY < row["ends_at"])
        found.append((*(row[name] for name in names), in_force, earlier))
    return found


def rollbacks(tables: Tables) -> Answer:
    rows = [row for row in tables["releases"] if row["rolled_back_at"] and row["trigger"]]
    names = ("alias", "number", "rolled_back_at", "rolled_back_by", "rollback_seconds", "in_time")
    rows.sort(key=lambda row: int(row["rolled_back_position"]))
    return [tuple(row[name] for name in (*names, "trigger", "incident")) for row in rows]


def requirements(tables: Tables) -> Answer:
    opened = {row["id"]: row["opened_at"] for row in tables["proposals"]}
    count: dict[str, int] = {}
    took: dict[str, list[int]] = {}
    for row in tables["requirements"]:
        name = row["requirement"]
        if row["status"] != "not-applicable":
            count[name] = count.get(name, 0) + 1
        if row["status"] == "satisfied" and row["met_at"] is not None:
            took.setdefault(name, []).append(seconds(opened[row["proposal"]], row["met_at"]))
    rows = [
        (name, many, nth(5, took.get(name, [])), max(took.get(name, []), default=None))
        for name, many in count.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def without_owner(tables: Tables) -> Answer:
    active = {
        row["id"]
        for row in tables["signers"]
        if row["kind"] == "person" and row["state"] == "active"
    }
    owners = {row["id"]: row["owner"] for row in tables["proposals"]}
    return [
        (row["alias"], row["number"], owners[row["proposal"]], row["since"])
        for row in sorted(tables["aliases"], key=lambda row: str(row["alias"]))
        if row["proposal"] is not None and owners[row["proposal"]] not in active
    ]


def without_lineage(tables: Tables) -> Answer:
    gaps = {row["id"]: row["lineage_gaps"] for row in tables["proposals"]}
    return [
        (row["number"], row["alias"], row["tier"], row["started_at"], gaps[row["proposal"]])
        for row in sorted(tables["releases"], key=lambda row: int(row["started_position"]))
        if json.loads(gaps[row["proposal"]]) and row["alias"].endswith("/production")
    ]


def findings(tables: Tables) -> Answer:
    found: dict[tuple[str, str], list[bool]] = {}
    for row in tables["findings"]:
        noted = row["acknowledged_by"] is not None
        found.setdefault((row["rule"], row["severity"]), []).append(noted)
    rows = [(*key, len(noted), noted.count(False)) for key, noted in found.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def still_open(tables: Tables) -> Answer:
    names = ("number", "alias", "effect", "tier", "verdict", "opened_at")
    found = []
    for row in tables["proposals"]:
        if row["closed"] is None:
            waiting = tables["pending_approvals"]
            people = {one["person"] for one in waiting if one["proposal"] == row["id"]}
            found.append((*(row[name] for name in names), len(people)))
    return sorted(found, key=lambda row: (row[5], row[0]))


def story(tables: Tables) -> Answer:
    """Of proposals; nothing is frozen in these histories under that alias."""
    started = {row["alias"] for row in tables["releases"]}
    alias = min(name for name in started if name.endswith("/production"))
    own = {row["number"]: row for row in tables["proposals"] if row["alias"] == alias}
    told = [
        tuple(
            row[name] for name in ("position", "judged_at", "signer", "kind", "proposal", "summary")
        )
        for row in tables["entries"]
        if row["admitted"] and row["proposal"] in own
    ]
    assert all(one[0] < other[0] for one, other in pairwise(told))
    return told


ANSWERS: Final[Mapping[str, Callable[[Tables], Answer]]] = {
    "1.": in_production,
    "2.": latency_by_tier,
    "3.": approvers,
    "4.": expired_in_use,
    "5.": exceptions,
    "6.": rollbacks,
    "7.": requirements,
    "8.": without_owner,
    "9.": without_lineage,
    "10.": findings,
    "11.": still_open,
    "The": story,
}
"""What answers the question under the heading that begins so."""


def nth(tenths: int, values: Sequence[int]) -> int | None:
    """The smallest of *values* that so many tenths of them do not exceed."""
    for value in sorted(values):
        if 10 * sum(one <= value for one in values) >= tenths * len(values):
            return value
    return None


def seconds(start: str, end: str) -> int:
    """From one time to another, as the tables write them."""
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
