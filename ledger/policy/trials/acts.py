"""Questions about duties in a trial: what stands against an act, and what was lifted.

The questions are those that every act is asked in the ledger. An exception is asked about as
a proposal of its own, for the alias of the one it is from.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ledger.policy.assess import asking, bind
from ledger.policy.case import Case
from ledger.policy.circumstances import Circumstances, Facts, circumstances
from ledger.policy.document import Policy
from ledger.policy.duties import Binding, binding
from ledger.policy.trials.trial import ALLOWED, Act, Trial, case_of, trial_exception

_MANY: Final = 10**6
"""More exceptions than any policy lets an alias have before it asks the stewards."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The duties against *act*, none where it is allowed, and those that were lifted."""

    act: Act
    barring: tuple[Binding, ...]
    lifted: tuple[Binding, ...]

    @property
    def found(self) -> str:
        """``allowed``, or the ids of the duties in the way."""
        return ", ".join(dict.fromkeys(one.duty.id for one in self.barring)) or ALLOWED

    @property
    def is_expected(self) -> bool:
        """Whether this is the answer that was expected; any of several duties will do."""
        return self.act.expect in ({one.duty.id for one in self.barring} or {ALLOWED})


def answer(policy: Policy, trial: Trial, act: Act) -> Answer:
    """What the duties of *policy* say of *act* in the circumstances of *trial*."""
    questions = [tuple(found) for found in _questions(policy, trial, act)]
    free = [found for found in questions if not _unlifted(found)]
    barring = () if free else tuple(one for found in questions for one in _unlifted(found))
    seen = [one for found in free or questions for one in found if one.lifted_by is not None]
    return Answer(act, barring, tuple(dict.fromkeys(seen)))


def _unlifted(found: Iterable[Binding]) -> tuple[Binding, ...]:
    return tuple(one for one in found if one.lifted_by is None)


def _questions(policy: Policy, trial: Trial, act: Act) -> Iterator[Iterator[Binding]]:
    """The duties that bind, once with each question the act raises: one clear way is enough."""
    case = _case(policy, trial, act)
    known: Facts = {"waives_domains": act.waives_domains}
    match act.does:
        case "open":
            yield _opening(policy, _case(policy, trial, act, opener=act.by), act, known)
        case "attach-evidence" | "withdraw-evidence":
            asked = policy.evidence_rules[act.evidence or ""].by
            domain = policy.evidence_domains[act.evidence or ""]
            facts = circumstances(policy, case, {})
            yield _asked(policy, case, facts, act, asked, {**known, "evidence_domain": domain})
        case "approve":
            facts = bind(policy, case).facts
            for need in _needs(policy, case, act):
                yield _asked(policy, case, facts, act, (), {**known, "requirement": need})
        case "operate":
            yield _asked(policy, case, bind(policy, case).facts, act, policy.operation.by, known)
        case "act":
            yield _asked(policy, case, bind(policy, case).facts, act, (), known)


def _case(policy: Policy, trial: Trial, act: Act, opener: str | None = None) -> Case:
    """The case of *trial*, or that of an exception from it."""
    case = case_of(policy, trial, opener)
    if not act.exception:
        return case
    return replace(case, effect=trial_exception(case), documents=(), approvals=(), added=())


def _needs(policy: Policy, case: Case, act: Act) -> tuple[str, ...]:
    """The requirements that an approval would count for; of exceptions also where many were."""
    if act.requirement is not None:
        return (act.requirement,)
    asked = asking(policy, case.effect, earlier=_MANY)
    return tuple(asked.get(act.role or "", ())) or ("",)


def _opening(policy: Policy, case: Case, act: Act, known: Facts) -> Iterator[Binding]:
    facts = circumstances(policy, case, {})
    for party in sorted(case.parties):
        role = act.role if party == act.by else None
        yield from _asked(policy, case, facts, replace(act, by=party, role=role), (), known)


def _asked(  # noqa: PLR0917 - who, where, and what is known of the act
    policy: Policy,
    case: Case,
    facts: Circumstances,
    act: Act,
    asked: Collection[str],
    known: Facts,
) -> Iterator[Binding]:
    """The duties that bind who acts, in the role named, one of those *asked*, or any held."""
    held = case.roles_of(act.by)
    acting = (act.role,) if act.role is not None else tuple(set(asked) & set(held)) or held
    return binding(
        policy, facts, signer=act.by, held=held, deed=act.does, acting=acting, given=known
    )
