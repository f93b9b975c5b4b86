"""What differs between the texts of two policies, block by block; no condition is analysed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ledger.model.terms import format_duration
from ledger.policy.document import Policy

Change = Literal["added", "taken out", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: in which block, of what (its id), under which key.

    ``old`` and ``new`` are short texts, ``None`` where nothing stands.
    """

    block: str
    id: str
    key: str
    change: Change
    old: str | None
    new: str | None


_LISTS: Final = {
    "roles": "roles",
    "duties": "duty",
    "combinations": "combine",
    "declared": "declared",
    "tiers": "tier",
    "requirements": "requirement",
    "stages": "stage",
}
"""Blocks of which there are several, by their field."""

_SINGLE: Final = {
    "shift": "shift",
    "limits": "limits",
    "consent": "approvals",
    "operation": "operation",
    "environments": "environments",
    "stewardship": "stewardship",
    "exceptions": "exceptions",
    "overrides": "overrides",
    "rollback": "rollback",
}
_KEYS: Final[Mapping[str, str]] = {"source": "from", "tier": "is"}
"""Fields that people write under another key."""

_SECONDS: Final = frozenset(
    {"max_age", "approve_within", "use_within", "soak", "seconds", "within", "review_within"}
    | {"max_life", "drill_every"}
)

_ALONE: Final = frozenset({"count", "names", "seconds"})
"""Fields that need no name where an item has nothing else."""

_Items = Mapping[tuple[str, str], Mapping[str, str]]


def differences(a: Policy, b: Policy) -> tuple[Difference, ...]:
    """What stands in *b* and not in *a*, or the other way round, in the order of the blocks."""
    return (*_compared(_items(a), _items(b)), *_reordered(a, b))


def _compared(old: _Items, new: _Items) -> Iterator[Difference]:
    blocks = ("policy", *_LISTS.values(), *_SINGLE.values())
    for block, id_ in sorted(dict.fromkeys((*old, *new)), key=lambda at: blocks.index(at[0])):
        before, after = old.get((block, id_)), new.get((block, id_))
        if before is None or after is None:
            change: Change = "added" if before is None else "taken out"
            yield Difference(block, id_, "", change, _short(before), _short(after))
            continue
        for key in dict.fromkeys((*before, *after)):
            one, other = before.get(key), after.get(key)
            if one != other:
                change = "added" if one is None else "taken out" if other is None else "changed"
                yield Difference(block, id_, key, change, one, other)


def _reordered(a: Policy, b: Policy) -> Iterator[Difference]:
    """What stands in another order and means another thing there: tier rules, and stages."""
    for block, before, after in (("tier", a.tiers, b.tiers), ("stage", a.stages, b.stages)):
        mine, theirs = [one.id for one in before], [one.id for one in after]
        old = ", ".join(name for name in mine if name in theirs)
        new = ", ".join(name for name in theirs if name in mine)
        if old != new:
            yield Difference(block, "", "order", "changed", old, new)


def _items(policy: Policy) -> _Items:
    """Every block with its id and its keys, as text."""
    dumped = policy.model_dump(mode="json", exclude_none=True)
    found: dict[tuple[str, str], Mapping[str, str]] = {
        ("policy", ""): {"name": policy.name, "number": str(policy.number)}
    }
    for field, block in _LISTS.items():
        for item in dumped[field]:
            name, *_ = item.values()
            id_ = name if isinstance(name, str) else " and ".join(name)
            found[block, id_] = dict(_leaves(_rest(item), ""))
    for field, block in _SINGLE.items():
        if field in dumped:
            found[block, ""] = dict(_leaves(dumped[field], ""))
    return found


def _rest(item: Mapping[str, Any]) -> dict[str, Any]:
    """All but the first field, which names the item."""
    return dict(list(item.items())[1:])


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each key that is set, with its value as text."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(_worded(key, below), _joined(path, _KEYS.get(key, key)))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for item in value:
            name, *_ = item.values()
            inner = _rest(item)
            key = next(iter(inner)) if len(inner) == 1 else ""
            alone: Any = _worded(key, inner[key]) if key in _ALONE else inner
            yield from _leaves(alone, _joined(path, str(name)))
        return
    elif isinstance(value, list):
        if value:
            yield path, ", ".join(value)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif value != "":
        yield path, str(value)


def _worded(key: str, value: Any) -> Any:
    return format_duration(value) if key in _SECONDS else value


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _short(item: Mapping[str, str] | None) -> str | None:
    """An item on one line: what it says, without why."""
    if item is None:
        return None
    return "; ".join(f"{key} {text}" for key, text in item.items() if key != "because")
