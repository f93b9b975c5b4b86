"""The words that matter to a policy: for each fact, those that some condition can tell apart.

A condition only ever asks whether words are equal. So of all the words a fact could be,
those count that it is compared with, and enough others to stand for the rest: one where
facts are only compared with words in quotes, more where they are compared with each other
(as many as the facts, and one for each combination of lists: with fewer, two different
cases could look alike; no quantifier stands in another, so one word of each is enough).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Final

from ledger.model.names import is_identifier, is_text
from ledger.policy.analysis.diagrams import VARIABLES, too_many
from ledger.policy.circumstances import compiled
from ledger.policy.document import Duty, Policy, Requirement, TierRule
from ledger.policy.facts import FACTS
from ledger.policy.tree import (
    Compare,
    Every,
    Member,
    Name,
    Node,
    Not,
    Quantified,
    Some,
    Word,
    Words,
)

WORDS: Final = VARIABLES
"""The most words that all facts together may be compared with."""

_KINDS: Final = {fact.name: fact.kind for fact in FACTS if fact.kind in ("word", "words")}
_SINGLE: Final = frozenset({"model", "environment"})
_LONGEST: Final = 128


@dataclass(slots=True)
class _Group:
    """Facts whose words can meet, and the words in quotes that they meet."""

    facts: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    tangled: bool = False


@dataclass(frozen=True, slots=True)
class _Operand:
    """A word or list in a condition; ``quoted`` where its words stand in quotes."""

    group: _Group
    quoted: bool


class _Meetings:
    """What meets what, over all conditions."""

    def __init__(self) -> None:
        self.groups = {name: _Group({name}) for name in _KINDS}

    def read(self, node: Node, bound: Mapping[str, _Operand]) -> _Operand | None:
        """Note every meeting inside *node*; its own words, where it is a word or a list."""
        match node:
            case Word(text=text):
                return _Operand(_Group(words={text}), quoted=True)
            case Words(items=items):
                return _Operand(_Group(words={item.text for item in items}), quoted=True)
            case Name(name=name):
                return self._named(name, bound)
            case Not(operand=operand):
                self.read(operand, bound)
            case Every(parts=parts) | Some(parts=parts):
                for part in parts:
                    self.read(part, bound)
            case Compare(left=left, right=right) | Member(item=left, of=right):
                self._meet(self.read(left, bound), self.read(right, bound))
            case Quantified(over=over, variable=variable, body=body):
                ranges = self.read(over, bound)
                inner = bound if ranges is None else {**bound, variable: ranges}
                self.read(body, inner)
            case _:
                pass
        return None

    def _named(self, name: str, bound: Mapping[str, _Operand]) -> _Operand | None:
        operand = bound.get(name)
        if operand is None:
            return _Operand(self.groups[name], quoted=False) if name in self.groups else None
        # What was bound may have met others since.
        held = next(iter(sorted(operand.group.facts)), None)
        return operand if held is None else _Operand(self.groups[held], operand.quoted)

    def _meet(self, one: _Operand | None, other: _Operand | None) -> None:
        if one is None or other is None:
            return
        first, second = one.group, other.group
        first.tangled |= second.tangled or not (one.quoted or other.quoted)
        if first is second:
            return
        first.facts |= second.facts
        first.words |= second.words
        second.words |= first.words
        for name in first.facts:
            self.groups[name] = first


def mentioned(
    policies: Iterable[Policy], closed: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """The words of each fact that is a word or a list, over the conditions of *policies*.

    *closed* are the facts that can only be certain words. Raises :class:`Uncheckable`
    (``too-many-cases``) where they are compared with more than :data:`WORDS` words.
    """
    meetings = _Meetings()
    policies = tuple(policies)
    for policy in policies:
        _read_policy(meetings, policy)
    for name, words in closed.items():
        meetings.groups[name].words |= set(words)
    for name, halves in _halves(meetings.groups["alias"].words).items():
        meetings.groups[name].words |= halves
    used = {word for group in meetings.groups.values() for word in group.words}
    found = {name: _words_of(name, meetings, closed, used) for name in _KINDS if name != "alias"}
    if sum(map(len, found.values())) > WORDS:
        raise too_many(f"more than {WORDS} words")
    aliases = {f"{m}/{e}" for m in found["model"] for e in found["environment"]}
    for name in meetings.groups["alias"].facts & found.keys() - closed.keys() - _SINGLE:
        found[name] = (*found[name], *sorted(aliases - set(found[name])))
    found["alias"] = tuple(sorted(aliases))
    return found


def _read_policy(meetings: _Meetings, policy: Policy) -> None:
    rules: list[TierRule | Requirement | Duty] = [*policy.tiers, *policy.requirements]
    for when in dict.fromkeys(rule.when for rule in (*rules, *policy.duties)):
        if when is not None:
            meetings.read(compiled(when).root, {})
    limits = policy.limits
    meetings.groups["permissions"].words |= set(limits.prohibited_permissions)
    for admitted in limits.mutations:
        meetings.groups["mutations"].words |= set(admitted.names)


def _halves(aliases: Iterable[str]) -> Mapping[str, set[str]]:
    """The models and environments of the aliases that stand in quotes."""
    pairs = [alias.partition("/") for alias in aliases if "/" in alias]
    return {"model": {one for one, _, _ in pairs}, "environment": {end for _, _, end in pairs}}


def _words_of(
    name: str,
    meetings: _Meetings,
    closed: Mapping[str, tuple[str, ...]],
    used: set[str],
) -> tuple[str, ...]:
    if name in closed:
        return closed[name]
    group = meetings.groups[name]
    fits = is_identifier if name in _SINGLE else _is_name
    named = sorted(word for word in group.words if fits(word))
    others = islice(_unused(used), _needed(group, closed))
    return (*named, *others)


def _is_name(word: str) -> bool:
    return 0 < len(word) <= _LONGEST and is_text(word, lines=False)


def _needed(group: _Group, closed: Mapping[str, tuple[str, ...]]) -> int:
    """How many words stand for all that no condition names."""
    if not group.tangled:
        return 1
    free = group.facts - closed.keys()
    lists = sum(_KINDS[name] == "words" for name in free)
    needed: int = len(free) - lists + 2**lists - 1
    return max(needed, 1)


def _unused(used: set[str]) -> Iterator[str]:
    """Words that no condition names: ``another``, ``another-2``, ..."""
    names = (f"another-{number}" if number > 1 else "another" for number in count(1))
    return (name for name in names if name not in used)
