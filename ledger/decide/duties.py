"""Duties asked of every act: whoever a duty binds is refused before the verb's own rules."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from ledger.decide import proposal
from ledger.decide.cases import case_of
from ledger.decide.clock import as_corrected
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.roles import ever_held, held_since, lent_for
from ledger.decide.signer_states import SignerState
from ledger.decide.stage import observing_roles
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model import events
from ledger.model.events import Event
from ledger.policy.assess import asking, bind
from ledger.policy.case import Case
from ledger.policy.circumstances import circumstances
from ledger.policy.document import MustNot, Policy
from ledger.policy.duties import (
    Binding,
    Deed,
    binding,
    concerned,
    first_unlifted,
    on_approving,
    on_evidence,
    on_opening,
)

FREE: Final = (
    events.LedgerFounded,
    events.SignerAccepted,
    events.SignerRotated,
    events.OverrideSet,
    events.OverrideDrilled,
    events.ReleaseRolledBack,
    events.ReviewClosed,
    events.CommentMade,
    events.FindingAcknowledged,
    events.CheckpointWitnessed,
)
"""What no duty ever forbids: acceptances, other keys, stops, rollbacks, reviews, talk, audits."""

DEEDS: Final[dict[type, Deed]] = {
    events.ProposalOpened: "open",
    events.ProposalRevised: "open",
    events.EvidenceAttached: "attach-evidence",
    events.EvidenceWithdrawn: "withdraw-evidence",
    events.ApprovalGranted: "approve",
    events.ReleaseStarted: "operate",
    events.ReleaseAdvanced: "operate",
    events.ReleaseCompleted: "operate",
}
"""The word of a duty for each kind of event; every other one is ``act``."""


SAID: Final[dict[MustNot, str]] = {
    "approve": "approve this",
    "open": "propose this",
    "attach-evidence": "attach this evidence",
    "withdraw-evidence": "withdraw this evidence",
    "operate": "operate this release",
    "act": "act here",
}
"""What a duty forbids, in a sentence."""


def require_no_duty(standing: Standing, by: SignerState, event: Event) -> None:
    """Refuse *event* where a duty forbids it to *by*.

    Raises :class:`Refused` (``duty``) naming the duty and why it exists.
    """
    if isinstance(event, FREE):
        return
    policy = standing.policy()
    if not policy.duties:
        return
    deed = DEEDS.get(type(event), "act")
    if not concerned(policy, _bound_roles(standing, by, event), deed):
        return
    state = _about(standing, by, event)
    if state is None:
        return
    unlifted = first_unlifted(_bindings(standing, policy, by, state, event))
    if unlifted is not None:
        raise _refusal(by, held_since(standing, by.id, replace(state, closure=None)), unlifted)


def _bound_roles(standing: Standing, by: SignerState, event: Event) -> set[str]:
    """The roles whose duties may bind: of *by*, of who lent them a role, and of contributors."""
    names = [by.id, *(lent.by for lent in by.delegations)]
    if isinstance(event, events.ProposalOpened | events.ProposalRevised):
        names += event.effect.contributors
    return {role for name in names for role in ever_held(standing, name)}


def _about(standing: Standing, by: SignerState, event: Event) -> ProposalState | None:
    """The proposal that *event* is about, as it would be with an opening or a revision."""
    id_ = getattr(event, "proposal", None)
    if not isinstance(id_, str):
        return None
    if not isinstance(event, events.ProposalOpened | events.ProposalRevised):
        return standing.proposal(id_)
    opening = isinstance(event, events.ProposalOpened)
    if opening is (standing.proposal(id_) is not None):
        return None
    draft = standing.fork()
    on = Happening(standing.head.size, "", by.id, standing.head.time)
    draft.put(*proposal.evolve(draft, event, on))
    return draft.proposal(id_)


def _bindings(
    standing: Standing, policy: Policy, by: SignerState, state: ProposalState, event: Event
) -> Iterator[Binding]:
    """The duties that bind *by* in *event*, once with each question the event raises."""
    held = _held(standing, policy, by, state, event)
    case = case_of(standing, state, people=False, since=True)
    case = replace(case, held={**case.held, by.id: held})
    match event:
        case events.ProposalOpened() | events.ProposalRevised():
            yield from on_opening(policy, case, circumstances(policy, case, {}))
        case events.EvidenceAttached(type=type_):
            yield from on_evidence(policy, case, by.id, held, type_, "attach-evidence")
        case events.EvidenceWithdrawn(digest=digest):
            for type_ in sorted({one.type for one in state.documents if one.digest == digest}):
                yield from on_evidence(policy, case, by.id, held, type_, "withdraw-evidence")
        case events.ApprovalGranted(role=role):
            yield from _on_approval(policy, case, by.id, role)
        case _:
            deed = DEEDS.get(type(event), "act")
            operating = set(policy.operation.by) & set(held)
            yield from binding(
                policy,
                bind(policy, case).facts,
                signer=by.id,
                held=held,
                deed=deed,
                acting=operating if deed == "operate" and operating else held,
            )


def _held(
    standing: Standing, policy: Policy, by: SignerState, state: ProposalState, event: Event
) -> tuple[str, ...]:
    """The roles that bind *by* in *event*: their own, and the lender's where a lent one is used.

    Those given since *state* was closed as well: they are about what is done now.
    """
    now = replace(as_corrected(standing, state), closure=None)
    own = held_since(standing, by.id, now)
    match event:
        case events.ApprovalGranted(role=role):
            used: Collection[str] = (role,)
        case events.EvidenceAttached(type=type_):
            rule = policy.evidence_rules.get(type_)
            used = () if rule is None else rule.by
        case events.ReleaseStarted() | events.ReleaseAdvanced() | events.ReleaseCompleted():
            used = policy.operation.by
        case events.ObservationRecorded(alias=alias, proposal=id_):
            release = standing.alias(alias).running(id_)
            used = () if release is None else observing_roles(standing, alias, release)
        case _:
            used = ()
    if not by.delegations or not used:
        return own
    first = lent_for(standing, by, used, state.effect.alias, standing.head.time)[:1]
    lent, lenders = {one.role for one in first}, {one.by for one in first}
    of_lenders = {role for name in lenders for role in held_since(standing, name, now)}
    return tuple(sorted({*own, *lent, *of_lenders}))


def _on_approval(policy: Policy, case: Case, name: str, role: str) -> Iterator[Binding]:
    """The duties that bar *name* from every requirement that the approval could count for."""
    facts = bind(policy, case).facts
    every = asking(policy, case.effect, root_only=case.root_only, earlier=case.earlier)
    asked = every.get(role, ())
    barred = [
        list(on_approving(policy, case, facts, name, role, requirement)) for requirement in asked
    ]
    if all(first_unlifted(iter(found)) is not None for found in barred):
        yield from (one for found in barred for one in found)


def _refusal(by: SignerState, own: Collection[str], unlifted: Binding) -> Refused:
    duty = unlifted.duty
    who = by.id if unlifted.signer == by.id else f"{unlifted.signer}, who has a hand in it,"
    if unlifted.signer == by.id and duty.role not in own:
        lenders = sorted({lent.by for lent in by.delegations})
        who = f"{' or '.join(lenders)}, for whom {by.id} would act,"
    return Refused(
        "duty",
        f"{who} holds {duty.role}, which must not {SAID[duty.must_not]} (duty {duty.id})",
        hint=duty.because or "somebody who does not hold the role does this",
    )
