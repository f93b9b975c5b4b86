"""What an effect that is no release and no policy changes, as other programs read it."""

from cli.effect_change import Change, SignerEffect, change_of
from cli.impact import Asked, impact_json
from cli.stops import Stops
from ledger.decide.cases import assess_proposal, context_of
from ledger.decide.context import Standing
from ledger.decide.disowning import impact
from ledger.decide.signer_states import Key
from ledger.decide.states import ProposalState
from ledger.model.effects import (
    ClockEffect,
    DisownEffect,
    EnrolmentEffect,
    ExceptionEffect,
    LiftEffect,
    RolesEffect,
    RootEffect,
    RotationEffect,
)
from ledger.model.terms import format_instant
from ledger.seal.keys import parse_public_key

Json = dict[str, object]


def change_json(  # noqa: PLR0911 - one for each effect
    standing: Standing, state: ProposalState, at: int, stops: Stops
) -> Json | None:
    """What *state* would change, judged at *at*; ``None`` for a release and for a policy.

    What was before is null where the proposal is closed and the standing keeps it no longer.
    """
    match state.effect:
        case EnrolmentEffect() | RolesEffect() | RotationEffect() as effect:
            return _signer(standing, state, effect, at)
        case LiftEffect(stops=ids):
            return {"stops": [one.body() for one in stops() if one.id in ids]}
        case RootEffect() as effect:
            return _root(standing, state, effect)
        case DisownEffect(signer=name, keys=keys, after=after):
            found = impact(standing, name, keys, after)
            return impact_json(standing, Asked(name, keys, after), found)
        case ClockEffect() as effect:
            return _clock(standing, state, effect)
        case ExceptionEffect() as effect:
            return _exception(standing, state, effect, at)
        case _:
            return None


def key_json(key: Key) -> Json:
    """A key of a signer with its life: positions, and the position after which it is disowned."""
    return {
        "fingerprint": key.id,
        "type": key.text.split()[0],
        "key": key.text,
        "named": key.named_at,
        "named_at": format_instant(key.named_time),
        "accepted": key.accepted_at,
        "ended": key.ended_at,
        "disowned_after": key.disowned_after,
    }


def _signer(standing: Standing, state: ProposalState, effect: SignerEffect, at: int) -> Json:
    change = change_of(standing, state, effect, at)
    named = None if isinstance(effect, RolesEffect) else parse_public_key(effect.key)
    return {
        "signer": effect.signer,
        "known": change is not None and change.before is not None,
        "roles_before": [] if change is None else [one.body() for one in change.roles_before],
        "roles_after": [] if change is None else [one.body() for one in change.roles_after],
        "key_before": _replaced(change),
        "key_after": None if named is None else {"fingerprint": named.id, "type": named.algorithm},
    }


def _replaced(change: Change | None) -> Json | None:
    return None if change is None or change.replaced is None else key_json(change.replaced)


def _root(standing: Standing, state: ProposalState, effect: RootEffect) -> Json:
    ledger = standing.ledger()
    now = None
    if state.closed is None and ledger is not None:
        signers = [one.id for one in standing.signers() if one.root]
        now = {"signers": signers, "threshold": ledger.root_threshold}
    then = {"signers": list(effect.signers), "threshold": effect.threshold}
    return {"root_before": now, "root_after": then}


def _exception(standing: Standing, state: ProposalState, effect: ExceptionEffect, at: int) -> Json:
    """What *effect* waives, as it is asked for now, and how many there were before it."""
    release = standing.proposal(effect.release)
    found = None if release is None else assess_proposal(standing, release, at)
    asked = {} if found is None else {one.id: one for one in found.requirements}
    return {
        "proposal": None if release is None else release.number,
        "tier": None if found is None else found.tier,
        "verdict": None if found is None else found.verdict,
        "requirements": [
            {"id": one.id, "status": one.status, "missing": list(one.missing)}
            for name in effect.waives
            if (one := asked.get(name)) is not None
        ],
        "earlier": context_of(standing, state).earlier,
    }


def _clock(standing: Standing, state: ProposalState, effect: ClockEffect) -> Json:
    jump = standing.jump(effect.position)
    return {
        "time_before": None if state.closed else format_instant(standing.head.time),
        "time_after": effect.at,
        "time_before_entry": None if jump is None else format_instant(jump.before),
    }
