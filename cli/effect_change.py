"""What a proposal about signers changes for whom: keys and roles, before it and after it."""

from dataclasses import dataclass

from cli.held import Held, roles_after, roles_before
from ledger.decide import enactment
from ledger.decide.context import Standing
from ledger.decide.happening import Happening
from ledger.decide.signer_states import Key, SignerState
from ledger.decide.states import ProposalState
from ledger.model.effects import EnrolmentEffect, RolesEffect, RotationEffect
from ledger.model.events import SignerStripped

SignerEffect = EnrolmentEffect | RolesEffect | RotationEffect
"""The effects that are about one signer."""


@dataclass(frozen=True, slots=True)
class Change:
    """A signer before and after an effect; ``before`` is ``None`` for one who is new.

    ``replaced`` is the key that signed for them, ``named`` the one that is named for them;
    ``is_done`` says that it was enacted.
    """

    before: SignerState | None
    after: SignerState
    roles_before: tuple[Held, ...]
    roles_after: tuple[Held, ...]
    replaced: Key | None
    named: Key | None
    is_done: bool


def change_of(
    standing: Standing, state: ProposalState, effect: SignerEffect, at: int
) -> Change | None:
    """What *effect* would change now, judged at *at*; once it was enacted, what it changed then.

    The verbs' own functions say what would be. ``None`` where there is no such signer.
    """
    before = standing.signer(effect.signer)
    position = standing.head.size
    after = before
    if state.closed == "enacted" and state.closed_position is not None:
        position = state.closed_position
    else:
        after = _afterwards(standing, state, effect, at)
    if after is None:
        return None
    old = before if before is not None and before.keys[0].named_at < position else None
    named = [key for key in after.keys if key.named_at == position]
    return Change(
        before=old,
        after=after,
        roles_before=() if old is None else tuple(roles_before(old, position, at)),
        roles_after=tuple(roles_after(after, position, at)),
        replaced=None if old is None else _signing(old, position),
        named=named[-1] if named else None,
        is_done=state.closed == "enacted",
    )


def _signing(state: SignerState, position: int) -> Key | None:
    """The key that signed for *state* up to *position*."""
    return next((key for key in state.keys if key.is_in_force(position - 1)), None)


def _afterwards(
    standing: Standing, state: ProposalState, effect: SignerEffect, at: int
) -> SignerState | None:
    """The signer as they would be, were *effect* carried out next."""
    on = Happening(standing.head.size, "0" * 64, state.opener, at)
    rows = enactment.evolve(standing, _event(state, effect), on)
    return next((row for row in rows if isinstance(row, SignerState)), None)


def _event(state: ProposalState, effect: SignerEffect) -> enactment.Enacting:
    made = enactment.ENACTED[effect.effect]
    if isinstance(effect, RolesEffect) and not effect.grant:
        made = SignerStripped
    content = {name: getattr(effect, name) for name in made.model_fields if hasattr(effect, name)}
    review = f"sha256:{'0' * 64}"
    return made.model_validate(content | {"proposal": state.id, "review": review})
