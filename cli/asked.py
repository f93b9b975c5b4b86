"""What was asked about: the proposal somebody named, the alias, the signer, the role."""

from cli.context import App
from cli.moment import Moment
from ledger.decide.cases import known_proposal
from ledger.decide.context import Standing
from ledger.decide.release_states import AliasState
from ledger.decide.signer_states import SignerState
from ledger.decide.states import ProposalState
from ledger.errors import BadInput
from ledger.model.problems import closest, listed


def proposal_named(app: App, text: str, then: Moment | None = None) -> ProposalState:
    """The proposal that *text* refers to (``12``, ``#12``, the start of an id), now or *then*.

    Raises :class:`BadInput`: ``unknown-proposal``, ``ambiguous-proposal``.
    """
    from projections.proposals import find_proposal  # noqa: PLC0415 - a heavy import

    standing = app.standing if then is None else then.standing
    views = app.views if then is None else then.views
    with views.reading() as connection:
        return known_proposal(standing, find_proposal(connection, text))


def alias_named(standing: Standing, alias: str) -> AliasState:
    """The state of an alias that something was ever released to, or was on its way.

    What runs there may have been taken back, and nothing be left.

    Raises :class:`BadInput` (``unknown-alias``).
    """
    state = standing.alias(alias)
    if not standing.has_alias(alias):
        raise BadInput(
            "unknown-alias",
            f"nothing was ever released to {alias}",
            hint="assent alias list shows where something was",
        )
    return state


def signer_named(standing: Standing, name: str) -> SignerState:
    """The signer of that id. Raises :class:`BadInput` (``unknown-signer``)."""
    found = standing.signer(name)
    if found is None:
        known = [one.id for one in standing.signers()]
        meant = closest(name, known)
        raise BadInput(
            "unknown-signer",
            f"there is no signer {name}",
            hint=f"did you mean {meant}?" if meant else f"there are: {listed(known)}",
        )
    return found


def require_role(standing: Standing, role: str) -> None:
    """Raise :class:`BadInput` (``unknown-role``) for a role that the policy does not define."""
    known = [one.name for one in standing.policy().roles]
    if role not in known:
        meant = closest(role, known)
        raise BadInput(
            "unknown-role",
            f"the policy defines no role {role}",
            hint=f"did you mean {meant}?" if meant else f"there are: {listed(known)}",
        )
