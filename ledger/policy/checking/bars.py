"""Duties that bind in every case: whoever holds their role is barred, whatever is proposed.

A duty without a condition does, and one whose condition asks only for what is known before
anything is proposed: the effect, and the requirement or the domain of the evidence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.policy.conditions import check, evaluate, names_in, parse
from ledger.policy.document import Duty, MustNot, Policy
from ledger.policy.duties import concerned
from ledger.policy.facts import vocabulary


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody would do, and the facts of it that hold whatever is proposed."""

    deed: MustNot
    known: Mapping[str, str]


def barring(policy: Policy, act: Act, held: Collection[str], acting: Collection[str]) -> str | None:
    """Return the id of a duty that always keeps who holds *held* from *act*, if there is one.

    *acting* are the roles in which it would be done: a combination with one of them lifts
    the duty. A condition that does not pass its own check bars nobody.
    """
    for duty in concerned(policy, held, act.deed):
        if _always_binds(policy, duty, act.known) and not _lifted(policy, duty, acting):
            return duty.id
    return None


def _always_binds(policy: Policy, duty: Duty, known: Mapping[str, str]) -> bool:
    if duty.when is None:
        return True
    try:
        condition = parse(duty.when)
        check(condition, vocabulary(policy, duty.must_not))
    except BadInput:
        return False
    return names_in(condition) <= known.keys() and evaluate(condition, known)


def _lifted(policy: Policy, duty: Duty, acting: Collection[str]) -> bool:
    return any(
        {duty.role, role} == set(pair.roles) for pair in policy.combinations for role in acting
    )
