"""Enactment: what a proposal asks for is carried out once it has consent, exactly once.

Releases are started, everything else is enacted here: one event, whose content is the
proposal's effect, on the stream that it changes. It names the proposal and what was reviewed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ledger.decide import clock, exception, override, root, signer, windows
from ledger.decide.authority import require_enactor
from ledger.decide.candidates import close
from ledger.decide.cases import assess_proposal, known_proposal
from ledger.decide.context import Standing
from ledger.decide.disowning import disown
from ledger.decide.happening import Happening
from ledger.decide.possible import require_possible
from ledger.decide.proposal import require_open
from ledger.decide.signer_states import SignerState
from ledger.decide.states import PolicyState, State
from ledger.errors import Refused
from ledger.model import effects, events
from ledger.model.effects import Effect
from ledger.policy.assessment import require_ready

Enacting = (
    events.PolicyPublished
    | events.SignerEnrolled
    | events.SignerGranted
    | events.SignerStripped
    | events.SignerRotated
    | events.SignerDisowned
    | events.ExceptionGranted
    | events.OverrideLifted
    | events.RootChanged
    | events.ClockCorrected
)
"""Every event that carries out a proposal, but for the start of a release."""


ENACTED: Final[Mapping[str, type[Enacting]]] = {
    "policy": events.PolicyPublished,
    "enrolment": events.SignerEnrolled,
    "roles": events.SignerGranted,
    "rotation": events.SignerRotated,
    "exception": events.ExceptionGranted,
    "lift": events.OverrideLifted,
    "root": events.RootChanged,
    "disown": events.SignerDisowned,
    "clock": events.ClockCorrected,
}
"""The event that carries out each effect; what only strips roles is ``signer.stripped``."""


def enact(standing: Standing, *, by: SignerState, at: int, proposal: str) -> Enacting:
    """Carry out what *proposal* has all consent for; a release is started instead."""
    state = known_proposal(standing, proposal)
    require_open(state)
    if isinstance(state.effect, effects.ReleaseEffect):
        raise Refused(
            "not-enacted-so",
            f"#{state.number} asks for a release",
            hint=f"assent release start {state.number} carries it out",
        )
    require_enactor(standing, by, state, at)
    assessment = assess_proposal(standing, state, at, people=False)
    require_ready(assessment)
    require_possible(standing, state.effect, at)
    return _event(standing, state.effect, proposal, assessment.review_digest)


def _event(standing: Standing, effect: Effect, proposal: str, review: str) -> Enacting:
    """The event of *effect*: every field that both of them have has the effect's value."""
    made = ENACTED[effect.effect]
    if isinstance(effect, effects.RolesEffect) and not effect.grant:
        made = events.SignerStripped
    content = {name: getattr(effect, name) for name in made.model_fields if hasattr(effect, name)}
    if made is events.PolicyPublished:
        content["number"] = standing.head.policy + 1
    return made.model_validate(content | {"proposal": proposal, "review": review})


def evolve(standing: Standing, event: Enacting, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*: its proposal is closed, and what it asked for is so."""
    draft = standing.fork()
    closed = close(draft, known_proposal(draft, event.proposal), "enacted", on)
    draft.put(*closed)
    return *closed, *_changed(draft, event, on)


def _changed(  # noqa: PLR0911 - the table: one branch for each kind
    standing: Standing, event: Enacting, on: Happening
) -> tuple[State, ...]:
    match event:
        case events.PolicyPublished():
            return _published(standing, event, on)
        case events.ExceptionGranted():
            return tuple(exception.evolve(standing, event, on))
        case events.OverrideLifted():
            return override.evolve(standing, event, on)
        case events.RootChanged():
            return tuple(root.evolve(standing, event, on))
        case events.ClockCorrected():
            return _corrected(standing, event)
        case events.SignerDisowned():
            return disown(standing, event)
        case _:
            return signer.evolve(standing, event, on)


def _corrected(standing: Standing, event: events.ClockCorrected) -> tuple[State, ...]:
    """Ledger time as set, and the windows that had lapsed by the clock that ran ahead."""
    rows = tuple(clock.corrected(standing, event))
    standing.put(*rows)
    return *rows, *windows.restored(standing)


def _published(
    standing: Standing, event: events.PolicyPublished, on: Happening
) -> tuple[State, ...]:
    """The policy in force: proposals under way are judged by it from now on."""
    document = event.policy
    published = PolicyState(event.number, document.text, document.canonical, on.position, on.at)
    return published, replace(standing.head, policy=event.number)
