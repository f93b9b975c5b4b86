"""What is written and makes no difference: conditions that never hold, or always do.

Every case that is possible is looked at, with all facts at once. ``policy check`` tells
people; no rule of history depends on it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from ledger.errors import Uncheckable
from ledger.model.effects import EFFECTS
from ledger.model.names import TIERS, Tier
from ledger.model.problems import Path, Problem
from ledger.policy.analysis.diagrams import NO
from ledger.policy.analysis.sides import Side, doing
from ledger.policy.analysis.symbols import TOUCHABLE, Symbols
from ledger.policy.circumstances import compiled
from ledger.policy.conditions import names_in
from ledger.policy.document import Policy

Applies = Literal["always", "sometimes", "never"]
"""Whether a requirement applies at a tier."""

_MEND: Final = "mend the condition, or take {} out"
_NO_EXCEPTIONS: Final = "without [exceptions] nobody asks for one"


def vacuities(policy: Policy) -> tuple[Problem, ...]:
    """Everything in *policy*, which was checked, that is written and makes no difference.

    That is every condition that never or always holds, and consent that is given anyway.
    Codes: ``never-true``, ``always-true``, ``repeat-adds-nothing``; ``too-many-cases`` where
    it could not be found out.
    """
    try:
        symbols = Symbols(policy)
        finder = _Finder(Side(symbols, 0))
        found = (*finder.tiers(), *finder.requirements(), *finder.duties())
    except Uncheckable as error:
        found = (Problem(error.code, error.message, error.hint, ("requirement",)),)
    return (*found, *_repeats(policy))


def _repeats(policy: Policy) -> Iterator[Problem]:
    """Stewards who consent to a repeated exception by what they gave as its approvals.

    An approval counts for every requirement that names its role.
    """
    block, stewards = policy.exceptions, policy.stewardship
    if block is None or stewards is None or block.repeat_after is None:
        return
    given = {one.role: one.count for one in block.approvals}
    if all(one.count <= given.get(one.role, 0) for one in stewards.approvals):
        yield Problem(
            "repeat-adds-nothing",
            "repeat_after asks for nothing more: who gives the approvals of [exceptions] gives"
            " those of [stewardship] as well",
            "name another role in one of the two, or take repeat_after out",
            ("exceptions", "repeat_after"),
        )


def applicability(policy: Policy) -> Mapping[str, Mapping[Tier, Applies]]:
    """Whether each requirement of *policy* applies at each tier; never where none reaches it.

    Raises :class:`Uncheckable` (``too-many-cases``).
    """
    symbols = Symbols(policy)
    side, choose = Side(symbols, 0), symbols.diagrams.choose
    found: dict[str, Mapping[Tier, Applies]] = {}
    for need in policy.requirements:
        at: dict[Tier, Applies] = {}
        for tier in TIERS:
            cases = choose(symbols.releases, side.tier[tier], NO)
            applies = choose(cases, side.holds(need.when), NO)
            at[tier] = "never" if applies == NO else "always" if applies == cases else "sometimes"
        found[need.id] = at
    return found


class _Finder:
    """The conditions of one policy, held against the cases in which they are asked."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.symbols = side.symbols
        self.diagrams = self.symbols.diagrams

    def tiers(self) -> Iterator[Problem]:
        """Rules that never match, that are never reached, and that leave nothing to the others."""
        asked = self.diagrams.choose(self.symbols.first, NO, self.symbols.releases)
        last = len(self.side.rules) - 1
        for i, one in enumerate(self.side.rules):
            when, path = one.rule.when, ("tier", i, "when")
            if when is None:
                continue
            what = f"the tier rule {one.rule.id!r}"
            matched = self.diagrams.choose(asked, one.matches, NO)
            if matched == NO:
                yield self._never(what, when, "it never gives its tier", path)
            elif self.diagrams.choose(matched, one.asked, NO) == NO:
                yield Problem(
                    "never-true",
                    f"{what} is never reached: the rules above it match every case that it would",
                    "move it up, make one above it narrower, or take it out",
                    path,
                )
            elif matched == asked and i != last:
                yield self._always(what, when, "no rule after it is ever asked", path)
                return

    def requirements(self) -> Iterator[Problem]:
        """Requirements that never apply, and conditions that leave none out."""
        for i, need in enumerate(self.side.policy.requirements):
            cases = self.symbols.releases
            yield from self._condition(
                f"the requirement {need.id!r}", need.when, cases, ("requirement", i, "when")
            )

    def duties(self) -> Iterator[Problem]:
        """Duties that never bind, and conditions that leave no case out."""
        for i, duty in enumerate(self.side.policy.duties):
            cases = doing(self.symbols, duty.must_not)
            yield from self._condition(
                f"the duty {duty.id!r}", duty.when, cases, ("duty", i, "when")
            )

    def _condition(self, what: str, when: str | None, cases: int, path: Path) -> Iterator[Problem]:
        if when is None:
            return
        held = self.diagrams.choose(cases, self.side.holds(when), NO)
        if held == NO:
            yield self._never(what, when, "it never asks for anything", path)
        elif held == cases:
            yield self._always(what, when, "it leaves no case out", path)

    def _never(self, what: str, when: str, so: str, path: Path) -> Problem:
        said = f"the condition (when) of {what} can never hold, so {so}"
        return Problem("never-true", said, self._hint(when, what, path), path)

    def _always(self, what: str, when: str, so: str, path: Path) -> Problem:
        said = f"the condition (when) of {what} always holds, so {so}"
        hint = self._hint(when, "the condition", path)
        return Problem("always-true", said, hint, path)

    def _hint(self, when: str, what: str, path: Path) -> str:
        """What would mend it, after what the facts it asks for can be."""
        named = names_in(compiled(when))
        known = {name: text for name, text in self._limits(path) if name in named}
        mend = _MEND.format("the condition" if what == "the condition" else what)
        return "; ".join((*known.values(), mend))

    def _limits(self, path: Path) -> Iterator[tuple[str, str]]:
        """Facts that can only be certain words, or only together with others."""
        policy, symbols = self.side.policy, self.symbols
        yield "effect", self._effects(path)
        if policy.exceptions is None:
            yield "waives_domains", _NO_EXCEPTIONS
        yield "touches", f"touches has only {_or(TOUCHABLE)}"
        if policy.shift is None:
            yield "shift", "without [shift], shift is always large"
        else:
            yield "shift", f"shift is {_or(symbols.shifts[0])}"
        if policy.environments is None:
            yield "affects_production_traffic", "without [environments], all are production"
        else:
            yield "environment", f"environment is {_or(policy.environments.order)}"
        cases = symbols.releases
        tiers = [t for t in TIERS if self.diagrams.choose(cases, self.side.tier[t], NO) != NO]
        yield "tier", f"tiers that can be reached are {_or(tier.upper() for tier in tiers)}"
        yield "requirement", f"approvals are asked for by {_or(symbols.requirement)}"
        domains = sorted(set(policy.evidence_domains.values()) - {""}) or ["none"]
        yield "evidence_domain", f"domains of evidence are {_or(domains)}"

    def _effects(self, path: Path) -> str:
        if path[0] != "duty":
            return f"effect is {EFFECTS[0]} here"
        if self.side.policy.exceptions is not None:
            return f"effect is {_or(EFFECTS)} here"
        known = (effect for effect in EFFECTS if effect != "exception")
        return f"effect is {_or(known)} here, and {_NO_EXCEPTIONS}"


def _or(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
