"""Exceptions: asked for and granted like any proposal, ended early by one, reviewed by others."""

from collections.abc import Iterator
from dataclasses import replace

from ledger.decide.authority import parties
from ledger.decide.cases import assess_proposal, known_proposal
from ledger.decide.context import Standing
from ledger.decide.exception_states import ExceptionsState, ExceptionState
from ledger.decide.happening import Happening
from ledger.decide.release_states import ReviewState
from ledger.decide.review import due_at, is_overdue
from ledger.decide.roles import is_stopped, roles_held
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState, State
from ledger.decide.waivers import ends_at, is_over, waivers_of
from ledger.errors import BadInput, Refused
from ledger.model.effects import ExceptionEffect
from ledger.model.events import ExceptionClosed, ExceptionGranted
from ledger.model.terms import format_duration, format_instant, parse_instant
from ledger.policy.case import ROOT, require_release
from ledger.policy.consent import consents_to
from ledger.policy.document import Exceptions, Policy
from ledger.policy.waiving import in_force, takes_last_approval, why_never


def require_waivable(standing: Standing, effect: ExceptionEffect, at: int) -> None:
    """Refuse an exception that the policy in force would not bear, whoever consented to it."""
    policy = standing.policy()
    rules = policy.exceptions
    if rules is None:
        raise Refused(
            "no-exceptions",
            f"policy {policy.number} knows no exceptions",
            hint="a policy with [exceptions] says what may be waived, and with whose consent",
        )
    _require_time(rules, effect, at)
    _require_owner(standing, effect)
    if not effect.incident.strip():
        raise Refused("no-incident", "an exception names the incident it is for")
    controls = {control.strip().casefold() for control in effect.controls} - {""}
    if len(controls) < rules.controls:
        raise Refused(
            "too-few-controls",
            f"policy {policy.number} asks for compensating controls, {rules.controls} at least;"
            f" the exception names {len(controls)}",
            hint="controls say what watches over what is waived until then",
        )
    _require_reviewed(standing, effect, at)
    _require_target(standing, policy, effect, at)


def _require_time(rules: Exceptions, effect: ExceptionEffect, at: int) -> None:
    until = parse_instant(effect.until)
    if until <= at:
        raise Refused("already-over", f"{effect.until} is over", hint="until names when it ends")
    if until - at > rules.max_life:
        raise Refused(
            "exception-too-long",
            f"an exception lasts {format_duration(rules.max_life)} at most",
            hint=f"asked for now, it ends no later than {format_instant(at + rules.max_life)}",
        )


def _require_owner(standing: Standing, effect: ExceptionEffect) -> None:
    owner = standing.signer(effect.owner)
    if owner is None or owner.kind != "person" or owner.signing_key is None:
        raise Refused(
            "no-such-owner",
            f"the owner {effect.owner} is no person who signs on this ledger",
            hint="a person answers for an exception; assent signer list shows who there is",
        )
    if is_stopped(standing, owner.id):
        raise Refused("signer-stopped", f"the owner {owner.id} is stopped", hint="name another")


def _require_reviewed(standing: Standing, effect: ExceptionEffect, at: int) -> None:
    """Refuse where the owner, or the alias, has an exception whose review is overdue."""
    known = ((f"owner/{effect.owner}", effect.owner), (f"alias/{effect.alias}", effect.alias))
    for about, whose in known:
        for one in standing.exceptions_of(about):
            review = standing.review(one.id)
            if review is not None and is_overdue(standing, review, at):
                due = format_instant(due_at(standing, review) or 0)
                raise Refused(
                    "review-overdue",
                    f"the review of the exception #{one.number} of {whose} was due at {due}",
                    hint=f"somebody who had no part in it: assent review close {one.number} FILE",
                )


def _require_target(standing: Standing, policy: Policy, effect: ExceptionEffect, at: int) -> None:
    state = standing.proposal(effect.release)
    if state is None:
        raise BadInput("unknown-proposal", f"there is no proposal {effect.release}")
    release = require_release(state.effect, state.number)
    if state.closure is not None:
        raise Refused("closed", f"#{state.number} is closed: {state.closed}")
    if release.alias != effect.alias:
        raise Refused(
            "other-alias", f"#{state.number} is about {release.alias}, not {effect.alias}"
        )
    if state.revision != effect.revision:
        raise Refused(
            "other-revision",
            f"#{state.number} is at revision {state.revision}, not {effect.revision}",
            hint="an exception is about one revision; revise it for the present one",
        )
    _require_names(policy, effect)
    _require_approval_left(standing, state, effect, at)


def _require_names(policy: Policy, effect: ExceptionEffect) -> None:
    rules = {one.id: one for one in policy.requirements}
    for name in effect.waives:
        if name not in rules:
            raise Refused(
                "unknown-requirement",
                f"policy {policy.number} has no requirement {name}",
                hint=f"it has: {', '.join(rules)}",
            )
        never = why_never(policy, rules[name])
        if never is not None:
            code, why = never
            raise Refused(code, f"{name} cannot be waived: {why}")


def _require_approval_left(
    standing: Standing, state: ProposalState, effect: ExceptionEffect, at: int
) -> None:
    """Refuse to waive, beside what is waived already, every approval that is asked for."""
    statuses = assess_proposal(standing, state, at, people=False).requirements
    live = in_force(waivers_of(standing, state), at)
    before = {name for one in live for name in one.waives}
    if takes_last_approval(statuses, before | set(effect.waives)):
        raise Refused(
            "last-approval",
            f"nobody's approval would be left to #{state.number}",
            hint="leave one requirement that asks somebody who had no hand in it",
        )


def close(
    standing: Standing, *, by: SignerState, at: int, exception: str, reason: str
) -> ExceptionClosed:
    """End *exception* before its time: its owner may, who asked for it, and whose consent it took.

    Also the root. It waives nothing from there on, and its review is due.
    """
    state = standing.exception(exception)
    if state is None:
        raise BadInput(
            "unknown-exception",
            f"there is no exception {exception}",
            hint="assent exception list shows them",
        )
    if is_over(standing, state, at):
        ended = format_instant(ends_at(standing, state))
        raise Refused("exception-ended", f"the exception #{state.number} ended at {ended} already")
    proposal = known_proposal(standing, state.id)
    held = roles_held(standing, by, state.alias, at)
    if by.id not in {state.owner, *proposal.authors} and held.keys().isdisjoint(
        {ROOT, *_consenting(standing, proposal)}
    ):
        raise Refused(
            "no-part",
            f"{by.id} has no part in the exception #{state.number}",
            hint=f"{state.owner} owns it; whose consent it took may close it as well",
        )
    return ExceptionClosed(exception=exception, reason=reason)


def _consenting(standing: Standing, proposal: ProposalState) -> set[str]:
    closure = proposal.closure
    if closure is None:
        return set()
    asked = consents_to(
        standing.policy(closure.policy),
        proposal.effect,
        root_only=closure.context.root_only,
        earlier=closure.context.earlier,
    )
    return {role for consent in asked for role in consent.roles}


def evolve(
    standing: Standing, event: ExceptionGranted | ExceptionClosed, on: Happening
) -> Iterator[State]:
    """The rows that change with *event*, but for the proposal that it enacts."""
    if isinstance(event, ExceptionGranted):
        yield from _granted(standing, event, on)
        return
    state = standing.exception(event.exception)
    review = standing.review(event.exception)
    if state is None or review is None:
        return
    yield replace(state, closed_by=on.signer, closed_position=on.position, closed_at=on.at)
    within = 0 if review.due is None else review.due - state.until
    yield replace(review, position=on.position, at=on.at, due=on.at + within)


def _granted(standing: Standing, event: ExceptionGranted, on: Happening) -> Iterator[State]:
    state, until = known_proposal(standing, event.proposal), parse_instant(event.until)
    yield ExceptionState(
        id=event.proposal,
        number=state.number,
        release=event.release,
        revision=event.revision,
        alias=event.alias,
        waives=event.waives,
        owner=event.owner,
        until=until,
        policy=standing.head.policy,
        position=on.position,
        at=on.at,
    )
    for about in (f"alias/{event.alias}", f"owner/{event.owner}", f"proposal/{event.release}"):
        known = tuple(one.id for one in standing.exceptions_of(about))
        yield ExceptionsState(about, (*known, event.proposal))
    yield replace(standing.head, exceptions=standing.head.exceptions + 1)
    rules = standing.policy().exceptions
    approvers = frozenset[str]().union(*(one.persons for one in state.approvals))
    yield ReviewState(
        subject=event.proposal,
        what="exception",
        alias=event.alias,
        proposal=event.proposal,
        persons=tuple(sorted(parties(standing, state) | approvers)),
        position=on.position,
        at=on.at,
        due=None if rules is None else until + rules.review_within,
    )
