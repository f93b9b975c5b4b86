"""What disowning keys takes with it: for ``signer impact``, and for who is asked to agree."""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.sections import Section
from cli.wording import about
from ledger.decide.context import Standing
from ledger.decide.disowning import Impact
from ledger.decide.states import ProposalState
from ledger.model.effects import (
    EnrolmentEffect,
    LiftEffect,
    PolicyEffect,
    ReleaseEffect,
    RolesEffect,
    RotationEffect,
)
from ledger.model.terms import format_instant
from ledger.policy.published import parse_policy


@dataclass(frozen=True, slots=True)
class Asked:
    """Which keys of a signer, by their fingerprints, and after which position."""

    signer: str
    keys: tuple[str, ...]
    after: int


def impact_sections(standing: Standing, asked: Asked, found: Impact) -> list[Section]:
    """What is lost, what waits and loses something, and which delegations end."""
    lost = tuple((*_named(one), _becomes(standing, one)) for one in found.lost)
    waiting = tuple((*_named(one), "loses what was signed so") for one in found.waiting)
    lent = tuple(
        (one.by, to, ", ".join(one.roles), one.aliases or "all aliases", format_instant(one.until))
        for to, one in found.lent
    )
    after = f"after position {asked.after}"
    parts = [
        Section(
            f"Carried out {after}, with consent that does not stand",
            lost,
            ("proposal", "about", "becomes"),
            ("red",) * len(lost),
        ),
        Section("Still open", waiting, ("proposal", "about", "")),
        Section("Delegations that end", lent, ("lent by", "to", "roles", "on", "until")),
    ]
    kept = [part for part in parts if part.rows]
    nothing = (("nothing that anything rests on was permitted with them since",),)
    return kept or [Section(f"With these keys, {after}", nothing)]


def impact_json(standing: Standing, asked: Asked, found: Impact) -> dict[str, object]:
    """The same as ``impact/1``."""
    return {
        "schema": "impact/1",
        "signer": asked.signer,
        "keys": list(asked.keys),
        "after": asked.after,
        "lost": [
            {**_body(one), "position": one.closed_position, "becomes": _becomes(standing, one)}
            for one in found.lost
        ],
        "waiting": [_body(one) for one in found.waiting],
        "delegations": [
            {
                "by": one.by,
                "to": to,
                "roles": list(one.roles),
                "aliases": one.aliases,
                "until": format_instant(one.until),
            }
            for to, one in found.lent
        ],
        "aliases": sorted({one.effect.alias for one in found.lost if one.effect.alias}),
        "policies": sorted({number for one in found.lost for number in _policies(one)}),
        "signers": sorted({name for one in found.lost for name in _signers(one)}),
        "stops": sorted({id_ for one in found.lost for id_ in _stops(one)}),
    }


def _named(state: ProposalState) -> tuple[str, str]:
    return f"#{state.number}", f"{about(state.effect)}: {state.effect.summary}"


def _body(state: ProposalState) -> dict[str, object]:
    effect = state.effect
    return {
        "proposal": state.number,
        "effect": effect.effect,
        "alias": effect.alias,
        "summary": effect.summary,
    }


def _becomes(  # noqa: PLR0911 - one for each effect
    standing: Standing, state: ProposalState
) -> str:
    """What becomes of what *state* did, once it has lost its consent."""
    match state.effect:
        case ReleaseEffect(alias=alias):
            return _release(standing, state, alias)
        case PolicyEffect():
            (number,) = _policies(state)
            if number != standing.head.policy:
                return "not in force any more"
            return "unsupported: no release until the root publishes one"
        case EnrolmentEffect(signer=name):
            return f"void: the key and the roles of {name}"
        case RolesEffect(signer=name, grant=grant):
            return f"void: {', '.join(grant) or 'nothing'} of {name}"
        case RotationEffect(signer=name):
            return f"void: the key; {name} needs another"
        case LiftEffect():
            targets = sorted({one.target for id_ in _stops(state) if (one := standing.stop(id_))})
            return f"stopped again: {', '.join(targets)}"
        case _:
            return "stands: the root answers for it"


def _release(standing: Standing, state: ProposalState, alias: str) -> str:
    runs = standing.alias(alias)
    if runs.candidate is not None and runs.candidate.proposal == state.id:
        return "unsupported: it gets no further"
    if runs.stable is not None and runs.stable.proposal == state.id:
        return "unsupported: it runs until another release"
    return "not running any more"


def _policies(state: ProposalState) -> Iterator[int]:
    if isinstance(state.effect, PolicyEffect):
        yield parse_policy(state.effect.policy.canonical).number


def _signers(state: ProposalState) -> Iterator[str]:
    if isinstance(state.effect, EnrolmentEffect | RolesEffect | RotationEffect):
        yield state.effect.signer


def _stops(state: ProposalState) -> tuple[str, ...]:
    return state.effect.stops if isinstance(state.effect, LiftEffect) else ()
