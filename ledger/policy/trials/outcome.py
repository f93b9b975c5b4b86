"""What came of a trial: where an answer is not the one expected, and why.

Only what the trial states is compared. What was given in it and does not count is told as
well: it is what most failures come from.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ledger.policy.assess import asking, assess, bind
from ledger.policy.assessment import Assessment, RequirementStatus
from ledger.policy.case import Case, Document
from ledger.policy.document import Policy
from ledger.policy.duties import Combined, first_unlifted, on_approving
from ledger.policy.evidence import barring_duty, is_allowed
from ledger.policy.trials.acts import Answer, answer
from ledger.policy.trials.reach import Reached, reached_by
from ledger.policy.trials.trial import NOW, Expected, Trial, case_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that is not the expected one; *act* is the place of a question, from 0."""

    what: str
    expected: str
    found: str
    why: str
    act: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of *trial*; *discounted* says what was given in it and does not count."""

    trial: Trial
    differences: tuple[Difference, ...]
    combined: tuple[Combined, ...]
    discounted: tuple[str, ...]
    reached: Reached

    @property
    def holds(self) -> bool:
        """Whether every answer is the one that was expected."""
        return not self.differences


def try_out(policy: Policy, trial: Trial) -> Outcome:
    """What *policy* says of *trial*, held against what the trial expects."""
    answers = tuple(answer(policy, trial, act) for act in trial.acts)
    differences = list(_wrong_answers(answers))
    combined = [one for each in answers for one in _combinations(each)]
    duties = frozenset(one.duty.id for each in answers for one in (*each.barring, *each.lifted))
    if trial.expect is None:
        return _outcome(trial, differences, combined, (), Reached(duties=duties))
    case = case_of(policy, trial)
    found = assess(policy, case, NOW)
    reached = reached_by(policy, case, found)
    return _outcome(
        trial,
        [*_compare(trial.expect, found), *differences],
        [*found.combined, *combined],
        (*_approvals(policy, case, found), *_documents(policy, case)),
        Reached(reached.tiers, reached.applied, reached.satisfied, reached.duties | duties),
    )


def _outcome(
    trial: Trial,
    differences: list[Difference],
    combined: list[Combined],
    discounted: tuple[str, ...],
    reached: Reached,
) -> Outcome:
    lifted, once = tuple(dict.fromkeys(combined)), tuple(dict.fromkeys(discounted))
    return Outcome(trial, tuple(differences), lifted, once, reached)


def _combinations(given: Answer) -> Iterator[Combined]:
    for one in given.lifted:
        if one.lifted_by is not None:
            roles, because = one.lifted_by.roles, one.lifted_by.because
            yield Combined(one.signer, one.duty.id, roles, because)


def _wrong_answers(answers: tuple[Answer, ...]) -> Iterator[Difference]:
    for place, given in enumerate(answers):
        act = given.act
        what = f"may {act.by} {act.does}"
        if not given.is_expected:
            reasons = [f"{one.duty.id}: {one.duty.because}" for one in given.barring]
            why = "; ".join(dict.fromkeys(reasons)) or "no duty forbids it"
            yield Difference(what, act.expect, given.found, why, place)
        lifted = {one.duty.id for one in given.lifted}
        if act.combined is not None and set(act.combined) != lifted:
            yield Difference(
                f"{what}: combined",
                _words(act.combined),
                _words(lifted),
                "the duties that [[combine]] lifts here",
                place,
            )


def _compare(expected: Expected, found: Assessment) -> Iterator[Difference]:
    """Each part of *found* that is not as *expected*, in the order people ask."""
    because = ", ".join(found.tier_because)
    if expected.tier not in (None, found.tier):
        yield Difference("tier", str(expected.tier), found.tier, f"because of {because}")
    if expected.tier_because is not None and set(expected.tier_because) != set(found.tier_because):
        why = f"the tier is {found.tier}"
        yield Difference("tier_because", _words(expected.tier_because), because, why)
    if expected.verdict not in (None, found.verdict):
        yield Difference("verdict", str(expected.verdict), found.verdict, _why(found))
    yield from _statuses(expected.statuses or {}, found)
    sets = (
        ("blocks", expected.blocks, [one.code for one in found.blocks], _blocked(found)),
        ("missing", expected.missing, found.missing(), ""),
        ("combined", expected.combined, [one.duty for one in found.combined], ""),
    )
    for what, stated, came, why in sets:
        if stated is not None and set(stated) != set(came):
            yield Difference(what, _words(stated), _words(came), why)


def _statuses(expected: Mapping[str, str], found: Assessment) -> Iterator[Difference]:
    came = {one.id: one for one in found.requirements}
    for id_, status in expected.items():
        one = came.get(id_)
        now = "not-applicable" if one is None else one.status
        if now != status:
            why = "another effect has other requirements" if one is None else _because(one)
            yield Difference(f"statuses.{id_}", status, now, why)


def _because(one: RequirementStatus) -> str:
    if one.missing:
        could = f" (could: {', '.join(one.could)})" if one.could else ""
        return f"missing: {'; '.join(one.missing)}{could}"
    if one.status == "not-applicable":
        return "its condition does not hold, or the environment needs no approvals"
    return "a veto" if one.status == "blocked" else "nothing is missing"


def _why(found: Assessment) -> str:
    if found.verdict == "blocked":
        return _blocked(found)
    if found.verdict == "expired":
        return "it waited longer than [approvals] allows"
    return f"missing: {'; '.join(found.missing())}" if found.missing() else "nothing is missing"


def _blocked(found: Assessment) -> str:
    return "; ".join(f"{one.code}: {one.message}" for one in found.blocks) or "nothing blocks it"


def _words(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words))) or "none"


def _approvals(policy: Policy, case: Case, found: Assessment) -> Iterator[str]:
    """Say of each approval that does not count, or not for everything, why that is so."""
    facts = bind(policy, case).facts
    asked = asking(policy, case.effect)
    for one in case.approvals:
        what = f"the approval of {one.signer} as {one.role} does not count"
        if one.signer in case.parties:
            yield f"{what}: {one.signer} is a party"
        elif one not in found.approvals:
            yield f"{what}: {one.signer} approved again later"
        elif one.role not in asked:
            yield f"{what}: nothing asks for {one.role} here"
        for need in asked.get(one.role, ()):
            against = first_unlifted(on_approving(policy, case, facts, one.signer, one.role, need))
            if against is not None:
                yield f"{what} for {need}: duty {against.duty.id}"


def _documents(policy: Policy, case: Case) -> Iterator[str]:
    for one in case.documents:
        reason = _against(policy, case, one)
        if reason is not None:
            yield f"the {one.type} of {one.author} does not count: {reason}"


def _against(policy: Policy, case: Case, document: Document) -> str | None:
    rule = policy.evidence_rules[document.type]
    duty = barring_duty(policy, document, case)
    if duty is not None:
        return f"duty {duty}"
    if is_allowed(rule, document, case):
        return None
    if not set(rule.by) & set(document.roles) and rule.by:
        return f"it has to be by {' or '.join(rule.by)}"
    return f"{document.author} is a party, or answers to one"
