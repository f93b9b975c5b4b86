"""What trials made a policy say, and what none of them did: for whoever reviews the policy."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger.policy.assess import asking, bind
from ledger.policy.assessment import Assessment
from ledger.policy.case import Case
from ledger.policy.consent import STEWARDSHIP
from ledger.policy.document import Policy
from ledger.policy.duties import Binding, on_approving, on_attaching, on_opening

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reached:
    """Ids of what came into play: tier rules, requirements that applied or were met, duties."""

    tiers: frozenset[str] = field(default=NOTHING)
    applied: frozenset[str] = field(default=NOTHING)
    satisfied: frozenset[str] = field(default=NOTHING)
    duties: frozenset[str] = field(default=NOTHING)


def reached_by(policy: Policy, case: Case, found: Assessment) -> Reached:
    """What of *policy* came into play when it said *found* of *case*."""
    needs = {one.id: one.status for one in found.requirements}
    return Reached(
        tiers=frozenset(found.tier_because),
        applied=frozenset(id_ for id_, status in needs.items() if status != "not-applicable"),
        satisfied=frozenset(id_ for id_, status in needs.items() if status == "satisfied"),
        duties=frozenset(one.duty.id for one in _bindings(policy, case)),
    )


def unreached(policy: Policy, seen: Iterable[Reached]) -> Mapping[str, tuple[str, ...]]:
    """The rules of *policy* that are in none of *seen*, in its order; what has none is left out."""
    known = tuple(seen)
    applied = NOTHING.union(*(one.applied for one in known))
    satisfied = NOTHING.union(*(one.satisfied for one in known))
    needs = [need.id for need in policy.requirements]
    needs += [] if policy.stewardship is None else [STEWARDSHIP]
    tiers = (rule.id for rule in policy.tiers)
    duties = (duty.id for duty in policy.duties)
    left = {
        "tiers": _without(tiers, NOTHING.union(*(one.tiers for one in known))),
        "requirements": _without(needs, applied),
        "requirements never satisfied": tuple(n for n in needs if n in applied - satisfied),
        "duties": _without(duties, NOTHING.union(*(one.duties for one in known))),
    }
    return {what: names for what, names in left.items() if names}


def _without(names: Iterable[str], seen: frozenset[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in seen)


def _bindings(policy: Policy, case: Case) -> Iterator[Binding]:
    """Every duty that binds somebody in what *case* says was done, lifted or not."""
    facts = bind(policy, case).facts
    asked = asking(policy, case.effect)
    yield from on_opening(policy, case, facts)
    for document in case.documents:
        yield from on_attaching(policy, case, document)
    for one in case.approvals:
        for need in asked.get(one.role, ()):
            yield from on_approving(policy, case, facts, one.signer, one.role, need)
