"""Policies: checked before they can be proposed, published once they have consent."""

from dataclasses import replace

from ledger.decide.authority import parties, require_enactor
from ledger.decide.candidates import close
from ledger.decide.cases import assess_proposal, known_proposal
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.proposal import require_open, require_policy
from ledger.decide.states import PolicyState, SignerState, State
from ledger.errors import Refused
from ledger.model.effects import PolicyEffect
from ledger.model.events import PolicyPublished
from ledger.policy.assessment import require_ready


def publish(standing: Standing, *, by: SignerState, at: int, proposal: str) -> PolicyPublished:
    """Bring into force the policy that *proposal* has all consent for."""
    state = known_proposal(standing, proposal)
    require_open(state)
    effect = state.effect
    if not isinstance(effect, PolicyEffect):
        raise Refused(
            "not-enacted-so",
            f"#{state.number} asks for a release",
            hint=f"assent release start {state.number} carries it out",
        )
    require_enactor(by, state, parties(standing, state))
    assessment = assess_proposal(standing, state, at, people=False)
    require_ready(assessment)
    require_policy(standing, effect)
    return PolicyPublished(
        proposal=proposal,
        review=assessment.review_digest,
        number=standing.head.policy + 1,
        policy=effect.policy,
    )


def evolve(standing: Standing, event: PolicyPublished, on: Happening) -> tuple[State, ...]:
    """The rows that change with *event*: proposals under way are judged by it from now on."""
    state = known_proposal(standing, event.proposal)
    document = event.policy
    published = PolicyState(event.number, document.text, document.canonical, on.position, on.at)
    in_force = replace(standing.head, policy=event.number)
    return *close(standing, state, "enacted", on), published, in_force
