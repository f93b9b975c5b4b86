"""Talk: comments on proposals. They decide nothing and never conflict with a decision."""

from ledger.decide.cases import known_proposal
from ledger.decide.context import Standing
from ledger.model.events import CommentMade


def comment(standing: Standing, *, proposal: str, text: str) -> CommentMade:
    """Say something about a proposal, whatever its state."""
    known_proposal(standing, proposal)
    return CommentMade(proposal=proposal, text=text)
