"""What a policy says in every case at once: its tiers, what applies, what it blocks, its duties."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.errors import Uncheckable
from ledger.model.names import TIERS, Tier
from ledger.policy.analysis.compiling import ByWord, Compiler, Meaning
from ledger.policy.analysis.diagrams import NO, YES
from ledger.policy.analysis.symbols import Symbols
from ledger.policy.circumstances import compiled
from ledger.policy.conditions import Value
from ledger.policy.consent import EXCEPTION, LIFT, STEWARDSHIP
from ledger.policy.document import MustNot, Policy, Requirement, TierRule
from ledger.policy.tree import Compare, Every, Member, Name, Node, Not, Quantified, Some, Words
from ledger.policy.waiving import why_never

_HIGHEST: Final = TIERS[-1]

_STEWARDED: Final = ("policy", "enrolment", "roles", "rotation")
"""The effects that stewardship is asked to consent to."""

_OF_THE_ROOT: Final = ("root", "disown", "clock")
"""Those that only the root decides, under every policy."""

_ASKED_OF: Final = frozenset({"requirement", "evidence_domain"})
"""The facts of a duty that are words of the policy itself."""


@dataclass(frozen=True, slots=True)
class RuleCases:
    """Of a tier rule: the cases in which it is asked at all, and those in which it would match."""

    rule: TierRule
    asked: int
    matches: int


class Side:
    """One policy of *symbols*, 0 or 1: every answer of it as a diagram.

    ``hard`` and ``kept`` are the requirements that are hard, and that no exception waives.

    Raises :class:`Uncheckable` (``too-many-cases``).
    """

    def __init__(self, symbols: Symbols, number: int) -> None:
        self.symbols = symbols
        self.policy: Policy = symbols.policies[number]
        self.hard = frozenset(need.id for need in self.policy.requirements if need.hard)
        self.kept = frozenset(
            need.id for need in self.policy.requirements if why_never(self.policy, need) is not None
        )
        self._facts = symbols.facts(number)
        self._names: Mapping[str, Meaning] = self._facts
        self._known: dict[str, int] = {}
        self._known_of: dict[tuple[str, ...], int] = {}
        self._barred: dict[str, Mapping[str, int]] = {}
        self.rules = self._ask_rules()
        self.tier = self._tiers()
        tiers: ByWord = {str(tier): node for tier, node in self.tier.items()}
        self._names = {**self._facts, "tier": tiers}

    def holds(self, when: str | None) -> int:
        """Where the condition *when* holds; everywhere without one."""
        if when is None:
            return YES
        if when not in self._known:
            compiler = Compiler(self.symbols.diagrams, self._names)
            self._known[when] = compiler.diagram(compiled(when).root)
        return self._known[when]

    def asks_people(self, need: Requirement) -> int:
        """Where *need* asks for its approvals: not in automatic environments, unless hard."""
        known = self.policy.environments
        applies = self.holds(need.when)
        if need.hard or known is None:
            return applies
        automatic = (self.symbols.environment.get(name, NO) for name in known.automatic)
        return self.symbols.diagrams.choose(self.symbols.diagrams.any_of(automatic), NO, applies)

    def forbids_mutation(self, name: str) -> int:
        """Where a change must not name the mutation."""
        tiers = (one.tier for one in self.policy.limits.mutations if name not in one.names)
        return self.symbols.diagrams.any_of(self.tier[tier] for tier in tiers)

    def forbids_permission(self, name: str) -> int:
        """Everywhere or nowhere: whether the permission is prohibited."""
        return YES if name in self.policy.limits.prohibited_permissions else NO

    @property
    def blocked(self) -> int:
        """Where a limit blocks the change."""
        diagrams, lists = self.symbols.diagrams, self.symbols.lists
        held = (
            diagrams.choose(has, self.forbids_permission(name), NO)
            for name, has in lists["permissions"].items()
        )
        named = (
            diagrams.choose(has, self.forbids_mutation(name), NO)
            for name, has in lists["mutations"].items()
        )
        return diagrams.any_of((*held, *named))

    def binds(self, role: str, deeds: tuple[MustNot, ...]) -> int:
        """Where a duty about one of *deeds* binds the holders of *role*."""
        duties = (one for one in self.policy.duties if one.role == role and one.must_not in deeds)
        return self.symbols.diagrams.any_of(self.holds(one.when) for one in duties)

    def bars(self, requirement: str, role: str) -> Mapping[str, int]:
        """Where holders of other roles must not give what *requirement* asks of *role*.

        A role whose duties a combination with *role* lifts is left out.
        """
        if requirement not in self._barred:
            self._barred[requirement] = self._bars(requirement)
        pairs = [one.roles for one in self.policy.combinations if role in one.roles]
        lifted = {other for one, other in pairs if one == role}
        lifted |= {one for one, other in pairs if other == role}
        found = self._barred[requirement]
        return {other: node for other, node in found.items() if other not in lifted}

    def seen(self, true: frozenset[int]) -> dict[str, Value]:
        """The facts of the case in which the variables of *true* hold, with the tier."""
        return {name: self._value(name, meant, true) for name, meant in self._names.items()}

    def because(self, true: frozenset[int]) -> str:
        """The rule that gives that case its tier, in the words of an assessment."""
        diagrams, symbols = self.symbols.diagrams, self.symbols
        if diagrams.holds(symbols.first, true):
            return "first-release"
        reached = (
            (one.rule.id, one.rule.tier) for one in self.rules if diagrams.holds(one.matches, true)
        )
        rule, tier = next(reached, ("nothing-matched", _HIGHEST))
        return rule if diagrams.holds(self.tier[tier], true) else "declared"

    def _bars(self, requirement: str) -> Mapping[str, int]:
        found: dict[str, list[int]] = {}
        for duty in self.policy.duties:
            if duty.must_not in ("approve", "act"):
                found.setdefault(duty.role, []).append(self._holds_of(duty.when, requirement))
        nodes = {role: self.symbols.diagrams.any_of(each) for role, each in found.items()}
        return {role: node for role, node in nodes.items() if node != NO}

    def _holds_of(self, when: str | None, requirement: str) -> int:
        """Where *when* holds of an approval for *requirement*, which not both may know."""
        if when is None or "requirement" not in when:
            return self.holds(when)
        # Requirements that a condition does not name are all alike to it.
        words: ByWord = {requirement: YES} if requirement in when else {}
        key = (when, *words)
        if key not in self._known_of:
            names = {**self._names, "requirement": words}
            compiler = Compiler(self.symbols.diagrams, names)
            self._known_of[key] = compiler.diagram(compiled(when).root)
        return self._known_of[key]

    def _value(self, name: str, meaning: Meaning, true: frozenset[int]) -> Value:
        holds = self.symbols.diagrams.holds
        if isinstance(meaning, int):
            return holds(meaning, true)
        words = [word for word, node in meaning.items() if holds(node, true)]
        if name == "touches" or name in self.symbols.lists:
            return tuple(sorted(words))
        return words[0] if words else ""

    def _ask_rules(self) -> tuple[RuleCases, ...]:
        diagrams = self.symbols.diagrams
        waiting = diagrams.negate(self.symbols.first)
        found = []
        for rule in self.policy.tiers:
            matches = self.holds(rule.when)
            found.append(RuleCases(rule, waiting, matches))
            waiting = diagrams.choose(matches, NO, waiting)
        return tuple(found)

    def _tiers(self) -> dict[Tier, int]:
        """First match from the top, the highest without any; the declared risk only raises."""
        choose, symbols = self.symbols.diagrams.choose, self.symbols
        found: dict[Tier, int] = dict.fromkeys(TIERS, NO)
        found[_HIGHEST] = YES
        for one in reversed(self.rules):
            found = {
                tier: choose(one.matches, YES if one.rule.tier == tier else NO, node)
                for tier, node in found.items()
            }
        highest = symbols.diagrams.any_of((symbols.first, symbols.no_stack, symbols.risk["high"]))
        medium, low = symbols.risk["medium"], found["low"]
        return {
            "low": choose(highest, NO, choose(medium, NO, low)),
            "medium": choose(highest, NO, choose(choose(low, medium, NO), YES, found["medium"])),
            "high": choose(highest, YES, found["high"]),
        }


def doing(symbols: Symbols, deed: MustNot) -> int:
    """The possible cases in which somebody does *deed*, with what it is about."""
    diagrams, effect = symbols.diagrams, symbols.effect
    if deed == "operate":
        return symbols.releases
    if deed in ("attach-evidence", "withdraw-evidence"):
        return diagrams.choose(symbols.possible, symbols.exactly_one(symbols.evidence), NO)
    if deed != "approve":
        return symbols.possible
    asked = symbols.requirement
    stewards = diagrams.choose(asked[EXCEPTION], NO, effect["exception"])
    stewarded = symbols.any_effect(_STEWARDED)
    return diagrams.all_of(
        (
            symbols.possible,
            symbols.exactly_one(asked),
            diagrams.same(asked[STEWARDSHIP], diagrams.any_of((stewarded, stewards))),
            diagrams.same(asked[LIFT], effect["lift"]),
            diagrams.choose(asked[EXCEPTION], effect["exception"], YES),
            YES if _repeated(symbols.policies) else diagrams.negate(stewards),
            diagrams.negate(symbols.any_effect(_root_alone(symbols.policies))),
        )
    )


def _repeated(policies: tuple[Policy, ...]) -> bool:
    """Whether stewards may be asked to consent to an exception as well."""
    last = policies[-1].exceptions
    stewards = all(one.stewardship is not None for one in policies)
    return stewards and last is not None and last.repeat_after is not None


def _root_alone(policies: tuple[Policy, ...]) -> Iterator[str]:
    """The effects that one of *policies* leaves to the root, whose approvals no duty binds."""
    yield from _OF_THE_ROOT
    if any(one.stewardship is None for one in policies):
        yield from _STEWARDED
    if any(one.overrides is None or not one.overrides.lift for one in policies):
        yield "lift"


def require_plain_duties(policy: Policy) -> None:
    """Check that duties ask for words of the policy itself by quoting them.

    A word that only one policy uses for a requirement or domain is no variable, so it could
    not be held against another fact. Raises :class:`Uncheckable` (``too-many-cases``).
    """
    for duty in policy.duties:
        pairs = () if duty.when is None else _compared(compiled(duty.when).root, frozenset())
        for pair in pairs:
            named = _ASKED_OF & {one.name for one in pair if isinstance(one, Name)}
            if named and all(isinstance(one, Name) for one in pair):
                raise Uncheckable(
                    "too-many-cases",
                    f"the duty {duty.id!r} compares {min(named)} with another fact,"
                    " which has too many cases to look at all of them",
                    hint="compare it with words in quotes instead",
                )


def _compared(node: Node, quoted: frozenset[str]) -> Iterator[tuple[Node, Node]]:
    """What is compared inside *node*, without *quoted*, variables over lists in quotes."""
    match node:
        case Not(operand=operand):
            yield from _compared(operand, quoted)
        case Every(parts=parts) | Some(parts=parts):
            for part in parts:
                yield from _compared(part, quoted)
        case Quantified(over=over, variable=variable, body=body):
            more = {variable} if isinstance(over, Words) else set[str]()
            yield from _compared(body, quoted | more)
        case Compare(left=one, right=other) | Member(item=one, of=other):
            if not any(isinstance(side, Name) and side.name in quoted for side in (one, other)):
                yield one, other
            yield from _compared(one, quoted)
            yield from _compared(other, quoted)
        case _:
            return
