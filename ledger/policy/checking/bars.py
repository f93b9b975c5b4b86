"""Duties that bind in every case: whoever holds their role is barred, whatever is proposed.

A duty without a condition does, and one whose condition asks only for what is known before
anything is proposed: the effect, and the requirement or the domain of the evidence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.policy.circumstances import compiled
from ledger.policy.conditions import Condition, check, evaluate, names_in
from ledger.policy.document import Duty, MustNot, Policy
from ledger.policy.facts import vocabulary


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody would do, and what is known of it whatever is proposed.

    ``about`` is the requirement that an approval is for, or the domain of a document.
    """

    deed: MustNot
    effect: str
    about: str | None = None

    def known(self) -> Mapping[str, str]:
        """The facts of the act that hold in every case."""
        if self.about is None:
            return {"effect": self.effect}
        fact = "requirement" if self.deed == "approve" else "evidence_domain"
        return {"effect": self.effect, fact: self.about}


class Bars:
    """The duties of *policy* that always bind, each found once for each act.

    Policies and rosters are both as large as they may be: everything here is asked for every
    person, role and requirement at once, so conditions are read and asked only once.
    """

    def __init__(self, policy: Policy) -> None:
        self._pairs = {frozenset(pair.roles) for pair in policy.combinations}
        self._duties = [(duty, _readable(policy, duty)) for duty in policy.duties]
        self._binding: dict[Act, Mapping[str, str]] = {}
        self._barred: dict[tuple[Act, frozenset[str]], tuple[tuple[str, str], ...]] = {}

    def barring(self, act: Act, held: frozenset[str], acting: Collection[str]) -> str | None:
        """Return the id of a duty that always keeps who holds *held* from *act*, if one does.

        *acting* are the roles in which it would be done: a combination with one of them lifts
        the duty. A condition that does not pass its own check bars nobody.
        """
        key = (act, held)
        if key not in self._barred:
            bound = self._bound(act).items()
            self._barred[key] = tuple((role, duty) for role, duty in bound if role in held)
        for role, duty in self._barred[key]:
            if not any({role, one} in self._pairs for one in acting):
                return duty
        return None

    def _bound(self, act: Act) -> Mapping[str, str]:
        """The roles that are always barred from *act*, each with the first duty that does it."""
        found = self._binding.get(act)
        if found is None:
            known, roles = act.known(), dict[str, str]()
            for duty, condition in self._duties:
                new = duty.must_not in (act.deed, "act") and duty.role not in roles
                if new and _always_holds(duty, condition, known):
                    roles[duty.role] = duty.id
            found = self._binding[act] = roles
        return found


def _readable(policy: Policy, duty: Duty) -> Condition | None:
    """The condition of *duty*; ``None`` where it has none, or none that passes its check."""
    if duty.when is None:
        return None
    try:
        condition = compiled(duty.when)
        check(condition, vocabulary(policy, duty.must_not))
    except BadInput:
        return None
    return condition


def _always_holds(duty: Duty, condition: Condition | None, known: Mapping[str, str]) -> bool:
    if condition is None:
        return duty.when is None
    return names_in(condition) <= known.keys() and evaluate(condition, known)
