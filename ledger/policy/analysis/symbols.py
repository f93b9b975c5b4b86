"""The facts as variables: what one or two policies can ask of a case, and what is possible.

A yes-or-no fact is a variable; a list has one for each word that some condition mentions
and one for the rest; of the variables of a word exactly one holds. ``possible`` says which
cases can be: what ``circumstances`` never computes together is not among them. Facts that
are added later are left out, since they can only add to what is asked.

Two policies look at one case. Where they would see a different ``shift`` in it, the pairs
that can occur are those of one change of the metrics held against both thresholds; where
neither names all metrics of the other, any two words can occur together.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, get_args

from ledger.model.effects import EFFECTS
from ledger.model.names import Component, Tier
from ledger.model.stack import UNTOUCHED
from ledger.policy.analysis.compiling import ByWord, Meaning
from ledger.policy.analysis.diagrams import NO, YES, Diagrams
from ledger.policy.analysis.mentions import mentioned
from ledger.policy.analysis.shifts import can_be, measure, shift_pairs
from ledger.policy.consent import EXCEPTION, LIFT, STEWARDSHIP
from ledger.policy.document import Policy
from ledger.policy.facts import SHIFTS

LEDGER_EFFECTS: Final = tuple(one for one in EFFECTS if one not in ("release", "exception"))
"""The effects that are about the whole ledger: they have no alias."""

TOUCHABLE: Final = tuple(part for part in get_args(Component) if part not in UNTOUCHED)
"""The components that a release can touch."""

REST: Final = "(another)"
"""Stands for an evidence type that not every policy names."""

RISKS: Final[tuple[Tier, ...]] = ("medium", "high")
"""The declared risks that can raise a tier."""


@dataclass(frozen=True, slots=True)
class Variable:
    """What a variable asks: whether ``fact`` holds, or is or has ``word``; ``kind`` of the fact."""

    fact: str
    word: str | None = None


class Symbols:
    """The variables of *policies*, one or two, in their order, and the cases that are possible.

    Raises :class:`Uncheckable` (``too-many-cases``).
    """

    def __init__(self, *policies: Policy) -> None:
        self.policies = policies
        self.diagrams = Diagrams()
        self.variables: list[Variable] = []
        words = mentioned(policies, self._closed())
        self.first = self._ask("first release")
        self.effect = self._each("effect", EFFECTS)
        self.no_alias = self.any_effect(LEDGER_EFFECTS)
        self.no_stack = self.any_effect(EFFECTS[1:])
        self.environment = self._each("environment", words["environment"])
        self.model = self._each("model", words["model"])
        self.touches = self._each("touches", TOUCHABLE)
        self.expands = self._ask("expands_permissions")
        self.lists = {
            name: self._each(name, words[name])
            for name in ("permissions", "mutations", "channels", "waives_domains")
        }
        self.shifts = self._shifts()
        self.declared = {
            name: self._ask(name)
            for name in dict.fromkeys(one.name for policy in policies for one in policy.declared)
        }
        self.risk = self._each("risk", RISKS)
        self.requirement = self._each("requirement", self._requirements())
        self.evidence = self._each("evidence", self._evidence())

    @cached_property
    def possible(self) -> int:
        """The cases that can be, as far as every condition is concerned."""
        named = self.diagrams.negate(self.no_alias)
        parts = [
            self._one_of(self.effect.values()),
            self._exceptions(),
            self._one_of(self.environment.values(), given=named),
            self._one_of(self.model.values(), given=named),
            self._at_most_one(self.risk.values()),
            *(self._one_of(words.values()) for words in self._shift_variables()),
            self._agreeing_shifts(),
            self._permissions(),
            self._first_release(),
            self._without_stack(),
        ]
        return self.diagrams.all_of(parts)

    @cached_property
    def releases(self) -> int:
        """The possible cases of releases, which tiers and requirements judge."""
        return self.diagrams.choose(self.possible, self.effect["release"], NO)

    def facts(self, side: int) -> Mapping[str, Meaning]:
        """What each name but ``tier`` means to the policy at *side*, 0 or 1."""
        policy = self.policies[side]
        touches = self.touches
        nowhere = self.no_alias
        return {
            "effect": self.effect,
            "alias": {**self._aliases(), "": nowhere},
            "model": {**self.model, "": nowhere},
            "environment": {**self.environment, "": nowhere},
            "touches": touches,
            **self.lists,
            "modifies_data_lineage": self._any(touches["dataset"], touches["features"]),
            "modifies_code": self._any(touches["code"], touches["sdk"]),
            "modifies_evaluator": touches["evaluator"],
            "expands_permissions": self.expands,
            "affects_production_traffic": self._production(policy),
            "shift": self.shifts[side],
            "requirement": self.requirement,
            "evidence_domain": self._domains(policy),
            **{item.name: self.declared[item.name] for item in policy.declared},
        }

    def any_effect(self, names: Iterable[str]) -> int:
        """Where a proposal asks for one of these effects."""
        return self.diagrams.any_of(self.effect[name] for name in names)

    def exactly_one(self, words: ByWord) -> int:
        """Where one of the variables of *words* holds, and no other."""
        return self._one_of(words.values())

    def _closed(self) -> dict[str, tuple[str, ...]]:
        """The facts that can only be certain words."""
        closed = {
            "effect": EFFECTS,
            "touches": TOUCHABLE,
            "shift": SHIFTS,
            "requirement": self._requirements(),
            "evidence_domain": (),
        }
        orders = [
            policy.environments.order for policy in self.policies if policy.environments is not None
        ]
        if orders:
            known = set(orders[0]).intersection(*orders[1:])
            closed["environment"] = tuple(one for one in reversed(orders[0]) if one in known)
        return closed

    def _requirements(self) -> tuple[str, ...]:
        """The requirements an approval can be for, as far as all policies know them."""
        asked = [[need.id for need in one.requirements if need.approvals] for one in self.policies]
        return (*_common(asked), EXCEPTION, STEWARDSHIP, LIFT)

    def _evidence(self) -> tuple[str, ...]:
        """The types of evidence that all policies ask for: no other document counts under all."""
        return (*_common([list(one.evidence_rules) for one in self.policies]), REST)

    def _ask(self, fact: str, word: str | None = None) -> int:
        self.variables.append(Variable(fact, word))
        return self.diagrams.variable(len(self.variables) - 1)

    def _each(self, fact: str, words: Iterable[str]) -> dict[str, int]:
        return {word: self._ask(fact, word) for word in words}

    def _any(self, *nodes: int) -> int:
        return self.diagrams.any_of(nodes)

    def _only_if(self, node: int, given: int) -> int:
        return self.diagrams.choose(node, given, YES)

    def _at_most_one(self, nodes: Iterable[int]) -> int:
        none, at_most_one = YES, YES
        for node in reversed(list(nodes)):
            at_most_one = self.diagrams.choose(node, none, at_most_one)
            none = self.diagrams.choose(node, NO, none)
        return at_most_one

    def _one_of(self, nodes: Iterable[int], given: int = YES) -> int:
        """Where exactly one holds, and none where *given* does not hold."""
        nodes = list(nodes)
        return self.diagrams.choose(
            given,
            self.diagrams.choose(self._at_most_one(nodes), self._any(*nodes), NO),
            self.diagrams.negate(self._any(*nodes)),
        )

    def _shifts(self) -> tuple[dict[str, int], ...]:
        """The words of ``shift``, for each policy; the same where they measure the same."""
        found: list[dict[str, int]] = []
        for i, policy in enumerate(self.policies):
            if policy.shift is None:
                found.append({SHIFTS[-1]: YES})
            elif i and measure(policy.shift) == measure(self.policies[0].shift):
                found.append(found[0])
            else:
                possible = (word for word in SHIFTS if can_be(policy.shift, word))
                found.append(self._each("shift", possible))
        return tuple(found)

    def _shift_variables(self) -> list[dict[str, int]]:
        own = [words for words in self.shifts if len(words) > 1]
        return own[:1] if len(own) > 1 and own[0] is own[1] else own

    def _agreeing_shifts(self) -> int:
        own = self._shift_variables()
        shifts = [policy.shift for policy in self.policies if policy.shift is not None]
        if len(own) < len(self.policies) or len(own) == 1:
            return YES
        return self._any(
            *(
                self.diagrams.choose(own[0][one], own[1][other], NO)
                for one, other in sorted(shift_pairs(shifts[0], shifts[1]))
            )
        )

    def _permissions(self) -> int:
        """Nothing is added to permissions of which there are none."""
        return self._only_if(self.expands, self._any(*self.lists["permissions"].values()))

    def _first_release(self) -> int:
        """All is new where nothing ran before: every permission, and the shift is unknown."""
        held = self._any(*self.lists["permissions"].values())
        large = self.diagrams.all_of(words[SHIFTS[-1]] for words in self.shifts)
        touched = self._any(*self.touches.values())
        new = [self.diagrams.same(self.expands, held), large, touched]
        return self._only_if(self.first, self.diagrams.all_of(new))

    def _exceptions(self) -> int:
        """Only an exception waives, and there are none where the last policy knows none."""
        asked = self.effect["exception"]
        waives = self._any(*self.lists["waives_domains"].values())
        if self.policies[-1].exceptions is None:
            return self.diagrams.negate(self._any(asked, waives))
        return self._only_if(waives, asked)

    def _without_stack(self) -> int:
        """What is no release has no stack; what nobody declares counts as yes."""
        own = (words for name, words in self.lists.items() if name != "waives_domains")
        lists = (self.touches, *own, self.risk)
        none = self._any(self.first, self.expands, *(n for words in lists for n in words.values()))
        yes = (*self.declared.values(), *(words[SHIFTS[-1]] for words in self.shifts))
        empty = self.diagrams.choose(none, NO, self.diagrams.all_of(yes))
        return self._only_if(self.no_stack, empty)

    def _aliases(self) -> ByWord:
        return {
            f"{model}/{environment}": self.diagrams.choose(one, other, NO)
            for model, one in self.model.items()
            for environment, other in self.environment.items()
        }

    def _production(self, policy: Policy) -> int:
        release = self.effect["release"]
        if policy.environments is None:
            return release
        last = self.environment.get(policy.environments.order[-1], NO)
        return self.diagrams.choose(release, last, NO)

    def _domains(self, policy: Policy) -> ByWord:
        """Where the evidence is of a domain; of none where no requirement asks for it."""
        types: dict[str, list[int]] = {}
        for type_, node in self.evidence.items():
            types.setdefault(policy.evidence_domains.get(type_, ""), []).append(node)
        return {domain: self._any(*nodes) for domain, nodes in types.items()}


def _common(lists: list[list[str]]) -> tuple[str, ...]:
    """The words of the first list that all the others have."""
    return tuple(word for word in lists[0] if all(word in others for others in lists[1:]))
