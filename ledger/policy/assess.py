"""The one assessment: what the screen shows, the gate exits on and the auditor recomputes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ledger.model.effects import Effect, ExceptionEffect, ReleaseEffect
from ledger.model.events import Binding
from ledger.model.frozen import canonical_bytes
from ledger.model.terms import parse_instant
from ledger.policy.assessment import Assessment, Block, Verdict
from ledger.policy.blocking import blocks
from ledger.policy.case import Approval, Case, Document
from ledger.policy.circumstances import Circumstances, circumstances, is_automatic
from ledger.policy.clocks import Clock, clock_of
from ledger.policy.consent import consents_to, judge_consents
from ledger.policy.document import Policy
from ledger.policy.duties import Combined, combined
from ledger.policy.evidence import (
    bound_documents,
    counted_documents,
    current_documents,
    expires_at,
    newest_documents,
    reported_metrics,
    valid_documents,
)
from ledger.policy.requirements import Findings, judge
from ledger.policy.waiving import in_force, waive


@dataclass(frozen=True, slots=True)
class Bound:
    """What does not depend on time: the documents, the facts, and the approvals that count.

    ``given`` are those that count or would, were they not silenced.
    """

    newest: Mapping[str, Document]
    counted: Mapping[str, Document]
    facts: Circumstances
    binding: Binding
    given: tuple[Approval, ...]
    approvals: tuple[Approval, ...]


def bind(policy: Policy, case: Case) -> Bound:
    """What an approval of *case* would be bound to now, and which approvals still are."""
    newest = newest_documents(policy, case)
    valid = valid_documents(newest, case)
    counted = counted_documents(policy, valid, case)
    facts = circumstances(policy, case, valid)
    binding = _binding(policy, case, facts, counted)
    given = _given_approvals(policy, case, binding)
    counting = tuple(one for one in given if one.position not in case.silenced)
    return Bound(newest, counted, facts, binding, given, counting)


def may_expire(
    policy: Policy, effect: Effect, revised_at: int, approved: Iterable[int], at: int
) -> bool:
    """Whether a clock of *policy* could have run out, without looking at what it asks for.

    *approved* are the times of all approvals and waivers there are: the clock of use begins
    no earlier than the first of them. Both clocks are about releases.
    """
    consent = policy.consent
    if not isinstance(effect, ReleaseEffect):
        return False
    if consent.approve_within is not None and at >= revised_at + consent.approve_within:
        return True
    use = consent.use_within
    return use is not None and any(at >= one + use or one > at for one in approved)


def assess(policy: Policy, case: Case, at: int, bound: Bound | None = None) -> Assessment:
    """What *policy* says of *case* at *at*, in seconds since 1970.

    *bound* is what :func:`bind` said of the two, where that is known.
    """
    bound = bind(policy, case) if bound is None else bound
    newest, counted, facts = bound.newest, bound.counted, bound.facts
    binding, approvals = bound.binding, bound.approvals
    current = current_documents(policy, counted, at)
    is_release = isinstance(case.effect, ReleaseEffect)
    automatic = is_automatic(policy, case.effect)
    found = Findings(policy, case, facts, newest, counted, current, approvals, automatic, at)
    requirements = (
        tuple(judge(requirement, found) for requirement in policy.requirements)
        if is_release
        else judge_consents(found)
    )
    live = in_force(case.waivers, at)
    requirements = waive(policy, live, requirements)
    forbidden = tuple(blocks(policy, case, facts, at))
    clock = clock_of(policy, case, requirements, given=bound.given, current=current, at=at)
    ends = [*(one.until for one in live), *(one.until for one in case.owing)]
    if isinstance(case.effect, ExceptionEffect):
        ends.append(parse_instant(case.effect.until))
    expiries = [*_expiries(policy, counted), *ends]
    return Assessment(
        proposal=case.number,
        proposal_id=case.proposal,
        alias=case.effect.alias,
        effect=case.effect.effect,
        verdict=_verdict(case, forbidden, clock),
        tier=facts.tier,
        tier_because=facts.because,
        facts=facts.facts if is_release else {"effect": case.effect.effect},
        policy=policy.number,
        binding=binding,
        review_digest=review_digest(case.proposal, binding),
        requirements=requirements,
        blocks=forbidden,
        parties=tuple(sorted(case.parties)),
        approvals=approvals,
        combined=_combined(policy, case, bound),
        distinct_people=policy.consent.distinct_people,
        metrics=reported_metrics(policy, current),
        exceptions=live,
        met=clock.met,
        ready_at=clock.ready_at,
        until=min((t for t in (*expiries, *clock.deadlines) if t > at), default=None),
        at=at,
        position=case.position,
    )


def asking(
    policy: Policy, effect: Effect, *, root_only: bool = False, earlier: int = 0
) -> Mapping[str, tuple[str, ...]]:
    """The roles that are asked about *effect*, each with the requirements that name it.

    *root_only* says that nobody but the root may consent, whatever *policy* asks for;
    *earlier* is how many exceptions the alias of one has had lately.
    """
    if isinstance(effect, ReleaseEffect):
        return policy.role_requirements
    found: dict[str, tuple[str, ...]] = {}
    for consent in consents_to(policy, effect, root_only=root_only, earlier=earlier):
        for role in consent.roles:
            found[role] = (*found.get(role, ()), consent.id)
    return found


def review_digest(proposal: str, binding: Binding) -> str:
    """The digest of all that an approval of *proposal* is bound to."""
    content = canonical_bytes(binding, proposal=proposal)
    return "sha256:" + sha256(content).hexdigest()


def _combined(policy: Policy, case: Case, bound: Bound) -> tuple[Combined, ...]:
    if not policy.combinations:
        return ()
    asked = asking(policy, case.effect, root_only=case.root_only, earlier=case.earlier)
    return combined(policy, case, bound.facts, bound.approvals, bound.counted, asked)


def _given_approvals(policy: Policy, case: Case, binding: Binding) -> tuple[Approval, ...]:
    """The approvals that are bound to what stands now: by no party, one per person, in order.

    Who lent a role and who used it are one person. One that is silenced is among them, so
    that it makes room for no older one of the same person.
    """
    held = [
        approval
        for approval in case.approvals
        if not any(case.is_party(name, approval.role) for name in approval.persons)
        and _still_binds(approval.binding, binding)
    ]
    distinct = policy.consent.distinct_people
    newest = {(name, None if distinct else one.role): one for one in held for name in one.persons}
    return tuple(
        one
        for one in held
        if all(newest[name, None if distinct else one.role] is one for name in one.persons)
    )


def _still_binds(then: Binding, now: Binding) -> bool:
    """Whether nothing that was approved has changed; unseen types of evidence may have come."""
    if (then.revision, then.base, then.policy, then.effect, then.facts) != (
        now.revision,
        now.base,
        now.policy,
        now.effect,
        now.facts,
    ):
        return False
    counted = {document.type: document.position for document in now.evidence}
    return all(counted.get(document.type) == document.position for document in then.evidence)


def _binding(
    policy: Policy, case: Case, facts: Circumstances, counted: Mapping[str, Document]
) -> Binding:
    return Binding(
        revision=case.revision,
        base=case.base,
        policy=policy.number,
        effect=case.effect_hash,
        facts=facts.declared,
        evidence=bound_documents(counted),
    )


def _verdict(case: Case, blocks: tuple[Block, ...], clock: Clock) -> Verdict:
    if case.closed is not None:
        return "closed"
    if blocks:
        return "blocked"
    if clock.expired:
        return "expired"
    return "open" if clock.ready_at is None else "ready"


def _expiries(policy: Policy, counted: Mapping[str, Document]) -> list[int]:
    rules = policy.evidence_rules
    ends = [expires_at(rules[type_], document) for type_, document in counted.items()]
    return [end for end in ends if end is not None]
