"""Duties: what a role must not do, whomever it binds, unless a combination lifts it.

A duty binds a person through every role held since the proposal was opened, and a
service through its own roles and those of the person who answers for it. A combination
of two roles lifts a duty of the one where the act is done in the other; whoever looks
at the proposal is told.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ledger.model.effects import RotationEffect
from ledger.policy.case import ROOT, Approval, Case, Document
from ledger.policy.circumstances import NOTHING, Circumstances, Facts, circumstances
from ledger.policy.document import Combination, Duty, MustNot, Policy

Deed = MustNot
"""What is about to be done; ``act`` is whatever has no word of its own."""


@dataclass(frozen=True, slots=True)
class Combined:
    """A duty that would have bound *signer*, had a combination not lifted it."""

    signer: str
    duty: str
    roles: tuple[str, str]
    because: str


@dataclass(frozen=True, slots=True)
class Binding:
    """A duty that binds *signer*, and the combination that lifts it, if one does."""

    signer: str
    duty: Duty
    lifted_by: Combination | None


def binding(
    policy: Policy,
    facts: Circumstances,
    *,
    signer: str,
    held: Collection[str],
    deed: Deed,
    acting: Collection[str],
    given: Facts = NOTHING,
) -> Iterator[Binding]:
    """Each duty that binds *signer*, who has *held* those roles, about to do *deed*.

    *acting* are the roles in which it would be done; *given* the facts of the deed itself.
    No duty binds the root in what is no release: else a policy could make itself eternal.
    """
    if facts.facts["effect"] != "release" and ROOT in (acting if deed == "approve" else held):
        return
    asked = {"waives_domains": facts.facts.get("waives_domains", ()), **given}
    for duty in concerned(policy, held, deed):
        if facts.hold(duty.when, asked):
            yield Binding(signer, duty, _lifting(policy, duty, acting))


def concerned(policy: Policy, held: Collection[str], deed: Deed) -> tuple[Duty, ...]:
    """The duties of the *held* roles that are about *deed*, whatever their conditions say."""
    return tuple(
        duty for duty in policy.duties if duty.role in held and duty.must_not in (deed, "act")
    )


def _lifting(policy: Policy, duty: Duty, acting: Collection[str]) -> Combination | None:
    for combination in policy.combinations:
        one, other = combination.roles
        partner = {one: other, other: one}.get(duty.role)
        if partner is not None and partner in acting:
            return combination
    return None


def on_approving(  # noqa: PLR0917 - who, in which role, for which requirement
    policy: Policy, case: Case, facts: Circumstances, signer: str, role: str, requirement: str
) -> Iterator[Binding]:
    """The duties that bind *signer* who approves in *role* what *requirement* asks for."""
    return binding(
        policy,
        facts,
        signer=signer,
        held=case.roles_of(signer),
        deed="approve",
        acting=(role,),
        given={"requirement": requirement},
    )


def on_attaching(policy: Policy, case: Case, document: Document) -> Iterator[Binding]:
    """The duties that bind the author of *document*, or who took it over.

    Their conditions ask neither for the tier nor for the shift, which depend on the
    documents that count.
    """
    for signer in dict.fromkeys((document.author, document.signer)):
        held = {*case.roles_of(signer), *(document.roles if signer == document.author else ())}
        yield from on_evidence(policy, case, signer, held, document.type, "attach-evidence")


def on_evidence(  # noqa: PLR0917 - who, what and which deed
    policy: Policy,
    case: Case,
    signer: str,
    held: Collection[str],
    type_: str,
    deed: Literal["attach-evidence", "withdraw-evidence"],
) -> Iterator[Binding]:
    """The duties that bind *signer* who attaches or withdraws a document of *type_*."""
    if not concerned(policy, held, deed):
        return iter(())
    rule = policy.evidence_rules.get(type_)
    acting = held if rule is None or not rule.by else set(rule.by) & set(held)
    return binding(
        policy,
        circumstances(policy, case, {}),
        signer=signer,
        held=held,
        deed=deed,
        acting=acting,
        given={"evidence_domain": policy.evidence_domains.get(type_, "")},
    )


def on_opening(policy: Policy, case: Case, facts: Circumstances) -> Iterator[Binding]:
    """The duties that bind who wrote *case*, as openers of what it asks for.

    Not whom it is about: else nobody could lift a stop of whoever a duty keeps from acting.
    Nor who asks for another key of their own.
    """
    own = {case.effect.signer} if isinstance(case.effect, RotationEffect) else set()
    for party in sorted(case.parties - case.subjects - own):
        held = case.roles_of(party)
        yield from binding(policy, facts, signer=party, held=held, deed="open", acting=held)


def first_unlifted(bindings: Iterator[Binding]) -> Binding | None:
    """The first of *bindings* that no combination lifts."""
    return next((one for one in bindings if one.lifted_by is None), None)


def combined(  # noqa: PLR0917 - all that an assessment has found out
    policy: Policy,
    case: Case,
    facts: Circumstances,
    approvals: tuple[Approval, ...],
    counted: Mapping[str, Document],
    asked: Mapping[str, Collection[str]],
) -> tuple[Combined, ...]:
    """Every combination that lifts a duty in *case*; *asked* are the requirements of each role."""
    found = [
        *on_opening(policy, case, facts),
        *(one for document in counted.values() for one in on_attaching(policy, case, document)),
        *(
            one
            for approval in approvals
            for need in asked.get(approval.role, ())
            for one in on_approving(policy, case, facts, approval.signer, approval.role, need)
        ),
    ]
    lifted = {
        Combined(one.signer, one.duty.id, one.lifted_by.roles, one.lifted_by.because)
        for one in found
        if one.lifted_by is not None
    }
    return tuple(sorted(lifted, key=lambda one: (one.signer, one.duty, one.roles)))
