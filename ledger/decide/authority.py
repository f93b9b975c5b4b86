"""Who may act at all, and in which role: asked by every verb before its own rules."""

from collections.abc import Iterable, Sequence

from ledger.decide.context import Standing
from ledger.decide.roles import Held, is_stopped, roles_held
from ledger.decide.root import is_root_matter
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.errors import Refused
from ledger.model import events
from ledger.model.effects import (
    EnrolmentEffect,
    ExceptionEffect,
    LiftEffect,
    RolesEffect,
    RotationEffect,
)
from ledger.model.events import Event
from ledger.model.kinds import KINDS
from ledger.policy.case import ROOT, ROOT_MATTERS, Lent
from ledger.policy.document import Policy


def require_authority(standing: Standing, by: SignerState, key: str, event: Event) -> None:
    """Refuse what *by* may not do with *key*, whatever it is about.

    Anybody accepts with the key they were named with, and stops themself with any key they
    ever held, but for one disowned before they were enrolled again. For all else the key
    must be the one in force and not disowned; a signer who is stopped permits nothing, but
    for the vote of a root signer in root matters.
    """
    if isinstance(event, events.SignerAccepted):
        _require_pending(by, key)
        return
    ledger = standing.ledger()
    if ledger is not None and ledger.waiting:
        raise Refused(
            "founding-incomplete",
            f"the founding waits for {', '.join(ledger.waiting)} to accept",
            hint="each of them runs: assent signer accept",
        )
    if _stops_oneself(by, key, event):
        return
    _require_key(by, key)
    permits = KINDS[event.kind].force == "permissive"
    if permits and is_stopped(standing, by.id) and not _is_root_vote(standing, by, event):
        raise Refused(
            "signer-stopped",
            f"{by.id} is stopped",
            hint="what they rejected and stopped stands; others lift the stop with a proposal",
        )


def _require_pending(by: SignerState, key: str) -> None:
    if by.pending is not None and by.pending.id == key:
        return
    named = by.key_of(key)
    if named is not None and named.accepted_at is None and named.disowned_after is not None:
        raise Refused(
            "key-disowned",
            "what named this key has lost its consent",
            hint="an enrolment or a rotation names another key",
        )
    if by.pending is not None:
        raise Refused(
            "not-the-named-key",
            f"{by.id} accepts with the key that was named: {by.pending.id}",
            hint="name its file with --key, or add it to the agent",
        )


def _stops_oneself(by: SignerState, key: str, event: Event) -> bool:
    if not isinstance(event, events.OverrideSet) or event.target != f"signer/{by.id}":
        return False
    named = by.key_of(key)
    if named is None or named.accepted_at is None:
        return False
    if named.disowned_after is not None and named.named_at < by.enrolled_at:
        raise Refused(
            "key-disowned",
            f"this key was disowned before {by.id} was enrolled again",
            hint="whoever holds it is not held for them any more",
        )
    return True


def _require_key(by: SignerState, key: str) -> None:
    current = by.current
    if current is None:
        raise Refused(
            "not-accepted",
            f"{by.id} has not accepted yet",
            hint=f"{by.id} runs: assent signer accept",
        )
    if current.id != key:
        raise Refused(
            "key-retired",
            f"{by.id} signs with another key now: {current.id}",
            hint="with a key that one held before, one only stops oneself",
        )
    if current.disowned_after is not None:
        raise Refused(
            "key-disowned",
            f"the key of {by.id} was disowned after position {current.disowned_after}",
            hint="stewards (of a root signer: the root) enrol its owner again, with another key",
        )


def _is_root_vote(standing: Standing, by: SignerState, event: Event) -> bool:
    """Whether *event* is what a stopped root signer keeps: their part in root matters."""
    if not by.root or not is_root_matter(standing, event):
        return False
    return not isinstance(event, events.EvidenceAttached) and (
        not isinstance(event, events.ApprovalGranted) or event.role == ROOT
    )


def require_role(by: SignerState, held: Held, role: str) -> None:
    """Refuse a role that is not among those *held* by *by*."""
    if role not in held:
        named = ", ".join(sorted(held)) or "none"
        raise Refused(
            "role-not-held", f"{by.id} does not hold the role {role}", hint=f"held: {named}"
        )


def require_operator(
    standing: Standing, policy: Policy, by: SignerState, alias: str, at: int
) -> None:
    """Refuse who may not operate releases to *alias*; services do so in automatic ones only."""
    if by.kind == "service":
        _require_named_service(policy, by, alias.partition("/")[2])
    elif roles_held(standing, by, alias, at).keys().isdisjoint(policy.operation.by):
        raise Refused(
            "not-operator",
            f"{by.id} may not operate releases to {alias}",
            hint=f"policy {policy.number} asks for {' or '.join(policy.operation.by)}",
        )


def _require_named_service(policy: Policy, by: SignerState, environment: str) -> None:
    known = policy.environments
    if known is None or environment not in known.automatic:
        raise Refused(
            "service-operator",
            f"{by.id} is a service, and {environment} is operated by people",
            hint="services named in [environments] operate the automatic environments",
        )
    if by.id not in known.services:
        raise Refused(
            "service-operator",
            f"{by.id} is not among the services that operate {environment}",
            hint=f"policy {policy.number} names: {', '.join(known.services) or 'none'}",
        )


def hands(standing: Standing, by: SignerState, lent: Sequence[Lent]) -> frozenset[str]:
    """Who acts when *by* acts in a role: they, who answers for them, and who *lent* it first."""
    return frozenset({by.id, *answering_for(standing, [by.id]), *(one.by for one in lent[:1])})


def require_enactor(standing: Standing, by: SignerState, state: ProposalState, at: int) -> None:
    """Refuse who may not carry out what *state* asks for: services, parties, and the roleless.

    A rotation is carried out by whose key it is, with the key in force; a root matter by
    any root signer.
    """
    if by.kind == "service" and not isinstance(state.effect, RotationEffect):
        raise Refused("service-enactment", f"{by.id} is a service; a person carries this out")
    if isinstance(state.effect, RotationEffect):
        if by.id != state.effect.signer:
            raise Refused(
                "not-your-key",
                f"{state.effect.signer} names their next key with the present one",
                hint=f"{state.effect.signer} runs: assent proposal enact {state.number}",
            )
        return
    if by.root and state.effect.effect in ROOT_MATTERS:
        return
    if by.id in parties(standing, state):
        raise Refused(
            "self-enactment",
            f"{by.id} had a hand in #{state.number}; someone else must carry it out",
        )
    if not roles_held(standing, by, state.effect.alias, at):
        raise Refused("no-role", f"{by.id} holds no role; somebody who does carries this out")


def parties(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    """Who had a hand in *proposal*, or whose keys, roles, stops or release it is about.

    For services, who answers for them.
    """
    return writers(standing, proposal) | subjects(standing, proposal)


def writers(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    """Who had a hand in *proposal*: its authors and the contributors that it names.

    For services, who answers for them, now or when they wrote it.
    """
    hands = {*proposal.authors, *proposal.effect.contributors}
    return frozenset(hands | answering_for(standing, hands) | set(proposal.answering))


def subjects(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    """Whose keys, roles or stops *proposal* is about; for services, who answers for them.

    Of an exception: its owner, and who had a hand in what it waives requirements of.
    """
    about = _whom_about(standing, proposal)
    return about | answering_for(standing, about)


def _whom_about(standing: Standing, proposal: ProposalState) -> frozenset[str]:
    match proposal.effect:
        case EnrolmentEffect(signer=signer, accountable=accountable):
            return frozenset({signer} if accountable is None else {signer, accountable})
        case RolesEffect(signer=signer) | RotationEffect(signer=signer):
            return frozenset({signer})
        case LiftEffect(stops=ids):
            stops = (standing.stop(id_) for id_ in ids)
            targets = [one.target.partition("/") for one in stops if one is not None]
            return frozenset(name for kind, _, name in targets if kind == "signer")
        case ExceptionEffect(owner=owner, release=release):
            asked = standing.proposal(release)
            return frozenset({owner} if asked is None else {owner, *writers(standing, asked)})
        case _:
            return frozenset()


def answering_for(standing: Standing, names: Iterable[str]) -> set[str]:
    """The persons who answer for the services among *names*."""
    known = [standing.signer(name) for name in names]
    return {one.accountable for one in known if one is not None and one.accountable is not None}
