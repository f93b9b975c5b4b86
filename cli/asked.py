"""What was asked about: the proposal somebody named, and the alias."""

from cli.context import App
from cli.moment import Moment
from ledger.decide.cases import known_proposal
from ledger.decide.context import Standing
from ledger.decide.states import AliasState, ProposalState
from ledger.errors import BadInput


def proposal_named(app: App, text: str, then: Moment | None = None) -> ProposalState:
    """The proposal that *text* refers to (``12``, ``#12``, the start of an id), now or *then*.

    Raises :class:`BadInput`: ``unknown-proposal``, ``ambiguous-proposal``.
    """
    from projections.inbox import find_proposal  # noqa: PLC0415 - a heavy import

    standing = app.standing if then is None else then.standing
    views = app.views if then is None else then.views
    with views.reading() as connection:
        return known_proposal(standing, find_proposal(connection, text))


def alias_named(standing: Standing, alias: str) -> AliasState:
    """The state of an alias that something was released to, or is on its way.

    Raises :class:`BadInput` (``unknown-alias``).
    """
    state = standing.alias(alias)
    if state.stable is None and state.candidate is None:
        raise BadInput(
            "unknown-alias",
            f"nothing was ever released to {alias}",
            hint="assent alias list shows where something was",
        )
    return state
