"""What was asked about: the proposal somebody named, and the alias."""

from collections.abc import Sequence

from cli.context import App
from cli.moment import Moment
from cli.reference import find_proposal
from ledger.decide.context import Standing
from ledger.decide.states import AliasState, ProposalState
from ledger.errors import BadInput


def proposal_named(app: App, text: str, then: Moment | None = None) -> ProposalState:
    """The proposal that *text* refers to, now or *then*."""
    standing = app.standing if then is None else then.standing

    def beginning(prefix: str) -> Sequence[str]:
        return [
            state.id
            for number in range(1, standing.head.proposals + 1)
            if (state := standing.numbered(number)) is not None and state.id.startswith(prefix)
        ]

    return find_proposal(standing, text, beginning)


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
