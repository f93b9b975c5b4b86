"""Whether what a proposal asks for could be done as things are: asked at opening and enactment."""

from ledger.decide import clock
from ledger.decide.context import Standing
from ledger.decide.exception import require_waivable
from ledger.decide.founding import require_sound
from ledger.decide.naming import (
    has_lapsed,
    require_answerable,
    require_known_roles,
    require_new_key,
    require_sound_root,
)
from ledger.decide.people import eligible
from ledger.decide.roles import is_stopped
from ledger.decide.signer_states import SignerState
from ledger.errors import BadInput, Refused
from ledger.model.effects import (
    DisownEffect,
    Effect,
    EnrolmentEffect,
    ExceptionEffect,
    LiftEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RootEffect,
    RotationEffect,
)
from ledger.model.names import covers
from ledger.model.terms import parse_instant
from ledger.policy.blocking import prohibited
from ledger.policy.document import Policy
from ledger.policy.published import parse_policy


def require_possible(  # noqa: C901 - the table: one branch for each effect
    standing: Standing, effect: Effect, at: int
) -> None:
    """Refuse *effect* where it could not be carried out at the time *at*."""
    for name in effect.contributors:
        known_signer(standing, name, "contributor")
    match effect:
        case ReleaseEffect():
            _release(standing.policy(), effect)
        case PolicyEffect():
            _policy(standing, effect)
        case EnrolmentEffect():
            _enrolment(standing, effect, at)
        case RolesEffect():
            _roles(standing, effect, at)
        case RotationEffect():
            _rotation(standing, effect, at)
        case ExceptionEffect():
            require_waivable(standing, effect, at)
        case LiftEffect():
            _lift(standing, effect)
        case RootEffect():
            _root(standing, effect)
        case DisownEffect():
            _disown(standing, effect)
        case _:
            clock.require_correction(standing, effect)


def known_signer(standing: Standing, name: str, what: str = "signer") -> SignerState:
    """The signer *name*; raises :class:`Refused` (``unknown-signer``) where there is none."""
    state = standing.signer(name)
    if state is None:
        raise Refused(
            "unknown-signer",
            f"the {what} {name} is not a signer of this ledger",
            hint="assent signer list shows who is",
        )
    return state


def require_permitted(policy: Policy, effect: ReleaseEffect) -> None:
    """Refuse a stack with a permission that *policy* prohibits, always."""
    for permission in prohibited(policy, effect):
        raise Refused(
            "prohibited-permission",
            f"policy {policy.number} prohibits the permission {permission}",
            hint="no tier and no exception allows it; take it out of the stack",
        )


def _release(policy: Policy, effect: ReleaseEffect) -> None:
    environment = effect.alias.partition("/")[2]
    if policy.environments is not None and environment not in policy.environments.order:
        raise Refused(
            "unknown-environment",
            f"{environment} is no environment of policy {policy.number}",
            hint=f"known are: {', '.join(policy.environments.order)}",
        )
    require_permitted(policy, effect)
    known = {declared.name for declared in policy.declared}
    for item in effect.declares:
        if item.fact not in known:
            raise Refused(
                "unknown-fact",
                f"{item.fact} is not a declared fact of policy {policy.number}",
                hint="assent policy facts lists them",
            )


def _policy(standing: Standing, effect: PolicyEffect) -> None:
    """Refuse a policy that is not the next one, or that the people here could not live with."""
    policy = parse_policy(effect.policy.canonical)
    following = standing.head.policy + 1
    if policy.number != following:
        raise Refused(
            "policy-number",
            f"the next policy has number {following}, not {policy.number}",
            hint=f"write number = {following}",
        )
    require_sound(policy, *eligible(standing))


def _enrolment(standing: Standing, effect: EnrolmentEffect, at: int) -> None:
    """Refuse an id that is in use: only who cannot sign any more is enrolled again."""
    known = standing.signer(effect.signer)
    if known is not None:
        if not _is_free(standing, known, at):
            raise Refused(
                "signer-exists",
                f"{effect.signer} signs already",
                hint="a lost key is stopped first (assent signer revoke); a new one is a rotation",
            )
        if known.kind != effect.signer_kind:
            raise Refused("other-kind", f"{known.id} is a {known.kind} and stays one")
    require_answerable(standing, effect.signer, effect.signer_kind, effect.accountable)
    require_known_roles(standing.policy(), effect.signer, effect.signer_kind, effect.roles)
    require_new_key(standing, effect.signer, effect.key, at)


def _is_free(standing: Standing, known: SignerState, at: int) -> bool:
    """Whether *known* could be enrolled again: stopped, disowned, or lapsed before accepting."""
    if is_stopped(standing, known.id):
        return True
    if known.current is None:
        return known.pending is None or has_lapsed(known.pending, at)
    return known.signing_key is None


def _roles(standing: Standing, effect: RolesEffect, at: int) -> None:
    state = known_signer(standing, effect.signer)
    if not effect.grant and not effect.strip:
        raise Refused("nothing-asked", "a change of roles grants some or strips some")
    if set(effect.grant) & set(effect.strip):
        raise Refused("nothing-asked", "the same role is granted and stripped")
    require_known_roles(standing.policy(), effect.signer, state.kind, effect.grant)
    if effect.until is not None and parse_instant(effect.until) <= at:
        raise Refused(
            "already-over", f"{effect.until} is over", hint="until names when the roles end"
        )
    for role in effect.strip:
        held = [g for g in state.grants if g.role == role and g.ended_at is None]
        if not any(covers(effect.aliases, g.aliases) for g in held):
            where = "" if effect.aliases is None else f" within {effect.aliases}"
            raise Refused("nothing-to-strip", f"{state.id} was not granted {role}{where}")


def _rotation(standing: Standing, effect: RotationEffect, at: int) -> None:
    state = known_signer(standing, effect.signer)
    if state.current is None:
        raise Refused("no-current-key", f"{state.id} has no accepted key to take the place of")
    if state.pending is not None and not has_lapsed(state.pending, at):
        raise Refused(
            "key-pending",
            f"another key of {state.id} waits to be accepted: {state.pending.id}",
            hint=f"{state.id} runs: assent signer accept",
        )
    require_new_key(standing, effect.signer, effect.key, at)


def _lift(standing: Standing, effect: LiftEffect) -> None:
    for id_ in effect.stops:
        stop = standing.stop(id_)
        if stop is None:
            raise BadInput(
                "unknown-stop", f"there is no stop {id_}", hint="assent override list shows them"
            )
        if stop.lifted_at is not None:
            raise Refused("already-lifted", f"{id_} was lifted at position {stop.lifted_at}")


def _root(standing: Standing, effect: RootEffect) -> None:
    for name in effect.signers:
        state = known_signer(standing, name)
        if state.kind != "person":
            raise Refused("service-root", f"the service {name} cannot be a root signer")
        if state.signing_key is None:
            raise Refused("no-current-key", f"{name} has no accepted key to vote with")
    ledger = standing.ledger()
    solo = ledger is not None and ledger.solo
    require_sound_root(len(effect.signers), effect.threshold, solo=solo)


def _disown(standing: Standing, effect: DisownEffect) -> None:
    state = known_signer(standing, effect.signer)
    keys = {key.id: key for key in state.accepted_keys}
    if effect.after >= standing.head.size:
        raise Refused("not-reached", f"the log has no position {effect.after} yet")
    for id_ in effect.keys:
        if id_ not in keys:
            raise Refused("unknown-key", f"{state.id} never accepted the key {id_}")
        before = keys[id_].disowned_after
        if before is not None and before <= effect.after:
            raise Refused("already-disowned", f"{id_} is disowned after {before} already")
