"""What a policy asks of a release, taken apart: the smallest things that can be asked or not.

A :class:`Demand` of one kind, about one thing, is covered by another that is at least as
strict wherever it is asked. Bounds are only held against bounds of the same kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ledger.model.terms import format_decimal, format_duration, parse_decimal
from ledger.policy.analysis.sides import Side
from ledger.policy.bounded import MetricCheck, SegmentCheck
from ledger.policy.document import EvidenceRule, Requirement

Key = tuple[str, ...]
"""The kind of a demand, and what it is about."""

_LEAST: Final = frozenset({"approvals", "min"})
"""Kinds of which the larger amount is the stricter."""

_ABSOLUTE: Final = ("min", "max")
_RELATIVE: Final = ("max_drop", "max_rise", "max_drop_ratio", "max_rise_ratio")


_SUBJECTS: Final = {
    "approvals": "approvals by {}",
    "evidence": "evidence {}",
    "max-age": "age of evidence {}",
    "attached-by": "author of evidence {}",
    "independent": "independence of evidence {}",
    "field": "field {}",
    "notify": "telling {}",
    "number": "number {}",
}
"""How a demand of each kind is named; the rest are bounds of a number."""

_PLAIN: Final = _SUBJECTS.keys() - {"number"}


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that ``requirement`` asks for, in the cases ``where``.

    ``amount`` is a number, ``words`` the roles or segments it is about. It makes sense only
    together with the demands in ``within``, such as the age of a document with the document.
    Of approvals ``bars`` says whose do not count: the holders of these roles, where a duty
    binds them.
    """

    key: Key
    where: int
    requirement: str
    amount: int = 0
    words: frozenset[str] = frozenset()
    within: tuple[Key, ...] = ()
    bars: tuple[tuple[str, int], ...] = ()

    def covers(self, other: "Demand") -> bool:
        """Whether this asks for at least as much as *other*, of the same key, but for bars."""
        kind = self.key[0]
        if kind == "attached-by":
            return self.words <= other.words
        if kind == "max_gap" and not self.words >= other.words:
            return False
        return self.amount >= other.amount if kind in _LEAST else self.amount <= other.amount

    def said(self) -> str:
        """What is asked, in a word or two."""
        kind, words = self.key[0], sorted(self.words)
        if kind in (*_ABSOLUTE, *_RELATIVE):
            return format_decimal(self.amount)
        said = {
            "approvals": str(self.amount),
            "max-age": f"at most {format_duration(self.amount)} old",
            "attached-by": f"attached by {' or '.join(words)}",
            "independent": "not by a party",
            "max_gap": f"{format_decimal(self.amount)} among {', '.join(words)}",
        }
        return said.get(kind, "asked for")

    def what(self) -> str:
        """What it is about."""
        kind, *about = self.key
        subject = about[0] if kind in _PLAIN else _number(about)
        return _SUBJECTS.get(kind, f"{kind} of {{}}").format(subject)


def demands(side: Side) -> Iterator[Demand]:
    """Everything that the requirements of a policy ask for, in their order."""
    for need in side.policy.requirements:
        for one in need.approvals:
            key, where = ("approvals", one.role), side.asks_people(need)
            bars = tuple(side.bars(need.id, one.role).items())
            yield Demand(key, where, need.id, one.count, bars=bars)
        for rule in need.evidence:
            yield from _evidence(side, need, rule)
        yield from _numbers(side, need)
        applies = side.holds(need.when)
        for field in need.fields:
            yield Demand(("field", field), applies, need.id)


def notices(side: Side) -> Iterator[Demand]:
    """Whom a policy wants told."""
    for need in side.policy.requirements:
        for role in need.notify:
            yield Demand(("notify", role), side.holds(need.when), need.id)


def _evidence(side: Side, need: Requirement, rule: EvidenceRule) -> Iterator[Demand]:
    applies = side.holds(need.when)
    document: Key = ("evidence", rule.type)
    within = (document,)
    yield Demand(document, applies, need.id)
    if rule.max_age is not None:
        key = ("max-age", rule.type)
        yield Demand(key, applies, need.id, rule.max_age, within=within)
    if rule.by:
        key = ("attached-by", rule.type)
        yield Demand(key, applies, need.id, words=frozenset(rule.by), within=within)
    if rule.independent:
        yield Demand(("independent", rule.type), applies, need.id, within=within)


def _numbers(side: Side, need: Requirement) -> Iterator[Demand]:
    """The bounds of *need*, and the document that has to supply the numbers."""
    if need.source is None or not (need.metrics or need.segments):
        return
    rule = side.policy.evidence_rules.get(need.source)
    if rule is not None:
        yield from _evidence(side, need, rule)
    for metric in need.metrics:
        yield from _bounds(side, need, metric, (need.source, metric.name, ""))
    for check in need.segments:
        for name in dict.fromkeys(check.names):
            yield from _bounds(side, need, check, (need.source, check.metric, name))
        yield from _gap(side, need, check, need.source)


def _bounds(
    side: Side, need: Requirement, check: MetricCheck | SegmentCheck, about: Key
) -> Iterator[Demand]:
    applies = side.holds(need.when)
    # There is nothing to compare with where nothing ran before.
    compared = side.symbols.diagrams.choose(side.symbols.first, 0, applies)
    number: Key = ("number", *about)
    yield Demand(number, applies, need.id)
    for kind in (*_ABSOLUTE, *_RELATIVE):
        bound = getattr(check, kind, None)
        if bound is not None:
            where = applies if kind in _ABSOLUTE else compared
            amount = parse_decimal(bound)
            yield Demand((kind, *about), where, need.id, amount, within=(number,))


def _gap(side: Side, need: Requirement, check: SegmentCheck, source: str) -> Iterator[Demand]:
    if check.max_gap is None:
        return
    yield Demand(
        ("max_gap", source, check.metric),
        side.holds(need.when),
        need.id,
        parse_decimal(check.max_gap),
        frozenset(check.names),
        tuple(("number", source, check.metric, name) for name in sorted(set(check.names))),
    )


def _number(about: list[str]) -> str:
    source, metric, *segment = about
    inside = f" in {segment[0]}" if segment and segment[0] else ""
    return f"{metric}{inside} from {source}"
